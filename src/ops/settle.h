/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims whose claimer is dead, or that truth has ended, are brought to what is; and a guest as a
 * whole to its slots. */
#pragma once

#include "ops/repair.h"
#include "ops/world.h"

/* One idempotent operation per guest: makes state file, live and persistent XML, settings of its
 * VFs and metadata of the guest @uuid agree with its slots, by the repairs of @classes (VfpClass
 * bits) and by serving on-start slots that wait for a VF. Takes the guest's lock; no lock is to be
 * held. Plugs into a running guest only for an on-start slot, and unplugs nothing, unless @classes
 * has VFP_CLASS_LIVE.
 * @findings (may be NULL): appended to, VfpFinding; what was fixed is marked. Errors: those of
 * reading, %VFP_ERROR_BUSY, %VFP_ERROR_INTERRUPTED; a repair that fails is a warning and its
 * finding stays. */
gboolean vfp_settle (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *findings,
                     GError **error);

/* The same with all that @scope says. @lock_timeout_ms: how long another vfpool is waited for. */
gboolean vfp_settle_scope (VfpWorld *world, const char *uuid, const VfpRepairScope *scope,
                           unsigned lock_timeout_ms, GPtrArray *findings, GError **error);

/* Settles every such claim, and ends every reservation that is over, that @snapshot shows, as far
 * as that can be done now; what cannot is left as it is. @guest_locked: the guest (name, UUID or
 * id) whose lock the caller has; the others' are waited for a while only, since two commands may
 * wait for each other. Returns whether anything changed. No claim lock is to be held. */
gboolean vfp_settle_dead (VfpWorld *world, const VfpSnapshot *snapshot, const char *guest_locked);

/* The same without reservations. */
gboolean vfp_settle_dead_guests (VfpWorld *world, const VfpSnapshot *snapshot,
                                 const char *guest_locked);

/* The same for the claim of @vf alone, whose guest's lock the caller has. */
gboolean vfp_settle_claim (VfpWorld *world, const VfpInventory *inventory, const VfpVfView *vf);

typedef enum
{
  VFP_SETTLE_ALL,
  VFP_SETTLE_CLAIMING, /* attaches and changes whose claimer has died: libvirt may still carry them
                          out */
} VfpSettleWhich;

/* The same for the guest @uuid alone, whose lock the caller has. */
gboolean vfp_settle_guest (VfpWorld *world, const VfpSnapshot *snapshot, const char *uuid,
                           VfpSettleWhich which);

/* For a dry run: makes the claims in @snapshot what settling would leave of them; @uuid NULL:
 * of all guests. Returns whether anything changed. */
gboolean vfp_settle_pretend (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid,
                             VfpSettleWhich which);
