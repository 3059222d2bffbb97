/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's metadata as a copy of its slots. */
#include "config.h"

#include "ops/promise.h"

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
  promise->on_start = slot->on_start;
  return promise;
}

static char *
render (VfpWorld *world, const char *uuid, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);

  if (records == NULL)
    return NULL;

  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  g_autoptr (GPtrArray) promises
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_slot_promise_free);
  for (guint i = 0; i < slots->len; i++)
    g_ptr_array_add (promises, make_promise (g_ptr_array_index (slots, i)));
  return vfp_metadata_render (uuid, promises);
}

/* Compared by meaning: libvirt writes the element its own way. */
static gboolean
says (const VfpDomxml *domxml, const char *uuid, const char *wanted)
{
  g_autofree char *found_uuid = NULL;

  if (domxml->metadata == NULL || wanted == NULL)
    return domxml->metadata == NULL && wanted == NULL;

  g_autoptr (GPtrArray) found = vfp_metadata_parse (domxml->metadata, &found_uuid, NULL);
  g_autofree char *text = found != NULL ? vfp_metadata_render (uuid, found) : NULL;
  return g_strcmp0 (found_uuid, uuid) == 0 && g_strcmp0 (text, wanted) == 0;
}

void
vfp_promise_update (VfpWorld *world, const VfpGuest *guest)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *wanted = render (world, guest->uuid, &error);
  unsigned affect = 0;

  if (guest->live != NULL && !says (guest->live, guest->uuid, wanted))
    affect |= VFP_AFFECT_LIVE;
  if (guest->config != NULL && !says (guest->config, guest->uuid, wanted))
    affect |= VFP_AFFECT_CONFIG;
  g_debug ("metadata %s", affect == 0 ? "says so already" : "to be written");
  if (error == NULL
      && (affect == 0
          || world->virt->set_metadata (world->virt, guest->uuid, wanted, affect, &error)))
    return;
  vfp_world_warn (world, "%s: its metadata does not name its slots: %s", guest->name,
                  error->message);
}
