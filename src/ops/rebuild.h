/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file, made anew from what the guests carry. */
#pragma once

#include "ops/result.h"
#include "ops/world.h"

/* Makes the state file anew from the guests' own metadata and XML; the old one is kept as
 * state.db.bad-DATE. @world was opened with its rebuild set; its store is the new file afterwards.
 * @lost: texts of what cannot come back. @results: VfpResult per slot. Slots are taken from
 * metadata with the guest's own UUID; claims from devices that are a slot's by alias and MAC, or by
 * MAC. What two claim comes back to neither. The new file is made beside the old one and renamed,
 * so that the path names one or the other at each moment. Errors: %VFP_ERROR_STATE_NOT_EMPTY (the
 * file is sound), %VFP_ERROR_STATE_NEWER, %VFP_ERROR_STATE, %VFP_ERROR_BUSY (another vfpool is at
 * work), those of libvirt. */
gboolean vfp_rebuild (VfpWorld *world, gboolean dry_run, GPtrArray *lost, GPtrArray *results,
                      GError **error);
