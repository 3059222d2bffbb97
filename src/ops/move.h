/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another VF for a slot, with the same identity. */
#pragma once

#include "ops/result.h"
#include "ops/world.h"

typedef struct
{
  const char *guest;
  const char *slot; /* NULL: the only one that has a VF */
  const char *pf; /* NULL, as the next two: not named. With none: another one of the slot's pool */
  const char *pool;
  const char *vf;
  gboolean dry_run;
  unsigned timeout_ms;
} VfpMoveRequest;

/* The device leaves the running guest and comes back on the other VF, and the persistent XML names
 * that; where a step fails, the guest has the former one again. Both VFs are the slot's until the
 * end. A slot that is on the VF that was named, or of the PF or pool, stays there. Errors:
 * %VFP_ERROR_SLOT_EMPTY, those of vfp_source_resolve(), of vfp_policy_choose(), of attach and of
 * detach. */
VfpResult *vfp_move (VfpWorld *world, const VfpMoveRequest *request, GError **error);
