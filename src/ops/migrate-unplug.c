/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VFs of a guest that is to be migrated out of it, and back where it stays. */
#include "config.h"

#include "ops/migrate-run.h"

#include "base/error.h"
#include "ops/arrive.h"
#include "ops/detach.h"
#include "ops/promise.h"

static VfpArrive
arrive_of (const VfpMigrateRun *run, const char *slot_name)
{
  for (guint i = 0; i < run->plan->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (run->plan->slots, i);

      if (g_str_equal (slot->name, slot_name))
        return slot->config ? VFP_ARRIVE_BOTH : VFP_ARRIVE_LIVE;
    }
  return VFP_ARRIVE_NO;
}

/* Sets the marks of the slots that are taken out, or ends them. */
static gboolean
commit_marks (VfpMigrateRun *run, gboolean set, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (run->world->store, error) : NULL;

  if (records == NULL)
    return FALSE;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, run->uuid);
  for (guint i = 0; i < slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (slots, i);

      if (arrive_of (run, slot->name) == VFP_ARRIVE_NO)
        continue;
      slot->arrive = set ? arrive_of (run, slot->name) : VFP_ARRIVE_NO;
      if (!vfp_store_put_slot (run->world->store, slot, error))
        return FALSE;
    }
  return vfp_transaction_commit (transaction, error);
}

gboolean
vfp_migrate_end_marks (VfpMigrateRun *run, GError **error)
{
  return commit_marks (run, FALSE, error);
}

gboolean
vfp_migrate_mark (gpointer data, GError **error)
{
  VfpMigrateRun *run = data;

  return commit_marks (run, TRUE, error) && vfp_promise_write (run->world, run->plan->guest, error);
}

/* A detach that a signal has ended may come about at any moment: only then is it known what to plug
 * in. A guest that does not let go in time has what it has. */
static gboolean
end_detaches (VfpMigrateRun *run, GError **error)
{
  const VfpDetachRequest request = { .guest = run->uuid,
                                     .all = TRUE,
                                     .affect = { .live = TRUE },
                                     .ensure = TRUE,
                                     .finish = TRUE,
                                     .timeout_ms = run->request->detach_timeout_ms };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  return vfp_detach (run->world, &request, results, error);
}

static gboolean
plug_again (VfpMigrateRun *run, gboolean interrupted, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return (!interrupted || end_detaches (run, error))
         && vfp_arrive_serve_guest (run->world, run->uuid, texts, error);
}

/* Of slots that have no VF, or are asked to let go of it, with what is to be done; NULL: none. A
 * reconcile would ask for the VF that is in once more. */
static char *
tell_without (const VfpMigrateRun *run)
{
  g_autoptr (VfpRecords) records = vfp_store_load (run->world->store, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; records != NULL && i < run->plan->slots->len; i++)
    {
      const VfpMigrateSlot *wanted = g_ptr_array_index (run->plan->slots, i);
      const VfpSlot *slot = vfp_records_find_slot (records, run->uuid, wanted->name);
      const VfpClaim *claim
          = slot != NULL ? vfp_records_find_claim_of_slot (records, slot->id) : NULL;

      if (claim == NULL || !claim->live)
        g_string_append_printf (text,
                                "; %s has no VF now, 'vfpool reconcile %s --fix --live' brings it "
                                "back",
                                wanted->name, run->result->guest);
      else if (claim->intent == VFP_INTENT_DETACHING)
        g_string_append_printf (text,
                                "; %s may still lose its VF: it has it now, and when it has let "
                                "go, 'vfpool reconcile %s --fix --live' brings it back",
                                wanted->name, run->result->guest);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

/* Plugging in takes the guest's lock. The signal that has ended the migration is not to end this
 * too. */
gboolean
vfp_migrate_plug_again (gpointer data, GError **error)
{
  VfpMigrateRun *run = data;
  VfpWorld *world = run->world;
  const volatile int *interrupted = world->interrupted;
  g_autoptr (GError) local = NULL;

  g_clear_pointer (&run->lock, vfp_lock_free);
  if (run->uncertain)
    return TRUE;
  world->interrupted = NULL;
  world->virt->no_interrupt = TRUE;
  const gboolean served = plug_again (run, interrupted != NULL && *interrupted != 0, &local);
  world->interrupted = interrupted;
  run->without = tell_without (run);
  if (!served)
    vfp_world_warn (world, "%s cannot be given again what was taken out of it: %s",
                    run->result->guest, local->message);
  return served;
}

gboolean
vfp_migrate_unplug (gpointer data, GError **error)
{
  VfpMigrateRun *run = data;
  const VfpDetachRequest request = { .guest = run->result->guest,
                                     .all = TRUE,
                                     .affect = { .live = TRUE },
                                     .ensure = TRUE,
                                     .timeout_ms = run->request->detach_timeout_ms };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  return vfp_detach_locked (run->world, run->uuid, &request, results, error);
}
