/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NICs that somebody has put into the guests of a fake host without vfpool. */
#pragma once

#include "guest/virt.h"
#include "tests/lib/world.h"

typedef struct
{
  const char *vf;    /* NULL: there is none */
  const char *mac;   /* NULL: none */
  const char *alias; /* NULL: none */
  const char *at;    /* guest address; NULL: none */
  unsigned index, vlan;
  gboolean plain; /* <hostdev>, not <interface type='hostdev'> */
} Nic;

/* As virsh attach-device: @affect is of VfpAffect. */
void nic_plug (World *world, const char *guest, const Nic *nic, unsigned affect);

/* As virsh detach-device, of both. */
void nic_unplug (World *world, const char *guest, const char *vf);

/* An edit of a configuration: the device of VF @from is of @to, with @mac (NULL: as before). */
void nic_move (World *world, const char *guest, const char *from, const char *to, const char *mac);

void nic_start_guest (World *world, const char *guest);

/* Makes the guest @name, which is off, a clone of the guest @original as virt-clone does, but with
 * the same MACs. */
void nic_clone (World *world, const char *original, const char *name);

/* The slots of a guest with their claims, one in a line: name, MAC, guest address, ACPI index,
 * settings, asked bits, VF and parts. */
char *nic_slots (World *world, const char *guest);

/* An XML of the guest without our metadata, to be compared; NULL: there is none. */
char *nic_xml (const World *world, const char *guest, const char *file);
