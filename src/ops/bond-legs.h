/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The legs that a bond has already, and so what another leg may not be on. Pure. */
#pragma once

#include "ops/world.h"

/* The PFs (VfpPf, borrowed) that other slots of the guest have VFs of as legs of the same
 * bond. Empty where the slot is in none. */
GPtrArray *vfp_bond_legs_pfs (const VfpSnapshot *snapshot, const VfpSlot *slot);

/* No two legs of a bond are on one PF: it would end with that. Error: %VFP_ERROR_DIFFERS. */
gboolean vfp_bond_legs_check (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpPf *pf,
                              GError **error);
