/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that get a VF at each start of their guest. */
#pragma once

#include "ops/world.h"

/* Gives an on-start slot of a running guest that has no VF one: by policy, live only, same
 * identity. Takes the guest's lock (none is to be held). TRUE and *@out_served FALSE where nothing
 * is to do: it is no on-start slot, has a VF, has had one in this start of the guest, or the guest
 * does not run. Errors: %VFP_ERROR_NO_VF_FITS and the others of vfp_attach(). */
gboolean vfp_on_start_serve (VfpWorld *world, const char *uuid, const char *slot_name,
                             gboolean *out_served, GError **error);

/* Serves all slots of the guest @uuid, each whatever becomes of the others. @texts (char *, may be
 * NULL): appended to, what was done. Error: the first one. */
gboolean vfp_on_start_serve_guest (VfpWorld *world, const char *uuid, GPtrArray *texts,
                                   GError **error);
