/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first VF of a running guest pins all of its memory (VFIO maps it for DMA). */
#pragma once

#include <glib.h>

#include "guest/guest.h"
#include "host/root.h"

/* Whether the host has room for what pinning makes resident. TRUE where that cannot be told.
 * Error: %VFP_ERROR_MEMORY. */
gboolean vfp_memory_check (const VfpRoot *root, const VfpGuest *guest, GError **error);
