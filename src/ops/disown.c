/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The opposite of an adoption: devices stay, promises go. */
#include "config.h"

#include "base/error.h"
#include "ops/adopt.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/settle.h"
#include "ops/slot.h"

static gboolean
check_idle (const VfpRecords *records, GPtrArray *slots, GError **error)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      if (claim != NULL && vfp_process_is_alive (&claim->claimer))
        return vfp_throw (error, VFP_ERROR_BUSY,
                          "%s: another vfpool (pid %" G_GINT64_FORMAT ") is at work on %s",
                          slot->guest_name, claim->claimer.pid, slot->name);
      if (claim != NULL && claim->expires != 0)
        return vfp_throw (
            error, VFP_ERROR_BUSY,
            "%s: the guest is about to arrive here, and %s has its VF for that; try again",
            slot->guest_name, slot->name);
      /* It was tried to settle it before. */
      if (claim != NULL && claim->intent == VFP_INTENT_CLAIMING)
        return vfp_throw (
            error, VFP_ERROR_BUSY,
            "%s: libvirt may still carry out an attach of %s that was cut short; try again",
            slot->guest_name, slot->name);
    }
  return TRUE;
}

static gboolean
delete_slot (VfpWorld *world, const VfpRecords *records, const VfpSlot *slot, GError **error)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

  return (claim == NULL || vfp_store_delete_claim (world->store, claim, error))
         && vfp_store_delete_slot (world->store, slot->id, error)
         && vfp_world_note (world, "disown", slot, claim, NULL, error);
}

/* @last: the guest has no other slots, and so nothing for the hook to count. */
static gboolean
delete_slots (VfpWorld *world, const VfpRecords *records, const char *uuid, GPtrArray *slots,
              gboolean last, GError **error)
{
  if (slots->len == 0)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  if (transaction == NULL)
    return FALSE;
  for (guint i = 0; i < slots->len; i++)
    if (!delete_slot (world, records, g_ptr_array_index (slots, i), error))
      return FALSE;
  return (!last || vfp_store_delete_guest (world->store, uuid, error))
         && vfp_transaction_commit (transaction, error);
}

static VfpResult *
make_result (const VfpSnapshot *snapshot, const VfpSlot *slot)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, slot->id);
  const VfpVfView *vf = claim != NULL ? vfp_view_find_claim (snapshot->view, claim) : NULL;
  VfpResult *result = vfp_result_new (slot, vf != NULL && !vf->stale ? vf : NULL);

  result->changed = TRUE;
  result->on_start = FALSE;
  result->live = result->pf != NULL && vf->live;
  result->config = result->pf != NULL && vf->config;
  vfp_result_add (result, "disowned");
  vfp_result_add (result, result->pf != NULL ? "the device stays" : "it had no VF");
  return result;
}

static gboolean
has_metadata (const VfpGuest *guest)
{
  return guest != NULL
         && ((guest->live != NULL && guest->live->metadata != NULL)
             || (guest->config != NULL && guest->config->metadata != NULL));
}

/* Metadata of a guest without slots: a copy, or what a disown that was cut short has left. */
static gboolean
add_results (const VfpDisownRequest *request, const VfpSnapshot *snapshot, const VfpGuest *guest,
             GPtrArray *slots, GPtrArray *results, GError **error)
{
  for (guint i = 0; i < slots->len; i++)
    g_ptr_array_add (results, make_result (snapshot, g_ptr_array_index (slots, i)));
  if (slots->len > 0)
    return TRUE;
  if (request->slot == NULL && has_metadata (guest))
    {
      VfpResult *result = vfp_result_new_of_guest (guest->name, guest->uuid);

      result->changed = TRUE;
      vfp_result_add (result, "what its metadata said of slots is removed");
      g_ptr_array_add (results, result);
      return TRUE;
    }
  return request->ensure || request->all
         || vfp_throw (error, VFP_ERROR_NO_SUCH_SLOT, "%s has no slots", request->guest);
}

static GPtrArray *
select_slots (const VfpDisownRequest *request, const VfpSnapshot *snapshot, const char *name,
              const char *uuid, GError **error)
{
  const VfpSlotSelection selection = { .guest = name,
                                       .slot = request->slot,
                                       .all = request->slot == NULL,
                                       .ensure = request->ensure || request->slot == NULL };

  return vfp_slot_select (snapshot->records, uuid, &selection, error);
}

/* What truth has ended is given back before, not left behind as a free VF with a guest's
 * settings. */
static VfpSnapshot *
read_settled (VfpWorld *world, const VfpDisownRequest *request, const char *uuid, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read_guest (world, uuid, error);

  if (snapshot != NULL && request->dry_run)
    vfp_settle_pretend (world, snapshot, uuid, VFP_SETTLE_ALL);
  else if (snapshot != NULL && vfp_settle_guest (world, snapshot, uuid, VFP_SETTLE_ALL))
    {
      g_clear_pointer (&snapshot, vfp_snapshot_free);
      snapshot = vfp_snapshot_read_guest (world, uuid, error);
    }
  return g_steal_pointer (&snapshot);
}

static gboolean
disown_guest (VfpWorld *world, const VfpDisownRequest *request, const char *name,
              GPtrArray *results, GError **error)
{
  g_autofree char *uuid = NULL;
  g_autoptr (VfpLock) lock = NULL;

  if (request->dry_run)
    uuid = vfp_guest_find_uuid (world, name, error);
  else
    lock = vfp_guest_lock_take (world, name, request->timeout_ms, &uuid, error);
  if (uuid == NULL)
    return FALSE;

  g_autoptr (VfpSnapshot) snapshot = read_settled (world, request, uuid, error);
  g_autoptr (GPtrArray) slots
      = snapshot != NULL ? select_slots (request, snapshot, name, uuid, error) : NULL;
  if (slots == NULL || !check_idle (snapshot->records, slots, error))
    return FALSE;

  const VfpGuest *guest = vfp_guest_find (snapshot->guests, uuid);
  g_autoptr (GPtrArray) all = vfp_records_slots_of (snapshot->records, uuid);
  if (!request->dry_run
      && !delete_slots (world, snapshot->records, uuid, slots, slots->len == all->len, error))
    return FALSE;
  if (!request->dry_run && has_metadata (guest))
    vfp_promise_update (world, guest);
  return add_results (request, snapshot, guest, slots, results, error);
}

/* UUIDs of the guests that have slots, and of those whose metadata says so. */
static GPtrArray *
list_guests (VfpWorld *world, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);
  GPtrArray *uuids = g_ptr_array_new_with_free_func (g_free);

  if (snapshot == NULL || !vfp_snapshot_join (world, snapshot, TRUE, error))
    {
      g_ptr_array_unref (uuids);
      return NULL;
    }
  for (guint i = 0; i < snapshot->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (snapshot->guests, i);

      if (has_metadata (guest))
        g_ptr_array_add (uuids, g_strdup (guest->uuid));
    }
  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (snapshot->records->slots, i);

      if (!g_ptr_array_find_with_equal_func (uuids, slot->guest_uuid, g_str_equal, NULL))
        g_ptr_array_add (uuids, g_strdup (slot->guest_uuid));
    }
  return uuids;
}

static gboolean
disown_all (VfpWorld *world, const VfpDisownRequest *request, GPtrArray *results, GError **error)
{
  g_autoptr (GPtrArray) uuids = list_guests (world, error);
  g_autoptr (GError) first = NULL;

  if (uuids == NULL)
    return FALSE;
  for (guint i = 0; i < uuids->len; i++)
    {
      g_autoptr (GError) local = NULL;

      if (vfp_world_is_interrupted (world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted; the rest is as it was");
      if (!disown_guest (world, request, g_ptr_array_index (uuids, i), results, &local))
        vfp_error_keep_first (&first, g_steal_pointer (&local), world->warnings);
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

gboolean
vfp_disown (VfpWorld *world, const VfpDisownRequest *request, GPtrArray *results, GError **error)
{
  return request->all ? disown_all (world, request, results, error)
                      : disown_guest (world, request, request->guest, results, error);
}
