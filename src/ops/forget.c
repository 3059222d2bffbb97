/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a slot's identity. */
#include "config.h"

#include "ops/forget.h"

#include "base/error.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/settle.h"
#include "ops/slot.h"

static gboolean
check_empty (const VfpRecords *records, GPtrArray *slots, GError **error)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (vfp_records_find_claim_of_slot (records, slot->id) != NULL)
        return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                          "%s: %s has a VF; 'vfpool detach %s --slot %s' first", slot->guest_name,
                          slot->name, slot->guest_name, slot->name);
    }
  return TRUE;
}

static gboolean
delete_slots (VfpWorld *world, GPtrArray *slots, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  if (transaction == NULL)
    return FALSE;
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (!vfp_store_delete_slot (world->store, slot->id, error)
          || !vfp_world_note (world, "forget", slot, NULL, NULL, error))
        return FALSE;
    }
  return vfp_transaction_commit (transaction, error);
}

static GPtrArray *
make_results (GPtrArray *slots)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  for (guint i = 0; i < slots->len; i++)
    {
      VfpResult *result = vfp_result_new (g_ptr_array_index (slots, i), NULL);

      result->changed = TRUE;
      vfp_result_add (result, "forgotten");
      g_ptr_array_add (results, result);
    }
  return results;
}

/* It may be what connects the guest. */
static void
tell_standby (VfpWorld *world, const VfpGuest *guest, const VfpSlot *slot)
{
  const VfpDomxml *domxml = guest->live != NULL ? guest->live : guest->config;

  if (slot->standby != NULL && vfp_domxml_find_nic (domxml, slot->standby) != NULL)
    vfp_world_warn (world,
                    "%s: the NIC %s, which stood by for %s, stays in the guest; 'virsh "
                    "detach-device-alias %s %s' takes it out",
                    guest->name, slot->standby, slot->name, guest->name, slot->standby);
}

/* A guest that libvirt no longer knows has no metadata to take the slots out of. */
static void
update_guest (VfpWorld *world, const char *uuid, GPtrArray *slots)
{
  g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, uuid, NULL);

  if (guest == NULL)
    return;
  for (guint i = 0; i < slots->len; i++)
    tell_standby (world, guest, g_ptr_array_index (slots, i));
  vfp_promise_update (world, guest);
}

GPtrArray *
vfp_forget (VfpWorld *world, const VfpForgetRequest *request, GError **error)
{
  g_autofree char *uuid = NULL;
  g_autoptr (VfpLock) lock = NULL;

  if (request->dry_run)
    uuid = vfp_guest_find_uuid (world, request->guest, error);
  else
    lock = vfp_guest_lock_take (world, request->guest, request->timeout_ms, &uuid, error);
  if (uuid == NULL)
    return NULL;

  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read_guest (world, uuid, error);
  if (snapshot == NULL)
    return NULL;
  if (request->dry_run)
    vfp_settle_pretend (world, snapshot, uuid, VFP_SETTLE_ALL);
  else
    vfp_settle_guest (world, snapshot, uuid, VFP_SETTLE_ALL);

  g_autoptr (VfpRecords) settled = request->dry_run ? NULL : vfp_store_load (world->store, error);
  const VfpRecords *records = request->dry_run ? snapshot->records : settled;
  if (records == NULL)
    return NULL;
  const VfpSlotSelection selection = {
    .guest = request->guest, .slot = request->slot, .all = request->all, .ensure = request->ensure
  };
  g_autoptr (GPtrArray) slots = vfp_slot_select (records, uuid, &selection, error);
  if (slots == NULL || !check_empty (records, slots, error))
    return NULL;

  g_autoptr (GPtrArray) results = make_results (slots);
  if (slots->len > 0 && !request->dry_run)
    {
      if (!delete_slots (world, slots, error))
        return NULL;
      update_guest (world, uuid, slots);
    }
  return g_steal_pointer (&results);
}
