/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a claim's parts: the VF is given back as it was. */
#pragma once

#include "ops/world.h"

/* Which parts of a claim a guest's XMLs show now. @guest may be NULL (it is gone). */
void vfp_release_look (const VfpGuest *guest, const VfpClaim *claim, gboolean *out_live,
                       gboolean *out_config);

/* Waits until the VF is idle, as vfp_vf_wait_back(). Error: %VFP_ERROR_HOST. No lock is to be
 * held. */
gboolean vfp_release_wait (VfpWorld *world, const VfpClaim *claim, unsigned timeout_ms,
                           GError **error);

/* Sets what the VF had before the live part, through its PF. Errors: as vfp_vf_apply(). */
gboolean vfp_release_restore (VfpWorld *world, const char *netdev, const VfpClaim *claim,
                              GError **error);

/* The same in one critical section under the claim lock, for a VF that has left the guest, where it
 * is idle; the row stays. Error: %VFP_ERROR_BUSY where that is another by now. */
gboolean vfp_release_settings (VfpWorld *world, const VfpInventory *inventory,
                               const VfpClaim *claim, GError **error);

/* Makes @claim live, of the guest's present start, of which no originals are known. */
void vfp_release_note_live (const VfpWorld *world, const VfpRecords *records, const VfpSlot *slot,
                            VfpClaim *claim);

/* vfp_release_parts() for a caller that has the claim lock. */
gboolean vfp_release_parts_locked (VfpWorld *world, const VfpInventory *inventory,
                                   const VfpSlot *slot, const VfpClaim *claim, gboolean keep_live,
                                   gboolean keep_config, const char *what, GError **error);

/* One critical section under the claim lock: reads the row again, restores the VF's settings where
 * the live part ends and the VF is idle, and commits what remains of the claim, which is then
 * without intent. With nothing left the row goes. @inventory:
 * for the PF's netdev. @what: for the history. Error: %VFP_ERROR_BUSY
 * when the row is somebody else's by now. */
gboolean vfp_release_parts (VfpWorld *world, const VfpInventory *inventory, const VfpSlot *slot,
                            const VfpClaim *claim, gboolean keep_live, gboolean keep_config,
                            const char *what, GError **error);
