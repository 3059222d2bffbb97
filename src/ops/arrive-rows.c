/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the state file says of a guest that is about to arrive. */
#include "config.h"

#include "ops/arrive-rows.h"

#include "base/error.h"
#include "ops/pf-record.h"
#include "ops/slot.h"

/* From libvirt's "migrate" to its "prepare": other hooks and the making of disks lie between. */

/* From there on libvirt tells when a guest does not arrive, so this is for the worst only. */
#define PROLONGED_S (7 * 24 * 60 * 60)

gboolean
vfp_arrive_find_known (const VfpRecords *records, const char *uuid, VfpArrival *arrival,
                       GError **error)
{
  arrival->known = vfp_records_find_slot (records, uuid, arrival->name);
  if (arrival->known == NULL)
    return TRUE;
  arrival->claim = vfp_records_find_claim_of_slot (records, arrival->known->id);
  return arrival->claim == NULL || arrival->claim->intent == VFP_INTENT_NONE
         || arrival->claim->expires != 0
         || vfp_throw (error, VFP_ERROR_BUSY,
                       "%s: a vfpool is at work on it, or has died; 'vfpool reconcile %s --fix'",
                       arrival->name, arrival->known->guest_name);
}

/* The guest's own word stands: it was another host's since this one's was written. What is this
 * host's alone stays. */
static VfpSlot *
make_slot (const VfpDomxml *domxml, const VfpSlotPromise *promise, const VfpArrival *arrival)
{
  VfpGuest guest = { .name = domxml->name };
  const VfpSlot *known = arrival->known;

  if (arrival->older)
    return vfp_slot_copy (known);
  g_strlcpy (guest.uuid, domxml->uuid, sizeof guest.uuid);
  VfpSlot *slot = vfp_slot_from_promise (&guest, promise, arrival->pool_name);
  g_free (slot->pool);
  slot->pool = g_strdup (arrival->pool_name);
  slot->transient = known == NULL || known->transient;
  if (known == NULL)
    return slot;
  slot->id = known->id;
  slot->asked |= known->asked;
  slot->rests_until = known->rests_until;
  slot->created = known->created;
  return slot;
}

/* A guest that runs here already, which libvirt is about to say, keeps its claim as it is. */
static gboolean
is_live_now (const VfpWorld *world, const VfpClaim *claim)
{
  return claim->live && claim->expires == 0 && g_strcmp0 (claim->boot_id, world->boot_id) == 0;
}

static VfpClaim *
make_claim (const VfpWorld *world, const VfpRecords *records, const VfpSlot *slot,
            const VfpArrival *arrival)
{
  VfpClaim *claim = arrival->kept ? vfp_claim_copy (arrival->claim) : g_new0 (VfpClaim, 1);

  if (!arrival->kept)
    {
      claim->slot_id = slot->id;
      claim->vf = arrival->vf->index;
      claim->since = vfp_world_now ();
      claim->by = g_strdup (world->by);
    }
  claim->address = arrival->vf->address;
  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_live = TRUE;
  claim->intent_config = FALSE;
  claim->live = TRUE;
  claim->has_saved = FALSE;
  claim->generation = vfp_records_generation (records, slot->guest_uuid);
  claim->expires = vfp_boot_seconds () + VFP_ARRIVE_S;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (world->boot_id);
  return claim;
}

static gboolean
put_claim (VfpWorld *world, const VfpRecords *records, const VfpSlot *slot,
           const VfpArrival *arrival, GError **error)
{
  if (arrival->kept && is_live_now (world, arrival->claim))
    return TRUE;
  if (!arrival->kept && arrival->claim != NULL
      && !vfp_store_delete_claim (world->store, arrival->claim, error))
    return FALSE;

  g_autoptr (VfpClaim) claim = make_claim (world, records, slot, arrival);
  return vfp_pf_record_put (world, records, arrival->vf->pf, &claim->pf_id, error)
         && vfp_store_put_claim (world->store, claim, error)
         && vfp_world_note (world, "arrive", slot, claim, NULL, error);
}

gboolean
vfp_arrive_put (VfpWorld *world, const VfpRecords *records, const VfpDomxml *domxml,
                const VfpSlotPromise *promise, const VfpArrival *arrival, GError **error)
{
  g_autoptr (VfpSlot) slot = make_slot (domxml, promise, arrival);

  return vfp_store_put_slot (world->store, slot, error)
         && (arrival->vf == NULL || put_claim (world, records, slot, arrival, error));
}

/* Without configuration part: settle looks at the others. */
static gboolean
is_over (const VfpWorld *world, const VfpRecords *records, const VfpClaim *claim, const char *uuid)
{
  const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);

  return claim->expires != 0 && !claim->config && slot != NULL
         && !g_str_equal (slot->guest_uuid, uuid) && !vfp_claim_is_awaited (claim, world->boot_id);
}

gboolean
vfp_arrive_end_expired (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid, GError **error)
{
  VfpRecords *records = snapshot->records;
  gboolean any = FALSE;

  for (guint i = 0; i < records->claims->len;)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);
      const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);

      if (!is_over (world, records, claim, uuid))
        {
          i++;
          continue;
        }
      if (!vfp_store_delete_claim (world->store, claim, error)
          || !vfp_world_note (world, "release", slot, claim, NULL, error))
        return FALSE;
      g_ptr_array_remove_index (records->claims, i);
      any = TRUE;
    }
  if (any)
    vfp_snapshot_refresh (world, snapshot);
  return TRUE;
}

gboolean
vfp_arrive_prolong (VfpWorld *world, const VfpRecords *records, const char *uuid, GError **error)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      if (claim == NULL || !vfp_claim_is_awaited (claim, world->boot_id))
        continue;
      claim->expires = vfp_boot_seconds () + PROLONGED_S;
      if (!vfp_store_put_claim (world->store, claim, error))
        return FALSE;
    }
  return TRUE;
}
