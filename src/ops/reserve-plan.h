/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VFs a reservation takes, decided from one snapshot. */
#pragma once

#include "ops/reserve.h"

typedef struct
{
  VfpVfView *vf;     /* the snapshot's */
  VfpClaim *claim;   /* id 0: a new one */
  gboolean drifted;  /* the owner has it, and it is not as asked for */
  gboolean prolongs; /* … and it gets another end */
} VfpReserveItem;

/* VfpReserveItem in the order of the request, or of the choice. What is chosen is marked in the
 * snapshot's view, so that it is not chosen twice. Errors: as vfp_reserve(). */
GPtrArray *vfp_reserve_plan (VfpWorld *world, VfpSnapshot *snapshot,
                             const VfpReserveRequest *request, GError **error);

/* What is done with the VF, or would be. */
VfpResult *vfp_reserve_result (const VfpVfView *vf, const VfpClaim *claim);
