/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the VFs that fit is the best. */
#include "config.h"

#include "pool/policy-private.h"

/* What is compared, the most important first; all but the last two the smaller the better. */
typedef struct
{
  VfpVfView *vf;
  gboolean no_carrier;
  gboolean not_last;
  gboolean far;
  gboolean netdev_up;
  int load;    /* VFs of the PF that are in use; negative to pack */
  guint order; /* of the PF in the pool */
} Rank;

typedef struct
{
  const VfpPolicyRequest *request;
  VfpPick pick;
  VfpNuma numa;
  GHashTable *loads; /* VfpPf → VFs of it in use */
  const VfpPf *last_pf;
} Ranking;

static GHashTable *
count_loads (const VfpView *view)
{
  GHashTable *loads = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->pf != NULL && vf->state != VFP_VF_FREE && vf->state != VFP_VF_UNKNOWN)
        g_hash_table_insert (
            loads, vf->pf,
            GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (loads, vf->pf)) + 1));
    }
  return loads;
}

static const VfpPf *
find_last_pf (const VfpView *view, const VfpSlot *slot)
{
  const VfpPfRecord *record = slot != NULL && slot->last_pf_id != 0
                                  ? vfp_records_get_pf (view->facts.records, slot->last_pf_id)
                                  : NULL;

  for (guint i = 0; record != NULL && i < view->facts.inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (view->facts.inventory->pfs, i);

      if (vfp_records_find_pf (view->facts.records, &pf->address, &pf->mac) == record)
        return pf;
    }
  return NULL;
}

/* A PF of no node (-1: the kernel knows none) is near everything. */
static gboolean
is_far (const Ranking *ranking, const VfpPf *pf)
{
  const VfpPolicyRequest *request = ranking->request;

  return ranking->numa == VFP_NUMA_PREFER && request->nodes != NULL && pf->numa_node >= 0
         && !vfp_ranges_have (request->nodes, (unsigned) pf->numa_node);
}

static guint
order_of (const VfpPool *pool, const VfpPf *pf)
{
  guint place = 0;

  if (pool != NULL)
    (void) g_ptr_array_find (pool->pfs, pf, &place);
  return place;
}

static Rank
rank_of (const Ranking *ranking, VfpVfView *vf)
{
  const VfpSlot *slot = ranking->request->slot;
  const int load = GPOINTER_TO_INT (g_hash_table_lookup (ranking->loads, vf->pf));

  return (Rank){
    .vf = vf,
    .no_carrier = !vf->pf->carrier || !vf->pf->up,
    .not_last = ranking->last_pf != vf->pf || slot->last_vf != vf->index,
    .far = is_far (ranking, vf->pf),
    .netdev_up = vf->vf->netdev_up,
    .load = ranking->pick == VFP_PICK_PACK ? -load : load,
    .order = order_of (ranking->request->pool, vf->pf),
  };
}

/* What @a is worse in than @b, as a stable word; NULL: it is better. */
static const char *
worse_in (const Ranking *ranking, const Rank *a, const Rank *b)
{
  if (a->no_carrier != b->no_carrier)
    return a->no_carrier ? "no-carrier" : NULL;
  if (a->not_last != b->not_last)
    return a->not_last ? "not-last" : NULL;
  if (a->far != b->far)
    return a->far ? "numa" : NULL;
  if (a->netdev_up != b->netdev_up)
    return a->netdev_up ? "netdev-up" : NULL;
  if (a->load != b->load)
    return a->load < b->load ? NULL : ranking->pick == VFP_PICK_PACK ? "pack" : "spread";
  if (a->order != b->order)
    return a->order < b->order ? NULL : "order";
  return a->vf->index < b->vf->index ? NULL : "order";
}

static void
tell_rest (const Ranking *ranking, const GPtrArray *fitting, const Rank *best)
{
  for (guint i = 0; i < fitting->len; i++)
    {
      const Rank rank = rank_of (ranking, g_ptr_array_index (fitting, i));

      if (rank.vf != best->vf)
        vfp_policy_tell (ranking->request->verdicts, rank.vf, worse_in (ranking, &rank, best),
                         NULL);
    }
}

VfpVfView *
vfp_policy_rank (const VfpView *view, const VfpPolicyRequest *request, const GPtrArray *fitting)
{
  const VfpConfigPool *config = request->pool != NULL ? request->pool->config : NULL;
  g_autoptr (GHashTable) loads = count_loads (view);
  const Ranking ranking = {
    .request = request,
    .pick = config != NULL ? config->pick : VFP_PICK_SPREAD,
    .numa = config != NULL ? config->numa : VFP_NUMA_PREFER,
    .loads = loads,
    .last_pf = find_last_pf (view, request->slot),
  };
  Rank best = rank_of (&ranking, g_ptr_array_index (fitting, 0));

  for (guint i = 1; i < fitting->len; i++)
    {
      const Rank rank = rank_of (&ranking, g_ptr_array_index (fitting, i));

      if (worse_in (&ranking, &rank, &best) == NULL)
        best = rank;
    }
  if (request->verdicts != NULL)
    tell_rest (&ranking, fitting, &best);
  return best.vf;
}

/* A node of the host that has one of @cpus. */
static void
add_nodes_of_cpus (const VfpInventory *inventory, const GArray *cpus, GArray *nodes)
{
  for (guint node = 0; node < inventory->node_cpus->len; node++)
    if (vfp_ranges_meet (g_ptr_array_index (inventory->node_cpus, node), cpus))
      {
        const VfpRange range = { node, node };

        g_array_append_val (nodes, range);
      }
}

GArray *
vfp_policy_nodes (const VfpInventory *inventory, const VfpGuest *guest)
{
  const VfpDomxml *domxml = guest->live != NULL ? guest->live : guest->config;
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (VfpRange));

  if (domxml->nodes != NULL)
    return g_array_ref (domxml->nodes);
  if (domxml->cpus != NULL)
    add_nodes_of_cpus (inventory, domxml->cpus, nodes);
  return nodes->len > 0 ? g_steal_pointer (&nodes) : NULL;
}
