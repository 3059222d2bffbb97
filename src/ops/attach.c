/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main job: a VF into a guest. Acts on what attach-plan.c decides. */
#include "config.h"

#include "ops/attach.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/attach-plan.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/release.h"
#include "ops/settle.h"
#include "ops/steps.h"

#define LOCK_TIMEOUT_MS 30000
#define BACK_TIMEOUT_MS 10000
#define CLAIM_TRIES 3

/* What libvirt leaves to us; MAC and VLAN it sets itself from the XML. */
#define SETTINGS_BEFORE                                                                            \
  (VFP_SETTING_RATE | VFP_SETTING_SPOOFCHK | VFP_SETTING_TRUST | VFP_SETTING_LINK_STATE)

typedef struct
{
  VfpWorld *world;
  const VfpAttachRequest *request;
  VfpSnapshot *snapshot;
  VfpAttachPlan *plan;      /* NULL until the VF is claimed */
  VfpClaim *claim;          /* the row as it is in the file; NULL: not there */
  VfpSlot *slot_before;     /* the row as it was; NULL: the slot is new */
  VfpClaim *claim_before;   /* the row as it was, without the further part; NULL: none */
  gboolean connection_lost; /* during the attach: the request may still be carried out */
} AttachRun;

static void
attach_run_clear (AttachRun *run)
{
  vfp_attach_plan_free (run->plan);
  vfp_snapshot_free (run->snapshot);
  vfp_claim_free (run->claim);
  vfp_claim_free (run->claim_before);
  vfp_slot_free (run->slot_before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AttachRun, attach_run_clear)

static gboolean
is_live (const AttachRun *run)
{
  return (run->plan->affect & VFP_AFFECT_LIVE) != 0;
}

/* The VF's settings and driver at the last moment before they change, which is under the claim
 * lock: whoever had the VF until then has given it back by now. */
static gboolean
save_originals (AttachRun *run, VfpClaim *claim, GError **error)
{
  VfpWorld *world = run->world;
  const VfpPf *pf = run->plan->vf->pf;

  g_free (claim->saved_driver);
  claim->saved_driver = vfp_vf_driver (world->root, &claim->address);
  claim->has_saved = TRUE;
  if (world->netlink == NULL)
    return TRUE;

  g_autoptr (VfpLink) link = world->netlink->get_link (world->netlink, pf->netdev, error);
  if (link == NULL)
    return FALSE;
  if (claim->vf < link->vfs->len)
    claim->saved = g_array_index (link->vfs, VfpSettings, claim->vf);
  return TRUE;
}

static VfpClaim *
make_claim (AttachRun *run, GError **error)
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
  if (is_live (run) && !save_originals (run, claim, error))
    return NULL;

  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_live = is_live (run);
  claim->intent_config = (plan->affect & VFP_AFFECT_CONFIG) != 0;
  claim->live = claim->live || claim->intent_live;
  claim->config = claim->config || claim->intent_config;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (run->world->boot_id);
  claim->claimer = vfp_process_self ();
  return g_steal_pointer (&claim);
}

/* The serial number is read from config space once, when the PF is new to the file. */
static gboolean
put_pf (AttachRun *run, gint64 *out_id, GError **error)
{
  const VfpPf *pf = run->plan->vf->pf;
  const VfpPfRecord *known = vfp_records_find_pf (run->snapshot->records, &pf->address, &pf->mac);
  g_autofree char *serial = known == NULL ? vfp_pci_serial (run->world->root, &pf->address) : NULL;
  VfpPfRecord record
      = { .address = pf->address, .mac = pf->mac, .serial = serial, .netdev = pf->netdev };

  if (known != NULL && g_strcmp0 (known->netdev, pf->netdev) == 0)
    {
      *out_id = known->id;
      return TRUE;
    }
  if (!vfp_store_put_pf (run->world->store, &record, error))
    return FALSE;
  *out_id = record.id;
  return TRUE;
}

static gboolean
commit_claim (AttachRun *run, GError **error)
{
  VfpStore *store = run->world->store;
  g_autoptr (VfpClaim) claim = make_claim (run, error);
  g_autoptr (VfpTransaction) transaction = claim != NULL ? vfp_store_begin (store, error) : NULL;

  if (transaction == NULL)
    return FALSE;
  if (!put_pf (run, &claim->pf_id, error) || !vfp_store_put_slot (store, run->plan->slot, error))
    return FALSE;
  claim->slot_id = run->plan->slot->id;
  if (!vfp_store_put_claim (store, claim, error) || !vfp_transaction_commit (transaction, error))
    return FALSE;

  run->claim = g_steal_pointer (&claim);
  return TRUE;
}

static gboolean
plan_now (AttachRun *run, GError **error)
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
find_and_claim (AttachRun *run, GError **error)
{
  g_autoptr (VfpLock) lock
      = vfp_lock_take (run->world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  return lock != NULL && plan_now (run, error)
         && (run->plan->affect == 0 || commit_claim (run, error));
}

static gboolean
may_be_stale (const GError *error)
{
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_IN_USE);
}

/* Reads everything anew where that may help: dead claims were settled, or another vfpool has
 * changed the state file since the guests were read. */
static gboolean
may_try_again (AttachRun *run, guint64 changes)
{
  const gboolean settled = vfp_settle_dead (run->world, run->snapshot, run->request->guest);

  return settled || vfp_store_change_count (run->world->store) != changes;
}

static gboolean
claim_act (gpointer data, GError **error)
{
  AttachRun *run = data;

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
      if (try == CLAIM_TRIES || !may_be_stale (local) || !may_try_again (run, changes))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_clear_pointer (&run->plan, vfp_attach_plan_free);
    }
}

static gboolean
undo_rows (AttachRun *run, GError **error)
{
  VfpStore *store = run->world->store;

  if (run->claim_before != NULL)
    {
      run->claim_before->revision = run->claim->revision;
      if (!vfp_store_put_claim (store, run->claim_before, error))
        return FALSE;
    }
  else if (!vfp_store_delete_claim (store, run->claim, error))
    return FALSE;
  return run->slot_before != NULL ? vfp_store_put_slot (store, run->slot_before, error)
                                  : vfp_store_delete_slot (store, run->plan->slot->id, error);
}

static gboolean
claim_undo (gpointer data, GError **error)
{
  AttachRun *run = data;

  if (run->claim == NULL)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  return transaction != NULL
         && vfp_world_note (run->world, "attach", run->plan->slot, run->claim, "failed, undone",
                            error)
         && undo_rows (run, error) && vfp_transaction_commit (transaction, error);
}

static gboolean
apply_settings (AttachRun *run, const VfpSettings *settings, unsigned which, unsigned asked,
                GError **error)
{
  if (run->world->netlink == NULL || run->plan->affect == 0 || !is_live (run))
    return TRUE;
  return vfp_vf_apply (run->world->netlink, run->plan->vf->pf->netdev, run->claim->vf, settings,
                       which, asked, NULL, error);
}

static gboolean
settings_act (gpointer data, GError **error)
{
  AttachRun *run = data;

  return apply_settings (run, &run->plan->slot->settings, SETTINGS_BEFORE, run->plan->slot->asked,
                         error);
}

static gboolean
settings_undo (gpointer data, GError **error)
{
  AttachRun *run = data;

  if (!is_live (run))
    return TRUE;
  return vfp_release_wait (run->world, run->claim, BACK_TIMEOUT_MS, error)
         && (run->world->netlink == NULL
             || vfp_release_restore (run->world, run->plan->vf->pf->netdev, run->claim, error));
}

/* A request outlives its connection: it is waited for before anybody judges. */
static VfpGuest *
look_after (AttachRun *run, GError **error)
{
  VfpVirt *virt = run->world->virt;
  const char *uuid = run->plan->guest->uuid;

  if (run->connection_lost && !virt->pass_job_queue (virt, uuid, error))
    return NULL;
  return virt->get_guest (virt, uuid, error);
}

/* What libvirt answers is a hint, what its XML says is the result: an error may come after the
 * device is in. */
static gboolean
judge_failure (AttachRun *run, GError *failure, GError **error)
{
  g_autoptr (GError) own = failure;

  run->connection_lost = g_error_matches (own, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE);
  g_autoptr (VfpGuest) guest = look_after (run, NULL);
  gboolean live, config;

  vfp_release_look (guest, run->claim, &live, &config);
  if (guest != NULL && (live || !run->claim->intent_live) && (config || !run->claim->intent_config))
    {
      vfp_world_warn (run->world, "%s: libvirt reported '%s', yet the device is in", guest->name,
                      own->message);
      return TRUE;
    }
  g_prefix_error (&own, "%s: ", run->plan->guest->name);
  g_propagate_error (error, g_steal_pointer (&own));
  return FALSE;
}

static gboolean
device_act (gpointer data, GError **error)
{
  AttachRun *run = data;
  const VfpAttachPlan *plan = run->plan;
  VfpVirt *virt = run->world->virt;
  GError *failure = NULL;

  if (plan->affect == 0
      || virt->attach_device (virt, plan->guest->uuid, plan->device_xml, plan->affect, &failure))
    return TRUE;
  return judge_failure (run, failure, error);
}

static gboolean
device_undo (gpointer data, GError **error)
{
  AttachRun *run = data;
  VfpVirt *virt = run->world->virt;
  g_autoptr (GError) local = NULL;
  gboolean live, config;

  if (run->plan->affect == 0)
    return TRUE;
  virt->no_interrupt = TRUE;
  g_autoptr (VfpGuest) guest = look_after (run, &local);
  if (guest == NULL)
    {
      if (g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  vfp_release_look (guest, run->claim, &live, &config);
  if (live && is_live (run)
      && !virt->detach_live (virt, guest->uuid, run->plan->slot->alias, run->request->timeout_ms,
                             error))
    return FALSE;
  return !config || !run->claim->intent_config
         || vfp_release_config (run->world, guest, run->claim, error);
}

/* libvirt sets MAC and VLAN, the latter always with priority 0 and 802.1Q (struct ifla_vf_vlan in
 * virnetdev.c); this puts right what differs and reads everything back. */
static gboolean
verify_act (gpointer data, GError **error)
{
  AttachRun *run = data;
  VfpSettings wanted = run->plan->slot->settings;
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = run->plan->slot->mac };

  vfp_settings_take (&wanted, &mac, VFP_SETTING_MAC);
  return apply_settings (run, &wanted, VFP_SETTING_ALL, run->plan->slot->asked | VFP_SETTING_MAC,
                         error);
}

static gboolean
record_act (gpointer data, GError **error)
{
  AttachRun *run = data;
  VfpStore *store = run->world->store;

  if (run->plan->affect == 0)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  g_autoptr (VfpClaim) claim = vfp_claim_copy (run->claim);
  claim->intent = VFP_INTENT_NONE;
  claim->intent_live = claim->intent_config = FALSE;
  claim->claimer = (VfpProcess){ 0 };
  return transaction != NULL && vfp_store_put_claim (store, claim, error)
         && vfp_world_note (run->world, "attach", run->plan->slot, claim, NULL, error)
         && vfp_transaction_commit (transaction, error);
}

static const VfpStep attach_steps[] = {
  { "claim the VF", claim_act, claim_undo },
  { "set what libvirt does not", settings_act, settings_undo },
  { "attach the device", device_act, device_undo },
  { "check the settings", verify_act, NULL },
  { "record it", record_act, NULL },
};

static VfpResult *
make_result (const VfpAttachPlan *plan)
{
  VfpResult *result = vfp_result_new (plan->slot, plan->vf);

  result->changed = plan->affect != 0 || plan->drifted != 0;
  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (plan->drifted & which)
      vfp_result_add (result, "%s set again", vfp_setting_name ((VfpSetting) which));
  result->live = plan->vf->live || (plan->affect & VFP_AFFECT_LIVE);
  result->config = plan->vf->config || (plan->affect & VFP_AFFECT_CONFIG);
  if (plan->claim == NULL)
    vfp_result_add (result, "attached %s VF %u", plan->vf->pf_name, plan->vf->index);
  else if (plan->affect != 0)
    vfp_result_add (result, "added to the %s",
                    plan->affect & VFP_AFFECT_LIVE ? "running guest" : "configuration");
  return result;
}

/* Nothing re-applies at the guest's next start what libvirt does not set by itself. */
static void
warn_of_start (VfpWorld *world, const VfpAttachPlan *plan)
{
  const VfpSettings defaults = vfp_settings_default ();
  const VfpSettings *settings = &plan->slot->settings;
  const unsigned lost = vfp_settings_differ (settings, &defaults) & SETTINGS_BEFORE;
  g_autoptr (GString) names = g_string_new (NULL);

  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (lost & which)
      g_string_append_printf (names, ", %s", vfp_setting_name ((VfpSetting) which));
  if (settings->vlan_qos != 0
      || (settings->vlan != 0 && settings->vlan_proto != VFP_VLAN_PROTO_8021Q))
    g_string_append (names, ", VLAN priority and protocol");
  if (names->len > 0 && (plan->affect & VFP_AFFECT_CONFIG))
    vfp_world_warn (world, "%s: %s: not set again when the guest is next started: %s",
                    plan->guest->name, plan->slot->name, names->str + 2);
}

static void
warn_of_pf (VfpWorld *world, const VfpAttachPlan *plan)
{
  if (!plan->vf->pf->up)
    vfp_world_warn (world,
                    "%s is administratively down; the guest will not start until 'ip link "
                    "set %s up'",
                    plan->vf->pf_name, plan->vf->pf_name);
}

static VfpAttachPlan *
plan_only (VfpWorld *world, const VfpAttachRequest *request, VfpSnapshot **out_snapshot,
           GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);

  if (snapshot == NULL || !vfp_snapshot_join (world, snapshot, TRUE, error))
    return NULL;

  g_autoptr (GError) local = NULL;
  VfpAttachPlan *plan = vfp_attach_plan (world, snapshot, request, &local);
  if (plan == NULL && may_be_stale (local)
      && vfp_settle_pretend (world, snapshot, NULL, VFP_SETTLE_ALL))
    plan = vfp_attach_plan (world, snapshot, request, error);
  else if (plan == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  *out_snapshot = g_steal_pointer (&snapshot);
  return plan;
}

static VfpResult *
dry_run (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = NULL;
  g_autoptr (VfpAttachPlan) plan = plan_only (world, request, &snapshot, error);

  if (plan == NULL)
    return NULL;
  warn_of_start (world, plan);
  warn_of_pf (world, plan);
  return make_result (plan);
}

char *
vfp_attach_xml (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = NULL;
  g_autoptr (VfpAttachPlan) plan = plan_only (world, request, &snapshot, error);

  return plan != NULL ? g_steal_pointer (&plan->device_xml) : NULL;
}

VfpResult *
vfp_attach (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  VfpAttachRequest by_uuid = *request; /* from the lock on, whatever the guest is called then */
  g_auto (AttachRun) run = { .world = world, .request = &by_uuid };
  g_autofree char *uuid = NULL;

  if (request->dry_run)
    return dry_run (world, request, error);

  g_autoptr (VfpLock) lock
      = vfp_guest_lock_take (world, request->guest, request->timeout_ms, &uuid, error);
  if (lock == NULL)
    return NULL;
  by_uuid.guest = uuid;
  if (!vfp_steps_run (attach_steps, G_N_ELEMENTS (attach_steps), &run, world->interrupted,
                      world->warnings, error))
    return NULL;

  if (run.plan->affect != 0)
    {
      warn_of_start (world, run.plan);
      warn_of_pf (world, run.plan);
    }
  if (run.plan->drifted != 0
      && !vfp_vf_apply (world->netlink, run.plan->vf->pf->netdev, run.plan->vf->index,
                        &run.plan->slot->settings, run.plan->drifted, run.plan->slot->asked, NULL,
                        error))
    return NULL;
  /* Also where nothing was to do: whoever did it may have died before this. */
  vfp_promise_update (world, run.plan->guest);
  return make_result (run.plan);
}
