/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a VF is to come from, as people name it. */
#include "config.h"

#include "ops/source.h"

#include "base/error.h"

void
vfp_source_clear (VfpSource *source)
{
  g_clear_pointer (&source->pool, vfp_pool_free);
}

static gboolean
check_nic (const VfpPf *pf, GError **error)
{
  g_autofree char *name = vfp_pf_name (pf);

  return pf->netdev != NULL
         || vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "%s is not a network card", name);
}

static gboolean
add_pf (const VfpSnapshot *snapshot, const char *name, VfpSource *source, GError **error)
{
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  VfpPf *pf = vfp_snapshot_get_pf (snapshot, name, error);

  if (pf == NULL)
    return FALSE;
  source->pf = pf;
  if (source->pool == NULL)
    source->pool = vfp_pool_new_of_pf (&names, pf);
  return vfp_pool_has_pf (source->pool, pf)
         || vfp_throw (error, VFP_ERROR_USAGE, "%s is not in the pool %s", name,
                       source->pool->name);
}

/* @of_pool: the pool was named, and not just its PF. */
static gboolean
add_vf (const VfpSnapshot *snapshot, const char *name, gboolean of_pool, VfpSource *source,
        GError **error)
{
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  char text[VFP_ADDRESS_STRLEN];

  if (!vfp_snapshot_get_vf (snapshot, name, &source->vf, error))
    return FALSE;
  source->has_vf = TRUE;

  const VfpVfView *vf = vfp_view_find (snapshot->view, &source->vf);
  VfpPf *pf = vf != NULL ? vf->pf : NULL;
  if (pf == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s is not on this host now",
                      vfp_address_format (&source->vf, text));
  if (source->pf != NULL && pf != source->pf)
    {
      g_autofree char *wanted = vfp_pf_name (source->pf);

      return vfp_throw (error, VFP_ERROR_USAGE, "%s is not a VF of %s", name, wanted);
    }
  if (of_pool && !vfp_pool_has_vf (source->pool, pf, vf->index))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s is not in the pool %s", name, source->pool->name);
  if (source->pool == NULL)
    source->pool = vfp_pool_new_of_pf (&names, pf);
  source->pf = pf;
  return TRUE;
}

gboolean
vfp_source_resolve_any (const VfpSnapshot *snapshot, const char *pf, const char *pool,
                        const char *vf, VfpSource *out_source, GError **error)
{
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  g_auto (VfpSource) source = { 0 };

  if (pool != NULL && (source.pool = vfp_pool_find (&names, pool, error)) == NULL)
    return FALSE;
  if ((pf != NULL && !add_pf (snapshot, pf, &source, error))
      || (vf != NULL && !add_vf (snapshot, vf, pool != NULL, &source, error)))
    return FALSE;
  *out_source = source;
  source.pool = NULL;
  return TRUE;
}

gboolean
vfp_source_resolve (const VfpSnapshot *snapshot, const char *pf, const char *pool, const char *vf,
                    VfpSource *out_source, GError **error)
{
  g_auto (VfpSource) source = { 0 };

  if (!vfp_source_resolve_any (snapshot, pf, pool, vf, &source, error)
      || (source.pf != NULL && !check_nic (source.pf, error)))
    return FALSE;
  *out_source = source;
  source.pool = NULL;
  return TRUE;
}

gboolean
vfp_source_keep_pool (const VfpSnapshot *snapshot, const char *name, VfpSource *source,
                      GError **error)
{
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  g_autoptr (VfpPool) pool = vfp_pool_find (&names, name, source->has_vf ? NULL : error);
  const VfpVfView *vf = source->has_vf ? vfp_view_find (snapshot->view, &source->vf) : NULL;

  if (pool == NULL || (vf != NULL && !vfp_pool_has_vf (pool, source->pf, vf->index)))
    return source->has_vf;
  vfp_source_clear (source);
  source->pool = g_steal_pointer (&pool);
  return TRUE;
}
