/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook asks for at a guest's start: settling it until nobody asks any more. */
#pragma once

#include "ops/world.h"

/* Whether the hook has asked for more settlings of the guest @uuid than were done. */
gboolean vfp_settle_is_wanted (VfpWorld *world, const char *uuid, gboolean *out_wanted,
                               GError **error);

/* Settles the guest @uuid by the repairs of @classes (VfpClass bits), serves its slots that wait
 * for a VF, and begins anew while the hook has asked meanwhile: no trigger is lost. Waits first for
 * what libvirt is about to do with the guest. A guest that libvirt no longer knows loses its live
 * claims; slots of a transient one end. No lock is to be held. @texts (char *): appended to, what
 * was done. Error: the first of the last pass, VFP_ERROR_NO_VF_FITS for a slot that goes on
 * waiting; nothing else stops for it. */
gboolean vfp_settle_until_done (VfpWorld *world, const char *uuid, unsigned classes,
                                GPtrArray *texts, GError **error);
