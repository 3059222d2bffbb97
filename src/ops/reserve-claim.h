/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the row of a reservation says that a request asks for. Pure. */
#pragma once

#include "ops/reserve.h"

/* A new row for @vf, not in the file yet. Errors: %VFP_ERROR_NO_SUCH_PF (settings of a VF that is
 * no NIC), %VFP_ERROR_MAC_IN_USE. */
VfpClaim *vfp_reserve_claim_new (const VfpWorld *world, const VfpSnapshot *snapshot,
                                 const VfpReserveRequest *request, const VfpVfView *vf,
                                 GError **error);

/* Whether the row that @vf has asks for the same. Error: %VFP_ERROR_DIFFERS. */
gboolean vfp_reserve_claim_check (const VfpWorld *world, const VfpReserveRequest *request,
                                  const VfpVfView *vf, GError **error);
