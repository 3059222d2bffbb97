/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs of the host: VFs that nobody has, and cards that have moved. */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "host/vf.h"
#include "ops/repair-private.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

static gboolean
is_at_work (const VfpClaim *claim)
{
  return claim->claimer.pid != 0 && vfp_process_is_alive (&claim->claimer);
}

/* The one PF with the MAC of @record, elsewhere. */
static VfpPf *
find_moved (const VfpInventory *inventory, const VfpPfRecord *record)
{
  VfpPf *found = NULL;

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (!vfp_mac_equal (&pf->mac, &record->mac))
        continue;
      if (found != NULL || vfp_address_equal (&pf->address, &record->address))
        return NULL;
      found = pf;
    }
  return vfp_mac_is_zero (&record->mac) ? NULL : found;
}

static VfpPfRecord *
find_record (const VfpRepair *repair, VfpPf **out_pf)
{
  for (guint i = 0; i < repair->records->pfs->len; i++)
    {
      VfpPfRecord *record = g_ptr_array_index (repair->records->pfs, i);

      if (vfp_address_equal (&record->address, &repair->finding->address)
          && (*out_pf = find_moved (repair->snapshot->inventory, record)) != NULL)
        return record;
    }
  return NULL;
}

/* A claim whose VF the card does not have now stays with the former address: it is missing. */
static gboolean
move_claims (VfpRepair *repair, gint64 from, const VfpPf *pf, gint64 to, GError **error)
{
  for (guint i = 0; i < repair->records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (repair->records->claims, i);
      const VfpVf *vf = vfp_pf_find_vf (pf, claim->vf);

      if (claim->pf_id != from || vf == NULL || is_at_work (claim))
        continue;
      claim->pf_id = to;
      claim->address = vf->address;
      if (!vfp_store_put_claim (repair->world->store, claim, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vfp_repair_pf_moved (VfpRepair *repair, GError **error)
{
  VfpStore *store = repair->world->store;
  VfpPf *pf = NULL;
  const VfpPfRecord *record = find_record (repair, &pf);
  g_autoptr (VfpLock) lock
      = vfp_lock_take (repair->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL)
    return FALSE;
  repair->skipped = record == NULL;
  if (record == NULL)
    return TRUE;

  VfpPfRecord moved = {
    .address = pf->address, .mac = record->mac, .serial = record->serial, .netdev = pf->netdev
  };
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  return transaction != NULL && vfp_store_put_pf (store, &moved, error)
         && move_claims (repair, record->id, pf, moved.id, error)
         && vfp_repair_add_note (repair, error) && vfp_transaction_commit (transaction, error);
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

/* Under the claim lock: no vfpool has taken the VF, nobody has opened it, and it is bound to what
 * it was bound to. */
static gboolean
is_still_free (VfpRepair *repair, const VfpVf *vf, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (repair->world->store, error);
  g_autofree char *driver = vfp_vf_driver (repair->world->root, &vf->address);

  if (records == NULL)
    return FALSE;
  repair->skipped = is_claimed (records, vf) || g_strcmp0 (driver, vf->driver) != 0
                    || vfp_vf_vfio_open (repair->world->root, &vf->address);
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

  if (transaction == NULL || !vfp_store_get_meta (store, "hook-blind", &now, error))
    return FALSE;
  repair->skipped = g_strcmp0 (now, repair->finding->detail) != 0;
  if (repair->skipped)
    return TRUE;
  return vfp_store_put_meta (store, "hook-blind", NULL, error)
         && vfp_repair_add_note (repair, error) && vfp_transaction_commit (transaction, error);
}
