/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs of the state file: claims and slots follow what is. */
#include "config.h"

#include "base/error.h"
#include "guest/metadata.h"
#include "ops/adopt.h"
#include "ops/release.h"
#include "ops/repair-private.h"
#include "ops/settle.h"
#include "ops/slot.h"

gboolean
vfp_repair_dead_intent (VfpRepair *repair, GError **error)
{
  if (repair->finding->guest_uuid == NULL)
    return vfp_repair_reservation_over (repair, error);

  const VfpVfView *vf = vfp_view_find_claim (repair->view, repair->claim);

  /* It tells of its failures itself. */
  repair->skipped
      = vf == NULL || !vfp_settle_claim (repair->world, repair->snapshot->inventory, vf);
  return TRUE;
}

/* A configuration that names another VF, or was defined anew, does not end its part: that is a
 * finding of its own. */
gboolean
vfp_repair_claim_without_device (VfpRepair *repair, GError **error)
{
  const gboolean gone = repair->guest == NULL;
  const gboolean live = repair->claim->live && !repair->finding->lost_live && !gone;
  const gboolean config = repair->claim->config && !repair->finding->lost_config && !gone;

  return vfp_release_parts (repair->world, repair->snapshot->inventory, repair->slot, repair->claim,
                            live, config, repair->scope->what, error);
}

/* What the guest has then is a device without claim, and the configuration follows that. */
gboolean
vfp_repair_claim_wrong_vf (VfpRepair *repair, GError **error)
{
  return vfp_release_parts (repair->world, repair->snapshot->inventory, repair->slot, repair->claim,
                            FALSE, FALSE, repair->scope->what, error);
}

static VfpSlotPromise *
take_promise (const VfpDomxml *domxml, const VfpMac *mac)
{
  g_autoptr (GPtrArray) promises = domxml != NULL && domxml->metadata != NULL
                                       ? vfp_metadata_parse (domxml->metadata, NULL, NULL)
                                       : NULL;

  for (guint i = 0; promises != NULL && i < promises->len; i++)
    {
      const VfpSlotPromise *promise = g_ptr_array_index (promises, i);

      if (vfp_mac_equal (&promise->mac, mac))
        return g_ptr_array_steal_index (promises, i);
    }
  return NULL;
}

/* The guest's own word for the device; what the finding was made of. */
static VfpSlotPromise *
find_promise (const VfpGuest *guest, const VfpAddress *source)
{
  const VfpDomxml *const xmls[] = { guest->live, guest->config };

  for (gsize i = 0; i < G_N_ELEMENTS (xmls); i++)
    {
      const VfpGuestDevice *device
          = xmls[i] != NULL ? vfp_domxml_find_source (xmls[i], source) : NULL;
      VfpSlotPromise *promise = NULL;

      if (device == NULL || !device->has_mac)
        continue;
      if ((promise = take_promise (guest->live, &device->mac)) != NULL
          || (promise = take_promise (guest->config, &device->mac)) != NULL)
        return promise;
    }
  return NULL;
}

gboolean
vfp_repair_device_without_claim (VfpRepair *repair, GError **error)
{
  const VfpAddress *source = &repair->finding->address;
  const VfpVfView *vf = vfp_view_find (repair->view, source);
  g_autoptr (VfpSlotPromise) promise
      = repair->guest != NULL ? find_promise (repair->guest, source) : NULL;
  const VfpSnapshot now = {
    .root = repair->world->root,
    .inventory = repair->snapshot->inventory,
    .guests = repair->guests,
    .networks = repair->snapshot->networks,
    .records = repair->records,
    .view = repair->view,
  };

  repair->skipped = vf == NULL || promise == NULL;
  if (repair->skipped)
    return TRUE;
  const VfpSlot *known
      = vfp_records_find_slot (repair->records, repair->guest->uuid, promise->name);
  g_autoptr (VfpSlot) slot = known != NULL
                                 ? vfp_slot_copy (known)
                                 : vfp_slot_from_promise (repair->guest, promise, vf->pf_name);
  return vfp_adopt_device (repair->world, &now, repair->guest, source, slot, error);
}

gboolean
vfp_repair_part_not_recorded (VfpRepair *repair, GError **error)
{
  VfpStore *store = repair->world->store;
  VfpClaim *claim = repair->claim;
  const gboolean this_boot = g_strcmp0 (claim->boot_id, repair->world->boot_id) == 0;
  gboolean live, config;

  vfp_release_look (repair->guest, claim, &live, &config);
  if (live && !(claim->live && this_boot))
    vfp_release_note_live (repair->world, repair->records, repair->slot, claim);
  claim->config = claim->config || config;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  return transaction != NULL && vfp_store_put_claim (store, claim, error)
         && vfp_repair_add_note (repair, error) && vfp_transaction_commit (transaction, error);
}

gboolean
vfp_repair_slot_of_gone_transient (VfpRepair *repair, GError **error)
{
  VfpStore *store = repair->world->store;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (repair->records, repair->finding->guest_uuid);

  return transaction != NULL && vfp_repair_add_note (repair, error)
         && vfp_store_delete_slot (store, repair->slot->id, error)
         && (slots->len > 1 || vfp_store_delete_guest (store, repair->finding->guest_uuid, error))
         && vfp_transaction_commit (transaction, error);
}
