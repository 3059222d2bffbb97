/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of a slot as XML. */
#pragma once

#include "ops/world.h"

/* Whether this libvirt takes a driver model: an older one reads past it, and gives the VF to
 * vfio-pci. Errors: %VFP_ERROR_UNSUPPORTED, those of libvirt. */
gboolean vfp_device_check_driver_model (VfpVirt *virt, const char *guest, const char *slot,
                                        GError **error);

/* The slot's device on the VF @source, by the template. Owned by the caller. Error:
 * %VFP_ERROR_CONFIG. */
char *vfp_device_render (const VfpWorld *world, const VfpSlot *slot, const VfpAddress *source,
                         GError **error);
