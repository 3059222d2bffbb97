/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a slot's identity, of a guest that is gone too. */
#pragma once

#include <glib.h>

#include "ops/result.h"
#include "ops/world.h"

typedef struct
{
  const char *guest;
  const char *slot; /* NULL: the only one */
  gboolean all;
  gboolean ensure;
  gboolean dry_run;
  unsigned timeout_ms;
} VfpForgetRequest;

/* Returns results (VfpResult), one per slot. Errors: %VFP_ERROR_SLOT_IN_USE while one of the slots
 * has a VF (none is then forgotten), %VFP_ERROR_NO_SUCH_SLOT, %VFP_ERROR_USAGE (several and none
 * named). */
GPtrArray *vfp_forget (VfpWorld *world, const VfpForgetRequest *request, GError **error);
