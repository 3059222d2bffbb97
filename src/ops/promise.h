/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's metadata as a copy of its slots, so that they travel with it. */
#pragma once

#include "ops/world.h"

/* Renders the element whole from the state file and writes it where an XML has another. Errors: of
 * the state file, of VfpVirt. */
gboolean vfp_promise_write (VfpWorld *world, const VfpGuest *guest, GError **error);

/* The same after a commit, where a failure is a warning, never an undo. */
void vfp_promise_update (VfpWorld *world, const VfpGuest *guest);
