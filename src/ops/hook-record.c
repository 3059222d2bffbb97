/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operations of the hook have in common: reading, and what they write of the guest. */
#include "config.h"

#include "ops/hook-run.h"

#include "base/error.h"

VfpTransaction *
vfp_hook_begin (VfpHookRun *run, GError **error)
{
  const gint64 start = g_get_monotonic_time ();

  vfp_store_set_timeout (run->world->store, run->state_left_ms);
  VfpTransaction *transaction = vfp_store_begin (run->world->store, error);
  const gint64 spent_ms = (g_get_monotonic_time () - start) / 1000;
  run->state_left_ms -= (unsigned) CLAMP (spent_ms, 0, run->state_left_ms);
  return transaction;
}

VfpGuestRecord
vfp_hook_guest (const VfpHookRun *run, const VfpRecords *records)
{
  const VfpGuestRecord *known = vfp_records_find_guest (records, run->domxml->uuid);
  VfpGuestRecord guest = known != NULL ? *known : (VfpGuestRecord){ 0 };

  guest.uuid = run->domxml->uuid;
  guest.name = run->domxml->name;
  return guest;
}

gboolean
vfp_hook_put_seen (VfpHookRun *run, GError **error)
{
  VfpStore *store = run->world->store;
  g_autofree char *seen = NULL;

  if (!vfp_store_get_meta (store, VFP_META_HOOK_SEEN, &seen, error))
    return FALSE;
  return g_strcmp0 (seen, run->world->boot_id) == 0
         || vfp_store_put_meta (store, VFP_META_HOOK_SEEN, run->world->boot_id, error);
}

gboolean
vfp_hook_put_wanted (VfpHookRun *run, const VfpRecords *records, GError **error)
{
  VfpGuestRecord guest = vfp_hook_guest (run, records);

  guest.wanted++;
  return vfp_store_put_guest (run->world->store, &guest, error) && vfp_hook_put_seen (run, error);
}

static gboolean
record_refusal (VfpHookRun *run, const char *reason, gboolean counted, GError **error)
{
  VfpWorld *world = run->world;
  g_autoptr (VfpTransaction) transaction = vfp_hook_begin (run, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (world->store, error) : NULL;
  const VfpEvent event = { .time = vfp_world_now (),
                           .by = world->by,
                           .via = world->via,
                           .what = "start",
                           .guest_uuid = run->domxml->uuid,
                           .guest = run->domxml->name,
                           .result = reason };

  if (records == NULL)
    return FALSE;

  VfpGuestRecord guest = vfp_hook_guest (run, records);
  guest.generation += counted ? 0 : 1;
  guest.refused = (char *) reason;
  guest.refused_boot_id = world->boot_id;
  return vfp_store_put_guest (world->store, &guest, error)
         && vfp_store_add_event (world->store, &event, error) && vfp_hook_put_seen (run, error)
         && vfp_transaction_commit (transaction, error);
}

void
vfp_hook_refuse (VfpHookRun *run, const char *reason, gboolean counted)
{
  g_autoptr (GError) error = NULL;

  run->reply->verdict = VFP_HOOK_REFUSED;
  run->reply->text = g_strdup_printf ("%s: %s", run->domxml->name, reason);
  if (!record_refusal (run, reason, counted, &error))
    vfp_world_warn (run->world, "%s: that its start was refused cannot be recorded: %s",
                    run->domxml->name, error->message);
}

/* A device's PF by the kernel's own word: its permanent MAC says which card it is. */
static gboolean
check_pf (VfpHookRun *run, const VfpInventory *inventory, const VfpGuestDevice *device,
          GError **error)
{
  const VfpVf *vf = vfp_inventory_find_vf (inventory, &device->source);
  VfpNetlink *netlink = run->world->netlink;

  if (netlink == NULL || vf == NULL || vf->pf->netdev == NULL || vf->settings.known != 0)
    return TRUE;
  g_autoptr (VfpLink) link = netlink->get_link (netlink, vf->pf->netdev, error);
  return link != NULL;
}

gboolean
vfp_hook_read_host (VfpHookRun *run, VfpInventory **out_inventory, GError **error)
{
  VfpWorld *world = run->world;
  g_autoptr (VfpInventory) inventory = vfp_inventory_read (world->root, world->netlink, error);

  if (inventory == NULL)
    return FALSE;
  for (guint i = 0; i < run->domxml->devices->len; i++)
    if (!check_pf (run, inventory, g_ptr_array_index (run->domxml->devices, i), error))
      return FALSE;
  *out_inventory = g_steal_pointer (&inventory);
  return TRUE;
}

VfpView *
vfp_hook_view (const VfpHookRun *run, const VfpInventory *inventory, const VfpRecords *records)
{
  const VfpFacts facts = {
    .inventory = inventory,
    .records = records,
    .boot_id = run->world->boot_id,
    .config = run->world->config,
  };

  return vfp_view_new (&facts);
}
