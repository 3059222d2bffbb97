/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of the whole host, and the repair of what may be repaired. */
#include "config.h"

#include "ops/reconcile.h"

#include "base/error.h"
#include "ops/export.h"
#include "ops/settle.h"

/* A card that has moved brings up configurations, and a VF that is freed an on-start slot. */
#define PASSES 4
#define LOCK_TIMEOUT_MS 5000

typedef struct
{
  VfpWorld *world;
  const VfpReconcileRequest *request;
  VfpRepairScope scope;
  GHashTable *uuids; /* of the guests that were asked for; NULL: all */
  VfpSnapshot *snapshot;
  GPtrArray *now;   /* VfpFinding of the last look */
  GPtrArray *fixed; /* VfpFinding */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->scope.failed, g_hash_table_unref);
  g_clear_pointer (&run->uuids, g_hash_table_unref);
  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
  g_clear_pointer (&run->now, g_ptr_array_unref);
  g_clear_pointer (&run->fixed, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* A guest that libvirt does not know may have slots. */
static const char *
find_uuid (const VfpSnapshot *snapshot, const char *name, GError **error)
{
  const VfpGuest *guest = snapshot->guests != NULL ? vfp_guest_find (snapshot->guests, name) : NULL;

  if (guest != NULL)
    return guest->uuid;
  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (snapshot->records->slots, i);

      if (g_str_equal (slot->guest_name, name) || g_ascii_strcasecmp (slot->guest_uuid, name) == 0)
        return slot->guest_uuid;
    }
  vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST, "no guest '%s'; 'virsh list --all' shows them", name);
  return NULL;
}

static gboolean
find_guests (Run *run, GError **error)
{
  if (run->request->guests == NULL)
    return TRUE;
  run->uuids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (const char *const *name = run->request->guests; *name != NULL; name++)
    {
      const char *uuid = find_uuid (run->snapshot, *name, error);

      if (uuid == NULL)
        return FALSE;
      g_hash_table_add (run->uuids, g_strdup (uuid));
    }
  return TRUE;
}

static gboolean
wants (const Run *run, const VfpFinding *finding)
{
  return vfp_repair_wants (&run->scope, finding)
         && (run->uuids == NULL
             || (finding->guest_uuid != NULL
                 && g_hash_table_contains (run->uuids, finding->guest_uuid)));
}

static gboolean
look (Run *run, GError **error)
{
  const gboolean changing = run->request->fix;

  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
  g_clear_pointer (&run->now, g_ptr_array_unref);
  run->snapshot = vfp_snapshot_take (run->world, error);
  if (run->snapshot == NULL
      || (changing && !vfp_snapshot_join (run->world, run->snapshot, TRUE, error))
      || !vfp_snapshot_read_notes (run->world, run->snapshot, error))
    return FALSE;
  run->now = vfp_audit (run->snapshot->view, NULL);
  return TRUE;
}

static gboolean
repair_host (Run *run, gboolean *changed, GError **error)
{
  for (guint i = 0; i < run->now->len;)
    {
      VfpFinding *finding = g_ptr_array_index (run->now, i);

      if (!vfp_repair_check_interrupted (run->world, error))
        return FALSE;
      if (!vfp_repair_is_of_host (finding) || !wants (run, finding)
          || !vfp_repair_may (&run->scope, finding)
          || !vfp_repair (run->world, run->snapshot, finding, &run->scope))
        {
          i++;
          continue;
        }
      g_ptr_array_add (run->fixed, g_ptr_array_steal_index (run->now, i));
      *changed = TRUE;
    }
  return TRUE;
}

/* UUIDs, borrowed, of the guests that have something to be repaired. */
static GPtrArray *
collect_guests (const Run *run)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *uuids = g_ptr_array_new ();

  for (guint i = 0; i < run->now->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (run->now, i);

      if (finding->guest_uuid != NULL && !vfp_repair_is_of_host (finding) && wants (run, finding)
          && vfp_repair_may (&run->scope, finding) && g_hash_table_add (known, finding->guest_uuid))
        g_ptr_array_add (uuids, finding->guest_uuid);
    }
  return uuids;
}

/* A guest that cannot be settled now keeps no other from it. */
static gboolean
may_pass_over (const GError *error)
{
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT);
}

static gboolean
settle_guest (Run *run, const char *uuid, gboolean *changed, GError **error)
{
  g_autoptr (GPtrArray) findings
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_finding_free);
  g_autoptr (GError) local = NULL;

  if (!vfp_settle_scope (run->world, uuid, &run->scope, LOCK_TIMEOUT_MS, findings, &local))
    {
      if (may_pass_over (local))
        {
          vfp_world_warn (run->world, "guest %s is passed over: %s", uuid, local->message);
          return TRUE;
        }
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  for (guint i = findings->len; i-- > 0;)
    if (((VfpFinding *) g_ptr_array_index (findings, i))->fixed)
      {
        g_ptr_array_add (run->fixed, g_ptr_array_steal_index (findings, i));
        *changed = TRUE;
      }
  return TRUE;
}

static gboolean
repair_pass (Run *run, gboolean *changed, GError **error)
{
  if (!repair_host (run, changed, error))
    return FALSE;
  g_autoptr (GPtrArray) uuids = collect_guests (run);
  for (guint i = 0; i < uuids->len; i++)
    if (!vfp_repair_check_interrupted (run->world, error)
        || !settle_guest (run, g_ptr_array_index (uuids, i), changed, error))
      return FALSE;
  return TRUE;
}

static gboolean
repair_all (Run *run, GError **error)
{
  gboolean changed = TRUE;

  for (unsigned pass = 1; changed && pass <= PASSES; pass++)
    {
      changed = FALSE;
      if (!repair_pass (run, &changed, error) || (changed && !look (run, error)))
        return FALSE;
    }
  return TRUE;
}

static GArray *
make_seen (GPtrArray *findings)
{
  GArray *seen = g_array_new (FALSE, FALSE, sizeof (VfpSeen));

  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);
      const VfpSeen one = { finding->kind->id, finding->object, 0 };

      g_array_append_val (seen, one);
    }
  return seen;
}

/* Since when they are there, as far as the state file knows; @now for the others. */
static GArray *
date (Run *run, GPtrArray *findings, gint64 now, GError **error)
{
  g_autoptr (GArray) seen = make_seen (findings);

  if (!vfp_store_load_seen (run->world->store, seen, error))
    return NULL;
  for (guint i = 0; i < findings->len; i++)
    {
      VfpSeen *one = &g_array_index (seen, VfpSeen, i);

      if (one->first_seen == 0)
        one->first_seen = now;
      ((VfpFinding *) g_ptr_array_index (findings, i))->first_seen = one->first_seen;
    }
  return g_steal_pointer (&seen);
}

static gboolean
keep (Run *run, VfpStore *store, GArray *seen, gint64 now, GError **error)
{
  g_autofree char *last
      = g_strdup_printf ("%" G_GINT64_FORMAT " %u", now, vfp_reconcile_count (run->now));
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);

  return transaction != NULL
         && vfp_store_put_seen (store, seen, run->snapshot->guests != NULL, error)
         && vfp_store_put_meta (store, VFP_META_LAST_RECONCILE, last, error)
         && vfp_transaction_commit (transaction, error);
}

/* A report that cannot be remembered is a report. No state file is made for it. */
static gboolean
remember (Run *run, GArray *seen, gint64 now, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (run->request->dry_run || vfp_store_is_missing (run->world->store))
    return TRUE;
  if (run->request->fix)
    return keep (run, run->world->store, seen, now, error);
  if (!run->request->remember)
    return TRUE;
  g_autoptr (VfpStore) store = vfp_store_open (run->world->state_path, VFP_STORE_WRITE, &local);
  if (store == NULL || !keep (run, store, seen, now, &local))
    vfp_world_warn (run->world, "how long findings are there is not kept: %s", local->message);
  return TRUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const VfpFinding *first = *(VfpFinding *const *) a;
  const VfpFinding *second = *(VfpFinding *const *) b;
  const int by_object = g_strcmp0 (first->object, second->object);

  return by_object != 0 ? by_object : (first->kind > second->kind) - (first->kind < second->kind);
}

static GPtrArray *
collect (Run *run)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_finding_free);

  while (run->now->len > 0)
    {
      g_autoptr (VfpFinding) finding = g_ptr_array_steal_index (run->now, run->now->len - 1);

      if (run->request->dry_run && run->request->fix)
        finding->fixed = vfp_repair_may (&run->scope, finding);
      if (wants (run, finding))
        g_ptr_array_add (findings, g_steal_pointer (&finding));
    }
  while (run->fixed->len > 0)
    {
      g_autoptr (VfpFinding) finding = g_ptr_array_steal_index (run->fixed, run->fixed->len - 1);

      if (!vfp_finding_is_among (findings, finding))
        g_ptr_array_add (findings, g_steal_pointer (&finding));
    }
  g_ptr_array_sort (findings, compare);
  return findings;
}

/* Those that are fixed have been there too. */
static gboolean
finish (Run *run, GError **error)
{
  const gint64 now = vfp_world_now ();
  g_autoptr (GArray) fixed = date (run, run->fixed, now, error);
  g_autoptr (GArray) seen = fixed != NULL ? date (run, run->now, now, error) : NULL;

  return seen != NULL && remember (run, seen, now, error);
}

/* What is repaired stays so without a backup. */
static void
back_up (const Run *run)
{
  g_autoptr (GError) local = NULL;

  if (run->request->fix && !run->request->dry_run && !vfp_backup_write (run->world, &local))
    vfp_world_warn (run->world, "the state file has no new backup: %s", local->message);
}

GPtrArray *
vfp_reconcile (VfpWorld *world, const VfpReconcileRequest *request, GError **error)
{
  g_auto (Run) run = { .world = world, .request = request };

  run.scope = (VfpRepairScope){
    .classes = !request->fix   ? 0
               : request->live ? VFP_CLASSES_ALL
                               : VFP_CLASSES_SAFE,
    .only = request->only,
    .skip = request->skip,
    .what = "reconcile",
    .failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
  };
  run.fixed = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_finding_free);
  if (!vfp_reconcile_check_ids (request->only, "--only", error)
      || !vfp_reconcile_check_ids (request->skip, "--skip", error) || !look (&run, error)
      || !find_guests (&run, error))
    return NULL;
  if (request->fix && !request->dry_run && !repair_all (&run, error))
    return NULL;
  if (!finish (&run, error))
    return NULL;
  back_up (&run);
  return collect (&run);
}
