/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a VF is to come from, as people name it: --pf, --pool, --vf. Pure. */
#pragma once

#include "ops/world.h"

typedef struct
{
  VfpPool *pool; /* owned; NULL: nothing was named */
  VfpPf *pf;     /* of the pool, only this one; NULL: all of them */
  VfpAddress vf; /* only with has_vf */
  gboolean has_vf;
} VfpSource;

void vfp_source_clear (VfpSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpSource, vfp_source_clear)

/* The names may be NULL. A VF alone is of its PF's own pool, whatever configured pools keep back.
 * Errors: %VFP_ERROR_NO_SUCH_PF, %VFP_ERROR_NO_SUCH_POOL, %VFP_ERROR_NO_SUCH_VF, %VFP_ERROR_CONFIG,
 * %VFP_ERROR_USAGE where they contradict each other. */
gboolean vfp_source_resolve (const VfpSnapshot *snapshot, const char *pf, const char *pool,
                             const char *vf, VfpSource *out_source, GError **error);

/* The same, where the PF may be of storage. */
gboolean vfp_source_resolve_any (const VfpSnapshot *snapshot, const char *pf, const char *pool,
                                 const char *vf, VfpSource *out_source, GError **error);

/* For a slot that exists, where no PF and no pool was named: its own pool @name, unless the VF that
 * was named is not of it. Error: those of vfp_pool_find(), without a VF. */
gboolean vfp_source_keep_pool (const VfpSnapshot *snapshot, const char *name, VfpSource *source,
                               GError **error);
