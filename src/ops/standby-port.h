/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The port that the standby of a failover pair is on. The hook has this too. */
#pragma once

#include "guest/guest.h"
#include "ops/world.h"

/* The PF on whose port alone the NIC is, by its bridge or the netdev below its macvtap; NULL: it is
 * on none, or that is not told. */
VfpPf *vfp_standby_port (const VfpSnapshot *snapshot, const VfpGuestNic *nic);

/* The same of a bridge; NULL too where the host has none of that name. */
VfpPf *vfp_standby_bridge_port (const VfpSnapshot *snapshot, const char *bridge);
