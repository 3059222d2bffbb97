/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network manager of the host has a netdev, so that vfpool keeps its hands off. */
#pragma once

#include "host/root.h"

/* "NetworkManager", "systemd-networkd" or "ifupdown"; NULL: nobody. Read from what they keep below
 * /run and /etc:
 * - /run/NetworkManager/devices/IFINDEX, [device] managed=true (NetworkManager writes one for each
 *   device; src/core/nm-config.c);
 * - /run/systemd/netif/links/IFINDEX, an ADMIN_STATE other than "unmanaged" (networkd-state-file.c;
 *   what networkctl shows as SETUP);
 * - "iface", "auto" or "allow-…" with its name in /etc/network/interfaces or a file of
 *   /etc/network/interfaces.d (interfaces(5)).
 * They must have been started for that: a manager that is not there yet is not seen. */
const char *vfp_netdev_manager (const VfpRoot *root, const char *netdev);
