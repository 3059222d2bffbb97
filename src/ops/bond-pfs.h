/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PFs that the legs of a bond go on. For bond-plan.c only. */
#pragma once

#include "ops/bond.h"

/* Resolves the PFs that were named; each is a NIC of its own. Returns VfpPf, borrowed. Errors:
 * %VFP_ERROR_NO_SUCH_PF, %VFP_ERROR_USAGE. */
GPtrArray *vfp_bond_pfs_named (const VfpSnapshot *snapshot, const char *const *names,
                               GError **error);

/* Chooses @count of the PFs of @pool, besides @taken (VfpPf), which have legs. Errors:
 * %VFP_ERROR_NO_SUCH_PF, %VFP_ERROR_NO_VF_FITS. */
GPtrArray *vfp_bond_pfs_of_pool (VfpWorld *world, const VfpSnapshot *snapshot,
                                 const VfpGuest *guest, const char *pool, GPtrArray *taken,
                                 unsigned count, GError **error);

/* Whether two of @pfs are ports of one card. */
gboolean vfp_bond_pfs_share_card (const VfpWorld *world, GPtrArray *pfs);
