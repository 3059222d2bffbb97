/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of reading an inventory. Functions are looked at below sys/bus/pci/devices, whose
 * descriptor is @devices_fd. */
#pragma once

#include "host/inventory.h"

/* Attributes of the PF called @name (its address) and its VFs by index, themselves not yet
 * looked at. NULL when it is no PF, or has vanished. */
VfpPf *vfp_inventory_read_pf (int devices_fd, const char *name);
void vfp_inventory_free_pf (VfpPf *pf);

/* Fills in driver, netdev, IOMMU group and use. @addresses (netdev name → address) may be NULL.
 * FALSE when the VF has vanished. May be called again. */
gboolean vfp_inventory_read_vf (int devices_fd, VfpVf *vf, GHashTable *addresses);

/* How the host itself uses a VF whose own directory is @vf_fd; NULL: not at all. */
char *vfp_host_use_read (int vf_fd, const VfpVf *vf, GHashTable *addresses);

/* A network driver without a netdev: moved to another namespace, or still being probed. Looks
 * again, for a while where @may_wait, and sets host_use of those that remain so. */
void vfp_host_use_find_moved (int devices_fd, const VfpInventory *inventory, GHashTable *addresses,
                              gboolean may_wait);

/* Fills in iommu_conflict of all VFs. @others: addresses (text) of the devices that are no VF. */
void vfp_iommu_find_conflicts (int devices_fd, const VfpInventory *inventory, GPtrArray *others);
