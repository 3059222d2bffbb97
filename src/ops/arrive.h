/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that were taken out of their guest for a migration, and come back where it runs. */
#pragma once

#include "ops/world.h"

/* Gives the slot @slot_name of the guest @uuid, if it is to come back and the guest runs, its VF:
 * the one that was kept for its arrival, else another; live, and in the configuration where that is
 * to have it. Then the mark ends. Where that fails, the VF stays kept for the slot. Takes the
 * guest's lock (none is to be held). TRUE and *@out_served FALSE where nothing is to do. Errors:
 * those of vfp_attach(). */
gboolean vfp_arrive_serve (VfpWorld *world, const char *uuid, const char *slot_name,
                           gboolean *out_served, GError **error);

/* The same of all slots of the guest, each whatever becomes of the others. @texts (char *):
 * appended to, what was done. Error: the first one. */
gboolean vfp_arrive_serve_guest (VfpWorld *world, const char *uuid, GPtrArray *texts,
                                 GError **error);
