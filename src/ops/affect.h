/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a guest's two definitions a command works on, as in virsh. */
#pragma once

#include <glib.h>

#include "guest/guest.h"

typedef struct
{
  gboolean live;
  gboolean config;
  gboolean current;
} VfpAffectFlags;

/* Bits of VfpAffect. Without flags: both of a running persistent guest, else the one there is.
 * Errors: %VFP_ERROR_USAGE (current with another), %VFP_ERROR_GUEST_OFF,
 * %VFP_ERROR_GUEST_TRANSIENT, %VFP_ERROR_GUEST_PAUSED (live work needs a guest that answers). */
gboolean vfp_affect_choose (const VfpGuest *guest, const VfpAffectFlags *flags,
                            unsigned *out_affect, GError **error);
