/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running guest to another host, with VFs there in place of those here. The guest's lock is held
 * from planning until libvirt has ended, so that nobody plugs in what has been taken out for it. */
#include "config.h"

#include "ops/migrate.h"

#include "base/error.h"
#include "ops/guest-lock.h"
#include "ops/migrate-check.h"
#include "ops/migrate-result.h"
#include "ops/migrate-run.h"
#include "ops/migrate-where.h"
#include "ops/migrate-xml.h"
#include "ops/settle-loop.h"
#include "ops/settle.h"
#include "ops/steps.h"

#define HANDOVER_TIMES 2

static void
run_clear (VfpMigrateRun *run)
{
  g_clear_pointer (&run->plan, vfp_migrate_plan_free);
  g_clear_pointer (&run->result, vfp_migrate_result_free);
  g_clear_pointer (&run->handover, vfp_handover_free);
  g_clear_pointer (&run->there, vfp_virt_free);
  g_clear_pointer (&run->lock, vfp_lock_free);
  g_clear_pointer (&run->uuid, g_free);
  g_clear_pointer (&run->without, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpMigrateRun, run_clear)

/* The VFs leave the guest before its memory is sent. What is on its way may be seen at the VF's
 * port later still, so the standbys are told more than once. */
static void
follow_pairs (VfpMigrateRun *run, const VfpProgress *progress)
{
  if (progress->memory_sent > 0 && run->told < HANDOVER_TIMES)
    {
      run->told++;
      vfp_handover_to_standbys (run->handover);
    }
}

static void
keep_progress (const VfpProgress *progress, gpointer data)
{
  VfpMigrateRun *run = data;

  run->result->last = *progress;
  follow_pairs (run, progress);
  if (run->request->told != NULL)
    run->request->told (progress, run->request->data);
}

static gboolean
throw_uncertain (VfpMigrateRun *run, const char *text, const GError *reason, GError **error)
{
  run->uncertain = TRUE;
  return vfp_throw (error, VFP_ERROR_FAILED,
                    "%s: it is not certain on which host it is (%s) after: %s; look at both, and "
                    "then 'vfpool reconcile --fix --live' on both",
                    run->result->guest, text, reason->message);
}

/* Why the other host refuses the guest: libvirtd here at times hands on how the connection to it
 * ended, and not what was said on it (seen with libvirt 11.3). NULL: it refuses nothing. */
static GError *
ask_why (VfpMigrateRun *run)
{
  GPtrArray *checks = run->result->checks;
  const guint told = checks->len;
  GError *why = NULL;

  vfp_migrate_check_hosts (run->world, run->there, run->plan, run->result, &why);
  g_ptr_array_set_size (checks, (int) told);
  return why;
}

/* What libvirt answers is a hint: both hosts are asked where the guest is. */
static gboolean
judge (VfpMigrateRun *run, const GError *reason, GError **error)
{
  g_autofree char *text = NULL, *more = NULL;
  g_autoptr (GError) why = NULL;

  switch (vfp_migrate_where (run->world, run->there, run->uuid, &text))
    {
    case VFP_WHERE_THERE:
      vfp_world_warn (run->world, "%s has arrived, though: %s", run->result->guest,
                      reason->message);
      return TRUE;
    case VFP_WHERE_HERE:
      if (text != NULL)
        more = g_strdup_printf ("; %s %s", run->result->uri, text);
      else if (g_error_matches (reason, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE))
        why = ask_why (run);
      g_set_error (error, reason->domain, reason->code, "%s stays here: %s%s", run->result->guest,
                   why != NULL ? why->message : reason->message, more != NULL ? more : "");
      return FALSE;
    default:
      return throw_uncertain (run, text, reason, error);
    }
}

static gboolean
is_awaited (gpointer data)
{
  const VfpMigrateRun *run = data;
  g_autoptr (VfpGuest) guest = run->there->get_guest (run->there, run->uuid, NULL);

  return guest != NULL && guest->awaited;
}

static gboolean
send_guest (gpointer data, GError **error)
{
  VfpMigrateRun *run = data;
  const VfpMigrateRequest *request = run->request;
  const gboolean has_pairs = run->plan->mode == VFP_MIGRATE_FAILOVER && run->plan->slots->len > 0;
  g_autofree char *live = NULL, *config = NULL;
  g_autoptr (GError) local = NULL;

  if (!vfp_migrate_make_xml (run->world, run->plan, &live, &config, error))
    return FALSE;

  const VfpMigration migration = { .uri = request->uri,
                                   .persists = run->plan->guest->persistent,
                                   .undefines = run->result->undefines,
                                   .copy = request->copy,
                                   .bandwidth_mib = request->bandwidth_mib,
                                   .timeout_ms = request->timeout_ms,
                                   .unplug_timeout_ms = has_pairs ? request->detach_timeout_ms : 0,
                                   .is_awaited = is_awaited,
                                   .interrupted = run->world->interrupted,
                                   .live_xml = live,
                                   .config_xml = config,
                                   .told = keep_progress,
                                   .data = run };
  run->begun = TRUE;
  const gint64 start_us = g_get_monotonic_time ();
  const gboolean sent = run->world->virt->migrate (run->world->virt, run->uuid, &migration, &local);
  run->result->elapsed_ms = (g_get_monotonic_time () - start_us) / 1000;
  return sent || judge (run, local, error);
}

/* The slots went along with a guest that libvirt has forgotten here, whether its hook has told of
 * the end or libvirtd has not loaded it. */
static gboolean
is_forgotten (const VfpMigrateRun *run)
{
  VfpVirt *virt = run->world->virt;
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpGuest) guest
      = run->result->undefines ? virt->get_guest (virt, run->uuid, &error) : NULL;

  return guest == NULL && g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST);
}

static gboolean
note (VfpMigrateRun *run, GError **error)
{
  const gboolean forgotten = is_forgotten (run);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (run->world->store, error) : NULL;
  g_autofree char *to = g_strdup_printf ("done, to %s", run->request->uri);

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, run->uuid);
  for (guint i = 0; i < slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (slots, i);

      slot->transient = slot->transient || forgotten;
      if (!vfp_store_put_slot (run->world->store, slot, error)
          || !vfp_world_note (run->world, "migrate", slot,
                              vfp_records_find_claim_of_slot (records, slot->id), to, error))
        return FALSE;
    }
  return vfp_transaction_commit (transaction, error);
}

/* What is left here: nothing of a guest that libvirt has forgotten, and its configuration of one
 * that it has not. None of it undoes the migration. */
static void
finish_here (VfpMigrateRun *run)
{
  VfpWorld *world = run->world;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  if (!note (run, &error)
      || (run->plan->mode == VFP_MIGRATE_UNPLUG && !vfp_migrate_end_marks (run, &error)))
    {
      vfp_world_warn (world, "%s has gone, and its slots here do not say so: %s",
                      run->result->guest, error->message);
      g_clear_error (&error);
    }
  g_clear_pointer (&run->lock, vfp_lock_free);
  if (!vfp_settle_until_done (world, run->uuid, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, &error))
    vfp_world_warn (world,
                    "%s has gone, and what it had here is not settled: %s; 'vfpool "
                    "reconcile --fix' does it",
                    run->result->guest, error->message);
}

/* It went with the definition here. */
static void
keep_autostart (VfpMigrateRun *run)
{
  const VfpMigrateResult *result = run->result;
  g_autoptr (GError) error = NULL;

  if (result->autostart && result->undefines
      && !run->there->set_autostart (run->there, run->uuid, &error))
    vfp_world_warn (run->world,
                    "%s has arrived, and libvirt does not start it with that host: %s; 'virsh -c "
                    "%s autostart %s' does it",
                    result->guest, error->message, result->uri, result->guest);
}

/* QEMU plugs the VFs in again where the guest stays. They may be out though no memory was seen to
 * be sent. */
static void
hand_back (VfpMigrateRun *run)
{
  g_autofree char *gone = run->begun ? vfp_handover_find_unused (run->handover) : NULL;

  if (run->uncertain || (run->told == 0 && gone == NULL))
    return;
  g_clear_pointer (&run->lock, vfp_lock_free);
  vfp_handover_to_vfs (run->handover);
  vfp_handover_finish (run->handover);

  g_autofree char *unused = vfp_handover_find_unused (run->handover);
  if (unused != NULL)
    run->without = g_strdup_printf (
        "; the guest does not use %s yet: no driver in it has taken the VF on", unused);
}

/* Takes @error. */
static gboolean
throw_staying (const VfpMigrateRun *run, GError *error, GError **out_error)
{
  if (run->without != NULL)
    {
      g_autofree char *text = error->message;

      error->message = g_strconcat (text, run->without, NULL);
    }
  g_propagate_error (out_error, error);
  return FALSE;
}

static gboolean
act (VfpMigrateRun *run, GError **error)
{
  static const VfpStep steps[] = { { "mark the slots", vfp_migrate_mark, vfp_migrate_plug_again },
                                   { "take the VFs out", vfp_migrate_unplug, NULL },
                                   { "send the guest", send_guest, NULL } };
  const gsize first = run->plan->mode == VFP_MIGRATE_UNPLUG && run->plan->slots->len > 0 ? 0 : 2;
  GError *local = NULL;

  if (!vfp_steps_run (steps + first, G_N_ELEMENTS (steps) - first, run, run->world->interrupted,
                      run->world->warnings, &local))
    {
      hand_back (run);
      return throw_staying (run, local, error);
    }
  run->result->changed = TRUE;
  keep_autostart (run);
  finish_here (run);
  return vfp_migrate_await_vfs (run->world, run->there, run->result, error);
}

static VfpSnapshot *
read_guest (VfpMigrateRun *run, GError **error)
{
  VfpWorld *world = run->world;
  VfpSnapshot *snapshot = vfp_snapshot_read_guest (world, run->uuid, error);

  if (snapshot == NULL)
    return NULL;
  if (run->request->dry_run)
    {
      vfp_settle_pretend (world, snapshot, run->uuid, VFP_SETTLE_ALL);
      return snapshot;
    }
  if (!vfp_settle_guest (world, snapshot, run->uuid, VFP_SETTLE_ALL))
    return snapshot;
  vfp_snapshot_free (snapshot);
  return vfp_snapshot_read_guest (world, run->uuid, error);
}

static void
take_plan (VfpMigrateRun *run)
{
  VfpMigrateResult *result = run->result;
  const VfpGuest *guest = run->plan->guest;

  g_free (result->guest);
  result->guest = g_strdup (guest->name);
  result->planned = TRUE;
  result->mode = run->plan->mode;
  result->undefines = guest->persistent && !run->request->keep_source;
  g_ptr_array_unref (result->slots);
  result->slots = g_ptr_array_ref (run->plan->slots);
}

static gboolean
migrate (VfpMigrateRun *run, GError **error)
{
  const VfpMigrateRequest *request = run->request;
  g_autoptr (VfpSnapshot) snapshot = read_guest (run, error);

  run->plan = snapshot != NULL ? vfp_migrate_plan (snapshot, run->uuid, request, error) : NULL;
  if (run->plan == NULL)
    return FALSE;
  take_plan (run);
  if (run->plan->mode == VFP_MIGRATE_FAILOVER)
    run->handover = vfp_handover_new (run->world, snapshot, run->uuid, NULL);
  run->there = vfp_world_open_destination (run->world, request->uri, error);
  if (run->there == NULL)
    return FALSE;
  return vfp_migrate_check_hosts (run->world, run->there, run->plan, run->result, error)
         && (request->dry_run || act (run, error));
}

gboolean
vfp_migrate (VfpWorld *world, const VfpMigrateRequest *request, VfpMigrateResult **out_result,
             GError **error)
{
  g_auto (VfpMigrateRun) run = { .world = world, .request = request };

  *out_result = NULL;
  if (!vfp_virt_check_destination (request->uri, error))
    return FALSE;
  if (request->dry_run)
    run.uuid = vfp_guest_find_uuid (world, request->guest, error);
  else
    run.lock
        = vfp_guest_lock_take (world, request->guest, request->detach_timeout_ms, &run.uuid, error);
  if (run.uuid == NULL)
    return FALSE;
  run.result = vfp_migrate_result_new (request, run.uuid);

  const gboolean done = migrate (&run, error);
  *out_result = g_steal_pointer (&run.result);
  return done;
}
