/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the rest of a slot that is detached from: of the marks that it gets a VF at each
 * start of its guest, or after a migration, and of the pair that it is half of. */
#include "config.h"

#include "ops/detach-mark.h"

/* The row as it is now: what this detach has written to it before stays. NULL without error: it has
 * gone. */
static VfpSlot *
read_now (VfpWorld *world, const VfpSlot *slot, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  const VfpSlot *now = records != NULL ? vfp_records_get_slot (records, slot->id) : NULL;

  return now != NULL ? vfp_slot_copy (now) : NULL;
}

gboolean
vfp_detach_mark_rest (VfpWorld *world, const VfpSlot *slot, gint64 generation, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!slot->on_start)
    return TRUE;
  g_autoptr (VfpSlot) now = read_now (world, slot, &local);
  if (now == NULL)
    {
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return local == NULL;
    }
  now->rests_until = generation + 1;
  return vfp_store_put_slot (world->store, now, error);
}

static gboolean
change_slot (VfpWorld *world, const VfpSlot *slot, void (*change) (VfpSlot *now), const char *note,
             GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpSlot) now = transaction != NULL ? read_now (world, slot, &local) : NULL;

  if (now == NULL)
    {
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return transaction != NULL && local == NULL;
    }
  change (now);
  return vfp_store_put_slot (world->store, now, error)
         && vfp_world_note (world, "detach", now, NULL, note, error)
         && vfp_transaction_commit (transaction, error);
}

static void
end_mark (VfpSlot *now)
{
  now->on_start = FALSE;
  now->rests_until = 0;
}

gboolean
vfp_detach_mark_end (VfpWorld *world, const VfpSlot *slot, GError **error)
{
  return change_slot (world, slot, end_mark, "on-start ended", error);
}

static void
end_pair (VfpSlot *now)
{
  g_clear_pointer (&now->standby, g_free);
}

gboolean
vfp_detach_pair_end (VfpWorld *world, const VfpSlot *slot, GError **error)
{
  return change_slot (world, slot, end_pair, "its standby too", error);
}

static void
end_arrive (VfpSlot *now)
{
  now->arrive = VFP_ARRIVE_NO;
}

static void
end_arrive_config (VfpSlot *now)
{
  now->arrive = VFP_ARRIVE_LIVE;
}

gboolean
vfp_detach_arrive_put (VfpWorld *world, const VfpSlot *slot, VfpArrive arrive, GError **error)
{
  return change_slot (world, slot, arrive == VFP_ARRIVE_NO ? end_arrive : end_arrive_config,
                      "comes back no more", error);
}
