/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs set aside. Acts on what reserve-plan.c decides, in steps. */
#include "config.h"

#include "ops/reserve.h"

#include <string.h>

#include "base/error.h"
#include "ops/attach-run.h"
#include "ops/reservation.h"
#include "ops/reserve-run.h"
#include "ops/settle.h"
#include "ops/steps.h"

gboolean
vfp_reserve_check_owner (const char *owner, GError **error)
{
  const gsize length = strlen (owner);
  gsize control = 0;

  while (control < length && !g_ascii_iscntrl (owner[control]))
    control++;
  if (length == 0 || length > VFP_OWNER_MAX || control < length
      || !g_utf8_validate (owner, -1, NULL))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--owner is a text of 1 to %d bytes without control characters",
                      VFP_OWNER_MAX);
  return TRUE;
}

gboolean
vfp_reserve_check_vfs (const char *const *vfs, GError **error)
{
  VfpAddress address;

  for (const char *const *vf = vfs; vf != NULL && *vf != NULL; vf++)
    if (strchr (*vf, '/') == NULL && !vfp_address_parse (*vf, &address, error))
      return FALSE;
  return TRUE;
}

static void
run_clear (VfpReserveRun *run)
{
  g_clear_pointer (&run->items, g_ptr_array_unref);
  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpReserveRun, run_clear)

VfpSnapshot *
vfp_reserve_run_read (const VfpReserveRun *run, GError **error)
{
  return run->request->at_boot ? vfp_snapshot_read_files (run->world, error)
                               : vfp_snapshot_read (run->world, error);
}

static gboolean
is_to_apply (const VfpReserveItem *item)
{
  return item->drifted || item->claim->intent == VFP_INTENT_CLAIMING;
}

static gboolean
check_interrupted (const VfpWorld *world, GError **error)
{
  return !vfp_world_is_interrupted (world)
         || vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted; what was done is undone");
}

static gboolean
apply_act (gpointer data, GError **error)
{
  VfpReserveRun *run = data;

  for (; run->touched < run->items->len; run->touched++)
    {
      const VfpReserveItem *item = vfp_reserve_run_item (run, run->touched);

      if (!is_to_apply (item))
        continue;
      if (!check_interrupted (run->world, error)
          || !vfp_reservation_apply (run->world, item->vf->pf, item->claim, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_undo (gpointer data, GError **error)
{
  VfpReserveRun *run = data;

  for (guint i = MIN (run->touched + 1, run->items->len); i-- > 0;)
    {
      const VfpReserveItem *item = vfp_reserve_run_item (run, i);

      if (item->claim->intent == VFP_INTENT_CLAIMING
          && !vfp_reservation_give_back (run->world, item->vf->pf, item->claim, error))
        return FALSE;
    }
  return TRUE;
}

static const VfpStep reserve_steps[] = {
  { "claim the VFs", vfp_reserve_rows_claim, vfp_reserve_rows_unclaim },
  { "make them ready", apply_act, apply_undo },
  { "record it", vfp_reserve_rows_record, NULL },
};

static GPtrArray *
make_results (const GPtrArray *items)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  for (guint i = 0; i < items->len; i++)
    {
      const VfpReserveItem *item = g_ptr_array_index (items, i);
      const gboolean fresh = item->vf->claim == NULL || item->claim->id == 0
                             || item->claim->intent == VFP_INTENT_CLAIMING;
      VfpResult *result = vfp_reserve_result (item->vf, item->claim);

      result->changed = fresh || item->drifted || item->prolongs;
      if (fresh)
        vfp_result_add (result, "reserved for %s", item->claim->owner);
      if (item->drifted)
        vfp_result_add (result, "made so again");
      if (item->prolongs)
        vfp_result_add (result, "another end");
      g_ptr_array_add (results, result);
    }
  return results;
}

static GPtrArray *
dry_run (VfpWorld *world, const VfpReserveRequest *request, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);

  if (snapshot == NULL || !vfp_snapshot_join (world, snapshot, TRUE, error))
    return NULL;
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) items = vfp_reserve_plan (world, snapshot, request, &local);
  if (items == NULL && vfp_attach_may_be_stale (local)
      && vfp_settle_pretend (world, snapshot, NULL, VFP_SETTLE_ALL))
    items = vfp_reserve_plan (world, snapshot, request, error);
  else if (items == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return items != NULL ? make_results (items) : NULL;
}

/* Who dies here leaves VFs that are bound to what their owner wants, and free. */
static GPtrArray *
make_ready (VfpReserveRun *run, GError **error)
{
  VfpWorld *world = run->world;

  run->snapshot = vfp_reserve_run_read (run, error);
  if (run->snapshot == NULL || !vfp_snapshot_join (world, run->snapshot, FALSE, error))
    return NULL;
  run->items = vfp_reserve_plan (world, run->snapshot, run->request, error);
  if (run->items == NULL)
    return NULL;
  for (guint i = 0; i < run->items->len; i++)
    {
      const VfpReserveItem *item = vfp_reserve_run_item (run, i);

      if (!vfp_reservation_save (world, item->vf->pf, item->claim, error)
          || !vfp_reservation_apply (world, item->vf->pf, item->claim, error))
        return NULL;
    }
  return make_results (run->items);
}

GPtrArray *
vfp_reserve (VfpWorld *world, const VfpReserveRequest *request, GError **error)
{
  g_auto (VfpReserveRun) run = { .world = world, .request = request };

  if (!vfp_reserve_check_owner (request->owner, error))
    return NULL;
  if (request->dry_run)
    return dry_run (world, request, error);

  g_autoptr (VfpLock) lock = vfp_reservation_lock (world, request->timeout_ms, error);
  if (lock == NULL)
    return NULL;
  if (request->unrecorded)
    return make_ready (&run, error);
  if (!vfp_steps_run (reserve_steps, G_N_ELEMENTS (reserve_steps), &run, world->interrupted,
                      world->warnings, error))
    return NULL;
  return make_results (run.items);
}
