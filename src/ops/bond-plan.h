/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which legs a bond is to have: name, slots and PFs, decided from one snapshot. */
#pragma once

#include "ops/bond.h"

typedef struct
{
  char *slot;      /* one that is there, or the name of a new one */
  char *pool;      /* that it is of; NULL: its PF's own, or as it is */
  const VfpPf *pf; /* borrowed from the snapshot; NULL: as it is, or chosen at the guest's start */
} VfpBondLegPlan;

typedef struct
{
  char *bond;
  VfpBondMac mac;
  GPtrArray *legs; /* VfpBondLegPlan, by slot */
} VfpBondPlan;

/* Without a name, the guest's bond that has no VF at all, or with ensure its only one; else a new
 * one. Legs that have VFs stay where they are. With PFs named, the others get those that are left,
 * their own if they are among them; else each one of the pool, or of the slot's own, as the policy
 * picks it. Errors: %VFP_ERROR_USAGE (one PF only, one twice, fewer PFs than legs,
 * several bonds, settings that no bond works with), %VFP_ERROR_PF_NOT_NAMED, %VFP_ERROR_NO_SUCH_PF,
 * %VFP_ERROR_NO_VF_FITS (a pool), %VFP_ERROR_SLOT_IN_USE (it has VFs already), %VFP_ERROR_DIFFERS
 * (its MAC). */
VfpBondPlan *vfp_bond_plan (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                            const VfpBondRequest *request, GError **error);
void vfp_bond_plan_free (VfpBondPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpBondPlan, vfp_bond_plan_free)
