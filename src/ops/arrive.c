/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that were taken out of their guest for a migration, and come back where it runs. */
#include "config.h"

#include "ops/arrive.h"

#include "base/error.h"
#include "ops/attach.h"
#include "ops/promise.h"
#include "ops/release.h"
#include "state/lock.h"

#define TIMEOUT_MS 30000

/* Ends the claim that has kept a VF for the slot; *@out_address: that VF. The attach that follows
 * takes it like any other free one. */
static gboolean
take_kept (VfpWorld *world, const VfpRecords *records, const VfpSlot *slot, const VfpGuest *guest,
           char **out_address, GError **error)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);
  gboolean live, config;

  if (claim == NULL || claim->expires == 0)
    return TRUE;
  vfp_release_look (guest, claim, &live, &config);
  if (live)
    return TRUE;
  g_autoptr (VfpInventory) inventory = vfp_inventory_read (world->root, world->netlink, error);
  if (inventory == NULL
      || !vfp_release_parts (world, inventory, slot, claim, FALSE, config, "release", error))
    return FALSE;
  *out_address = config ? NULL : vfp_address_to_string (&claim->address);
  return TRUE;
}

static gboolean
is_claimed (const VfpRecords *records, const VfpClaim *kept)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->slot_id == kept->slot_id || (claim->pf_id == kept->pf_id && claim->vf == kept->vf))
        return TRUE;
    }
  return FALSE;
}

static gint64
wanted_of (const VfpRecords *records, const VfpSlot *slot)
{
  const VfpGuestRecord *guest = vfp_records_find_guest (records, slot->guest_uuid);

  return guest != NULL ? guest->wanted : 0;
}

/* The claim of a VF that could not be plugged in, for the next one who tries; unless somebody was
 * faster, or the hook has seen the guest end since @before. */
static gboolean
keep_again (VfpWorld *world, const VfpRecords *before, const VfpSlot *slot, GError **error)
{
  const VfpClaim *kept = vfp_records_find_claim_of_slot (before, slot->id);
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", TIMEOUT_MS, error);
  g_autoptr (VfpTransaction) transaction
      = lock != NULL ? vfp_store_begin (world->store, error) : NULL;
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (world->store, error) : NULL;
  g_autoptr (VfpClaim) claim = vfp_claim_copy (kept);

  if (records == NULL)
    return FALSE;
  if (vfp_records_get_slot (records, slot->id) == NULL || is_claimed (records, kept)
      || wanted_of (records, slot) != wanted_of (before, slot))
    return TRUE;
  claim->id = claim->revision = 0;
  return vfp_store_put_claim (world->store, claim, error)
         && vfp_world_note (world, "arrive", slot, claim, "kept", error)
         && vfp_transaction_commit (transaction, error);
}

static VfpResult *
attach (VfpWorld *world, const VfpSlot *slot, const VfpGuest *guest, const char *vf, GError **error)
{
  const VfpAttachRequest request = {
    .guest = slot->guest_uuid,
    .slot = slot->name,
    .vf = vf,
    .acpi_index = -1,
    .affect = { .live = TRUE, .config = slot->arrive == VFP_ARRIVE_BOTH && guest->persistent },
    .ensure = TRUE,
    .timeout_ms = TIMEOUT_MS,
  };

  return vfp_attach (world, &request, error);
}

static gboolean
end_mark (VfpWorld *world, const VfpSlot *slot, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (world->store, error) : NULL;
  VfpSlot *now = records != NULL ? vfp_records_get_slot (records, slot->id) : NULL;

  if (records == NULL)
    return FALSE;
  if (now == NULL)
    return TRUE;
  now->arrive = VFP_ARRIVE_NO;
  return vfp_store_put_slot (world->store, now, error)
         && vfp_transaction_commit (transaction, error);
}

/* What has failed is told by its own error. */
static void
keep_after_failure (VfpWorld *world, const VfpRecords *records, const VfpSlot *slot)
{
  g_autoptr (GError) error = NULL;

  if (!keep_again (world, records, slot, &error))
    vfp_world_warn (world, "%s: the VF that was kept for %s is not any more: %s", slot->guest_name,
                    slot->name, error->message);
}

static gboolean
serve (VfpWorld *world, const VfpRecords *records, const VfpSlot *slot, const VfpGuest *guest,
       GError **error)
{
  g_autofree char *kept = NULL;
  g_autoptr (GError) local = NULL;

  if (!take_kept (world, records, slot, guest, &kept, error))
    return FALSE;
  g_autoptr (VfpResult) result = kept != NULL ? attach (world, slot, guest, kept, &local) : NULL;
  /* Somebody was faster, or the standby has come to the port of that VF. */
  if (result == NULL
      && (kept == NULL || g_error_matches (local, VFP_ERROR, VFP_ERROR_VF_IN_USE)
          || g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_VF_FITS)))
    {
      g_clear_error (&local);
      result = attach (world, slot, guest, NULL, &local);
    }
  if (result == NULL)
    {
      if (kept != NULL)
        keep_after_failure (world, records, slot);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!end_mark (world, slot, error))
    return FALSE;
  vfp_promise_update (world, guest);
  return TRUE;
}

/* A detach that the guest has not answered: it has the VF, and may let go of it at any moment. */
static gboolean
is_leaving (const VfpRecords *records, const VfpSlot *slot, const VfpGuest *guest)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);
  gboolean live, config;

  if (claim == NULL || claim->intent != VFP_INTENT_DETACHING)
    return FALSE;
  vfp_release_look (guest, claim, &live, &config);
  return live;
}

gboolean
vfp_arrive_serve (VfpWorld *world, const char *uuid, const char *slot_name, gboolean *out_served,
                  GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (GError) local = NULL;

  *out_served = FALSE;
  if (records == NULL)
    return FALSE;
  const VfpSlot *slot = vfp_records_find_slot (records, uuid, slot_name);
  if (slot == NULL || slot->arrive == VFP_ARRIVE_NO)
    return TRUE;

  g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, uuid, &local);
  if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (guest == NULL || !guest->running || guest->arriving || is_leaving (records, slot, guest))
    return TRUE;
  *out_served = serve (world, records, slot, guest, error);
  return *out_served;
}

gboolean
vfp_arrive_serve_guest (VfpWorld *world, const char *uuid, GPtrArray *texts, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (GError) first = NULL;

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      g_autoptr (GError) local = NULL;
      gboolean served;

      if (!vfp_arrive_serve (world, uuid, slot->name, &served, &local))
        {
          g_prefix_error (&local, "%s: %s waits for its VF: ", slot->guest_name, slot->name);
          vfp_error_keep_first (&first, g_steal_pointer (&local), world->warnings);
        }
      else if (served)
        g_ptr_array_add (texts,
                         g_strdup_printf ("%s: %s has its VF again", slot->guest_name, slot->name));
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}
