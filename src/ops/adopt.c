/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking over VFs that guests have without vfpool. Acts on what adopt-plan.c decides, in steps. */
#include "config.h"

#include "ops/adopt.h"

#include "base/error.h"
#include "ops/adopt-run.h"
#include "ops/attach-run.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/settle.h"
#include "ops/steps.h"

static void
adopt_run_clear (VfpAdoptRun *run)
{
  vfp_adopt_plan_free (run->plan);
  vfp_snapshot_free (run->snapshot);
  g_clear_pointer (&run->rows, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpAdoptRun, adopt_run_clear)

static const VfpStep adopt_steps[] = {
  { "claim what is there", vfp_adopt_claim_act, vfp_adopt_claim_undo },
  { "change the configuration", vfp_adopt_config_act, vfp_adopt_config_undo },
  { "record it", vfp_adopt_record_act, NULL },
};

static VfpResult *
make_result (const VfpAdoptPlan *plan, const VfpAdoptAction *action)
{
  VfpResult *result = vfp_result_new (action->slot, action->vf);

  result->live = action->live;
  result->config = action->config;
  if (action->kind == VFP_ADOPT_ALREADY)
    return result;

  result->changed = TRUE;
  vfp_result_add (result, "%s", vfp_adopt_kind_to_string (action->kind));
  if (plan->copied_from != NULL)
    vfp_result_add (result, "from %s", plan->copied_from);
  if (action->reason != NULL)
    vfp_result_add (result, "%s", action->reason);
  if (action->vf == NULL)
    vfp_result_add (result, "only its metadata knew the slot");
  else if (action->rewrite)
    vfp_result_add (result, "%s MAC", action->new_mac ? "new" : "same");
  vfp_result_add (result, action->rewrite ? "takes effect at the next start"
                                          : "nothing changes in the guest");
  return result;
}

static void
add_results (const VfpAdoptPlan *plan, GPtrArray *results)
{
  for (guint i = 0; i < plan->actions->len; i++)
    g_ptr_array_add (results, make_result (plan, g_ptr_array_index (plan->actions, i)));
  if (plan->actions->len > 0 || plan->copied_from == NULL)
    return;

  VfpResult *result = vfp_result_new_of_guest (plan->guest->name, plan->guest->uuid);
  result->changed = TRUE;
  vfp_result_add (result, "its copy of the slots of %s is removed", plan->copied_from);
  g_ptr_array_add (results, result);
}

static gboolean
check_any (const VfpAdoptRequest *request, const VfpAdoptPlan *plan, GError **error)
{
  if (request->all || request->ensure || plan->actions->len > 0 || plan->copied_from != NULL)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_SLOT_EMPTY, "%s has no VF to adopt", plan->guest->name);
}

static void
warn_of_pf (VfpWorld *world, const VfpAdoptPlan *plan)
{
  for (guint i = 0; i < plan->actions->len; i++)
    {
      const VfpAdoptAction *action = g_ptr_array_index (plan->actions, i);

      if (action->kind != VFP_ADOPT_ALREADY && action->vf != NULL && !action->vf->pf->up)
        vfp_world_warn (world,
                        "%s is administratively down; %s will not start until 'ip link set %s up'",
                        action->vf->pf_name, plan->guest->name, action->vf->pf_name);
    }
}

static gboolean
adopt_guest (VfpWorld *world, const VfpAdoptRequest *request, const char *name, GPtrArray *results,
             GError **error)
{
  g_autofree char *uuid = NULL;
  g_autoptr (VfpLock) lock = vfp_guest_lock_take (world, name, request->timeout_ms, &uuid, error);

  if (lock == NULL)
    return FALSE;
  g_auto (VfpAdoptRun) run = { .world = world, .request = request, .uuid = uuid };
  if (!vfp_steps_run (adopt_steps, G_N_ELEMENTS (adopt_steps), &run, world->interrupted,
                      world->warnings, error)
      || !check_any (request, run.plan, error))
    return FALSE;

  warn_of_pf (world, run.plan);
  /* Also where nothing was to do: whoever did it may have died before this. */
  vfp_promise_update (world, run.plan->guest);
  add_results (run.plan, results);
  return TRUE;
}

/* What settling leaves of the claims of all other guests. */
static gboolean
pretend_others (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (snapshot->records->slots, i);

      if (!g_str_equal (slot->guest_uuid, uuid))
        changed |= vfp_settle_pretend (world, snapshot, slot->guest_uuid, VFP_SETTLE_ALL);
    }
  return changed;
}

static VfpAdoptPlan *
plan_only (VfpWorld *world, const VfpAdoptRequest *request, VfpSnapshot *snapshot, VfpGuest *guest,
           GError **error)
{
  g_autoptr (GError) local = NULL;
  VfpAdoptPlan *plan = vfp_adopt_plan (snapshot, request, guest, &local);

  if (plan == NULL && vfp_attach_may_be_stale (local)
      && pretend_others (world, snapshot, guest->uuid))
    return vfp_adopt_plan (snapshot, request, guest, error);
  if (plan == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return plan;
}

static VfpSnapshot *
read_all (VfpWorld *world, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);

  if (snapshot == NULL || !vfp_snapshot_join (world, snapshot, TRUE, error))
    return NULL;
  vfp_settle_pretend (world, snapshot, NULL, VFP_SETTLE_CLAIMING);
  return g_steal_pointer (&snapshot);
}

static gboolean
dry_run (VfpWorld *world, const VfpAdoptRequest *request, GPtrArray *results, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = read_all (world, error);
  VfpGuest *guest
      = snapshot != NULL ? vfp_snapshot_get_guest (snapshot, request->guest, error) : NULL;
  g_autoptr (VfpAdoptPlan) plan
      = guest != NULL ? plan_only (world, request, snapshot, guest, error) : NULL;

  if (plan == NULL || !check_any (request, plan, error))
    return FALSE;
  warn_of_pf (world, plan);
  add_results (plan, results);
  return TRUE;
}

/* Where the first look has found nothing to do, nothing is read or locked again. */
static gboolean
adopt_one_of_all (VfpWorld *world, const VfpAdoptRequest *request, VfpSnapshot *snapshot,
                  VfpGuest *guest, GPtrArray *results, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpAdoptPlan) plan = request->dry_run
                                      ? plan_only (world, request, snapshot, guest, &local)
                                      : vfp_adopt_plan (snapshot, request, guest, &local);

  if (!request->dry_run && (plan == NULL || vfp_adopt_plan_changes (plan)))
    return adopt_guest (world, request, guest->uuid, results, error);
  if (plan == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  add_results (plan, results);
  return TRUE;
}

static gboolean
adopt_all (VfpWorld *world, const VfpAdoptRequest *request, GPtrArray *results, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = read_all (world, error);
  g_autoptr (GError) first = NULL;

  if (snapshot == NULL)
    return FALSE;
  for (guint i = 0; i < snapshot->guests->len; i++)
    {
      VfpGuest *guest = g_ptr_array_index (snapshot->guests, i);
      g_autoptr (GError) local = NULL;

      if (vfp_world_is_interrupted (world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted before %s", guest->name);
      if (!adopt_one_of_all (world, request, snapshot, guest, results, &local))
        vfp_error_keep_first (&first, g_steal_pointer (&local), world->warnings);
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

gboolean
vfp_adopt (VfpWorld *world, const VfpAdoptRequest *request, GPtrArray *results, GError **error)
{
  if (request->all)
    return adopt_all (world, request, results, error);
  return request->dry_run ? dry_run (world, request, results, error)
                          : adopt_guest (world, request, request->guest, results, error);
}
