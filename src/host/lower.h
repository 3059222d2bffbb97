/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a netdev of the host stands on. */
#pragma once

#include "host/inventory.h"

/* The PF whose port alone a netdev, such as a bridge, reaches the network by, directly or through a
 * VF; NULL: it has several ports, or one that is no PF's, or none. @netdev may be such a port
 * itself. By the links lower_NAME (Documentation/ABI/testing/sysfs-class-net). */
VfpPf *vfp_lower_only_pf (const VfpRoot *root, const VfpInventory *inventory, const char *netdev);

/* Whether there is a netdev of that name. */
gboolean vfp_lower_exists (const VfpRoot *root, const char *netdev);
