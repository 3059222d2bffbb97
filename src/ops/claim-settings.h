/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a VF that is claimed: what it had before, and what it has now. */
#pragma once

#include "ops/world.h"

/* vfp_vf_apply() under the claim lock, where nobody else can be given the VF, and only while
 * @claim is in the file as it was read. Errors: those, and %VFP_ERROR_BUSY with nothing done where
 * the row is another by now. */
gboolean vfp_claim_apply (VfpWorld *world, const VfpClaim *claim, const char *netdev,
                          const VfpSettings *settings, unsigned which, unsigned asked,
                          GError **error);

/* The row as it is now, if it is still the one that the caller knows: %VFP_ERROR_BUSY. Owned by
 * the caller. */
VfpClaim *vfp_claim_read_again (const VfpRecords *records, const VfpClaim *claim, GError **error);

/* Keeps the VF's driver and settings of the last moment before they change, which is under the
 * claim lock: whoever had the VF until then has given it back by now. Settings that are not told
 * stay as they were in @claim. Error: %VFP_ERROR_HOST. */
gboolean vfp_claim_save (VfpWorld *world, const VfpPf *pf, VfpClaim *claim, GError **error);
