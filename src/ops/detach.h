/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VF out of a guest, honestly: done means that the device has really gone. */
#pragma once

#include <glib.h>

#include "ops/affect.h"
#include "ops/result.h"
#include "ops/world.h"

typedef struct
{
  const char *guest;
  const char *slot; /* NULL: the only one that has a VF, or with @with_standby a standby */
  gboolean all;
  VfpAffectFlags affect;
  gboolean ensure;
  gboolean with_standby; /* of a slot that is half of a pair the other half goes too */
  gboolean finish;       /* only detaches that were begun, and what they were for: an intent without
                            claimer; with affect.live */
  gboolean dry_run;
  unsigned timeout_ms;
} VfpDetachRequest;

/* Ends the claims' parts: the device leaves the running guest, then the configuration; the VF's
 * settings are restored; the slot stays. Adds to @results (VfpResult), one per slot that is done;
 * with several slots the first failure ends it. A guest that does not let go keeps its claim as
 * `detaching`. A standby stays, unless asked for; when it is in no XML any more, the slot is no
 * half of a pair. A VF that is out for a migration does not come back any more, unless the
 * detach is one to finish. Errors: %VFP_ERROR_SLOT_EMPTY, %VFP_ERROR_NO_SUCH_SLOT, %VFP_ERROR_USAGE
 * (several slots and none named), %VFP_ERROR_GUEST_TIMEOUT, %VFP_ERROR_GUEST_REFUSED,
 * %VFP_ERROR_GUEST_PAUSED, … */
gboolean vfp_detach (VfpWorld *world, const VfpDetachRequest *request, GPtrArray *results,
                     GError **error);

/* The same for a migration, which has the lock of the guest @uuid, and whose VFs come back. */
gboolean vfp_detach_locked (VfpWorld *world, const char *uuid, const VfpDetachRequest *request,
                            GPtrArray *results, GError **error);
