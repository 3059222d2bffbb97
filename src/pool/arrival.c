/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VFs a guest gets that arrives from another host. */
#include "config.h"

#include "pool/arrival.h"

#include "base/error.h"

static void
arrival_clear (gpointer data)
{
  g_free (((VfpArrival *) data)->pool_name);
}

GArray *
vfp_arrivals_new (void)
{
  GArray *arrivals = g_array_new (FALSE, TRUE, sizeof (VfpArrival));

  g_array_set_clear_func (arrivals, arrival_clear);
  return arrivals;
}

static gboolean
accepts (const VfpConfigPool *config, const char *name)
{
  return config->accepts != NULL && g_strv_contains ((const char *const *) config->accepts, name);
}

/* The pools of one file that serves several hosts are not all here. */
static VfpPool *
find_accepting (const VfpPoolNames *names, const char *name, GError **error)
{
  g_autoptr (VfpPool) found = NULL;

  for (guint i = 0; names->config != NULL && i < names->config->pools->len; i++)
    {
      const VfpConfigPool *config = g_ptr_array_index (names->config->pools, i);
      g_autoptr (VfpPool) pool = accepts (config, name) ? vfp_pool_new (names, config) : NULL;

      if (pool == NULL || pool->pfs->len == 0)
        continue;
      if (found != NULL)
        {
          vfp_throw (error, VFP_ERROR_CONFIG,
                     "%s: the pools %s and %s both accept '%s'; only one of them may", config->file,
                     found->name, pool->name, name);
          return NULL;
        }
      found = g_steal_pointer (&pool);
    }
  return found != NULL && vfp_pool_check (names, found, error) ? g_steal_pointer (&found) : NULL;
}

VfpPool *
vfp_arrival_find_pool (const VfpPoolNames *names, const char *pool, const char *to_pool,
                       GError **error)
{
  g_autoptr (GError) missing = NULL, local = NULL;

  if (to_pool != NULL)
    return vfp_pool_find (names, to_pool, error);
  if (pool == NULL)
    {
      vfp_throw (error, VFP_ERROR_NO_SUCH_POOL, "its pool is not told");
      return NULL;
    }

  VfpPool *found = vfp_pool_find (names, pool, &missing);
  if (found == NULL && g_error_matches (missing, VFP_ERROR, VFP_ERROR_NO_SUCH_POOL))
    found = find_accepting (names, pool, &local);
  if (found != NULL)
    return found;
  if (local != NULL || !g_error_matches (missing, VFP_ERROR, VFP_ERROR_NO_SUCH_POOL))
    g_propagate_error (error,
                       local != NULL ? g_steal_pointer (&local) : g_steal_pointer (&missing));
  else
    vfp_throw (error, VFP_ERROR_NO_SUCH_POOL,
               "%s; 'accepts = %s' in the [pool NAME] that is to take it, or 'vfpool migrate "
               "--pool-map %s=NAME'",
               missing->message, pool, pool);
  return NULL;
}

/* Whether a VF of the PF is what is asked for now. Where the pool is not here any more, so it is.
 */
static gboolean
fits (const VfpView *view, const VfpArrival *arrival, const VfpPf *pf)
{
  const VfpPoolNames names = vfp_view_names (view);
  g_autoptr (VfpPool) pool = vfp_arrival_find_pool (&names, arrival->pool, arrival->to_pool, NULL);

  return pf != arrival->standby
         && (pool != NULL ? vfp_pool_has_pf (pool, pf) : arrival->to_pool == NULL);
}

/* The VF that the slot has here already: for a guest that comes back, or was saved here. */
static VfpVfView *
find_kept (const VfpView *view, const VfpArrival *arrival)
{
  VfpVfView *vf = arrival->claim != NULL ? vfp_view_find_claim (view, arrival->claim) : NULL;

  return vf != NULL && vf->vf != NULL && vf->pf->up && vf->state != VFP_VF_FOREIGN
                 && (arrival->older || fits (view, arrival, vf->pf))
             ? vf
             : NULL;
}

/* The PFs where other legs of its bond are. */
static GPtrArray *
find_bond_pfs (GArray *arrivals, const VfpArrival *arrival)
{
  GPtrArray *pfs = g_ptr_array_new ();

  for (guint i = 0; arrival->bond != NULL && i < arrivals->len; i++)
    {
      const VfpArrival *other = &g_array_index (arrivals, VfpArrival, i);

      if (other != arrival && other->vf != NULL && g_strcmp0 (other->bond, arrival->bond) == 0)
        g_ptr_array_add (pfs, other->vf->pf);
    }
  return pfs;
}

static VfpVfView *
choose_vf (const VfpView *view, const VfpGuest *guest, gboolean has_netlink, const VfpPool *pool,
           GArray *arrivals, const VfpArrival *arrival, GError **error)
{
  g_autoptr (GPtrArray) avoid = find_bond_pfs (arrivals, arrival);
  g_autoptr (GArray) nodes = vfp_policy_nodes (view->facts.inventory, guest);
  VfpPolicyRequest request = {
    .pool = pool,
    .live = TRUE,
    .has_netlink = has_netlink,
    .guest_uuid = guest->uuid,
    .slot = arrival->known,
    .nodes = nodes,
    .avoid = avoid,
    .standby = arrival->standby,
  };
  VfpVfView *vf = avoid->len > 0 ? vfp_policy_choose (view, &request, NULL) : NULL;

  request.avoid = NULL;
  return vf != NULL ? vf : vfp_policy_choose (view, &request, error);
}

static gboolean
choose_new (VfpView *view, const VfpGuest *guest, gboolean has_netlink, GArray *arrivals,
            VfpArrival *arrival, GError **error)
{
  const VfpPoolNames names = vfp_view_names (view);
  g_autoptr (VfpPool) pool = vfp_arrival_find_pool (&names, arrival->pool, arrival->to_pool, error);

  if (pool == NULL)
    return FALSE;
  arrival->pool_name = g_strdup (pool->name);
  arrival->vf = choose_vf (view, guest, has_netlink, pool, arrivals, arrival, error);
  return arrival->vf != NULL;
}

gboolean
vfp_arrival_choose (VfpView *view, const VfpGuest *guest, gboolean has_netlink, GArray *arrivals,
                    guint index, GError **error)
{
  VfpArrival *arrival = &g_array_index (arrivals, VfpArrival, index);

  arrival->vf = find_kept (view, arrival);
  arrival->kept = arrival->vf != NULL;
  if (arrival->kept)
    {
      arrival->pool_name = g_strdup (arrival->known->pool);
      return TRUE;
    }
  if (!choose_new (view, guest, has_netlink, arrivals, arrival, error))
    {
      g_prefix_error (error, "%s: ", arrival->name);
      return FALSE;
    }
  arrival->vf->state = VFP_VF_CLAIMING;
  return TRUE;
}
