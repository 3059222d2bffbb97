/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which slots and claims the guests of a host carry. Pure but for serial numbers. */
#pragma once

#include "ops/world.h"

/* Rows that are in no file yet (see ops/new-rows.h). @lost: texts of what guests carry and what
 * still cannot be taken, appended to. */
VfpRecords *vfp_rebuild_plan (const VfpWorld *world, const VfpSnapshot *snapshot, GPtrArray *lost);
