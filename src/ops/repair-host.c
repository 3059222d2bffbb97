/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs of the host: VFs that nobody has, and cards that have moved. */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "host/vf.h"
#include "ops/follow-pf.h"
#include "ops/repair-private.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

/* All cards that have moved, not this one alone: the next one is found to be followed already. */
gboolean
vfp_repair_pf_moved (VfpRepair *repair, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VfpLock) lock
      = vfp_lock_take (repair->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL || !vfp_follow_pfs (repair->world, repair->snapshot->inventory, texts, error))
    return FALSE;
  repair->skipped = texts->len == 0;
  return repair->skipped || vfp_repair_note (repair, error);
}

static gboolean
is_claimed (const VfpRecords *records, const VfpVf *vf)
{
  const VfpPfRecord *pf = vfp_records_find_pf (records, &vf->pf->address, &vf->pf->mac);

  for (guint i = 0; pf != NULL && i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->pf_id == pf->id && claim->vf == vf->index)
        return TRUE;
    }
  return FALSE;
}

/* The host does nothing with it, and it is bound to and set to what it was before. */
static gboolean
is_as_before (const VfpInventory *inventory, const VfpVf *before)
{
  const VfpVf *now = vfp_inventory_find_vf (inventory, &before->address);

  return now != NULL && now->host_use == NULL && g_strcmp0 (now->driver, before->driver) == 0
         && now->settings.known == before->settings.known
         && vfp_settings_differ (&now->settings, &before->settings) == 0;
}

/* Under the claim lock: no vfpool has taken the VF, and nobody else since it was looked at. */
static gboolean
is_still_free (VfpRepair *repair, const VfpVf *vf, GError **error)
{
  VfpWorld *world = repair->world;
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (VfpInventory) inventory
      = records != NULL ? vfp_inventory_read (world->root, world->netlink, error) : NULL;

  if (inventory == NULL)
    return FALSE;
  repair->skipped = is_claimed (records, vf) || !is_as_before (inventory, vf);
  return !repair->skipped;
}

static gboolean
has_slot_mac (const VfpRecords *records, const VfpMac *mac)
{
  for (guint i = 0; i < records->slots->len; i++)
    if (vfp_mac_equal (&((VfpSlot *) g_ptr_array_index (records->slots, i))->mac, mac))
      return TRUE;
  return FALSE;
}

/* No MAC; some PFs refuse that, and libvirt then gives 02:00:00:00:00:00 (altZeroMAC in its
 * virnetdev.c). */
static gboolean
clear_mac (VfpRepair *repair, const VfpVf *vf, GError **error)
{
  VfpSettings none = { .known = VFP_SETTING_MAC };
  g_autoptr (GError) local = NULL;

  if (vfp_vf_apply (repair->world->netlink, vf->pf->netdev, vf->index, &none, VFP_SETTING_MAC,
                    VFP_SETTING_MAC, NULL, &local))
    return TRUE;
  if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_HOST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  none.mac = (VfpMac){ { 0x02 } };
  return vfp_vf_apply (repair->world->netlink, vf->pf->netdev, vf->index, &none, VFP_SETTING_MAC,
                       VFP_SETTING_MAC, NULL, error);
}

gboolean
vfp_repair_vf_left_over (VfpRepair *repair, GError **error)
{
  VfpWorld *world = repair->world;
  const VfpSettings defaults = vfp_settings_default ();
  const VfpVf *vf = vfp_inventory_find_vf (repair->snapshot->inventory, &repair->finding->address);
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL)
    return FALSE;
  if (world->netlink == NULL || vf->pf->netdev == NULL)
    {
      repair->skipped = TRUE;
      return TRUE;
    }
  if (!is_still_free (repair, vf, error))
    return repair->skipped;
  if ((vf->settings.known & VFP_SETTING_MAC) && has_slot_mac (repair->records, &vf->settings.mac)
      && !clear_mac (repair, vf, error))
    return FALSE;
  return vfp_vf_apply (world->netlink, vf->pf->netdev, vf->index, &defaults, defaults.known, 0,
                       NULL, error)
         && vfp_repair_note (repair, error);
}

gboolean
vfp_repair_stale_record (VfpRepair *repair, GError **error)
{
  g_autofree char *path = g_build_filename (VFP_NET_RECORDS_DIR, repair->finding->object, NULL);
  const VfpVf *vf
      = repair->finding->has_address
            ? vfp_inventory_find_vf (repair->snapshot->inventory, &repair->finding->address)
            : NULL;
  g_autoptr (VfpLock) lock
      = vfp_lock_take (repair->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL)
    return FALSE;
  if (vf != NULL && !is_still_free (repair, vf, error))
    return repair->skipped;
  if (unlinkat (repair->world->root->fd, path, 0) < 0 && errno != ENOENT)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'/%s' cannot be removed", path);
  return vfp_repair_note (repair, error);
}

/* A guest that starts unseen meanwhile leaves another text. */
gboolean
vfp_repair_hook_blind (VfpRepair *repair, GError **error)
{
  VfpStore *store = repair->world->store;
  g_autofree char *now = NULL;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);

  if (transaction == NULL || !vfp_store_get_meta (store, VFP_META_HOOK_BLIND, &now, error))
    return FALSE;
  repair->skipped = g_strcmp0 (now, repair->finding->detail) != 0;
  if (repair->skipped)
    return TRUE;
  return vfp_store_put_meta (store, VFP_META_HOOK_BLIND, NULL, error)
         && vfp_repair_add_note (repair, error) && vfp_transaction_commit (transaction, error);
}
