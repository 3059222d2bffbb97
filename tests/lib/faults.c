/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong in a fake host. */
#include "config.h"

#include "tests/lib/faults.h"

#include <unistd.h>

static struct
{
  World *world;
  unsigned at;
} hooked;

void
fault_fail_from (unsigned call)
{
  hooked.world->faults.fail_at = call >= hooked.at ? call : 0;
}

void
fault_interrupt (unsigned call)
{
  if (call == hooked.at)
    hooked.world->interrupted = 2;
}

void
fault_stop (unsigned call)
{
  if (call == hooked.at)
    _exit (FAULT_STOPPED);
}

void
faults_hook (World *world, void (*fault) (unsigned call), unsigned at)
{
  hooked.world = world;
  hooked.at = at;
  world->faults = (VfpFaults){ .on_call = fault };
}

void
faults_unhook (World *world)
{
  world->faults = (VfpFaults){ 0 };
  world->interrupted = 0;
}
