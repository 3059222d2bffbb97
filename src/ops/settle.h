/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims whose claimer is dead, or that truth has ended, are brought to what is. */
#pragma once

#include "ops/world.h"

/* Settles every such claim that @snapshot shows, as far as that can be done now; what cannot is
 * left as it is. @guest_locked: the guest (name, UUID or id) whose lock the caller has; the others'
 * are only tried, so that two commands do not wait for each other. Returns whether anything
 * changed. No claim lock is to be held. */
gboolean vfp_settle_dead (VfpWorld *world, const VfpSnapshot *snapshot, const char *guest_locked);

typedef enum
{
  VFP_SETTLE_ALL,
  VFP_SETTLE_CLAIMING, /* attaches whose claimer has died: libvirt may still carry them out */
} VfpSettleWhich;

/* The same for the guest @uuid alone, whose lock the caller has. */
gboolean vfp_settle_guest (VfpWorld *world, const VfpSnapshot *snapshot, const char *uuid,
                           VfpSettleWhich which);

/* For a dry run: makes the claims in @snapshot what settling would leave of them; @uuid NULL:
 * of all guests. Returns whether anything changed. */
gboolean vfp_settle_pretend (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid,
                             VfpSettleWhich which);
