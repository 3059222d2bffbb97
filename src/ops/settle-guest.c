/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settling a guest as a whole: audit, repair, and again, until nothing more can be repaired. */
#include "config.h"

#include "ops/arrive.h"
#include "ops/detach.h"
#include "ops/on-start.h"
#include "ops/settle.h"
#include "state/lock.h"

/* A repair may bring up the next finding; four in a row are the most there can be (claim-wrong-vf,
 * device-without-claim, config-wrong-vf, metadata-differs). */
#define PASSES 6
#define LOCK_TIMEOUT_MS 30000
#define DETACH_TIMEOUT_MS 30000

typedef struct
{
  VfpWorld *world;
  const char *uuid;
  const VfpRepairScope *scope;
  unsigned lock_timeout_ms;
  VfpSnapshot *snapshot;
  GPtrArray *now;   /* VfpFinding of the last look */
  GPtrArray *fixed; /* VfpFinding */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
  g_clear_pointer (&run->now, g_ptr_array_unref);
  g_clear_pointer (&run->fixed, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gboolean
audit (Run *run, GError **error)
{
  if (!vfp_snapshot_read_notes (run->world, run->snapshot, error))
    return FALSE;
  g_clear_pointer (&run->now, g_ptr_array_unref);
  run->now = vfp_audit (run->snapshot->view, run->uuid);
  return TRUE;
}

static gboolean
needs_all (const Run *run)
{
  for (guint i = 0; i < run->now->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (run->now, i);

      if (vfp_repair_needs_all (finding) && vfp_repair_may (run->scope, finding))
        return TRUE;
    }
  return FALSE;
}

/* This guest alone, which is fast on a host with many; all, where others have a word in it. */
static gboolean
look (Run *run, GError **error)
{
  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
  run->snapshot = vfp_snapshot_read_guest (run->world, run->uuid, error);
  if (run->snapshot == NULL || !audit (run, error))
    return FALSE;
  if (!needs_all (run))
    return TRUE;

  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
  run->snapshot = vfp_snapshot_read (run->world, error);
  return run->snapshot != NULL && vfp_snapshot_join (run->world, run->snapshot, TRUE, error)
         && audit (run, error);
}

static void
keep_fixed (Run *run, guint index)
{
  g_ptr_array_add (run->fixed, g_ptr_array_steal_index (run->now, index));
}

static gboolean
repair (Run *run, gboolean *changed, GError **error)
{
  for (guint i = 0; i < run->now->len;)
    {
      VfpFinding *finding = g_ptr_array_index (run->now, i);

      if (!vfp_repair_check_interrupted (run->world, error))
        return FALSE;
      if (!vfp_repair_may (run->scope, finding)
          || !vfp_repair (run->world, run->snapshot, finding, run->scope))
        {
          i++;
          continue;
        }
      keep_fixed (run, i);
      *changed = TRUE;
    }
  return TRUE;
}

static gboolean
look_and_repair (Run *run, gboolean *changed, GError **error)
{
  g_autoptr (VfpLock) lock
      = vfp_lock_take (run->world->state_path, run->uuid, run->lock_timeout_ms, error);

  return lock != NULL && look (run, error) && repair (run, changed, error);
}

/* The guest is asked again for what it was to let go of. */
static gboolean
finish_detach (Run *run, const VfpSlot *slot, gboolean *out_done, GError **error)
{
  const VfpDetachRequest request = {
    .guest = run->uuid,
    .slot = slot->name,
    .affect = { .live = TRUE },
    .ensure = TRUE,
    .finish = TRUE,
    .timeout_ms = DETACH_TIMEOUT_MS,
  };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  if (!vfp_detach (run->world, &request, results, error))
    return FALSE;
  *out_done = results->len > 0 && ((VfpResult *) g_ptr_array_index (results, 0))->changed;
  return TRUE;
}

static gboolean
serve_one (Run *run, VfpFinding *finding, const VfpSlot *slot, GError **error)
{
  if (finding->kind->asked_for && slot->arrive != VFP_ARRIVE_NO)
    return vfp_arrive_serve (run->world, run->uuid, slot->name, &finding->fixed, error);
  if (finding->kind->asked_for)
    return vfp_on_start_serve (run->world, run->uuid, slot->name, &finding->fixed, error);
  return finish_detach (run, slot, &finding->fixed, error);
}

/* Outside of the guest's lock, which attach and detach take for themselves. */
static gboolean
serve (Run *run, gboolean *changed, GError **error)
{
  for (guint i = 0; i < run->now->len; i++)
    {
      VfpFinding *finding = g_ptr_array_index (run->now, i);
      const VfpSlot *slot = vfp_records_get_slot (run->snapshot->records, finding->slot_id);
      g_autoptr (GError) local = NULL;

      if (!vfp_repair_is_unlocked (finding) || slot == NULL
          || !vfp_repair_may (run->scope, finding))
        continue;
      if (!vfp_repair_check_interrupted (run->world, error))
        return FALSE;
      if (!serve_one (run, finding, slot, &local))
        vfp_repair_failed (run->world, run->scope, finding, g_steal_pointer (&local));
      else if (finding->fixed)
        {
          keep_fixed (run, i--);
          *changed = TRUE;
        }
    }
  return TRUE;
}

/* What is there again was not fixed, and what was fixed in two passes is one. */
static void
tell (Run *run, GPtrArray *findings)
{
  while (run->fixed->len > 0)
    {
      g_autoptr (VfpFinding) finding = g_ptr_array_steal_index (run->fixed, run->fixed->len - 1);

      if (!vfp_finding_is_among (run->now, finding) && !vfp_finding_is_among (run->fixed, finding))
        g_ptr_array_add (findings, g_steal_pointer (&finding));
    }
  while (run->now->len > 0)
    {
      g_autoptr (VfpFinding) finding = g_ptr_array_steal_index (run->now, run->now->len - 1);

      if (vfp_repair_wants (run->scope, finding))
        g_ptr_array_add (findings, g_steal_pointer (&finding));
    }
}

gboolean
vfp_settle_scope (VfpWorld *world, const char *uuid, const VfpRepairScope *scope,
                  unsigned lock_timeout_ms, GPtrArray *findings, GError **error)
{
  g_auto (Run) run
      = { .world = world, .uuid = uuid, .scope = scope, .lock_timeout_ms = lock_timeout_ms };
  gboolean changed = TRUE;

  run.fixed = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_finding_free);
  for (unsigned pass = 1; changed && pass <= PASSES; pass++)
    {
      changed = FALSE;
      if (!look_and_repair (&run, &changed, error) || !serve (&run, &changed, error))
        return FALSE;
    }
  if (findings != NULL)
    tell (&run, findings);
  return TRUE;
}

gboolean
vfp_settle (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *findings,
            GError **error)
{
  g_autoptr (GHashTable) failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const VfpRepairScope scope = { .classes = classes, .what = "settle", .failed = failed };

  return vfp_settle_scope (world, uuid, &scope, LOCK_TIMEOUT_MS, findings, error);
}
