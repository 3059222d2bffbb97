/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a guest a VF goes: guest PCI address and ACPI index. Pure. */
#pragma once

#include <glib.h>

#include "guest/guest.h"

typedef struct
{
  VfpAddress address;
  gboolean has_address; /* FALSE: libvirt chooses (machines that we do not plan for) */
  unsigned acpi_index;  /* 0: none */
} VfpPlacement;

/* What the user asked for, and what the guest's other slots own though no XML shows it now. */
typedef struct
{
  unsigned slot_number;      /* 2 for "net2" */
  const VfpAddress *address; /* NULL: plan one */
  int acpi_index;            /* -1: plan one, 0: none, else that one */
  GArray *taken_addresses;   /* VfpAddress; may be NULL */
  GArray *taken_indexes;     /* unsigned; may be NULL */
  unsigned bus;              /* plan an address on this bus of the guest; 0: any */
  unsigned slot_base;        /* … from this PCI slot on */
} VfpPlacementRequest;

/* Plans for both XMLs of @guest, so that one address serves live and configuration. On q35: the
 * first hot-plug port that is free in every XML that the guest has, slot 0 function 0 of its bus;
 * with a guest that is off the configuration's alone. With @bus: its first free PCI slot, from
 * @slot_base on, for guests with a PCI bridge. On i440fx: a free slot of bus 0, from the highest
 * down, since libvirt's own choice for other devices goes upwards. ACPI index: 101 + slot
 * number, else the next free one, up to 16383 (libvirt, formatdomain.rst), where the guest has
 * ACPI on x86. Errors: %VFP_ERROR_NO_PORT, %VFP_ERROR_GUEST_ADDRESS_IN_USE,
 * %VFP_ERROR_ACPI_INDEX_IN_USE. */
gboolean vfp_placement_plan (const VfpGuest *guest, const VfpPlacementRequest *request,
                             VfpPlacement *out_placement, GError **error);

/* Checks what was asked for alone, for a device that has a place already: an address (NULL: none)
 * and an index (0 or below: none). Errors: the same. */
gboolean vfp_placement_check (const VfpGuest *guest, const VfpPlacementRequest *request,
                              GError **error);

/* Hot-plug ports that are free and in all, as `ports` shows them: of the live XML while the guest
 * runs, else of the configuration. */
void vfp_placement_count_ports (const VfpGuest *guest, unsigned *out_free, unsigned *out_total);

/* The name that systemd-udevd gives the NIC in the guest (systemd.net-naming-scheme(7)): eno<index>
 * with an ACPI index; else enp<bus>s<slot> for bus != 0 … ens<slot> where that is not certain:
 * NULL. */
char *vfp_placement_ifname (const VfpPlacement *placement);
