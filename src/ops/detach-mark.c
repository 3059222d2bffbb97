/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching from a slot that gets a VF at each start of its guest: what becomes of the mark. */
#include "config.h"

#include "ops/detach-mark.h"

gboolean
vfp_detach_mark_rest (VfpWorld *world, const VfpSlot *slot, gint64 generation, GError **error)
{
  g_autoptr (VfpSlot) resting = vfp_slot_copy (slot);

  if (!slot->on_start)
    return TRUE;
  resting->rests_until = generation + 1;
  return vfp_store_put_slot (world->store, resting, error);
}

gboolean
vfp_detach_mark_end (VfpWorld *world, const VfpSlot *slot, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  g_autoptr (VfpSlot) unmarked = vfp_slot_copy (slot);

  unmarked->on_start = FALSE;
  unmarked->rests_until = 0;
  return transaction != NULL && vfp_store_put_slot (world->store, unmarked, error)
         && vfp_world_note (world, "detach", unmarked, NULL, "on-start ended", error)
         && vfp_transaction_commit (transaction, error);
}
