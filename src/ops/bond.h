/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for a guest: a VF of each of several PFs, all of them or none. */
#pragma once

#include "ops/attach.h"

typedef struct
{
  VfpAttachRequest leg;   /* what all legs have in common: guest, settings, affect, …; its pf, vf,
                             slot, bond, MAC and place in the guest say nothing */
  const char *bond;       /* NULL: not named */
  const char *const *pfs; /* ended by NULL; NULL: not named */
  const char *pool;       /* NULL: not named */
  unsigned legs;          /* of @pool; 0: two, or as many as the bond has */
  gboolean has_mac;
  VfpBondMac mac;
} VfpBondRequest;

/* Attaches a leg for each PF under one lock of the guest, or with dry_run says what would be done.
 * When a leg fails, those before it are undone. Killed in between, the legs so far stay, as after
 * an attach that is killed, and reconcile tells of a bond that is not whole. Adds to @results
 * (VfpResult), by slot. Errors: those of vfp_bond_plan() and vfp_attach(). */
gboolean vfp_bond_attach (VfpWorld *world, const VfpBondRequest *request, GPtrArray *results,
                          GError **error);
