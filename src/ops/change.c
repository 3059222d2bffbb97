/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slot that changes while it has a VF. The slot's row stays as it was until all is done, or until
 * the device is out of the guest: whoever finds the intent of a dead process makes VF, guest and
 * configuration what the row says. */
#include "config.h"

#include "ops/change.h"

#include "base/error.h"
#include "ops/attach-run.h"
#include "ops/change-run.h"
#include "ops/claim-settings.h"
#include "ops/pf-record.h"
#include "ops/promise.h"
#include "ops/settle.h"
#include "ops/slot.h"
#include "ops/steps.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000
#define TRIES 3

static void
forget_plan (VfpChange *change)
{
  g_clear_pointer (&change->after, vfp_slot_free);
  change->guest = NULL;
  change->before = NULL;
  change->from = NULL;
  change->to = NULL;
  change->claimed = NULL;
  change->live = change->config = change->replug = change->keeps_slot = change->changes = FALSE;
  change->bits = 0;
}

void
vfp_change_clear (VfpChange *change)
{
  forget_plan (change);
  g_clear_pointer (&change->snapshot, vfp_snapshot_free);
  g_clear_pointer (&change->claim, vfp_claim_free);
  g_clear_pointer (&change->held, vfp_claim_free);
  g_clear_pointer (&change->origin, vfp_claim_free);
  g_clear_pointer (&change->spare, vfp_claim_free);
}

/* What the state file says of the claim has to be so. */
static gboolean
check_vf (const VfpChange *change, const VfpVfView *vf, GError **error)
{
  const VfpSlot *slot = change->before;

  if (change->claimed->intent != VFP_INTENT_NONE || vf->stale)
    return vfp_throw (error, VFP_ERROR_BUSY,
                      "%s: what was begun with %s is not finished; 'vfpool reconcile %s --fix' "
                      "finishes it",
                      slot->guest_name, slot->name, slot->guest_name);
  if (change->guest == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST, "libvirt does not know %s any more",
                      change->guest_name);
  if (vf->state == VFP_VF_FOREIGN)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s: %s VF %u of %s is in use by %s",
                      slot->guest_name, vf->pf_name, vf->index, slot->name, vf->used_by);
  if (vf->vf == NULL && vf->live)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF,
                      "%s: %s VF %u, which the guest has as %s, is not on this host now",
                      slot->guest_name, vf->pf_name, vf->index, slot->name);
  return vf->live || vf->config
         || vfp_throw (error, VFP_ERROR_DIFFERS,
                       "%s: the guest has %s on another VF than the state file says; 'vfpool "
                       "reconcile %s --fix' corrects that",
                       slot->guest_name, slot->name, slot->guest_name);
}

gboolean
vfp_change_find_slot (VfpChange *change, const char *name, gboolean claimed_only, GError **error)
{
  const VfpRecords *records = change->snapshot->records;
  const VfpSlotSelection selection = {
    .guest = change->guest_name, .slot = name, .claimed_only = claimed_only, .one_only = TRUE
  };
  g_autoptr (GPtrArray) slots = vfp_slot_select (records, change->uuid, &selection, error);
  const VfpVfView *vf;

  if (slots == NULL)
    return FALSE;
  change->guest = vfp_guest_find (change->snapshot->guests, change->uuid);
  change->before = g_ptr_array_index (slots, 0);
  change->claimed = vfp_records_find_claim_of_slot (records, change->before->id);
  vf = change->claimed != NULL ? vfp_view_find_claim (change->snapshot->view, change->claimed)
                               : NULL;
  change->from = vf;
  change->to = (VfpVfView *) vf;
  return change->claimed == NULL || check_vf (change, vf, error);
}

static gboolean
put_held (VfpChange *change, GError **error)
{
  if (!vfp_change_moves (change))
    return TRUE;
  change->held->held_for = change->claim->id;
  return vfp_pf_record_put (change->world, change->snapshot->records, change->to->pf,
                            &change->held->pf_id, error)
         && vfp_store_put_claim (change->world->store, change->held, error);
}

static gboolean
put_intent (VfpChange *change, GError **error)
{
  VfpStore *store = change->world->store;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  VfpClaim *claim = change->claim = vfp_claim_copy (change->claimed);

  claim->intent = VFP_INTENT_CHANGING;
  claim->intent_live = change->live;
  claim->intent_config = change->config;
  claim->claimer = vfp_process_self ();
  if (transaction != NULL && vfp_store_put_claim (store, claim, error) && put_held (change, error)
      && vfp_transaction_commit (transaction, error))
    return TRUE;
  g_clear_pointer (&change->claim, vfp_claim_free);
  return FALSE;
}

/* Found and held under one lock, as by attach. */
static gboolean
plan_and_hold (VfpChange *change, GError **error)
{
  g_autoptr (VfpLock) lock
      = vfp_lock_take (change->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  forget_plan (change);
  if (lock == NULL || !vfp_snapshot_join (change->world, change->snapshot, TRUE, error)
      || !change->plan (change, error))
    return FALSE;
  if (!change->changes || change->claimed == NULL)
    return TRUE;
  g_clear_pointer (&change->held, vfp_claim_free);
  if (vfp_change_moves (change)
      && (change->held = vfp_change_make_held (change, change->to, error)) == NULL)
    return FALSE;
  return put_intent (change, error);
}

static gboolean
read_all (VfpChange *change, GError **error)
{
  forget_plan (change);
  g_clear_pointer (&change->snapshot, vfp_snapshot_free);
  change->snapshot = vfp_snapshot_read (change->world, error);
  return change->snapshot != NULL
         && vfp_snapshot_join (change->world, change->snapshot, TRUE, error);
}

static gboolean
may_try_again (VfpChange *change, guint64 changes)
{
  const gboolean settled = vfp_settle_dead (change->world, change->snapshot, change->uuid);

  return settled || vfp_store_change_count (change->world->store) != changes;
}

static gboolean
begin_act (gpointer data, GError **error)
{
  VfpChange *change = data;

  for (unsigned try = 1;; try++)
    {
      const guint64 changes = vfp_store_change_count (change->world->store);
      g_autoptr (GError) local = NULL;

      if (!read_all (change, error))
        return FALSE;
      if (vfp_settle_guest (change->world, change->snapshot, change->uuid, VFP_SETTLE_ALL)
          && !read_all (change, error))
        return FALSE;
      if (plan_and_hold (change, &local))
        return TRUE;
      if (try == TRIES || !vfp_attach_may_be_stale (local) || !may_try_again (change, changes))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
}

/* The claim without intent, and alone. */
static gboolean
put_end (VfpChange *change, GError **error)
{
  VfpStore *store = change->world->store;
  g_autoptr (VfpClaim) claim = NULL;

  if (change->claim == NULL)
    return TRUE;
  claim = vfp_claim_copy (change->claim);
  claim->intent = VFP_INTENT_NONE;
  claim->intent_live = claim->intent_config = FALSE;
  claim->claimer = (VfpProcess){ 0 };
  return vfp_store_delete_held (store, claim->id, error)
         && vfp_store_put_claim (store, claim, error);
}

static gboolean
begin_undo (gpointer data, GError **error)
{
  VfpChange *change = data;

  if (change->claim == NULL)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (change->world->store, error);
  return transaction != NULL && put_end (change, error)
         && vfp_world_note (change->world, change->what, change->before, change->claim,
                            "failed, undone", error)
         && vfp_transaction_commit (transaction, error);
}

VfpSettings
vfp_change_wanted (const VfpChange *change)
{
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = change->after->mac };
  VfpSettings wanted = change->after->settings;

  vfp_settings_take (&wanted, &mac, VFP_SETTING_MAC);
  return wanted;
}

static gboolean
settings_act (gpointer data, GError **error)
{
  VfpChange *change = data;
  VfpSettings wanted;

  if (!change->changes || change->bits == 0 || change->world->netlink == NULL)
    return TRUE;
  wanted = vfp_change_wanted (change);
  return vfp_claim_apply (change->world, change->claim, change->from->pf->netdev, &wanted,
                          change->bits, change->bits, error);
}

/* To what the VF had, by whomever. */
static gboolean
settings_undo (gpointer data, GError **error)
{
  VfpChange *change = data;

  return !change->changes || change->bits == 0 || change->world->netlink == NULL
         || vfp_claim_apply (change->world, change->claim, change->from->pf->netdev,
                             &change->from->vf->settings, change->bits, 0, error);
}

static gboolean
record_act (gpointer data, GError **error)
{
  VfpChange *change = data;
  VfpStore *store = change->world->store;
  g_autoptr (VfpTransaction) transaction = NULL;

  if (!change->changes)
    return TRUE;
  transaction = vfp_store_begin (store, error);
  return transaction != NULL
         && (change->keeps_slot || vfp_store_put_slot (store, change->after, error))
         && put_end (change, error)
         && vfp_world_note (change->world, change->what, change->after, change->claim, NULL, error)
         && vfp_transaction_commit (transaction, error);
}

static const VfpStep steps[] = {
  { "begin the change", begin_act, begin_undo },
  { "set the VF", settings_act, settings_undo },
  { "set the other VF", vfp_change_prepare_act, vfp_change_prepare_undo },
  { "detach the device", vfp_change_unplug_act, vfp_change_unplug_undo },
  { "claim the other VF", vfp_change_swap_act, vfp_change_swap_undo },
  { "attach the device", vfp_change_plug_act, vfp_change_plug_undo },
  { "change the configuration", vfp_change_config_act, vfp_change_config_undo },
  { "record it", record_act, NULL },
};

static gboolean
pretend (VfpChange *change, GError **error)
{
  if (!read_all (change, error))
    return FALSE;
  (void) vfp_settle_pretend (change->world, change->snapshot, NULL, VFP_SETTLE_ALL);
  return change->plan (change, error);
}

gboolean
vfp_change_run (VfpChange *change, gboolean dry_run, GError **error)
{
  VfpWorld *world = change->world;

  if (dry_run)
    return pretend (change, error);
  if (!vfp_steps_run (steps, G_N_ELEMENTS (steps), change, world->interrupted, world->warnings,
                      error))
    return FALSE;
  /* Also where nothing was to do: whoever did it may have died before this. */
  if (change->guest != NULL && !change->keeps_slot)
    vfp_promise_update (world, change->guest);
  return TRUE;
}
