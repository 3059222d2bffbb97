/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest is about to start: is it to, and which VFs does it start with. */
#include "config.h"

#include "ops/hook-run.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/arrive-rows.h"

#define READ_TRIES 3

/* What the VFs had before libvirt touches them: read right before, and again where somebody has
 * changed the state file meanwhile, who may have been giving one of them back. */
typedef struct
{
  VfpInventory *inventory;
  VfpRecords *records;
  VfpView *view;
  VfpHookDecision *decision;
} Look;

static void
look_clear (Look *look)
{
  vfp_hook_decision_free (look->decision);
  vfp_view_free (look->view);
  vfp_records_free (look->records);
  vfp_inventory_free (look->inventory);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

static gboolean
decide_now (VfpHookRun *run, Look *look, GError **error)
{
  g_clear_pointer (&look->decision, vfp_hook_decision_free);
  g_clear_pointer (&look->view, vfp_view_free);
  g_clear_pointer (&look->records, vfp_records_free);
  look->records = vfp_store_load (run->world->store, error);
  if (look->records == NULL)
    return FALSE;
  look->view = vfp_hook_view (run, look->inventory, look->records);
  look->decision = vfp_hook_decide (look->view, run->domxml);
  return TRUE;
}

static gboolean
put_pf (VfpHookRun *run, const VfpRecords *records, const VfpPf *pf, gint64 *out_id, GError **error)
{
  const VfpPfRecord *known = vfp_records_find_pf (records, &pf->address, &pf->mac);
  g_autofree char *serial = known == NULL ? vfp_pci_serial (run->world->root, &pf->address) : NULL;
  VfpPfRecord record
      = { .address = pf->address, .mac = pf->mac, .serial = serial, .netdev = pf->netdev };

  if (known != NULL)
    {
      *out_id = known->id;
      return TRUE;
    }
  if (!vfp_store_put_pf (run->world->store, &record, error))
    return FALSE;
  *out_id = record.id;
  return TRUE;
}

/* Originals of this boot that are there still were never put back: what the VF has now is not what
 * it had before. So the hook may also run twice. */
static void
save_originals (VfpHookRun *run, const VfpHookDevice *device, VfpClaim *claim)
{
  const VfpVf *vf = device->vf->vf;

  if (!device->moved && claim->live && claim->has_saved
      && g_strcmp0 (claim->boot_id, run->world->boot_id) == 0)
    return;
  claim->has_saved = vf->settings.known != 0;
  claim->saved = vf->settings;
  g_free (claim->saved_driver);
  claim->saved_driver = g_strdup (vf->driver);
}

static VfpClaim *
make_claim (VfpHookRun *run, const VfpHookDevice *device, gint64 generation)
{
  VfpClaim *claim = device->claim != NULL ? vfp_claim_copy (device->claim) : g_new0 (VfpClaim, 1);

  if (device->claim == NULL)
    {
      claim->slot_id = device->slot->id;
      claim->since = vfp_world_now ();
      claim->by = g_strdup (run->world->by);
    }
  if (device->moved)
    claim->id = claim->revision = 0;
  save_originals (run, device, claim);
  claim->vf = device->vf->index;
  claim->address = device->vf->address;
  /* It was claimed for this arrival, which is no intent any more. */
  if (claim->expires != 0)
    {
      claim->intent = VFP_INTENT_NONE;
      claim->intent_live = claim->intent_config = FALSE;
      claim->expires = 0;
    }
  claim->live = TRUE;
  claim->generation = generation;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (run->world->boot_id);
  return claim;
}

/* Rows that are in the way go first: the guest's slots may have changed VFs among themselves. */
static gboolean
clear_way (VfpHookRun *run, const VfpHookDecision *decision, GError **error)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (guint i = 0; i < decision->devices->len; i++)
    {
      const VfpHookDevice *device = g_ptr_array_index (decision->devices, i);
      const VfpClaim *claims[] = { device->moved ? device->claim : NULL, device->occupant };

      for (guint k = 0; k < G_N_ELEMENTS (claims) && !device->busy; k++)
        /* What is kept for a claim goes with it. */
        if (claims[k] != NULL && claims[k]->held_for == 0
            && g_hash_table_add (gone, (gpointer) claims[k])
            && !vfp_store_delete_claim (run->world->store, claims[k], error))
          return FALSE;
    }
  return TRUE;
}

static gboolean
put_device (VfpHookRun *run, const VfpRecords *records, const VfpHookDevice *device,
            gint64 generation, GError **error)
{
  g_autoptr (VfpClaim) claim = NULL;

  /* Settle looks at it when that process is done. */
  if (device->busy)
    return TRUE;
  claim = make_claim (run, device, generation);
  return put_pf (run, records, device->vf->pf, &claim->pf_id, error)
         && vfp_store_put_claim (run->world->store, claim, error)
         && vfp_world_note (run->world, "start", device->slot, claim, NULL, error);
}

/* Counts the start where the guest has slots; a refusal is over. */
static gboolean
put_guest (VfpHookRun *run, const VfpRecords *records, const VfpHookDecision *decision,
           gint64 *out_generation, GError **error)
{
  VfpGuestRecord guest = vfp_hook_guest (run, records);
  VfpStore *store = run->world->store;

  *out_generation = ++guest.generation;
  guest.refused = guest.refused_boot_id = NULL;
  if (decision->slots->len > 0)
    return vfp_store_put_guest (store, &guest, error);
  return vfp_records_find_guest (records, run->domxml->uuid) == NULL
         || vfp_store_delete_guest (store, run->domxml->uuid, error);
}

/* Of the claims that are left now: those for slots that are plugged in on arrival. */
static gboolean
prolong_others (VfpHookRun *run, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (run->world->store, error);

  return records != NULL && vfp_arrive_prolong (run->world, records, run->domxml->uuid, error);
}

static gboolean
put_start (VfpHookRun *run, const Look *look, GError **error)
{
  const VfpHookDecision *decision = look->decision;
  gint64 generation;

  if (!put_guest (run, look->records, decision, &generation, error)
      || !clear_way (run, decision, error))
    return FALSE;
  for (guint i = 0; i < decision->devices->len; i++)
    if (!put_device (run, look->records, g_ptr_array_index (decision->devices, i), generation,
                     error))
      return FALSE;
  return prolong_others (run, error) && vfp_hook_put_seen (run, error);
}

/* Decided once more on what the file says under its lock. *out_again: somebody has changed it. */
static gboolean
commit_start (VfpHookRun *run, Look *look, guint64 changes, gboolean *again, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_hook_begin (run, error);

  if (transaction == NULL)
    return FALSE;
  *again = *again && vfp_store_change_count (run->world->store) != changes;
  if (*again)
    return TRUE;
  if (!decide_now (run, look, error))
    return FALSE;
  return look->decision->refused != NULL
         || (put_start (run, look, error) && vfp_transaction_commit (transaction, error));
}

gboolean
vfp_hook_prepare (VfpHookRun *run, GError **error)
{
  for (unsigned try = 1;; try++)
    {
      g_auto (Look) look = { 0 };
      const guint64 changes = vfp_store_change_count (run->world->store);
      gboolean again = try < READ_TRIES;

      if (!vfp_hook_read_host (run, &look.inventory, error) || !decide_now (run, &look, error))
        return FALSE;
      /* What can be read is enough to refuse, whether it can be recorded or not. */
      if (look.decision->refused == NULL && !commit_start (run, &look, changes, &again, error))
        return FALSE;
      if (look.decision->refused != NULL)
        {
          vfp_hook_refuse (run, look.decision->refused, FALSE);
          return TRUE;
        }
      if (!again)
        return TRUE;
    }
}
