/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking over what is in a guest already. */
#pragma once

#include "ops/world.h"

/* A claim (and its slot, where it has none) for the device of the VF at @source that is in the
 * guest's XML: no device is touched. @slot: the slot as it is to be; id 0: new, and then set.
 * Errors: of the state file; %VFP_ERROR_NO_SUCH_VF. */
gboolean vfp_adopt_device (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                           const VfpAddress *source, VfpSlot *slot, GError **error);
