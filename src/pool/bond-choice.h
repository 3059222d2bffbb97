/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF the next leg of a bond gets. Pure. */
#pragma once

#include "pool/policy.h"

/* A PF, and what tells its card. */
typedef struct
{
  VfpPf *pf;    /* borrowed */
  char *serial; /* of the card; NULL: not told */
} VfpBondPort;

void vfp_bond_port_free (VfpBondPort *port);

/* The VF that the policy gives for @request, whose avoid says nothing: never of one of @taken
 * (VfpPf), where the bond has legs; of another card than those, as far as @ports (VfpBondPort; of
 * @taken and of the request's pool) tells, where such a VF fits; and for a guest that is bound to
 * no NUMA node, near the first of @taken, as if the guest were bound there. Errors: those of
 * vfp_policy_choose(). */
VfpVfView *vfp_bond_choose (const VfpView *view, const GPtrArray *ports, const GPtrArray *taken,
                            const VfpPolicyRequest *request, GError **error);
