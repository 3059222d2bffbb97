/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VF out of a guest, honestly. Unlike an attach it is never undone: what is not finished stays an
 * intent, for the same command or the next one to finish. */
#include "config.h"

#include "ops/detach.h"

#include "base/error.h"
#include "guest/virt.h"
#include "ops/detach-mark.h"
#include "ops/detach-plan.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/release.h"
#include "ops/settle.h"
#include "ops/standby-act.h"
#include "ops/steps.h"

#define BACK_TIMEOUT_MIN_MS 5000

static unsigned
remaining_ms (const VfpDetachRun *run, unsigned least_ms)
{
  const gint64 left_ms = (run->end_us - g_get_monotonic_time ()) / 1000;

  return left_ms > (gint64) least_ms ? (unsigned) left_ms : least_ms;
}

static gboolean
commit_intent (VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  VfpClaim *claim = detach->claim;

  claim->intent = VFP_INTENT_DETACHING;
  claim->intent_live = detach->live;
  claim->intent_config = detach->config;
  claim->expires = 0;
  claim->claimer = vfp_process_self ();
  return transaction != NULL && vfp_store_put_claim (run->world->store, claim, error)
         && (!detach->live
             || vfp_detach_mark_rest (run->world, detach->slot, claim->generation, error))
         && vfp_transaction_commit (transaction, error);
}

/* Nobody works on the intent now, and nothing of ours waits in libvirt. */
static void
leave_intent (VfpDetachRun *run, VfpDetachSlot *detach, VfpIntent intent, const GError *reason)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, &error);
  VfpClaim *claim = detach->claim;

  claim->intent = intent;
  claim->claimer = (VfpProcess){ 0 };
  if (intent == VFP_INTENT_NONE)
    claim->intent_live = claim->intent_config = FALSE;
  if (transaction == NULL || !vfp_store_put_claim (run->world->store, claim, &error)
      || !vfp_world_note (run->world, "detach", detach->slot, claim, reason->message, &error)
      || !vfp_transaction_commit (transaction, &error))
    vfp_world_warn (run->world, "%s: the claim of %s stays as it is: %s", run->request->guest,
                    detach->slot->name, error->message);
}

static gboolean
end_live (VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  VfpVirt *virt = run->world->virt;
  g_autoptr (GError) local = NULL;
  gboolean live, config;

  vfp_release_look (run->guest, detach->claim, &live, &config);
  if (!detach->live || !live)
    return TRUE;

  const gint64 start_us = g_get_monotonic_time ();
  const gboolean gone = virt->detach_live (virt, run->guest->uuid, &detach->claim->address,
                                           remaining_ms (run, 0), &local);
  vfp_step_tell ("detach the device", start_us, gone);
  if (gone)
    {
      vfp_handover_to_standbys (run->handover);
      return vfp_release_wait (run->world, detach->claim, remaining_ms (run, BACK_TIMEOUT_MIN_MS),
                               error);
    }

  if (g_error_matches (local, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT))
    vfp_throw (error, VFP_ERROR_GUEST_TIMEOUT,
               "%s: %s did not leave within %u s; the guest still has it (state: detaching); it is "
               "freed when the guest lets go or stops",
               run->guest->name, detach->slot->name, run->request->timeout_ms / 1000);
  else
    {
      g_propagate_error (error, g_steal_pointer (&local));
      g_prefix_error (error, "%s: %s: ", run->guest->name, detach->slot->name);
    }
  return FALSE;
}

static gboolean
end_config (VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  gboolean live, config;

  vfp_release_look (run->guest, detach->claim, &live, &config);
  if (!detach->config || !config)
    return TRUE;

  const gint64 start_us = g_get_monotonic_time ();
  const gboolean gone = run->world->virt->detach_config (run->world->virt, run->guest->uuid,
                                                         &detach->claim->address, error);
  vfp_step_tell ("take it out of the configuration", start_us, gone);
  return gone;
}

/* What is left is read anew: the guest may have been started or edited meanwhile. */
static gboolean
look_after (VfpDetachRun *run, const VfpDetachSlot *detach, gboolean *out_live,
            gboolean *out_config, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuest) guest
      = run->world->virt->get_guest (run->world->virt, detach->slot->guest_uuid, &local);

  if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  vfp_release_look (guest, detach->claim, out_live, out_config);
  if ((detach->live && *out_live) || (detach->config && *out_config))
    return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                      "%s: the VF of %s is in the guest again (was it started meanwhile?); run the "
                      "command again",
                      run->request->guest, detach->slot->name);
  return TRUE;
}

static gboolean
detach_act (VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  gboolean live, config;
  g_autoptr (GError) local = NULL;

  if (!commit_intent (run, detach, error))
    return FALSE;
  if (end_live (run, detach, &local) && end_config (run, detach, &local)
      && look_after (run, detach, &live, &config, &local)
      && vfp_release_parts (run->world, run->inventory, detach->slot, detach->claim, live, config,
                            "detach", &local))
    return TRUE;

  leave_intent (run, detach,
                g_error_matches (local, VFP_ERROR, VFP_ERROR_GUEST_REFUSED) ? VFP_INTENT_NONE
                                                                            : VFP_INTENT_DETACHING,
                local);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* No half of a pair any more, when the NIC is in no XML. */
static gboolean
end_standby (VfpDetachRun *run, const VfpDetachSlot *detach, GError **error)
{
  const VfpSlot *slot = detach->slot;
  gboolean left;

  if (detach->standby == 0 && !detach->ends_pair)
    return TRUE;
  if (vfp_standby_remove (run->world, slot->guest_uuid, slot->standby, detach->standby,
                          remaining_ms (run, BACK_TIMEOUT_MIN_MS), &left, error))
    return left || vfp_detach_pair_end (run->world, slot, error);
  g_prefix_error (error,
                  detach->claim != NULL ? "%s: the VF of %s is out, its standby is not: "
                                        : "%s: the standby of %s: ",
                  run->request->guest, slot->name);
  return FALSE;
}

static VfpResult *
make_result (const VfpView *view, const VfpDetachSlot *detach)
{
  const VfpVfView *vf = detach->claim != NULL ? vfp_view_find_claim (view, detach->claim) : NULL;
  VfpResult *result = vfp_result_new (detach->slot, vf);

  result->changed = detach->claim != NULL || vfp_detach_has_rest (detach);
  result->live = detach->live;
  result->config = detach->config;
  result->ends_mark = detach->mark;
  result->ends_arrive = detach->arrive != detach->slot->arrive;
  result->ends_pair = detach->ends_pair;
  result->on_start = result->on_start && !detach->mark;
  if (vf != NULL)
    vfp_result_add (result, "detached %s VF %u", vf->pf_name, vf->index);
  if (detach->standby != 0)
    {
      result->ended_standby = g_strdup (detach->slot->standby);
      vfp_result_add (result, "detached the standby %s", detach->slot->standby);
    }
  else if (detach->ends_pair)
    vfp_result_add (result, "is no half of a pair any more");
  if (detach->mark)
    vfp_result_add (result, "gets no VF at the guest's start any more");
  if (result->ends_arrive)
    vfp_result_add (result, "gets no VF after its migration any more");
  return result;
}

/* What comes back by itself ends first: else the VF would come back if this run died. */
static gboolean
end_slot (VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  return (detach->arrive == detach->slot->arrive
          || vfp_detach_arrive_put (run->world, detach->slot, detach->arrive, error))
         && (detach->claim == NULL || detach_act (run, detach, error))
         && end_standby (run, detach, error)
         && (!detach->mark || vfp_detach_mark_end (run->world, detach->slot, error));
}

/* The marks and the pairs are in the guest's metadata too. */
static void
tell_guest (VfpDetachRun *run, GArray *plan)
{
  gboolean any = FALSE;

  for (guint i = 0; i < plan->len; i++)
    any = any || vfp_detach_has_rest (&g_array_index (plan, VfpDetachSlot, i));
  if (any && run->guest != NULL && !run->request->dry_run)
    vfp_promise_update (run->world, run->guest);
}

static gboolean
act_on_slot (VfpDetachRun *run, const VfpSnapshot *snapshot, VfpDetachSlot *detach, GError **error)
{
  g_autoptr (VfpHandover) handover
      = detach->live && (detach->standby & VFP_AFFECT_LIVE) == 0
            ? vfp_handover_new (run->world, snapshot, detach->slot->guest_uuid, detach->slot->name)
            : NULL;

  run->handover = handover;
  return end_slot (run, detach, error);
}

static gboolean
act_on_slots (VfpDetachRun *run, const VfpSnapshot *snapshot, GArray *plan, GPtrArray *results,
              GError **error)
{
  for (guint i = 0; i < plan->len; i++)
    {
      VfpDetachSlot *detach = &g_array_index (plan, VfpDetachSlot, i);
      g_autoptr (VfpResult) result = make_result (snapshot->view, detach);

      if (vfp_world_is_interrupted (run->world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "%s: interrupted before %s",
                          run->request->guest, detach->slot->name);
      if (!run->request->dry_run && !act_on_slot (run, snapshot, detach, error))
        return FALSE;
      g_ptr_array_add (results, g_steal_pointer (&result));
    }
  return TRUE;
}

static gboolean
detach_run (VfpDetachRun *run, const char *uuid, GPtrArray *results, GError **error)
{
  VfpWorld *world = run->world;
  const VfpDetachRequest *request = run->request;
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read_guest (world, uuid, error);

  if (snapshot != NULL && !request->dry_run
      && vfp_settle_guest (world, snapshot, uuid, VFP_SETTLE_CLAIMING))
    {
      g_clear_pointer (&snapshot, vfp_snapshot_free);
      snapshot = vfp_snapshot_read_guest (world, uuid, error);
    }
  if (snapshot == NULL)
    return FALSE;
  if (request->dry_run)
    vfp_settle_pretend (world, snapshot, uuid, VFP_SETTLE_CLAIMING);

  g_autoptr (GArray) plan = g_array_new (FALSE, FALSE, sizeof (VfpDetachSlot));
  run->inventory = snapshot->inventory;
  run->guest = vfp_guest_find (snapshot->guests, uuid);
  if (!vfp_detach_plan (run, snapshot, uuid, plan, error)
      || !act_on_slots (run, snapshot, plan, results, error))
    return FALSE;
  tell_guest (run, plan);
  return TRUE;
}

gboolean
vfp_detach_locked (VfpWorld *world, const char *uuid, const VfpDetachRequest *request,
                   GPtrArray *results, GError **error)
{
  VfpDetachRun run = { .world = world, .request = request };

  run.end_us = g_get_monotonic_time () + (gint64) request->timeout_ms * 1000;
  return detach_run (&run, uuid, results, error);
}

gboolean
vfp_detach (VfpWorld *world, const VfpDetachRequest *request, GPtrArray *results, GError **error)
{
  VfpDetachRun run = { .world = world, .request = request, .ends_arrive = !request->finish };
  g_autofree char *uuid = NULL;
  g_autoptr (VfpLock) lock = NULL;

  run.end_us = g_get_monotonic_time () + (gint64) request->timeout_ms * 1000;
  if (request->dry_run)
    uuid = vfp_guest_find_uuid (world, request->guest, error);
  else
    lock = vfp_guest_lock_take (world, request->guest, request->timeout_ms, &uuid, error);
  return uuid != NULL && detach_run (&run, uuid, results, error);
}
