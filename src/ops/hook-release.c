/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest runs, or has ended: settling is wanted, and what its start has made ends. */
#include "config.h"

#include "ops/hook-run.h"

#include "base/error.h"
#include "ops/release.h"
#include "state/lock.h"

#define CLAIM_LOCK_MS 1000

static gboolean
want_settling (VfpHookRun *run, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_hook_begin (run, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (run->world->store, error) : NULL;

  return records != NULL && vfp_hook_put_wanted (run, records, error)
         && vfp_transaction_commit (transaction, error);
}

gboolean
vfp_hook_started (VfpHookRun *run, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (run->world->store, error);

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, run->domxml->uuid);
  if (slots->len == 0)
    return TRUE;

  /* One that cannot be counted is asked for all the same. */
  run->reply->settle = TRUE;
  return want_settling (run, error);
}

/* Of the start that ends now: a refused start, or a migration that has not arrived, is followed by
 * "release" too, and must not end what another start has made. */
static gboolean
is_of_this_start (VfpHookRun *run, const VfpRecords *records, const VfpClaim *claim)
{
  return claim->live && g_strcmp0 (claim->boot_id, run->world->boot_id) == 0
         && claim->generation == vfp_hook_guest (run, records).generation;
}

/* FALSE without error: settle has to see to it. */
static gboolean
release_slot (VfpHookRun *run, const VfpInventory *inventory, const VfpRecords *records,
              const VfpSlot *slot, GError **error)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

  /* It was for a guest that has not arrived, or has not waited for it. */
  if (claim != NULL && claim->expires != 0)
    return vfp_release_parts_locked (run->world, inventory, slot, claim, FALSE, claim->config,
                                     "stop", error)
           && !slot->transient;
  if (claim != NULL && claim->intent != VFP_INTENT_NONE)
    return FALSE;
  if (claim != NULL && claim->live && !is_of_this_start (run, records, claim))
    return TRUE;
  if (claim != NULL && claim->live)
    {
      const gboolean keep_config = claim->config && !slot->on_start;

      vfp_store_set_timeout (run->world->store, run->state_left_ms);
      if (!vfp_release_parts_locked (run->world, inventory, slot, claim, FALSE, keep_config, "stop",
                                     error))
        return FALSE;
    }
  /* Settle ends it where libvirt has forgotten the guest. */
  return !slot->transient;
}

/* Whether all was done. */
static gboolean
release_slots (VfpHookRun *run, const VfpInventory *inventory, const VfpRecords *records,
               GPtrArray *slots)
{
  gboolean all = TRUE;

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      g_autoptr (GError) error = NULL;

      if (release_slot (run, inventory, records, slot, &error))
        continue;
      all = FALSE;
      if (error != NULL)
        vfp_world_warn (run->world, "%s: %s is not given back yet: %s", run->domxml->name,
                        slot->name, error->message);
    }
  return all;
}

/* libvirt may forget the guest right after this: then its slots went along with it. */
static gboolean
may_have_left (const VfpHookRun *run)
{
  return run->reason == NULL || g_str_equal (run->reason, "-")
         || g_str_equal (run->reason, "migrated");
}

/* Without the claim lock nothing is given back: another process may be about to choose the VF. */
static gboolean
try_release (VfpHookRun *run, const VfpInventory *inventory, GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (run->world->state_path, "claim", CLAIM_LOCK_MS, error);
  g_autoptr (VfpRecords) records = lock != NULL ? vfp_store_load (run->world->store, error) : NULL;

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, run->domxml->uuid);
  if (!release_slots (run, inventory, records, slots) || may_have_left (run))
    run->reply->settle = TRUE;
  return TRUE;
}

static gboolean
has_slots (VfpHookRun *run, gboolean *out_has, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (run->world->store, error);

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, run->domxml->uuid);
  *out_has = slots->len > 0;
  return TRUE;
}

gboolean
vfp_hook_release (VfpHookRun *run, GError **error)
{
  g_autoptr (VfpInventory) inventory = NULL;
  g_autoptr (GError) local = NULL;
  gboolean has;

  if (!has_slots (run, &has, error))
    return FALSE;
  if (!has)
    return TRUE;
  if (!vfp_hook_read_host (run, &inventory, &local) || !try_release (run, inventory, &local))
    {
      run->reply->settle = TRUE;
      vfp_world_warn (run->world, "%s: its VFs are given back later: %s", run->domxml->name,
                      local->message);
    }
  return !run->reply->settle || want_settling (run, error);
}
