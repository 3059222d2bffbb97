/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first step of an attach: a VF is found and claimed under one lock. */
#include "config.h"

#include "ops/attach-run.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/claim-settings.h"
#include "ops/pf-record.h"
#include "ops/settle.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000
#define CLAIM_TRIES 3

gboolean
vfp_attach_run_is_live (const VfpAttachRun *run)
{
  return (run->plan->affect & VFP_AFFECT_LIVE) != 0;
}

/* The guests were read before the lock was ours: who has been given the VF since, and has no claim
 * on it, would get this guest's settings. */
static gboolean
check_idle (const VfpAttachRun *run, const VfpClaim *claim, GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN];

  if ((run->plan->claim != NULL && !vfp_attach_run_is_live (run))
      || !vfp_vf_vfio_open (run->world->root, &claim->address))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                    "%s was taken meanwhile, and not by vfpool; 'vfpool show %s' tells by whom",
                    vfp_address_format (&claim->address, buffer), buffer);
}

static VfpClaim *
make_claim (VfpAttachRun *run, GError **error)
{
  const VfpAttachPlan *plan = run->plan;
  g_autoptr (VfpClaim) claim
      = plan->claim != NULL ? vfp_claim_copy (plan->claim) : g_new0 (VfpClaim, 1);

  if (plan->claim == NULL)
    {
      claim->vf = plan->vf->index;
      claim->address = plan->vf->address;
      claim->since = vfp_world_now ();
      claim->by = g_strdup (run->world->by);
    }
  if (!check_idle (run, claim, error)
      || (vfp_attach_run_is_live (run)
          && !vfp_claim_save (run->world, run->plan->vf->pf, claim, error)))
    return NULL;

  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_live = vfp_attach_run_is_live (run);
  claim->intent_config = (plan->affect & VFP_AFFECT_CONFIG) != 0;
  claim->live = claim->live || claim->intent_live;
  claim->config = claim->config || claim->intent_config;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (run->world->boot_id);
  if (claim->intent_live)
    claim->generation = vfp_records_generation (run->snapshot->records, run->plan->guest->uuid);
  claim->claimer = vfp_process_self ();
  return g_steal_pointer (&claim);
}

static gboolean
commit_claim (VfpAttachRun *run, GError **error)
{
  VfpStore *store = run->world->store;
  g_autoptr (VfpClaim) claim = make_claim (run, error);
  g_autoptr (VfpTransaction) transaction = claim != NULL ? vfp_store_begin (store, error) : NULL;

  if (transaction == NULL)
    return FALSE;
  if (!vfp_pf_record_put (run->world, run->snapshot->records, run->plan->vf->pf, &claim->pf_id,
                          error)
      || !vfp_store_put_slot (store, run->plan->slot, error))
    return FALSE;
  claim->slot_id = run->plan->slot->id;
  if (!vfp_store_put_claim (store, claim, error) || !vfp_transaction_commit (transaction, error))
    return FALSE;

  run->claim = g_steal_pointer (&claim);
  return TRUE;
}

/* Nothing is claimed: the slot alone changes. */
static gboolean
commit_mark (VfpAttachRun *run, GError **error)
{
  VfpStore *store = run->world->store;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);

  run->marked = transaction != NULL && vfp_store_put_slot (store, run->plan->slot, error)
                && vfp_transaction_commit (transaction, error);
  return run->marked;
}

static gboolean
plan_now (VfpAttachRun *run, GError **error)
{
  g_clear_pointer (&run->plan, vfp_attach_plan_free);
  if (!vfp_snapshot_join (run->world, run->snapshot, TRUE, error))
    return FALSE;
  run->plan = vfp_attach_plan (run->world, run->snapshot, run->request, error);
  if (run->plan == NULL)
    return FALSE;

  const VfpSlot *before = run->plan->slot->id != 0
                              ? vfp_records_get_slot (run->snapshot->records, run->plan->slot->id)
                              : NULL;
  g_clear_pointer (&run->slot_before, vfp_slot_free);
  g_clear_pointer (&run->claim_before, vfp_claim_free);
  run->slot_before = before != NULL ? vfp_slot_copy (before) : NULL;
  run->claim_before = run->plan->claim != NULL ? vfp_claim_copy (run->plan->claim) : NULL;
  return TRUE;
}

/* Find and claim under one lock, so that callers who come together do not choose the same VF. */
static gboolean
find_and_claim (VfpAttachRun *run, GError **error)
{
  g_autoptr (VfpLock) lock
      = vfp_lock_take (run->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL || !plan_now (run, error))
    return FALSE;
  if (run->plan->affect != 0)
    return commit_claim (run, error);
  return !run->plan->marks || commit_mark (run, error);
}

gboolean
vfp_attach_may_be_stale (const GError *error)
{
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_IN_USE);
}

/* Reads everything anew where that may help: dead claims were settled, or another vfpool has
 * changed the state file since the guests were read. */
static gboolean
may_try_again (VfpAttachRun *run, guint64 changes)
{
  const gboolean settled = vfp_settle_dead (run->world, run->snapshot, run->request->guest);

  return settled || vfp_store_change_count (run->world->store) != changes;
}

gboolean
vfp_attach_claim_act (gpointer data, GError **error)
{
  VfpAttachRun *run = data;

  for (unsigned try = 1;; try++)
    {
      const guint64 changes = vfp_store_change_count (run->world->store);
      g_autoptr (GError) local = NULL;

      g_clear_pointer (&run->snapshot, vfp_snapshot_free);
      run->snapshot = vfp_snapshot_read (run->world, error);
      if (run->snapshot == NULL)
        return FALSE;
      if (find_and_claim (run, &local))
        return TRUE;
      if (try == CLAIM_TRIES || !vfp_attach_may_be_stale (local) || !may_try_again (run, changes))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_clear_pointer (&run->plan, vfp_attach_plan_free);
    }
}

static gboolean
undo_claim (VfpAttachRun *run, GError **error)
{
  VfpStore *store = run->world->store;

  if (run->claim == NULL)
    return TRUE;
  if (run->claim_before == NULL)
    return vfp_store_delete_claim (store, run->claim, error);
  run->claim_before->revision = run->claim->revision;
  return vfp_store_put_claim (store, run->claim_before, error);
}

static gboolean
undo_rows (VfpAttachRun *run, GError **error)
{
  VfpStore *store = run->world->store;

  if (!undo_claim (run, error))
    return FALSE;
  return run->slot_before != NULL ? vfp_store_put_slot (store, run->slot_before, error)
                                  : vfp_store_delete_slot (store, run->plan->slot->id, error);
}

gboolean
vfp_attach_claim_undo (gpointer data, GError **error)
{
  VfpAttachRun *run = data;

  if (run->claim == NULL && !run->marked)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  return transaction != NULL
         && vfp_world_note (run->world, "attach", run->plan->slot, run->claim, "failed, undone",
                            error)
         && undo_rows (run, error) && vfp_transaction_commit (transaction, error);
}
