/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that get a VF at each start of their guest. */
#include "config.h"

#include "ops/on-start.h"

#include "base/error.h"
#include "ops/attach.h"

#define TIMEOUT_MS 30000

/* Whether it may be that the slot waits; whether it does is decided under the guest's lock. */
static gboolean
may_wait (const VfpRecords *records, const VfpSlot *slot)
{
  return slot != NULL && slot->on_start && !vfp_records_slot_rests (records, slot);
}

static gboolean
is_over (const GError *error)
{
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_SLOT)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_OFF);
}

static VfpResult *
serve (VfpWorld *world, const char *uuid, const char *slot_name, GError **error)
{
  const VfpAttachRequest request = {
    .guest = uuid,
    .slot = slot_name,
    .acpi_index = -1,
    .affect = { .live = TRUE },
    .serve = TRUE,
    .ensure = TRUE,
    .timeout_ms = TIMEOUT_MS,
  };

  return vfp_attach (world, &request, error);
}

gboolean
vfp_on_start_serve (VfpWorld *world, const char *uuid, const char *slot_name, gboolean *out_served,
                    GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (GError) local = NULL;

  if (records == NULL)
    return FALSE;
  *out_served = FALSE;
  if (!may_wait (records, vfp_records_find_slot (records, uuid, slot_name)))
    return TRUE;

  g_autoptr (VfpResult) result = serve (world, uuid, slot_name, &local);
  if (result != NULL)
    *out_served = result->changed;
  else if (!is_over (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

gboolean
vfp_on_start_serve_guest (VfpWorld *world, const char *uuid, GPtrArray *texts, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (GError) first = NULL;

  if (records == NULL)
    return FALSE;

  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      g_autoptr (GError) local = NULL;
      gboolean served = FALSE;

      if (!vfp_on_start_serve (world, uuid, slot->name, &served, &local))
        {
          g_prefix_error (&local, "%s: %s waits for a VF: ", slot->guest_name, slot->name);
          vfp_error_keep_first (&first, g_steal_pointer (&local), world->warnings);
        }
      else if (served && texts != NULL)
        g_ptr_array_add (texts,
                         g_strdup_printf ("%s: %s has its VF", slot->guest_name, slot->name));
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}
