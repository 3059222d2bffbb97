/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a guest's slots a command is for. */
#include "config.h"

#include "ops/slot.h"

#include "base/error.h"
#include "base/parse.h"

gboolean
vfp_slot_throw_several (const char *guest, GPtrArray *slots, const char *advice, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < slots->len; i++)
    g_string_append_printf (names, " %s", ((const VfpSlot *) g_ptr_array_index (slots, i))->name);
  return vfp_throw (error, VFP_ERROR_USAGE, "%s has slots%s; %s", guest, names->str, advice);
}

static void
keep_claimed (GPtrArray *slots, const VfpRecords *records, const VfpSlotSelection *selection)
{
  for (guint i = slots->len; i-- > 0;)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (vfp_records_find_claim_of_slot (records, slot->id) == NULL
          && !(selection->marked_too && slot->on_start)
          && !(selection->paired_too && slot->standby != NULL)
          && !(selection->arriving_too && slot->arrive != VFP_ARRIVE_NO))
        g_ptr_array_remove_index (slots, i);
    }
}

static GPtrArray *
select_named (const VfpRecords *records, const char *uuid, const VfpSlotSelection *selection,
              GError **error)
{
  if (!vfp_parse_slot_name (selection->slot, NULL, error))
    return NULL;

  VfpSlot *slot = vfp_records_find_slot (records, uuid, selection->slot);
  if (slot == NULL && !selection->ensure)
    {
      vfp_throw (error, VFP_ERROR_NO_SUCH_SLOT, "%s has no slot %s", selection->guest,
                 selection->slot);
      return NULL;
    }

  GPtrArray *slots = g_ptr_array_new ();
  if (slot != NULL)
    g_ptr_array_add (slots, slot);
  return slots;
}

GPtrArray *
vfp_slot_select (const VfpRecords *records, const char *uuid, const VfpSlotSelection *selection,
                 GError **error)
{
  if (selection->slot != NULL && selection->all)
    {
      vfp_throw (error, VFP_ERROR_USAGE, "--slot and --all exclude each other");
      return NULL;
    }
  if (selection->slot != NULL)
    return select_named (records, uuid, selection, error);

  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  if (selection->claimed_only)
    keep_claimed (slots, records, selection);
  if (slots->len == 0 && !selection->ensure)
    {
      vfp_throw (error, selection->claimed_only ? VFP_ERROR_SLOT_EMPTY : VFP_ERROR_NO_SUCH_SLOT,
                 selection->claimed_only ? "%s has no VF from vfpool" : "%s has no slots",
                 selection->guest);
      return NULL;
    }
  if (slots->len > 1 && !selection->all)
    {
      vfp_slot_throw_several (selection->guest, slots,
                              selection->one_only ? "say --slot" : "say --slot or --all", error);
      return NULL;
    }
  return g_steal_pointer (&slots);
}
