/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a VF that somebody has already. */
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
