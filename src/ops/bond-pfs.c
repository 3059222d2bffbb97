/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PFs that the legs of a bond go on. */
#include "config.h"

#include "ops/bond-pfs.h"

#include "base/error.h"
#include "pool/bond-choice.h"
#include "pool/card.h"

static VfpPf *
get_nic (const VfpSnapshot *snapshot, const char *name, GError **error)
{
  VfpPf *pf = vfp_snapshot_get_pf (snapshot, name, error);

  if (pf != NULL && pf->netdev == NULL)
    {
      vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "%s is not a network card", name);
      return NULL;
    }
  return pf;
}

GPtrArray *
vfp_bond_pfs_named (const VfpSnapshot *snapshot, const char *const *names, GError **error)
{
  g_autoptr (GPtrArray) pfs = g_ptr_array_new ();

  for (; *names != NULL; names++)
    {
      VfpPf *pf = get_nic (snapshot, *names, error);

      if (pf == NULL)
        return NULL;
      if (g_ptr_array_find (pfs, pf, NULL))
        {
          vfp_throw (error, VFP_ERROR_USAGE,
                     "--pf %s: its PF is named twice; a bond needs a "
                     "different one for each leg",
                     *names);
          return NULL;
        }
      g_ptr_array_add (pfs, pf);
    }
  return g_steal_pointer (&pfs);
}

/* The PFs (VfpBondCandidate) that @pool has VFs of. */
static GPtrArray *
find_candidates (VfpWorld *world, const VfpPool *pool)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_bond_candidate_free);

  for (guint i = 0; i < pool->pfs->len; i++)
    {
      VfpBondCandidate *candidate = g_new0 (VfpBondCandidate, 1);

      candidate->pf = g_ptr_array_index (pool->pfs, i);
      candidate->serial = vfp_pci_serial (world->root, &candidate->pf->address);
      g_ptr_array_add (candidates, candidate);
    }
  return candidates;
}

GPtrArray *
vfp_bond_pfs_of_pool (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                      const char *name, GPtrArray *taken, unsigned count, GError **error)
{
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  g_autoptr (VfpPool) pool = vfp_pool_find (&names, name, error);
  const VfpPolicyRequest request = {
    .pool = pool,
    .live = guest->running,
    .has_netlink = world->netlink != NULL,
    .guest_uuid = guest->uuid,
  };

  if (pool == NULL)
    return NULL;
  if (pool->pfs->len < count + taken->len)
    {
      vfp_throw (error, VFP_ERROR_NO_VF_FITS,
                 "pool %s has %u PF%s; a bond of %u legs needs as many, say --pf PF --pf PF", name,
                 pool->pfs->len, pool->pfs->len == 1 ? "" : "s", count + taken->len);
      return NULL;
    }
  g_autoptr (GPtrArray) candidates = find_candidates (world, pool);
  GPtrArray *pfs = vfp_bond_choose_pfs (snapshot->view, candidates, taken, count, &request, error);
  if (pfs == NULL)
    g_prefix_error (error, "pool %s: ", name);
  return pfs;
}

gboolean
vfp_bond_pfs_share_card (const VfpWorld *world, GPtrArray *pfs)
{
  for (guint i = 0; i < pfs->len; i++)
    for (guint k = 0; k < i; k++)
      {
        const VfpPf *a = g_ptr_array_index (pfs, i), *b = g_ptr_array_index (pfs, k);
        g_autofree char *serial_a = vfp_pci_serial (world->root, &a->address);
        g_autofree char *serial_b = vfp_pci_serial (world->root, &b->address);

        if (vfp_card_is_same (&a->address, serial_a, &b->address, serial_b))
          return TRUE;
      }
  return FALSE;
}
