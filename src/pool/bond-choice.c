/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF the next leg of a bond gets. */
#include "config.h"

#include "pool/bond-choice.h"

#include "pool/card.h"

void
vfp_bond_port_free (VfpBondPort *port)
{
  if (port == NULL)
    return;
  g_free (port->serial);
  g_free (port);
}

static gboolean
is_taken (const GPtrArray *taken, const VfpPf *pf)
{
  return g_ptr_array_find ((GPtrArray *) taken, pf, NULL);
}

static gboolean
shares_card (const GPtrArray *ports, const GPtrArray *taken, const VfpBondPort *port)
{
  for (guint i = 0; i < ports->len; i++)
    {
      const VfpBondPort *other = g_ptr_array_index (ports, i);

      if (is_taken (taken, other->pf)
          && vfp_card_is_same (&port->pf->address, port->serial, &other->pf->address,
                               other->serial))
        return TRUE;
    }
  return FALSE;
}

/* All PFs of the cards that have legs. */
static GPtrArray *
find_cards (const GPtrArray *ports, const GPtrArray *taken)
{
  GPtrArray *pfs = g_ptr_array_new ();

  for (guint i = 0; i < ports->len; i++)
    {
      const VfpBondPort *port = g_ptr_array_index (ports, i);

      if (shares_card (ports, taken, port))
        g_ptr_array_add (pfs, port->pf);
    }
  return pfs;
}

/* Where the first leg is, for a pool that prefers near PFs; NULL: nowhere. One that requires them
 * means the guest's nodes alone. */
static GArray *
find_node (const GPtrArray *taken, const VfpPool *pool)
{
  const VfpPf *first = taken->len > 0 ? g_ptr_array_index (taken, 0) : NULL;
  const gboolean prefers
      = pool == NULL || pool->config == NULL || pool->config->numa == VFP_NUMA_PREFER;

  if (first == NULL || first->numa_node < 0 || !prefers)
    return NULL;

  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (VfpRange));
  const VfpRange node = { (unsigned) first->numa_node, (unsigned) first->numa_node };
  g_array_append_val (nodes, node);
  return nodes;
}

VfpVfView *
vfp_bond_choose (const VfpView *view, const GPtrArray *ports, const GPtrArray *taken,
                 const VfpPolicyRequest *request, GError **error)
{
  g_autoptr (GPtrArray) cards = find_cards (ports, taken);
  g_autoptr (GArray) node = find_node (taken, request->pool);
  VfpPolicyRequest one = *request;

  if (one.nodes == NULL)
    one.nodes = node;
  one.avoid = cards;
  VfpVfView *vf = vfp_policy_choose (view, &one, NULL);
  if (vf != NULL)
    return vf;
  if (one.verdicts != NULL)
    g_ptr_array_set_size (one.verdicts, 0);
  one.avoid = taken;
  return vfp_policy_choose (view, &one, error);
}
