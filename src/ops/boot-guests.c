/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be done at boot after libvirt has started its guests. */
#include "config.h"

#include "ops/boot-guests.h"

#include "base/error.h"
#include "ops/settle-loop.h"
#include "pool/audit.h"

typedef struct
{
  VfpWorld *world;
  GPtrArray *texts;
  gboolean first; /* in this boot: whoever is off afterwards was stopped by somebody */
  unsigned failed;
} Boot;

static void
fail (Boot *boot, const char *name, const GError *error)
{
  boot->failed++;
  vfp_world_warn (boot->world, "%s: %s", name, error->message);
}

static void
settle_all (Boot *boot, const VfpRecords *records)
{
  const char *last = "";

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      g_autoptr (GError) error = NULL;

      /* They come by guest. */
      if (g_str_equal (slot->guest_uuid, last))
        continue;
      last = slot->guest_uuid;
      if (!vfp_settle_until_done (boot->world, last, VFP_CLASSES_SAFE, boot->texts, &error))
        fail (boot, slot->guest_name, error);
    }
}

static gboolean
has_config (const VfpRecords *records, const char *uuid)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      if (claim != NULL && claim->config)
        return TRUE;
    }
  return FALSE;
}

static gboolean
was_refused (const Boot *boot, const VfpRecords *records, const char *uuid)
{
  const VfpGuestRecord *guest = vfp_records_find_guest (records, uuid);

  return guest != NULL && guest->refused != NULL
         && g_strcmp0 (guest->refused_boot_id, boot->world->boot_id) == 0;
}

static char *
name_of (const VfpRecords *records, const char *uuid)
{
  const VfpGuestRecord *guest = vfp_records_find_guest (records, uuid);
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);

  if (guest != NULL)
    return g_strdup (guest->name);
  return g_strdup (slots->len > 0 ? ((const VfpSlot *) g_ptr_array_index (slots, 0))->guest_name
                                  : uuid);
}

static gboolean
note_start (VfpWorld *world, const char *uuid, const char *name, const GError *failure,
            GError **error)
{
  const VfpEvent event = {
    .time = vfp_world_now (),
    .by = world->by,
    .via = world->via,
    .what = "start",
    .guest_uuid = uuid,
    .guest = name,
    .result = failure != NULL ? failure->message : "done",
  };
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  return transaction != NULL && vfp_store_add_event (world->store, &event, error)
         && vfp_transaction_commit (transaction, error);
}

static void
start_guest (Boot *boot, const VfpRecords *records, const char *uuid)
{
  VfpWorld *world = boot->world;
  g_autofree char *name = name_of (records, uuid);
  g_autoptr (GError) error = NULL, untold = NULL;

  if (world->virt->start_guest (world->virt, uuid, &error))
    g_ptr_array_add (boot->texts, g_strdup_printf ("%s: started", name));
  else
    {
      g_prefix_error (&error, "cannot be started: ");
      fail (boot, name, error);
    }
  if (!note_start (world, uuid, name, error, &untold))
    vfp_world_warn (world, "%s: %s", name, untold->message);
}

static gboolean
start_all (Boot *boot, GError **error)
{
  VfpWorld *world = boot->world;

  if (!world->config->boot_start)
    return TRUE;
  g_autoptr (GPtrArray) uuids = world->virt->list_autostart_off (world->virt, error);
  g_autoptr (VfpRecords) records = uuids != NULL ? vfp_store_load (world->store, error) : NULL;

  for (guint i = 0; records != NULL && i < uuids->len; i++)
    {
      const char *uuid = g_ptr_array_index (uuids, i);

      if (vfp_world_is_interrupted (world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted");
      if (was_refused (boot, records, uuid) || (boot->first && has_config (records, uuid)))
        start_guest (boot, records, uuid);
    }
  return records != NULL;
}

static gboolean
look_first (Boot *boot, GError **error)
{
  g_autofree char *done = NULL;

  if (!vfp_store_get_meta (boot->world->store, VFP_META_BOOT_GUESTS, &done, error))
    return FALSE;
  boot->first = g_strcmp0 (done, boot->world->boot_id) != 0;
  return TRUE;
}

static gboolean
note_boot (Boot *boot, GError **error)
{
  VfpWorld *world = boot->world;

  if (!boot->first || vfp_store_is_missing (world->store))
    return TRUE;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  return transaction != NULL
         && vfp_store_put_meta (world->store, VFP_META_BOOT_GUESTS, world->boot_id, error)
         && vfp_transaction_commit (transaction, error);
}

gboolean
vfp_boot_guests (VfpWorld *world, GPtrArray *texts, GError **error)
{
  Boot boot = { .world = world, .texts = texts };
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);

  if (records == NULL || !look_first (&boot, error))
    return FALSE;
  settle_all (&boot, records);
  if (!start_all (&boot, error) || !note_boot (&boot, error))
    return FALSE;
  return boot.failed == 0
         || vfp_throw (error, VFP_ERROR_FAILED,
                       "%u guests could not be settled or started, see above", boot.failed);
}
