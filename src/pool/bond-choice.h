/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PFs of a pool the legs of a bond go on. Pure. */
#pragma once

#include "pool/policy.h"

/* A PF that a leg may be on. */
typedef struct
{
  VfpPf *pf;
  char *serial; /* of its card; NULL: not told */
} VfpBondCandidate;

void vfp_bond_candidate_free (VfpBondCandidate *candidate);

/* Chooses @count PFs of @candidates (VfpBondCandidate) that can each give a VF, as @request asks
 * (whose pf and vf say nothing); those of @taken (VfpPf) have legs already and are not chosen. The
 * first: with carrier, with the fewest VFs in use. Each further one: on another card than those
 * before and @taken, with carrier, on the NUMA node of the first, with the fewest VFs in use.
 * Returns VfpPf, borrowed. Error: %VFP_ERROR_NO_VF_FITS with what keeps the others. */
GPtrArray *vfp_bond_choose_pfs (const VfpView *view, GPtrArray *candidates, GPtrArray *taken,
                                unsigned count, const VfpPolicyRequest *request, GError **error);
