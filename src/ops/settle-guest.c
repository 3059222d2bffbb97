/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for vfp_settle() of ops/settle.h until that is there. */
#include "config.h"

#include "ops/settle-guest.h"

#include "ops/promise.h"
#include "ops/settle.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

/* The slot's device of the configuration, on the VF that the slot has. */
static void
follow_config (VfpWorld *world, const VfpGuest *guest, const VfpSlot *slot, const VfpClaim *claim)
{
  g_autoptr (GError) error = NULL;
  const VfpGuestDevice *device
      = guest->config != NULL ? vfp_domxml_find_alias (guest->config, slot->alias) : NULL;

  if (device == NULL || !claim->config || vfp_address_equal (&device->source, &claim->address))
    return;
  const VfpDeviceChange change = { .source = device->source, .new_source = &claim->address };
  if (!world->virt->change_config (world->virt, guest->uuid, &change, &error))
    vfp_world_warn (world, "%s: %s: %s", guest->name, slot->name, error->message);
}

static void
repair_config (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, guest->uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, slot->id);

      if (claim != NULL)
        follow_config (world, guest, slot, claim);
    }
}

gboolean
vfp_settle (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *findings,
            GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, uuid, LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpSnapshot) snapshot
      = lock != NULL ? vfp_snapshot_read_guest (world, uuid, error) : NULL;
  const VfpGuest *guest;

  if (snapshot == NULL)
    return FALSE;
  guest = vfp_guest_find (snapshot->guests, uuid);
  if (guest != NULL && (classes & VFP_CLASS_CONFIG))
    {
      repair_config (world, snapshot, guest);
      vfp_promise_update (world, guest);
      g_clear_pointer (&snapshot, vfp_snapshot_free);
      snapshot = vfp_snapshot_read_guest (world, uuid, error);
      if (snapshot == NULL)
        return FALSE;
    }
  if (classes & VFP_CLASS_BOOK)
    (void) vfp_settle_guest (world, snapshot, uuid, VFP_SETTLE_ALL);
  return TRUE;
}
