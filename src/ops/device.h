/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of a slot as XML. */
#pragma once

#include "ops/world.h"

/* The slot's device on the VF @source, by the template. Owned by the caller. Error:
 * %VFP_ERROR_CONFIG. */
char *vfp_device_render (const VfpWorld *world, const VfpSlot *slot, const VfpAddress *source,
                         GError **error);
