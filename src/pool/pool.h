/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool as it is on this host: a configured one, or a PF, which is a pool of its own. Pure. */
#pragma once

#include <glib.h>

#include "host/inventory.h"
#include "pool/conf.h"
#include "state/records.h"

typedef struct
{
  char *name;
  const VfpConfigPool *config; /* borrowed; NULL: a PF's own */
  GPtrArray *pfs;              /* VfpPf, borrowed: those of its PFs that are on this host */
  GPtrArray *kept;             /* VfpConfigPool, borrowed: of a PF's own, those that name the PF;
                                  VFs that none of them has stay with the host */
} VfpPool;

void vfp_pool_free (VfpPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpPool, vfp_pool_free)

/* What the names of PFs are looked up in. */
typedef struct
{
  const VfpConfig *config; /* NULL: nothing is configured */
  const VfpInventory *inventory;
  const VfpRecords *records; /* for PFs that have been renamed; may be NULL */
} VfpPoolNames;

/* The PF by netdev name, altname, address, "mac:MAC" or a name that the state file saw it under
 * last; NULL when there is none. */
VfpPf *vfp_pool_find_pf (const VfpPoolNames *names, const char *name);

/* The pool by name; configured ones come before PFs. Errors: %VFP_ERROR_NO_SUCH_POOL, listing those
 * that there are, or with none of its PFs on this host; %VFP_ERROR_CONFIG: a VF is named that its
 * PF can never have, or the name is that of another PF. */
VfpPool *vfp_pool_find (const VfpPoolNames *names, const char *name, GError **error);

/* A configured pool as far as it is on this host; never NULL. */
VfpPool *vfp_pool_new (const VfpPoolNames *names, const VfpConfigPool *config);

/* @pf as a pool of its own. */
VfpPool *vfp_pool_new_of_pf (const VfpPoolNames *names, VfpPf *pf);

/* Error: %VFP_ERROR_NO_SUCH_POOL, %VFP_ERROR_CONFIG as vfp_pool_find(). */
gboolean vfp_pool_check (const VfpPoolNames *names, const VfpPool *pool, GError **error);

/* The pool that needs no naming: the only configured one, if every network card is in it; without
 * any, the only network card. PFs hang on different networks, so one of several is never guessed.
 * @options: what to say then. Errors: %VFP_ERROR_PF_NOT_NAMED, %VFP_ERROR_NO_SUCH_PF. */
VfpPool *vfp_pool_only (const VfpPoolNames *names, const char *options, GError **error);

/* All pools: configured ones, then the PFs that are NICs. */
GPtrArray *vfp_pool_list (const VfpPoolNames *names);

gboolean vfp_pool_has_pf (const VfpPool *pool, const VfpPf *pf);

/* Whether the pool @name is on this host, and the PF is none of it. */
gboolean vfp_pool_lacks_pf (const VfpPoolNames *names, const char *name, const VfpPf *pf);

/* Whether the VF may be given to the pool's users. */
gboolean vfp_pool_has_vf (const VfpPool *pool, const VfpPf *pf, unsigned index);
