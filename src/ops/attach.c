/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main job: a VF into a guest. Acts on what attach-plan.c decides, in steps. */
#include "config.h"

#include "ops/attach.h"

#include "base/error.h"
#include "ops/attach-mark.h"
#include "ops/attach-run.h"
#include "ops/claim-settings.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/settle.h"
#include "ops/standby-act.h"
#include "ops/steps.h"

void
vfp_attach_run_clear (VfpAttachRun *run)
{
  vfp_attach_plan_free (run->plan);
  vfp_snapshot_free (run->snapshot);
  vfp_claim_free (run->claim);
  vfp_claim_free (run->recorded);
  vfp_claim_free (run->claim_before);
  vfp_slot_free (run->slot_before);
}

/* From now on the slot has had its VF in this start of the guest. */
static gboolean
put_served (VfpAttachRun *run, GError **error)
{
  VfpSlot *slot = run->plan->slot;

  if (!slot->on_start)
    return TRUE;
  slot->rests_until = run->claim->generation + 1;
  return vfp_store_put_slot (run->world->store, slot, error);
}

gboolean
vfp_attach_run_put_record (VfpAttachRun *run, GError **error)
{
  VfpWorld *world = run->world;
  const VfpAttachPlan *plan = run->plan;

  if (plan->affect == 0)
    return !plan->marks
           || vfp_world_note (world, "attach", plan->slot, NULL, "marked on-start", error);

  VfpClaim *claim = vfp_claim_copy (run->claim);
  vfp_claim_free (run->recorded);
  run->recorded = claim;
  claim->intent = VFP_INTENT_NONE;
  claim->intent_live = claim->intent_config = FALSE;
  claim->claimer = (VfpProcess){ 0 };
  return vfp_store_put_claim (world->store, claim, error) && put_served (run, error)
         && vfp_world_note (world, "attach", plan->slot, claim, NULL, error);
}

void
vfp_attach_run_committed (VfpAttachRun *run)
{
  if (run->recorded == NULL)
    return;
  vfp_claim_free (run->claim);
  run->claim = g_steal_pointer (&run->recorded);
}

static gboolean
record_act (gpointer data, GError **error)
{
  VfpAttachRun *run = data;

  if (run->plan->affect == 0 && !run->plan->marks)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  if (transaction == NULL || !vfp_attach_run_put_record (run, error)
      || !vfp_transaction_commit (transaction, error))
    return FALSE;
  vfp_attach_run_committed (run);
  return TRUE;
}

/* Nothing of it is an intent: the guest may end meanwhile, and another one get the VF. */
static gboolean
set_again (const VfpAttachRun *run, GError **error)
{
  const VfpAttachPlan *plan = run->plan;

  return plan->drifted == 0
         || vfp_claim_apply (run->world, run->claim != NULL ? run->claim : plan->claim,
                             plan->vf->pf->netdev, &plan->slot->settings, plan->drifted,
                             plan->slot->asked, error);
}

/* Before the device, which QEMU shows to the guest only where its standby is. */
static gboolean
standby_act (gpointer data, GError **error)
{
  VfpAttachRun *run = data;
  const VfpAttachPlan *plan = run->plan;

  if (plan->standby == NULL
      || vfp_standby_act (run->world, plan->guest->uuid, plan->standby, error))
    return TRUE;
  g_prefix_error (error, "%s: ", plan->guest->name);
  return FALSE;
}

static gboolean
standby_undo (gpointer data, GError **error)
{
  VfpAttachRun *run = data;
  const VfpAttachPlan *plan = run->plan;

  return plan->standby == NULL
         || vfp_standby_undo (run->world, plan->guest->uuid, plan->standby,
                              run->request->timeout_ms, error);
}

static const VfpStep attach_steps[] = {
  { "claim the VF", vfp_attach_claim_act, vfp_attach_claim_undo },
  { "set what libvirt does not", vfp_attach_settings_act, vfp_attach_settings_undo },
  { "attach the standby", standby_act, standby_undo },
  { "attach the device", vfp_attach_device_act, vfp_attach_device_undo },
  { "check the settings", vfp_attach_verify_act, NULL },
  { "record it", record_act, NULL },
};
#define STEPS_BEFORE_RECORD (G_N_ELEMENTS (attach_steps) - 1)

gboolean
vfp_attach_run_act (VfpAttachRun *run, GError **error)
{
  return vfp_steps_run (attach_steps, STEPS_BEFORE_RECORD, run, run->world->interrupted,
                        run->world->warnings, error);
}

gboolean
vfp_attach_run_undo (VfpAttachRun *run)
{
  return vfp_steps_undo (attach_steps, STEPS_BEFORE_RECORD, run, run->world->warnings);
}

static VfpResult *
make_result (const VfpAttachPlan *plan, const VfpAttachRequest *request)
{
  VfpResult *result = vfp_result_new (plan->slot, plan->vf);

  if (request->explain)
    vfp_result_explain (result, plan->verdicts);

  result->changed
      = plan->affect != 0 || plan->drifted != 0 || plan->marks
        || (plan->standby != NULL && (plan->standby->adds != 0 || plan->standby->marks));
  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (plan->drifted & which)
      vfp_result_add (result, "%s set again", vfp_setting_name ((VfpSetting) which));
  if (plan->marks)
    vfp_result_add (result, "gets a VF at each start");
  if (plan->standby != NULL)
    vfp_standby_tell (plan->standby, result);
  if (plan->vf == NULL)
    return result;
  result->live = plan->vf->live || (plan->affect & VFP_AFFECT_LIVE);
  result->config = plan->vf->config || (plan->affect & VFP_AFFECT_CONFIG);
  if (plan->claim == NULL)
    vfp_result_add (result, "attached %s VF %u", plan->vf->pf_name, plan->vf->index);
  else if (plan->affect != 0)
    vfp_result_add (result, "added to the %s",
                    plan->affect & VFP_AFFECT_LIVE ? "running guest" : "configuration");
  return result;
}

void
vfp_attach_warn_of_start (VfpWorld *world, const VfpSlot *slot)
{
  const VfpSettings defaults = vfp_settings_default ();
  const VfpSettings *settings = &slot->settings;
  const unsigned lost = vfp_settings_differ (settings, &defaults) & VFP_ATTACH_SETTINGS_BEFORE;
  g_autoptr (GString) names = g_string_new (NULL);

  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (lost & which)
      g_string_append_printf (names, ", %s", vfp_setting_name ((VfpSetting) which));
  if (settings->vlan_qos != 0
      || (settings->vlan != 0 && settings->vlan_proto != VFP_VLAN_PROTO_8021Q))
    g_string_append (names, ", VLAN priority and protocol");
  if (names->len > 0 && !vfp_attach_hook_is_seen (world))
    vfp_world_warn (
        world,
        "%s: %s: %s: set again at the guest's next start only by the libvirt hook, which "
        "was not seen since the host's start; see vfpool-hook(8)",
        slot->guest_name, slot->name, names->str + 2);
}

static void
warn_of_start (VfpWorld *world, const VfpAttachPlan *plan)
{
  if (plan->affect & VFP_AFFECT_CONFIG)
    vfp_attach_warn_of_start (world, plan->slot);
}

static void
warn_of_pf (VfpWorld *world, const VfpAttachPlan *plan)
{
  if (plan->vf != NULL && !plan->vf->pf->up)
    vfp_world_warn (world,
                    "%s is administratively down; the guest will not start until 'ip link "
                    "set %s up'",
                    plan->vf->pf_name, plan->vf->pf_name);
}

VfpAttachPlan *
vfp_attach_plan_pretend (VfpWorld *world, VfpSnapshot *snapshot, const VfpAttachRequest *request,
                         GError **error)
{
  g_autoptr (GError) local = NULL;
  VfpAttachPlan *plan = vfp_attach_plan (world, snapshot, request, &local);
  if (plan == NULL && vfp_attach_may_be_stale (local)
      && vfp_settle_pretend (world, snapshot, NULL, VFP_SETTLE_ALL))
    plan = vfp_attach_plan (world, snapshot, request, error);
  else if (plan == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return plan;
}

static VfpAttachPlan *
plan_only (VfpWorld *world, const VfpAttachRequest *request, VfpSnapshot **out_snapshot,
           GError **error)
{
  if (!vfp_attach_mark_ask (world, request, error))
    return NULL;

  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);
  if (snapshot == NULL || !vfp_snapshot_join (world, snapshot, TRUE, error))
    return NULL;

  VfpAttachPlan *plan = vfp_attach_plan_pretend (world, snapshot, request, error);
  *out_snapshot = g_steal_pointer (&snapshot);
  return plan;
}

VfpResult *
vfp_attach_plan_tell (VfpWorld *world, const VfpAttachPlan *plan, const VfpAttachRequest *request)
{
  warn_of_start (world, plan);
  warn_of_pf (world, plan);
  return make_result (plan, request);
}

static VfpResult *
dry_run (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = NULL;
  g_autoptr (VfpAttachPlan) plan = plan_only (world, request, &snapshot, error);

  return plan != NULL ? vfp_attach_plan_tell (world, plan, request) : NULL;
}

char *
vfp_attach_xml (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = NULL;
  g_autoptr (VfpAttachPlan) plan = plan_only (world, request, &snapshot, error);

  if (plan == NULL)
    return NULL;
  if (plan->vf == NULL)
    vfp_throw (error, VFP_ERROR_GUEST_OFF,
               "%s is off: --on-start attaches nothing now, the VF is chosen when it starts",
               plan->guest->name);
  return g_steal_pointer (&plan->device_xml);
}

VfpResult *
vfp_attach_run_end (VfpAttachRun *run, GError **error)
{
  if (run->plan->affect != 0)
    {
      warn_of_start (run->world, run->plan);
      warn_of_pf (run->world, run->plan);
    }
  return set_again (run, error) ? make_result (run->plan, run->request) : NULL;
}

VfpResult *
vfp_attach (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  VfpAttachRequest by_uuid = *request; /* from the lock on, whatever the guest is called then */
  g_auto (VfpAttachRun) run = { .world = world, .request = &by_uuid };
  g_autofree char *uuid = NULL;

  if (request->dry_run)
    return dry_run (world, request, error);

  g_autoptr (VfpLock) lock
      = vfp_guest_lock_take (world, request->guest, request->timeout_ms, &uuid, error);
  if (lock == NULL || !vfp_attach_mark_ask (world, request, error))
    return NULL;
  by_uuid.guest = uuid;
  if (!vfp_steps_run (attach_steps, G_N_ELEMENTS (attach_steps), &run, world->interrupted,
                      world->warnings, error))
    return NULL;

  VfpResult *result = vfp_attach_run_end (&run, error);
  /* Also where nothing was to do: whoever did it may have died before this. */
  if (result != NULL)
    vfp_promise_update (world, run.plan->guest);
  return result;
}
