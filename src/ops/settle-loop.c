/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook asks for at a guest's start: settling it until nobody asks any more. */
#include "config.h"

#include "ops/settle-loop.h"

#include "base/error.h"
#include "ops/on-start.h"
#include "ops/settle.h"

#define LOCK_TIMEOUT_MS 30000

/* A guest that is being started or restored has a job of minutes, and libvirt answers after 30 s
 * that it cannot acquire the state change lock. */
#define JOB_TRIES 20

/* A restored guest is paused when the hook asks, and goes on at once. */
#define RESUME_WAIT_MS 10000
#define RESUME_POLL_MS 200

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

/* A transient guest that was defined meanwhile keeps its slots. */
static gboolean
keep_slots (VfpWorld *world, const char *uuid, GError **error)
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

      slot->transient = FALSE;
      if (!vfp_store_put_slot (world->store, slot, error))
        return FALSE;
    }
  return vfp_transaction_commit (transaction, error);
}

static gboolean
follow_persistence (VfpWorld *world, const VfpGuest *guest, GError **error)
{
  g_autoptr (VfpRecords) records
      = guest != NULL && guest->persistent ? vfp_store_load (world->store, error) : NULL;

  if (guest == NULL || !guest->persistent)
    return TRUE;
  return records != NULL
         && (!has_transient (records, guest->uuid) || keep_slots (world, guest->uuid, error));
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

/* @out_settled: whether only slots that wait are left. */
static gboolean
pass (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *texts, gboolean *out_settled,
      GError **error)
{
  g_autoptr (VfpGuest) guest = NULL;

  *out_settled = wait_for_guest (world, uuid, &guest, error)
                 && follow_persistence (world, guest, error)
                 && settle (world, uuid, classes, error);
  return *out_settled && (guest == NULL || vfp_on_start_serve_guest (world, uuid, texts, error));
}

static gboolean
put_settled (VfpWorld *world, VfpGuestRecord *guest, gint64 wanted, GError **error)
{
  guest->settled = wanted;
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
  gboolean settled;

  if (records == NULL)
    return FALSE;

  const VfpGuestRecord *guest = vfp_records_find_guest (records, uuid);
  const gint64 wanted = guest != NULL ? guest->wanted : 0;
  const gboolean done = pass (world, uuid, classes, texts, &settled, &local);
  *out_again = FALSE;
  if (settled && !vfp_store_is_missing (world->store)
      && !commit_settled (world, uuid, wanted, out_again, done ? error : NULL) && done)
    return FALSE;
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
