/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [reserve NAME] of the configuration is made to be. */
#pragma once

#include "ops/reserve.h"

/* What asks for the VFs that the group lacks. */
VfpReserveRequest vfp_reserve_group_request (const VfpConfigReserve *config);

/* Makes the group @name. Returns how many VFs were reserved, -1 with @error: those of
 * vfp_reserve(). */
int vfp_reserve_group_make (VfpWorld *world, const char *name, unsigned timeout_ms, GError **error);

/* At boot, before libvirt runs: makes all groups that lack VFs. Where the state file is lost, the
 * VFs get driver and settings, and no rows: a file with nothing else in it would pass for a whole
 * one. @texts (char *): appended to, what was done; what cannot be done is a warning. */
void vfp_reserve_groups_boot (VfpWorld *world, const VfpInventory *inventory, GPtrArray *texts);

/* The PFs (VfpPf, borrowed) of groups that lack VFs. @out_waiting: whether one of them needs more
 * VFs than its PFs have now. */
GPtrArray *vfp_reserve_groups_needed (const VfpWorld *world, const VfpInventory *inventory,
                                      const VfpRecords *records, gboolean *out_waiting);
