/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's metadata is to say. */
#include "config.h"

#include "pool/promise.h"

#include "guest/metadata.h"

static VfpSlotPromise *
make_promise (const VfpSlot *slot)
{
  VfpSlotPromise *promise = g_new0 (VfpSlotPromise, 1);

  promise->name = g_strdup (slot->name);
  promise->pool = g_strdup (slot->pool);
  promise->alias = g_strdup (slot->alias);
  promise->mac = slot->mac;
  promise->placement
      = (VfpPlacement){ slot->guest_address, slot->has_guest_address, slot->acpi_index };
  promise->settings = slot->settings;
  promise->profile_id = g_strdup (slot->profile_id);
  promise->driver_model = g_strdup (slot->driver_model);
  promise->on_start = slot->on_start;
  promise->bond = g_strdup (slot->bond);
  promise->bond_mac = slot->bond_mac;
  promise->arrive = slot->arrive;
  promise->standby = g_strdup (slot->standby);
  return promise;
}

char *
vfp_promise_render (const VfpRecords *records, const char *uuid)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  g_autoptr (GPtrArray) promises
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_slot_promise_free);

  for (guint i = 0; i < slots->len; i++)
    g_ptr_array_add (promises, make_promise (g_ptr_array_index (slots, i)));
  return vfp_metadata_render (uuid, promises);
}

gboolean
vfp_promise_is_written (const VfpDomxml *domxml, const char *uuid, const char *wanted)
{
  g_autofree char *found_uuid = NULL;

  if (domxml->metadata == NULL || wanted == NULL)
    return domxml->metadata == NULL && wanted == NULL;

  g_autoptr (GPtrArray) found = vfp_metadata_parse (domxml->metadata, &found_uuid, NULL);
  g_autofree char *text = found != NULL ? vfp_metadata_render (uuid, found) : NULL;
  return g_strcmp0 (found_uuid, uuid) == 0 && g_strcmp0 (text, wanted) == 0;
}
