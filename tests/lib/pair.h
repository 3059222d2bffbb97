/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fake host with failover pairs. */
#pragma once

#include "tests/lib/world.h"

#define PAIR_ALIAS "ua-vfpool-net0"
#define PAIR_STANDBY "ua-vfpool-net0-standby"

/* PF enp2s0f0 with three VFs, bridge br0, web1 (running, without NIC), off1 (off, a NIC on br0). */
World *pair_new_world (void);

/* The same, and net0 of web1 is half of a pair. */
World *pair_new (void);

/* For net0, with a standby on br0. */
VfpAttachRequest pair_request (const char *guest);

/* Fails the test (@name) unless @xmls XMLs of the guest hold both halves, and nothing is found. */
void pair_check (World *world, const char *name, const char *guest, unsigned xmls);
