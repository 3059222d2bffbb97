/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding and making slots. */
#include "config.h"

#include "ops/slot.h"

#include "base/error.h"
#include "base/parse.h"

char *
vfp_slot_alias (const char *slot_name)
{
  return g_strdup_printf ("ua-vfpool-%s", slot_name);
}

unsigned
vfp_slot_number (const VfpSlot *slot)
{
  unsigned number = 0;

  (void) vfp_parse_slot_name (slot->name, &number, NULL);
  return number;
}

VfpSlot *
vfp_slot_new (const VfpGuest *guest, const char *name)
{
  VfpSlot *slot = g_new0 (VfpSlot, 1);

  slot->guest_uuid = g_strdup (guest->uuid);
  slot->guest_name = g_strdup (guest->name);
  slot->name = g_strdup (name);
  slot->alias = vfp_slot_alias (name);
  slot->transient = !guest->persistent;
  return slot;
}

static gboolean
has_alias_of (const VfpGuest *guest, const char *name)
{
  g_autofree char *alias = vfp_slot_alias (name);

  return (guest->live != NULL && vfp_domxml_find_alias (guest->live, alias) != NULL)
         || (guest->config != NULL && vfp_domxml_find_alias (guest->config, alias) != NULL);
}

gboolean
vfp_slot_name_is_free (const VfpSnapshot *snapshot, const VfpGuest *guest, const char *name)
{
  return vfp_records_find_slot (snapshot->records, guest->uuid, name) == NULL
         && !has_alias_of (guest, name);
}

static VfpSlot *
new_numbered_slot (const VfpSnapshot *snapshot, const VfpGuest *guest)
{
  for (unsigned number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("net%u", number);

      if (vfp_slot_name_is_free (snapshot, guest, name))
        return vfp_slot_new (guest, name);
    }
}

/* What gets a VF at each start is not taken for a lasting one; and of a guest that is off it has
 * all that it can have now. */
static gboolean
is_of_kind (const VfpSlot *slot, const VfpGuest *guest, gboolean on_start)
{
  return !slot->on_start || (on_start && guest->running);
}

/* Slots without VF, as borrowed pointers. */
static GPtrArray *
empty_slots (const VfpSnapshot *snapshot, const VfpGuest *guest, gboolean on_start)
{
  GPtrArray *slots = vfp_records_slots_of (snapshot->records, guest->uuid);

  for (guint i = slots->len; i-- > 0;)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (vfp_records_find_claim_of_slot (snapshot->records, slot->id) != NULL
          || !is_of_kind (slot, guest, on_start))
        g_ptr_array_remove_index (slots, i);
    }
  return slots;
}

/* Slots of several pools: which network is meant is never guessed. */
static gboolean
hang_apart (GPtrArray *slots)
{
  for (guint i = 1; i < slots->len; i++)
    if (!g_str_equal (((const VfpSlot *) g_ptr_array_index (slots, 0))->pool,
                      ((const VfpSlot *) g_ptr_array_index (slots, i))->pool))
      return TRUE;
  return FALSE;
}

VfpSlot *
vfp_slot_choose (const VfpSnapshot *snapshot, const VfpGuest *guest,
                 const VfpAttachRequest *request, const char *pool_wanted, GError **error)
{
  if (request->slot != NULL)
    {
      if (!vfp_parse_slot_name (request->slot, NULL, error))
        return NULL;
      const VfpSlot *named = vfp_records_find_slot (snapshot->records, guest->uuid, request->slot);
      return named != NULL ? vfp_slot_copy (named) : vfp_slot_new (guest, request->slot);
    }

  g_autoptr (GPtrArray) empty = empty_slots (snapshot, guest, request->on_start);
  if (pool_wanted == NULL && request->vf == NULL && hang_apart (empty))
    {
      vfp_slot_throw_several (guest->name, empty, "say --slot or --pf", error);
      return NULL;
    }
  for (guint i = 0; i < empty->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (empty, i);

      if (pool_wanted == NULL || g_str_equal (slot->pool, pool_wanted))
        return vfp_slot_copy (slot);
    }
  if (request->vf != NULL && empty->len == 1)
    return vfp_slot_copy (g_ptr_array_index (empty, 0));
  return new_numbered_slot (snapshot, guest);
}
