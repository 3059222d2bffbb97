/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PFs that legs of a bond are on, and may be on. Pure but for the serials of cards. */
#pragma once

#include "ops/world.h"
#include "pool/policy.h"

/* The PFs (VfpPf, borrowed) that other slots of the guest have VFs of as legs of the same
 * bond. Empty where the slot is in none. */
GPtrArray *vfp_bond_legs_pfs (const VfpSnapshot *snapshot, const VfpSlot *slot);

/* No two legs of a bond are on one PF: it would end with that. Errors: %VFP_ERROR_DIFFERS;
 * %VFP_ERROR_SLOT_IN_USE where that leg is to be settled first. */
gboolean vfp_bond_legs_check (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpPf *pf,
                              GError **error);

/* Resolves the PFs that were named, one for each leg; each is a NIC of its own. Returns VfpPf,
 * borrowed. Errors: %VFP_ERROR_NO_SUCH_PF, %VFP_ERROR_USAGE. */
GPtrArray *vfp_bond_legs_named (const VfpSnapshot *snapshot, const char *const *names,
                                GError **error);

/* A VF for a leg besides those on @taken (VfpPf): see vfp_bond_choose(). */
VfpVfView *vfp_bond_legs_choose (const VfpWorld *world, const VfpSnapshot *snapshot,
                                 const GPtrArray *taken, const VfpPolicyRequest *request,
                                 GError **error);

/* Whether two of @pfs are ports of one card. */
gboolean vfp_bond_legs_share_card (const VfpWorld *world, const GPtrArray *pfs);
