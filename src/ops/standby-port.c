/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The port that the standby of a failover pair is on. */
#include "config.h"

#include "ops/standby-port.h"

#include "guest/standby.h"
#include "host/lower.h"

VfpPf *
vfp_standby_bridge_port (const VfpSnapshot *snapshot, const char *bridge)
{
  return vfp_lower_only_pf (snapshot->root, snapshot->inventory, bridge);
}

VfpPf *
vfp_standby_port (const VfpSnapshot *snapshot, const VfpGuestNic *nic)
{
  const char *bridge = vfp_standby_bridge (nic, snapshot->networks);
  const char *netdev = bridge != NULL ? bridge : nic->lower;

  return netdev != NULL ? vfp_lower_only_pf (snapshot->root, snapshot->inventory, netdev) : NULL;
}
