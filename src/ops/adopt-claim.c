/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of an adoption: found out and committed under one lock, recorded, undone. */
#include "config.h"

#include "ops/adopt-run.h"

#include "base/error.h"
#include "ops/attach-run.h"
#include "ops/pf-record.h"
#include "ops/settle.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000
#define CLAIM_TRIES 3

static void
row_free (VfpAdoptRow *row)
{
  vfp_slot_free (row->slot_before);
  vfp_claim_free (row->claim_before);
  vfp_claim_free (row->claim);
  g_free (row);
}

static VfpAdoptRow *
row_new (const VfpAdoptRun *run, const VfpAdoptAction *action)
{
  VfpAdoptRow *row = g_new0 (VfpAdoptRow, 1);
  const VfpSlot *slot = action->slot->id != 0
                            ? vfp_records_get_slot (run->snapshot->records, action->slot->id)
                            : NULL;

  row->slot_before = slot != NULL ? vfp_slot_copy (slot) : NULL;
  row->claim_before = action->claim != NULL ? vfp_claim_copy (action->claim) : NULL;
  return row;
}

/* The configuration is rewritten after the commit: what is not there yet is an intent. A part that
 * the claim has already is only to be found again. */
static void
set_intent (VfpClaim *claim, const VfpAdoptAction *action)
{
  if (!action->rewrite || (action->claim != NULL && action->claim->config))
    return;
  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_config = TRUE;
  claim->claimer = vfp_process_self ();
}

static gboolean
put_action (VfpAdoptRun *run, VfpAdoptAction *action, VfpAdoptRow *row, GError **error)
{
  VfpWorld *world = run->world;

  if (!vfp_store_put_slot (world->store, action->slot, error))
    return FALSE;
  if (action->vf == NULL)
    return vfp_world_note (world, "adopt", action->slot, NULL, NULL, error);

  g_autoptr (VfpClaim) claim
      = vfp_adopt_claim_new (world, run->snapshot, run->plan->guest, action->vf, action->claim,
                             action->live, action->config);
  if (action->claim == NULL
      && !vfp_pf_record_put (world, run->snapshot->records, action->vf->pf, &claim->pf_id, error))
    return FALSE;
  claim->slot_id = action->slot->id;
  set_intent (claim, action);
  if (!vfp_store_put_claim (world->store, claim, error)
      || (!action->rewrite && !vfp_world_note (world, "adopt", action->slot, claim, NULL, error)))
    return FALSE;
  row->claim = g_steal_pointer (&claim);
  return TRUE;
}

static gboolean
has_rows (const VfpAdoptPlan *plan)
{
  for (guint i = 0; i < plan->actions->len; i++)
    if (((VfpAdoptAction *) g_ptr_array_index (plan->actions, i))->kind != VFP_ADOPT_ALREADY)
      return TRUE;
  return FALSE;
}

/* All of the guest in one transaction. */
static gboolean
commit_rows (VfpAdoptRun *run, GError **error)
{
  const GPtrArray *actions = run->plan->actions;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) row_free);

  if (!has_rows (run->plan))
    return TRUE;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  if (transaction == NULL)
    return FALSE;
  for (guint i = 0; i < actions->len; i++)
    {
      VfpAdoptAction *action = g_ptr_array_index (actions, i);
      VfpAdoptRow *row = row_new (run, action);

      g_ptr_array_add (rows, row);
      if (action->kind != VFP_ADOPT_ALREADY && !put_action (run, action, row, error))
        {
          g_prefix_error (error, "%s: %s: ", run->plan->guest->name, action->slot->name);
          return FALSE;
        }
    }
  if (!vfp_transaction_commit (transaction, error))
    return FALSE;
  run->rows = g_steal_pointer (&rows);
  return TRUE;
}

static gboolean
plan_and_commit (VfpAdoptRun *run, GError **error)
{
  g_autoptr (VfpLock) lock
      = vfp_lock_take (run->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL || !vfp_snapshot_join (run->world, run->snapshot, TRUE, error))
    return FALSE;
  VfpGuest *guest = vfp_snapshot_get_guest (run->snapshot, run->uuid, error);
  run->plan = guest != NULL ? vfp_adopt_plan (run->snapshot, run->request, guest, error) : NULL;
  return run->plan != NULL && commit_rows (run, error);
}

/* An attach to this guest that was cut short may be what is found in it. */
static gboolean
read_settled (VfpAdoptRun *run, GError **error)
{
  g_clear_pointer (&run->plan, vfp_adopt_plan_free);
  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
  run->snapshot = vfp_snapshot_read (run->world, error);
  if (run->snapshot == NULL || !vfp_snapshot_join (run->world, run->snapshot, TRUE, error))
    return FALSE;
  vfp_settle_guest (run->world, run->snapshot, run->uuid, VFP_SETTLE_CLAIMING);
  return TRUE;
}

gboolean
vfp_adopt_claim_act (gpointer data, GError **error)
{
  VfpAdoptRun *run = data;

  for (unsigned try = 1;; try++)
    {
      const guint64 changes = vfp_store_change_count (run->world->store);
      g_autoptr (GError) local = NULL;

      if (!read_settled (run, error))
        return FALSE;
      if (plan_and_commit (run, &local))
        return TRUE;
      /* The guest's own claims are left out, since its lock is ours: they say what it is to have.
       */
      if (try == CLAIM_TRIES || !vfp_attach_may_be_stale (local)
          || (!vfp_settle_dead (run->world, run->snapshot, NULL)
              && vfp_store_change_count (run->world->store) == changes))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
}

static gboolean
undo_row (VfpAdoptRun *run, const VfpAdoptAction *action, VfpAdoptRow *row, GError **error)
{
  VfpStore *store = run->world->store;

  if (row->claim != NULL && row->claim_before != NULL)
    row->claim_before->revision = row->claim->revision;
  if (row->claim != NULL
      && !(row->claim_before != NULL ? vfp_store_put_claim (store, row->claim_before, error)
                                     : vfp_store_delete_claim (store, row->claim, error)))
    return FALSE;
  return vfp_world_note (run->world, "adopt", action->slot, row->claim, "failed, undone", error)
         && (row->slot_before != NULL ? vfp_store_put_slot (store, row->slot_before, error)
                                      : vfp_store_delete_slot (store, action->slot->id, error));
}

gboolean
vfp_adopt_claim_undo (gpointer data, GError **error)
{
  VfpAdoptRun *run = data;

  if (run->rows == NULL)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  for (guint i = run->rows->len; transaction != NULL && i-- > 0;)
    {
      const VfpAdoptAction *action = g_ptr_array_index (run->plan->actions, i);

      if (action->kind != VFP_ADOPT_ALREADY
          && !undo_row (run, action, g_ptr_array_index (run->rows, i), error))
        return FALSE;
    }
  return transaction != NULL && vfp_transaction_commit (transaction, error);
}

static gboolean
record_row (VfpAdoptRun *run, const VfpAdoptAction *action, VfpAdoptRow *row, GError **error)
{
  g_autoptr (VfpClaim) claim = vfp_claim_copy (row->claim);

  claim->intent = VFP_INTENT_NONE;
  claim->intent_config = FALSE;
  claim->claimer = (VfpProcess){ 0 };
  return (row->claim->intent == VFP_INTENT_NONE
          || vfp_store_put_claim (run->world->store, claim, error))
         && vfp_world_note (run->world, "adopt", action->slot, claim, NULL, error);
}

gboolean
vfp_adopt_record_act (gpointer data, GError **error)
{
  VfpAdoptRun *run = data;
  g_autoptr (VfpTransaction) transaction = NULL;

  for (guint i = 0; run->rows != NULL && i < run->rows->len; i++)
    {
      const VfpAdoptAction *action = g_ptr_array_index (run->plan->actions, i);

      if (!action->rewrite)
        continue;
      if (transaction == NULL && (transaction = vfp_store_begin (run->world->store, error)) == NULL)
        return FALSE;
      if (!record_row (run, action, g_ptr_array_index (run->rows, i), error))
        return FALSE;
    }
  return transaction == NULL || vfp_transaction_commit (transaction, error);
}
