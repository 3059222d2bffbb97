/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PFs that legs of a bond are on, and may be on. Pure but for the serials of cards. */
#pragma once

#include "ops/world.h"
#include "pool/policy.h"

/* Resolves the PFs that were named, one for each leg; each is a NIC of its own. Returns VfpPf,
 * borrowed. Errors: %VFP_ERROR_NO_SUCH_PF, %VFP_ERROR_USAGE. */
GPtrArray *vfp_bond_legs_named (const VfpSnapshot *snapshot, const char *const *names,
                                GError **error);

/* What a bond cannot do without: trust, where one MAC goes over all legs, and a link state that
 * shows a dead uplink. Error: %VFP_ERROR_USAGE. */
gboolean vfp_bond_legs_check_settings (VfpBondMac mac, const VfpSettings *asked, GError **error);

/* The VF that the policy chooses for a slot; for a leg of a bond, besides its other legs, for half
 * of a pair, besides its standby. @request lacks avoid, and standby where that is in the guest.
 * Errors: those of vfp_policy_choose(), and where its PF has another leg: %VFP_ERROR_DIFFERS;
 * %VFP_ERROR_SLOT_IN_USE where that leg is to be settled first. */
VfpVfView *vfp_bond_legs_choose_for (const VfpWorld *world, const VfpSnapshot *snapshot,
                                     const VfpSlot *slot, const VfpPolicyRequest *request,
                                     GError **error);

/* A VF for a leg besides those on @taken (VfpPf): see vfp_bond_choose(). */
VfpVfView *vfp_bond_legs_choose (const VfpWorld *world, const VfpSnapshot *snapshot,
                                 const GPtrArray *taken, const VfpPolicyRequest *request,
                                 GError **error);

/* Whether two of @pfs are ports of one card. */
gboolean vfp_bond_legs_share_card (const VfpWorld *world, const GPtrArray *pfs);
