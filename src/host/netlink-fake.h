/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink of a captured or generated host: PFs and the settings of their VFs are kept in the
 * key file vfpool-fake/links.conf below the root, and setting changes that file.
 *
 *   [enp1s0f0]            a PF: up = true|false, carrier = …, mac = …, vfs = 7,
 *                         unsupported = link-state;tx-rate   (settings that the driver lacks),
 *                         refused = tx-rate   (settings that it has and refuses to change now),
 *                         altnames = …;…
 *   [enp1s0f0 3]          its VF 3: settings = mac=… vlan=…   (vfp_settings_to_string()); without
 *                         the group: as the kernel creates it
 *   [announced]           NETDEV = the MAC that was announced there last,
 *                         BRIDGE forgets = the MAC that it was made to forget last
 *   [addresses]           NETDEV = 192.0.2.7/24
 */
#pragma once

#include "base/faults.h"
#include "host/netlink.h"
#include "host/root.h"

#define VFP_FAKE_DIR "vfpool-fake"

/* NULL without error when the root has no vfpool-fake/links.conf: netlink is then off. @root is
 * kept by reference and must outlive it; @faults may be NULL. Changes are serialised by flock()
 * on the folder vfpool-fake, and the file is replaced by rename. */
VfpNetlink *vfp_netlink_fake_new (const VfpRoot *root, VfpFaults *faults);
