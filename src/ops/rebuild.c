/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file, made anew from what the guests carry. */
#include "config.h"

#include "ops/rebuild.h"

#include "base/error.h"
#include "ops/dump.h"
#include "ops/new-rows.h"
#include "ops/rebuild-plan.h"
#include "ops/steps.h"
#include "state/backup.h"
#include "state/lock.h"
#include "state/swap.h"

#define LOCK_TIMEOUT_MS 30000
#define GUEST_LOCK_TIMEOUT_MS 2000

typedef struct
{
  VfpWorld *world;
  VfpRecords *records;
  char *new_path;
  char *kept; /* second name of the old file; NULL: there is none */
} Rebuild;

static void
rebuild_clear (Rebuild *run)
{
  vfp_records_free (run->records);
  g_free (run->new_path);
  g_free (run->kept);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rebuild, rebuild_clear)

/* TRUE for a file that cannot be used; @error is then cleared. */
static gboolean
is_damage (GError **error)
{
  if (!g_error_matches (*error, VFP_ERROR, VFP_ERROR_STATE_DAMAGED)
      && !g_error_matches (*error, VFP_ERROR, VFP_ERROR_STATE))
    return FALSE;
  g_debug ("%s", (*error)->message);
  g_clear_error (error);
  return TRUE;
}

static gboolean
check_empty (const char *path, const VfpRecords *records, GError **error)
{
  if (records->slots->len == 0 && records->claims->len == 0)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_STATE_NOT_EMPTY,
                    "%s is sound and has %u slots; 'vfpool reconcile --fix' repairs what differs "
                    "from the guests",
                    path, records->slots->len);
}

/* Whether the file is missing, empty or no good, and so may be replaced. A file that cannot be
 * opened for want of rights is not damaged. */
static gboolean
judge (const VfpWorld *world, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpStore) store = vfp_store_open (
      world->state_path, world->read_only ? VFP_STORE_READ : VFP_STORE_WRITE, &local);

  if (store == NULL)
    {
      if (g_error_matches (local, VFP_ERROR, VFP_ERROR_STATE_DAMAGED))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  g_autoptr (VfpRecords) records
      = vfp_store_check (store, &local) ? vfp_store_load (store, &local) : NULL;
  if (records != NULL)
    return check_empty (world->state_path, records, error);
  if (is_damage (&local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
lose (GPtrArray *lost, char *text)
{
  g_ptr_array_add (lost, text);
}

static unsigned
count_reservations (const VfpRecords *records)
{
  unsigned count = 0;

  for (guint i = 0; i < records->claims->len; i++)
    count += ((VfpClaim *) g_ptr_array_index (records->claims, i))->owner != NULL;
  return count;
}

static unsigned
count_gone (const VfpRecords *records, GPtrArray *guests)
{
  unsigned count = 0;

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      count += vfp_guest_find (guests, slot->guest_uuid) == NULL;
    }
  return count;
}

static VfpRecords *
read_backup (const char *path)
{
  g_autofree char *text = NULL;
  gsize length;

  if (path == NULL || !g_file_get_contents (path, &text, &length, NULL))
    return NULL;
  return vfp_dump_parse (text, length, path, NULL);
}

/* What no guest carries. A backup may have it. */
static void
tell_lost (const VfpWorld *world, const VfpSnapshot *snapshot, GPtrArray *lost)
{
  g_autofree char *path = vfp_backup_newest (world->state_path);
  g_autoptr (VfpRecords) backup = read_backup (path);

  lose (lost, g_strdup ("the history"));
  if (backup == NULL)
    {
      lose (lost, path != NULL
                      ? g_strdup_printf ("reservations, and slots of guests that are gone; the "
                                         "newest backup, %s, cannot be read",
                                         path)
                      : g_strdup ("reservations, and slots of guests that are gone; there is no "
                                  "backup ('vfpool export' makes one)"));
      return;
    }

  const unsigned reservations = count_reservations (backup);
  const unsigned gone = count_gone (backup, snapshot->guests);
  if (reservations + gone > 0)
    lose (lost, g_strdup_printf ("reservations (%u in the newest backup) and slots of guests that "
                                 "are gone (%u); 'vfpool import %s --merge' brings them back",
                                 reservations, gone, path));
  else
    lose (lost, g_strdup_printf ("reservations, and slots of guests that are gone, of after the "
                                 "newest backup, %s, which has none",
                                 path));
}

/* A process that began before the file was lost has its rows in mind, and its guest's lock. */
static gboolean
check_nobody_works (const VfpWorld *world, GError **error)
{
  g_autofree char *folder = g_strdup_printf ("%s.lock", world->state_path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autoptr (VfpLock) lock = NULL;

      if (g_str_equal (name, "claim"))
        continue;
      lock = vfp_lock_take (world->state_path, name, GUEST_LOCK_TIMEOUT_MS, error);
      if (lock == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_rows (VfpWorld *world, VfpRecords *records, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  return transaction != NULL && vfp_store_clear (world->store, error)
         && vfp_new_rows_write (world, records, "rebuild", error)
         && vfp_transaction_commit (transaction, error);
}

static gboolean
make_act (gpointer data, GError **error)
{
  Rebuild *run = data;
  VfpWorld *world = run->world;

  if (!vfp_faults_pass (world->faults, "make", error))
    return FALSE;
  vfp_swap_remove (run->new_path);
  g_clear_pointer (&world->store, vfp_store_free);
  world->store = vfp_store_open (run->new_path, VFP_STORE_WRITE, error);
  if (world->store == NULL || !write_rows (world, run->records, error))
    return FALSE;

  /* Closed, since its journal would have the wrong name after the renaming. */
  g_clear_pointer (&world->store, vfp_store_free);
  return vfp_faults_pass (world->faults, "made", error);
}

static gboolean
make_undo (gpointer data, GError **error)
{
  Rebuild *run = data;

  g_clear_pointer (&run->world->store, vfp_store_free);
  vfp_swap_remove (run->new_path);
  run->world->store = vfp_store_open_nothing (run->world->state_path, error);
  return run->world->store != NULL;
}

static gboolean
keep_act (gpointer data, GError **error)
{
  Rebuild *run = data;

  return vfp_swap_keep (run->world->state_path, &run->kept, error)
         && vfp_faults_pass (run->world->faults, "keep", error);
}

static gboolean
keep_undo (gpointer data, GError **error)
{
  Rebuild *run = data;

  if (run->kept != NULL)
    vfp_swap_unkeep (run->world->state_path, run->kept);
  return TRUE;
}

static gboolean
place_act (gpointer data, GError **error)
{
  Rebuild *run = data;

  return vfp_faults_pass (run->world->faults, "place", error)
         && vfp_swap_place (run->world->state_path, run->new_path, error);
}

static gboolean
act (Rebuild *run, GError **error)
{
  static const VfpStep steps[] = {
    { "make the new file", make_act, make_undo },
    { "keep the old file", keep_act, keep_undo },
    { "put the new file into its place", place_act, NULL },
  };
  VfpWorld *world = run->world;
  g_autoptr (VfpLock) lock = NULL;

  if (!check_nobody_works (world, error))
    return FALSE;
  lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  if (lock == NULL || !judge (world, error))
    return FALSE;
  if (!vfp_steps_run (steps, G_N_ELEMENTS (steps), run, world->interrupted, world->warnings, error))
    return FALSE;

  if (run->kept != NULL)
    vfp_world_warn (world, "the old state file is kept as %s", run->kept);
  world->store = vfp_store_open (world->state_path, VFP_STORE_WRITE, error);
  return world->store != NULL;
}

static void
add_results (const VfpSnapshot *snapshot, GPtrArray *results)
{
  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (snapshot->records->slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, slot->id);
      VfpResult *result = vfp_result_new (
          slot, claim != NULL ? vfp_view_find_claim (snapshot->view, claim) : NULL);

      result->changed = TRUE;
      result->live = claim != NULL && claim->live;
      result->config = claim != NULL && claim->config;
      vfp_result_add (result, claim != NULL ? "slot and claim are made anew" : "slot is made anew");
      g_ptr_array_add (results, result);
    }
}

gboolean
vfp_rebuild (VfpWorld *world, gboolean dry_run, GPtrArray *lost, GPtrArray *results, GError **error)
{
  g_auto (Rebuild) run = { .world = world };

  if (!judge (world, error))
    return FALSE;
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);
  if (snapshot == NULL)
    return FALSE;
  if (snapshot->guests == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE,
                      "libvirt, which knows the guests, does not answer");
  if (!dry_run && !vfp_backup_set_aside (world->state_path, error))
    return FALSE;

  snapshot->records = vfp_rebuild_plan (world, snapshot, lost);
  vfp_snapshot_refresh (world, snapshot);
  add_results (snapshot, results);
  tell_lost (world, snapshot, lost);
  if (dry_run)
    return TRUE;

  /* The view, whose rows these were, is not looked at any more. */
  g_clear_pointer (&snapshot->view, vfp_view_free);
  run.records = g_steal_pointer (&snapshot->records);
  run.new_path = g_strconcat (world->state_path, ".new", NULL);
  return act (&run, error);
}
