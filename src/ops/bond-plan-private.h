/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of a bond under way, for its files only. */
#pragma once

#include "ops/bond-plan.h"

#define VFP_BOND_LEGS_MIN 2

typedef struct
{
  VfpWorld *world;
  const VfpSnapshot *snapshot;
  const VfpGuest *guest;
  const VfpBondRequest *request;
  GPtrArray *slots; /* VfpSlot of the guest */
  GPtrArray *bound; /* those of them that are the bond's */
  GPtrArray *taken; /* VfpPf that legs are planned on */
  unsigned affect;  /* VfpAffect bits; 0: the slots are only marked */
  VfpBondPlan *plan;
} VfpBondPlanning;

/* The name of the bond that is meant, owned by the caller. Errors: %VFP_ERROR_SLOT_IN_USE,
 * %VFP_ERROR_USAGE. */
char *vfp_bond_plan_name (const VfpBondPlanning *planning, GError **error);

/* Sets whose MAC it has, one for all legs: a bond that has VFs keeps it. Refuses settings that no
 * bond works with. Errors: %VFP_ERROR_DIFFERS, %VFP_ERROR_USAGE. */
gboolean vfp_bond_plan_mac (const VfpBondPlanning *planning, GError **error);
