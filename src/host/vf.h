/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One VF looked at again, outside a snapshot: is it idle, whose driver has it, and the changing
 * of its settings through its PF. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/settings.h"
#include "host/netlink.h"
#include "host/root.h"

/* Name of the driver bound to the function; NULL: none. */
char *vfp_vf_driver (const VfpRoot *root, const VfpAddress *address);

/* TRUE for the drivers that hand a device to user space through VFIO: vfio-pci and its variants
 * (*_vfio_pci, *-vfio-pci). */
gboolean vfp_vf_driver_is_vfio (const char *driver);

/* Whether somebody has the VF's VFIO device open: sysfs "enable" is 1 exactly then (seen on Linux
 * 6.1). Opening a VFIO node to find out would itself take the group. */
gboolean vfp_vf_vfio_open (const VfpRoot *root, const VfpAddress *address);

/* Whether who has the VF through VFIO has enabled its interrupts, as the driver in a guest does
 * when it takes the VF: they are files in msi_irqs (Documentation/ABI/testing/sysfs-bus-pci). */
gboolean vfp_vf_has_interrupts (const VfpRoot *root, const VfpAddress *address);

/* Waits until the VF is idle where libvirt left it: on @former (NULL: no driver), or released and
 * on whatever the kernel chose, settled for a second. FALSE without error after @timeout_ms. */
gboolean vfp_vf_wait_back (const VfpRoot *root, const VfpAddress *address, const char *former,
                           unsigned timeout_ms);

/* Sets those of the settings @which of VF @index that differ from what the PF holds, in the order
 * of VfpSetting, one request each, and reads back. A setting that the driver lacks is passed over
 * unless it is in @asked. @out_changed (may be NULL): the bits that were set. A setting that
 * does not read back as set is an error too. Errors: as VfpNetlink.set_vf; what was set before
 * the error stays and is in @out_changed. */
gboolean vfp_vf_apply (VfpNetlink *netlink, const char *netdev, unsigned index,
                       const VfpSettings *settings, unsigned which, unsigned asked,
                       unsigned *out_changed, GError **error);
