/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's hot-plug ports. */
#pragma once

#include <glib.h>

#include "ops/world.h"

typedef struct
{
  char *guest;
  char *uuid;
  gboolean hotplug_bus; /* FALSE: a machine with free slots on its bus, not ports */
  unsigned free;        /* now: of the running guest, else of the configuration */
  unsigned total;
  unsigned pending;     /* in the configuration, and not in the running guest */
  unsigned added;       /* to the configuration, now */
  gboolean power_cycle; /* what was added is there after the next power cycle only */
} VfpPorts;

void vfp_ports_free (VfpPorts *ports);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpPorts, vfp_ports_free)

/* Counts; with @add > 0 adds that many pcie-root-ports to the persistent XML, unless @dry_run.
 * Errors: %VFP_ERROR_NO_SUCH_GUEST, %VFP_ERROR_GUEST_TRANSIENT, %VFP_ERROR_GUEST_REFUSED (a machine
 * without such ports). */
VfpPorts *vfp_ports (VfpWorld *world, const char *guest, unsigned add, gboolean dry_run,
                     unsigned timeout_ms, GError **error);
