/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook asks for at a guest's start: settling it until nobody asks any more. */
#include "config.h"

#include "ops/settle-loop.h"

#include "base/error.h"
#include "ops/arrive.h"
#include "ops/handover.h"
#include "ops/on-start.h"
#include "ops/settle.h"

#define LOCK_TIMEOUT_MS 30000

/* A guest that is being started or restored has a job of minutes, and libvirt answers after 30 s
 * that it cannot acquire the state change lock. */
#define JOB_TRIES 20

/* A restored guest is paused when the hook asks, and goes on at once. */
#define RESUME_WAIT_MS 10000
#define RESUME_POLL_MS 200

/* A migration may take as long as this; until its end libvirt lets nobody change the guest. */
#define ARRIVAL_WAIT_S (24 * 60 * 60)
#define ARRIVAL_POLL_MS 500

gboolean
vfp_settle_is_wanted (VfpWorld *world, const char *uuid, gboolean *out_wanted, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  const VfpGuestRecord *guest = records != NULL ? vfp_records_find_guest (records, uuid) : NULL;

  if (records == NULL)
    return FALSE;
  *out_wanted = guest != NULL && guest->settled < guest->wanted;
  return TRUE;
}

/* Returns when the guest's start is over. */
static gboolean
wait_for_job (VfpWorld *world, const char *uuid, GError **error)
{
  for (unsigned try = 1;; try++)
    {
      g_autoptr (GError) local = NULL;

      if (world->virt->pass_job_queue (world->virt, uuid, &local)
          || g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
        return TRUE;
      if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_LIBVIRT) || try == JOB_TRIES
          || !world->root->is_system || vfp_world_is_interrupted (world))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
}

/* The halves of its pairs, which take turns as soon as it runs here; NULL: it has none. */
static VfpHandover *
start_handover (VfpWorld *world, const char *uuid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read_guest (world, uuid, &error);
  VfpHandover *handover = snapshot != NULL ? vfp_handover_new (world, snapshot, uuid, NULL) : NULL;

  vfp_handover_to_vfs (handover);
  return handover;
}

/* Whether it may still come: the hook has chosen VFs for it. @guest: NULL where libvirt does not
 * know it. */
static gboolean
is_expected (VfpWorld *world, const char *uuid, const VfpGuest *guest)
{
  if (guest != NULL && (guest->running || guest->arriving))
    return guest->arriving;

  g_autoptr (VfpRecords) records = vfp_store_load (world->store, NULL);
  g_autoptr (GPtrArray) slots = records != NULL ? vfp_records_slots_of (records, uuid) : NULL;

  for (guint i = 0; slots != NULL && i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      if (claim != NULL && vfp_claim_is_awaited (claim, world->boot_id)
          && !vfp_view_has_arrived (records, claim, slot, guest))
        return TRUE;
    }
  return FALSE;
}

/* Returns when the guest has arrived, or has not: the hook is called for both before that is known.
 */
static gboolean
wait_for_arrival (VfpWorld *world, const char *uuid, VfpHandover **out_handover, GError **error)
{
  const gint64 end_us = g_get_monotonic_time () + ARRIVAL_WAIT_S * (gint64) G_USEC_PER_SEC;
  gboolean looked = FALSE;

  while (TRUE)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, uuid, &local);

      if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (!is_expected (world, uuid, guest))
        return TRUE;
      const gboolean look = !looked && guest != NULL && guest->live != NULL;
      if (look)
        *out_handover = start_handover (world, uuid);
      looked = looked || look;
      if (!world->root->is_system || g_get_monotonic_time () > end_us)
        return vfp_throw (error, VFP_ERROR_GUEST_TIMEOUT,
                          "%s has not arrived yet; 'vfpool settle %s' when it has",
                          guest != NULL ? guest->name : uuid, uuid);
      if (vfp_world_is_interrupted (world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted");
      g_usleep (ARRIVAL_POLL_MS * 1000);
    }
}

static gboolean
has_transient (const VfpRecords *records, const char *uuid)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);

  for (guint i = 0; i < slots->len; i++)
    if (((const VfpSlot *) g_ptr_array_index (slots, i))->transient)
      return TRUE;
  return FALSE;
}

/* @out_guest: NULL where libvirt has no such guest. */
static gboolean
wait_for_guest (VfpWorld *world, const char *uuid, VfpGuest **out_guest, GError **error)
{
  const unsigned wait_ms = world->root->is_system ? RESUME_WAIT_MS : 0;

  if (!wait_for_job (world, uuid, error))
    return FALSE;
  for (unsigned waited_ms = 0;; waited_ms += RESUME_POLL_MS)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, uuid, &local);

      if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (guest == NULL || !guest->paused || waited_ms >= wait_ms
          || vfp_world_is_interrupted (world))
        {
          *out_guest = g_steal_pointer (&guest);
          return TRUE;
        }
      g_usleep (RESUME_POLL_MS * 1000);
    }
}

static gboolean
set_transient (VfpWorld *world, const char *uuid, gboolean transient, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (world->store, error) : NULL;

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  for (guint i = 0; i < slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (slots, i);

      slot->transient = transient;
      if (!vfp_store_put_slot (world->store, slot, error))
        return FALSE;
    }
  return vfp_transaction_commit (transaction, error);
}

/* A guest that was transient, or came from elsewhere, and is defined here keeps its slots. Those of
 * one that libvirt has forgotten with its end, which a migration and --undefinesource make it do,
 * went along with it. */
static gboolean
follow_persistence (VfpWorld *world, const char *uuid, const VfpGuest *guest, gboolean ended,
                    GError **error)
{
  const gboolean persistent = guest != NULL && guest->persistent;
  const gboolean left = guest == NULL && ended;
  g_autoptr (VfpRecords) records = persistent || left ? vfp_store_load (world->store, error) : NULL;

  if (!persistent && !left)
    return TRUE;
  if (records == NULL)
    return FALSE;
  return left ? set_transient (world, uuid, TRUE, error)
              : !has_transient (records, uuid) || set_transient (world, uuid, FALSE, error);
}

/* Slots that wait are served last, each with a word of its own. */
static gboolean
settle (VfpWorld *world, const char *uuid, unsigned classes, GError **error)
{
  static const char *const skip[] = { "waiting-on-start", NULL };
  g_autoptr (GHashTable) failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const VfpRepairScope scope
      = { .classes = classes, .skip = skip, .what = "settle", .failed = failed };

  return vfp_settle_scope (world, uuid, &scope, LOCK_TIMEOUT_MS, NULL, error);
}

static gboolean
is_arrival (const VfpGuestRecord *record)
{
  return record != NULL && record->arriving != 0 && record->arriving == record->generation;
}

/* libvirt has defined it, and has not started it. */
static gboolean
is_offline_arrival (const VfpGuestRecord *record, const VfpGuest *guest)
{
  return record != NULL && record->arriving > record->generation && guest != NULL
         && guest->persistent && !guest->running;
}

/* What a guest that has arrived has in its configuration is of the host that it comes from. */
static unsigned
classes_for (const VfpGuestRecord *record, const VfpGuest *guest, unsigned classes)
{
  return is_arrival (record) || is_offline_arrival (record, guest) ? classes | VFP_CLASS_CONFIG
                                                                   : classes;
}

/* @record: NULL where the hook has seen nothing of the guest. @out_settled: whether only slots that
 * wait are left. @out_handover: what goes on of a guest that arrives; may stay NULL. */
static gboolean
pass (VfpWorld *world, const char *uuid, const VfpGuestRecord *record, unsigned classes,
      GPtrArray *texts, gboolean *out_settled, VfpHandover **out_handover, GError **error)
{
  const gboolean asked = record != NULL && record->settled < record->wanted;
  const guint served = texts->len;
  g_autoptr (VfpGuest) guest = NULL;

  *out_settled = wait_for_arrival (world, uuid, out_handover, error)
                 && wait_for_guest (world, uuid, &guest, error)
                 && follow_persistence (world, uuid, guest, asked, error)
                 && settle (world, uuid, classes_for (record, guest, classes), error);
  if (!*out_settled || guest == NULL)
    {
      g_clear_pointer (out_handover, vfp_handover_free);
      return *out_settled;
    }

  const gboolean done = vfp_arrive_serve_guest (world, uuid, texts, error)
                        && vfp_on_start_serve_guest (world, uuid, texts, error);
  if (is_arrival (record) && (*out_handover == NULL || texts->len > served))
    {
      g_clear_pointer (out_handover, vfp_handover_free);
      *out_handover = start_handover (world, uuid);
    }
  return done;
}

static gboolean
put_settled (VfpWorld *world, VfpGuestRecord *guest, gint64 wanted, GError **error)
{
  guest->settled = wanted;
  if (guest->arriving <= guest->generation)
    guest->arriving = 0;
  return vfp_store_put_guest (world->store, guest, error);
}

/* In one transaction: what the hook commits later asks for a settling of its own. @out_again: it
 * has asked meanwhile. */
static gboolean
commit_settled (VfpWorld *world, const char *uuid, gint64 wanted, gboolean *out_again,
                GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (world->store, error) : NULL;
  VfpGuestRecord *guest = records != NULL ? vfp_records_find_guest (records, uuid) : NULL;

  if (records == NULL)
    return FALSE;
  *out_again = guest != NULL && guest->wanted != wanted;
  return guest == NULL || *out_again
         || (put_settled (world, guest, wanted, error)
             && vfp_transaction_commit (transaction, error));
}

/* @out_again: the hook has asked meanwhile, and what the pass could not do does not matter. */
static gboolean
settle_once (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *texts,
             gboolean *out_again, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpHandover) handover = NULL;
  gboolean settled;

  if (records == NULL)
    return FALSE;

  const VfpGuestRecord *guest = vfp_records_find_guest (records, uuid);
  const gint64 wanted = guest != NULL ? guest->wanted : 0;
  const gboolean done = pass (world, uuid, guest, classes, texts, &settled, &handover, &local);
  *out_again = FALSE;
  if (settled && !vfp_store_is_missing (world->store)
      && !commit_settled (world, uuid, wanted, out_again, done ? error : NULL) && done)
    return FALSE;
  if (!*out_again)
    vfp_handover_finish (handover);
  if (!done && !*out_again)
    g_propagate_error (error, g_steal_pointer (&local));
  return done || *out_again;
}

gboolean
vfp_settle_until_done (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *texts,
                       GError **error)
{
  gboolean again = TRUE;

  while (again)
    {
      if (vfp_world_is_interrupted (world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted");
      if (!settle_once (world, uuid, classes, texts, &again, error))
        return FALSE;
    }
  return TRUE;
}
