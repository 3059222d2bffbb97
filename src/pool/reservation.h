/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reservation asks for, against what its VF has. Pure. */
#pragma once

#include <glib.h>

#include "host/inventory.h"
#include "state/records.h"

/* @now: seconds since the epoch. */
gboolean vfp_reservation_is_expired (const VfpClaim *claim, gint64 now);

/* Whether nobody is at work on the reservation and it is to end: its command died, or it has
 * expired. FALSE for the claim of a slot. */
gboolean vfp_reservation_is_over (const VfpClaim *claim, gint64 now);

/* What the VF has otherwise, "driver igbvf instead of vfio-pci, vlan 0 instead of 42"; NULL: it is
 * all as asked for. A MAC that whoever has the VF was trusted to change is not looked at. Owned by
 * the caller. */
char *vfp_reservation_difference (const VfpClaim *claim, const VfpVf *vf);
