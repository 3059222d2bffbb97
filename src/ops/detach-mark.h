/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the rest of a slot that is detached from: of the marks that it gets a VF at each
 * start of its guest, or after a migration, and of the pair that it is half of. For detach.c only.
 */
#pragma once

#include "ops/world.h"

/* Within a transaction: whoever takes the VF out does not want it back before the guest's next
 * start. (An attach has written so already, unless it was finished for a process that had died.) */
gboolean vfp_detach_mark_rest (VfpWorld *world, const VfpSlot *slot, gint64 generation,
                               GError **error);

/* The slot is one that lasts from now on. */
gboolean vfp_detach_mark_end (VfpWorld *world, const VfpSlot *slot, GError **error);

/* This alone comes back of it after a migration: there, or where that has failed. */
gboolean vfp_detach_arrive_put (VfpWorld *world, const VfpSlot *slot, VfpArrive arrive,
                                GError **error);

/* It is no half of a pair from now on. */
gboolean vfp_detach_pair_end (VfpWorld *world, const VfpSlot *slot, GError **error);
