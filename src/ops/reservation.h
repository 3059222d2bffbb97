/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reservation: made to be on its VF, and taken from it. */
#pragma once

#include "ops/world.h"
#include "state/lock.h"

/* The lock of all who change a reserved VF or its row; in the order of locks it has the place of a
 * guest's, behind one. Error: %VFP_ERROR_BUSY. */
VfpLock *vfp_reservation_lock (VfpWorld *world, unsigned timeout_ms, GError **error);

/* Who has the VF in use now: "web1" for a guest that has it in an XML, a process that has opened
 * it, the host; NULL: nobody. Owned by the caller. */
char *vfp_reservation_find_user (const VfpWorld *world, const VfpSnapshot *snapshot,
                                 const VfpVfView *vf);

/* Reads into @claim what the VF has now, to be put back at the end. Error: %VFP_ERROR_HOST. */
gboolean vfp_reservation_save (VfpWorld *world, const VfpPf *pf, VfpClaim *claim, GError **error);

/* Settings and driver as the reservation asks for, read back. Errors: those of vfp_vf_apply() and
 * vfp_drivers_bind(); what was done before the error stays. */
gboolean vfp_reservation_apply (VfpWorld *world, const VfpPf *pf, const VfpClaim *claim,
                                GError **error);

/* Settings and driver as they were saved. Nothing where they were saved in another boot, or the VF
 * is not here (@pf NULL). A setting that the driver refuses to take back, or a driver that is not
 * loaded any more, is a warning. Errors: as above. */
gboolean vfp_reservation_give_back (VfpWorld *world, const VfpPf *pf, const VfpClaim *claim,
                                    GError **error);

/* Ends the reservation of @vf: intent, giving back, end of the row, for the history as @what. The
 * lock is the caller's. Errors: those above, %VFP_ERROR_VF_IN_USE, %VFP_ERROR_BUSY (the row is
 * another's by now). */
gboolean vfp_reservation_end (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
                              const char *what, GError **error);

/* Makes it so again; in a new boot what the VF has before is saved anew. The lock is the caller's.
 * Errors: as vfp_reservation_end(). */
gboolean vfp_reservation_renew (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
                                const char *what, GError **error);

/* Ends every reservation in @snapshot that is over (vfp_reservation_is_over()), as far as that can
 * be done now. Returns whether anything changed. Whoever has the lock is waited for for
 * @lock_timeout_ms. */
gboolean vfp_reservations_settle (VfpWorld *world, const VfpSnapshot *snapshot,
                                  unsigned lock_timeout_ms);

/* The same under the caller's lock. */
gboolean vfp_reservations_settle_locked (VfpWorld *world, const VfpSnapshot *snapshot);

/* At boot, before libvirt runs: ends those that are over, and makes the others so again. @texts
 * (char *): appended to, what was done; what cannot be done is a warning. */
gboolean vfp_reservations_boot (VfpWorld *world, const VfpInventory *inventory, GPtrArray *texts,
                                GError **error);
