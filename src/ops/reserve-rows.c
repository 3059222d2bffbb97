/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reservation in the state file: intents first, promises when all is made. */
#include "config.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/attach-run.h"
#include "ops/pf-record.h"
#include "ops/reservation.h"
#include "ops/reserve-run.h"
#include "ops/settle.h"

#define CLAIM_TRIES 3

VfpReserveItem *
vfp_reserve_run_item (const VfpReserveRun *run, guint i)
{
  return g_ptr_array_index (run->items, i);
}

static gboolean
has_work (const VfpReserveRun *run)
{
  for (guint i = 0; i < run->items->len; i++)
    {
      const VfpReserveItem *item = vfp_reserve_run_item (run, i);

      if (item->claim->id == 0 || item->drifted || item->prolongs)
        return TRUE;
    }
  return FALSE;
}

/* The guests were read before the lock was ours. */
static gboolean
prepare_new (VfpReserveRun *run, VfpReserveItem *item, GError **error)
{
  VfpClaim *claim = item->claim;
  char buffer[VFP_ADDRESS_STRLEN];

  if (vfp_vf_vfio_open (run->world->root, &claim->address))
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s was taken meanwhile, and not by vfpool",
                      vfp_address_format (&claim->address, buffer));
  claim->intent = VFP_INTENT_CLAIMING;
  claim->claimer = vfp_process_self ();
  return vfp_reservation_save (run->world, item->vf->pf, claim, error)
         && vfp_pf_record_put (run->world, run->snapshot->records, item->vf->pf, &claim->pf_id,
                               error)
         && vfp_store_put_claim (run->world->store, claim, error);
}

/* What the owner has already gets no intent: it stands, whatever happens. */
static gboolean
prepare_known (VfpReserveRun *run, VfpReserveItem *item, GError **error)
{
  if (!item->drifted)
    return TRUE;

  g_autofree char *user = vfp_reservation_find_user (run->world, run->snapshot, item->vf);
  char buffer[VFP_ADDRESS_STRLEN];
  if (user != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                      "%s is not as reserved for %s, and is in use by %s",
                      vfp_address_format (&item->claim->address, buffer), item->claim->owner, user);
  item->claim->claimer = vfp_process_self ();
  return (g_strcmp0 (item->claim->boot_id, run->world->boot_id) == 0
          || vfp_reservation_save (run->world, item->vf->pf, item->claim, error))
         && vfp_store_put_claim (run->world->store, item->claim, error);
}

static gboolean
commit_rows (VfpReserveRun *run, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);

  for (guint i = 0; transaction != NULL && i < run->items->len; i++)
    {
      VfpReserveItem *item = vfp_reserve_run_item (run, i);

      if (!(item->claim->id == 0 ? prepare_new (run, item, error)
                                 : prepare_known (run, item, error)))
        return FALSE;
    }
  run->committed = transaction != NULL && vfp_transaction_commit (transaction, error);
  return run->committed;
}

static gboolean
find_and_claim (VfpReserveRun *run, GError **error)
{
  g_autoptr (VfpLock) lock
      = vfp_lock_take (run->world->state_path, "claim", run->request->timeout_ms, error);

  g_clear_pointer (&run->items, g_ptr_array_unref);
  if (lock == NULL || !vfp_snapshot_join (run->world, run->snapshot, TRUE, error))
    return FALSE;
  run->items = vfp_reserve_plan (run->world, run->snapshot, run->request, error);
  return run->items != NULL && (!has_work (run) || commit_rows (run, error));
}

static gboolean
may_try_again (VfpReserveRun *run, guint64 changes)
{
  const gboolean over = vfp_reservations_settle_locked (run->world, run->snapshot);
  const gboolean settled = vfp_settle_dead_guests (run->world, run->snapshot, NULL);

  return over || settled || vfp_store_change_count (run->world->store) != changes;
}

gboolean
vfp_reserve_rows_claim (gpointer data, GError **error)
{
  VfpReserveRun *run = data;

  for (unsigned try = 1;; try++)
    {
      const guint64 changes = vfp_store_change_count (run->world->store);
      g_autoptr (GError) local = NULL;

      g_clear_pointer (&run->items, g_ptr_array_unref);
      g_clear_pointer (&run->snapshot, vfp_snapshot_free);
      run->snapshot = vfp_reserve_run_read (run, error);
      if (run->snapshot == NULL)
        return FALSE;
      if (find_and_claim (run, &local))
        return TRUE;
      if (try == CLAIM_TRIES || run->request->at_boot || !vfp_attach_may_be_stale (local)
          || !may_try_again (run, changes))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
}

static gboolean
undo_row (VfpReserveRun *run, VfpReserveItem *item, GError **error)
{
  VfpStore *store = run->world->store;

  if (item->claim->intent == VFP_INTENT_CLAIMING)
    return vfp_world_note (run->world, "reserve", NULL, item->claim, "failed, undone", error)
           && vfp_store_delete_claim (store, item->claim, error);
  if (!item->drifted)
    return TRUE;
  item->claim->claimer = (VfpProcess){ 0 };
  item->claim->until = item->vf->claim->until;
  return vfp_store_put_claim (store, item->claim, error);
}

gboolean
vfp_reserve_rows_unclaim (gpointer data, GError **error)
{
  VfpReserveRun *run = data;

  if (!run->committed)
    return TRUE;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  for (guint i = run->items->len; transaction != NULL && i-- > 0;)
    if (!undo_row (run, vfp_reserve_run_item (run, i), error))
      return FALSE;
  return transaction != NULL && vfp_transaction_commit (transaction, error);
}

static gboolean
record_row (VfpReserveRun *run, const VfpReserveItem *item, GError **error)
{
  const gboolean fresh = item->claim->intent == VFP_INTENT_CLAIMING;
  g_autoptr (VfpClaim) claim = vfp_claim_copy (item->claim);

  if (!fresh && !item->drifted && !item->prolongs)
    return TRUE;
  claim->intent = VFP_INTENT_NONE;
  claim->claimer = (VfpProcess){ 0 };
  return vfp_store_put_claim (run->world->store, claim, error)
         && vfp_world_note (run->world, "reserve", NULL, claim,
                            fresh           ? NULL
                            : item->drifted ? "made so again"
                                            : "another end",
                            error);
}

gboolean
vfp_reserve_rows_record (gpointer data, GError **error)
{
  VfpReserveRun *run = data;

  if (!has_work (run) && !run->committed)
    return TRUE;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  for (guint i = 0; transaction != NULL && i < run->items->len; i++)
    if (!record_row (run, vfp_reserve_run_item (run, i), error))
      return FALSE;
  return transaction != NULL && vfp_transaction_commit (transaction, error);
}
