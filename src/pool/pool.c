/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool as it is on this host. */
#include "config.h"

#include "pool/pool.h"

#include <string.h>

#include "base/error.h"
#include "pool/card.h"

void
vfp_pool_free (VfpPool *pool)
{
  if (pool == NULL)
    return;
  g_free (pool->name);
  g_ptr_array_unref (pool->pfs);
  g_ptr_array_unref (pool->kept);
  g_free (pool);
}

static VfpPool *
pool_new (const char *name, const VfpConfigPool *config)
{
  VfpPool *pool = g_new0 (VfpPool, 1);

  pool->name = g_strdup (name);
  pool->config = config;
  pool->pfs = g_ptr_array_new ();
  pool->kept = g_ptr_array_new ();
  return pool;
}

static guint
count_configured (const VfpPoolNames *names)
{
  return names->config != NULL ? names->config->pools->len : 0;
}

/* The same card under another name: predictable names change with kernel and firmware
 * (systemd.net-naming-scheme(7)). */
static gboolean
was_called (const VfpPfRecord *record, const char *name)
{
  g_auto (GStrv) former
      = g_strsplit (record->former_netdevs != NULL ? record->former_netdevs : "", " ", -1);

  return g_strcmp0 (record->netdev, name) == 0
         || g_strv_contains ((const char *const *) former, name);
}

/* NULL also where two cards had the name: which of them is meant is not guessed. */
static VfpPf *
find_renamed (const VfpPoolNames *names, const char *name)
{
  VfpPf *found = NULL;

  for (guint i = 0; names->records != NULL && i < names->records->pfs->len; i++)
    {
      const VfpPfRecord *record = g_ptr_array_index (names->records->pfs, i);
      VfpPf *pf = was_called (record, name) ? vfp_card_find (names->inventory, record) : NULL;

      if (pf != NULL && found != NULL && pf != found)
        return NULL;
      found = pf != NULL ? pf : found;
    }
  return found;
}

VfpPf *
vfp_pool_find_pf (const VfpPoolNames *names, const char *name)
{
  VfpPf *pf = vfp_inventory_find_pf (names->inventory, name);

  return pf != NULL ? pf : find_renamed (names, name);
}

VfpPool *
vfp_pool_new (const VfpPoolNames *names, const VfpConfigPool *config)
{
  VfpPool *pool = pool_new (config->name, config);

  for (char **name = config->vfs.pfs; *name != NULL; name++)
    {
      VfpPf *pf = vfp_pool_find_pf (names, *name);

      if (pf != NULL && pf->netdev != NULL && !vfp_pool_has_pf (pool, pf))
        g_ptr_array_add (pool->pfs, pf);
    }
  return pool;
}

static gboolean
names_pf (const VfpPoolNames *names, const VfpConfigPool *config, const VfpPf *pf)
{
  for (char **name = config->vfs.pfs; *name != NULL; name++)
    if (vfp_pool_find_pf (names, *name) == pf)
      return TRUE;
  return FALSE;
}

VfpPool *
vfp_pool_new_of_pf (const VfpPoolNames *names, VfpPf *pf)
{
  g_autofree char *name = vfp_pf_name (pf);
  VfpPool *pool = pool_new (name, NULL);

  g_ptr_array_add (pool->pfs, pf);
  for (guint i = 0; i < count_configured (names); i++)
    {
      VfpConfigPool *config = g_ptr_array_index (names->config->pools, i);

      if (names_pf (names, config, pf))
        g_ptr_array_add (pool->kept, config);
    }
  return pool;
}

/* "pools: storage dmz; PFs: enp1s0f0 enp2s0f0" */
static char *
join_names (const VfpPoolNames *names)
{
  GString *text = g_string_new (count_configured (names) > 0 ? "pools:" : NULL);
  unsigned n_pfs = 0;

  for (guint i = 0; i < count_configured (names); i++)
    g_string_append_printf (
        text, " %s", ((const VfpConfigPool *) g_ptr_array_index (names->config->pools, i))->name);
  g_string_append (text, text->len > 0 ? "; PFs:" : "PFs:");
  for (guint i = 0; i < names->inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (names->inventory->pfs, i);

      if (pf->netdev == NULL)
        continue;
      g_string_append_printf (text, " %s", pf->netdev);
      n_pfs++;
    }
  if (n_pfs == 0)
    g_string_append (text, " none");
  return g_string_free (text, FALSE);
}

/* A slot says by name alone which pool it is of, and PFs hang on different networks. */
static gboolean
check_name (const VfpPoolNames *names, const VfpPool *pool, GError **error)
{
  const VfpPf *pf
      = pool->config != NULL ? vfp_inventory_find_pf (names->inventory, pool->name) : NULL;

  return pf == NULL || vfp_pool_has_pf (pool, pf)
         || vfp_throw (error, VFP_ERROR_CONFIG,
                       "%s: [pool %s]: that is the name of a PF that is not in it; call the pool "
                       "otherwise",
                       pool->config->file, pool->name);
}

gboolean
vfp_pool_check (const VfpPoolNames *names, const VfpPool *pool, GError **error)
{
  const unsigned last = pool->config != NULL ? vfp_ranges_last (pool->config->vfs.ranges) : 0;
  g_autofree char *pfs = NULL;

  if (!check_name (names, pool, error))
    return FALSE;
  if (pool->pfs->len == 0)
    {
      pfs = g_strjoinv (" ", pool->config->vfs.pfs);
      return vfp_throw (error, VFP_ERROR_NO_SUCH_POOL,
                        "%s: [pool %s] pf: none of these is an SR-IOV network card of this host: "
                        "%s; 'vfpool pools' lists those that are",
                        pool->config->file, pool->name, pfs);
    }
  for (guint i = 0; i < pool->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (pool->pfs, i);

      if (last != 0 && last >= pf->total_vfs)
        return vfp_throw (error, VFP_ERROR_CONFIG,
                          "%s: [pool %s] vfs: VF %u is beyond what %s can have (allowed: 0 to %u)",
                          pool->config->file, pool->name, last, pf->netdev,
                          pf->total_vfs > 0 ? pf->total_vfs - 1 : 0);
    }
  return TRUE;
}

VfpPool *
vfp_pool_find (const VfpPoolNames *names, const char *name, GError **error)
{
  const VfpConfigPool *config
      = names->config != NULL ? vfp_config_find_pool (names->config, name) : NULL;
  g_autoptr (VfpPool) pool = NULL;
  VfpPf *pf;

  if (config != NULL)
    pool = vfp_pool_new (names, config);
  else if ((pf = vfp_pool_find_pf (names, name)) != NULL)
    return vfp_pool_new_of_pf (names, pf);
  else
    {
      g_autofree char *known = join_names (names);

      vfp_throw (error, VFP_ERROR_NO_SUCH_POOL, "there is no pool '%s' on this host (%s)", name,
                 known);
      return NULL;
    }
  return vfp_pool_check (names, pool, error) ? g_steal_pointer (&pool) : NULL;
}

VfpPool *
vfp_pool_only (const VfpPoolNames *names, const char *options, GError **error)
{
  g_autoptr (GPtrArray) pools = vfp_pool_list (names);
  const guint configured = count_configured (names);
  const guint cards = pools->len - configured;
  const VfpPool *first = pools->len > 0 ? g_ptr_array_index (pools, 0) : NULL;

  if (cards == 0)
    vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "this host has no SR-IOV network card");
  else if ((configured == 1 && first->pfs->len == cards) || (configured == 0 && cards == 1))
    return vfp_pool_find (names, first->name, error);
  else
    {
      g_autofree char *known = join_names (names);

      vfp_throw (error, VFP_ERROR_PF_NOT_NAMED, "say %s (%s)", options, known);
    }
  return NULL;
}

GPtrArray *
vfp_pool_list (const VfpPoolNames *names)
{
  GPtrArray *pools = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_pool_free);

  for (guint i = 0; i < count_configured (names); i++)
    g_ptr_array_add (pools, vfp_pool_new (names, g_ptr_array_index (names->config->pools, i)));
  for (guint i = 0; i < names->inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (names->inventory->pfs, i);

      if (pf->netdev != NULL)
        g_ptr_array_add (pools, vfp_pool_new_of_pf (names, pf));
    }
  return pools;
}

gboolean
vfp_pool_has_pf (const VfpPool *pool, const VfpPf *pf)
{
  return g_ptr_array_find (pool->pfs, pf, NULL);
}

gboolean
vfp_pool_lacks_pf (const VfpPoolNames *names, const char *name, const VfpPf *pf)
{
  g_autoptr (VfpPool) pool = vfp_pool_find (names, name, NULL);

  return pool != NULL && !vfp_pool_has_pf (pool, pf);
}

gboolean
vfp_pool_has_vf (const VfpPool *pool, const VfpPf *pf, unsigned index)
{
  if (!vfp_pool_has_pf (pool, pf))
    return FALSE;
  if (pool->config != NULL)
    return vfp_ranges_have (pool->config->vfs.ranges, index);
  for (guint i = 0; i < pool->kept->len; i++)
    if (vfp_ranges_have (((const VfpConfigPool *) g_ptr_array_index (pool->kept, i))->vfs.ranges,
                         index))
      return TRUE;
  return pool->kept->len == 0;
}
