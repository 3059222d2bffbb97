/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The promises of a state file as JSON text. */
#include "config.h"

#include "ops/dump.h"

#include <json-glib/json-glib.h>

#include "base/parse.h"
#include "base/time.h"

/* JSON is UTF-8, and json-glib writes what it is given. */
static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  g_autofree char *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;

  json_builder_set_member_name (builder, key);
  if (valid != NULL)
    json_builder_add_string_value (builder, valid);
  else
    json_builder_add_null_value (builder);
}

/* Takes @value. */
static void
add_taken (JsonBuilder *builder, const char *key, char *value)
{
  add_string (builder, key, value);
  g_free (value);
}

static void
add_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

static void
add_int_or_null (JsonBuilder *builder, const char *key, gboolean has, gint64 value)
{
  if (has)
    add_int (builder, key, value);
  else
    add_string (builder, key, NULL);
}

static void
add_bool (JsonBuilder *builder, const char *key, gboolean value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_boolean_value (builder, value);
}

static char *
mac_text (const VfpMac *mac)
{
  return vfp_mac_is_zero (mac) ? NULL : vfp_mac_to_string (mac);
}

static void
add_asked (JsonBuilder *builder, unsigned asked)
{
  json_builder_set_member_name (builder, "asked");
  json_builder_begin_array (builder);
  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (asked & which)
      json_builder_add_string_value (builder, vfp_setting_name ((VfpSetting) which));
  json_builder_end_array (builder);
}

static void
add_pf (JsonBuilder *builder, const VfpRecords *records, gconstpointer row)
{
  const VfpPfRecord *pf = row;

  add_taken (builder, "address", vfp_address_to_string (&pf->address));
  add_taken (builder, "mac", mac_text (&pf->mac));
  add_string (builder, "serial", pf->serial);
  add_string (builder, "netdev", pf->netdev);
  add_string (builder, "former_netdevs", pf->former_netdevs);
}

static void
add_guest (JsonBuilder *builder, const VfpRecords *records, gconstpointer row)
{
  const VfpGuestRecord *guest = row;

  add_string (builder, "guest", guest->name);
  add_string (builder, "guest_uuid", guest->uuid);
  add_int (builder, "generation", guest->generation);
  add_int (builder, "wanted", guest->wanted);
  add_int (builder, "settled", guest->settled);
  add_int (builder, "arriving", guest->arriving);
  add_string (builder, "refused", guest->refused);
  add_string (builder, "refused_boot_id", guest->refused_boot_id);
}

static void
add_slot (JsonBuilder *builder, const VfpRecords *records, gconstpointer row)
{
  const VfpSlot *slot = row;

  add_string (builder, "guest", slot->guest_name);
  add_string (builder, "guest_uuid", slot->guest_uuid);
  add_string (builder, "slot", slot->name);
  add_string (builder, "pool", slot->pool);
  add_string (builder, "alias", slot->alias);
  add_taken (builder, "mac", vfp_mac_to_string (&slot->mac));
  add_taken (builder, "guest_address",
             slot->has_guest_address ? vfp_address_to_string (&slot->guest_address) : NULL);
  add_int_or_null (builder, "acpi_index", slot->acpi_index != 0, slot->acpi_index);
  add_taken (builder, "settings", vfp_settings_to_string (&slot->settings));
  add_asked (builder, slot->asked);
  add_taken (builder, "virtualport", vfp_virtualport_to_string (slot->profile_id));
  add_string (builder, "driver_model", slot->driver_model);
  add_bool (builder, "on_start", slot->on_start);
  add_int (builder, "rests_until", slot->rests_until);
  add_string (builder, "bond", slot->bond);
  add_string (builder, "bond_mac",
              slot->bond != NULL ? vfp_bond_mac_to_string (slot->bond_mac) : NULL);
  add_string (builder, "arrive", vfp_arrive_to_string (slot->arrive));
  add_string (builder, "standby", slot->standby);
  add_bool (builder, "transient", slot->transient);
  add_taken (builder, "created", vfp_time_to_string (slot->created));
}

static void
add_claim (JsonBuilder *builder, const VfpRecords *records, gconstpointer row)
{
  const VfpClaim *claim = row;
  const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);
  const VfpPfRecord *pf = vfp_records_get_pf (records, claim->pf_id);
  const gboolean has_claimer = claim->claimer.pid != 0;

  add_string (builder, "guest_uuid", slot != NULL ? slot->guest_uuid : NULL);
  add_string (builder, "slot", slot != NULL ? slot->name : NULL);
  add_string (builder, "owner", claim->owner);
  add_taken (builder, "pf_address", vfp_address_to_string (&pf->address));
  add_taken (builder, "pf_mac", mac_text (&pf->mac));
  add_int (builder, "vf", claim->vf);
  add_taken (builder, "address", vfp_address_to_string (&claim->address));
  add_string (builder, "intent", vfp_intent_to_string (claim->intent));
  add_bool (builder, "intent_live", claim->intent_live);
  add_bool (builder, "intent_config", claim->intent_config);
  add_bool (builder, "live", claim->live);
  add_bool (builder, "config", claim->config);
  add_string (builder, "boot_id", claim->boot_id);
  add_int (builder, "generation", claim->generation);
  add_int_or_null (builder, "claimer_pid", has_claimer, claim->claimer.pid);
  add_int_or_null (builder, "claimer_start", has_claimer, (gint64) claim->claimer.start_ticks);
  add_int_or_null (builder, "expires", claim->expires != 0, claim->expires);
  add_taken (builder, "saved", claim->has_saved ? vfp_settings_to_string (&claim->saved) : NULL);
  add_string (builder, "saved_driver", claim->saved_driver);
  add_string (builder, "saved_override", claim->saved_override);
  add_taken (builder, "settings",
             claim->owner != NULL ? vfp_settings_to_string (&claim->settings) : NULL);
  add_asked (builder, claim->asked);
  add_string (builder, "driver", claim->driver);
  add_taken (builder, "until", claim->until != 0 ? vfp_time_to_string (claim->until) : NULL);
  add_taken (builder, "since", vfp_time_to_string (claim->since));
  add_string (builder, "by", claim->by);
}

static void
add_rows (JsonBuilder *builder, const char *key, const VfpRecords *records, GPtrArray *rows,
          void (*add_row) (JsonBuilder *builder, const VfpRecords *records, gconstpointer row))
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++)
    {
      /* What is kept for a claim ends with the command, and is no promise. */
      if (rows == records->claims && ((VfpClaim *) g_ptr_array_index (rows, i))->held_for != 0)
        continue;
      json_builder_begin_object (builder);
      add_row (builder, records, g_ptr_array_index (rows, i));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

char *
vfp_dump_render (const VfpRecords *records, gint64 time)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_builder_begin_object (builder);
  add_string (builder, "format", "vfpool-state");
  add_int (builder, "version", VFP_DUMP_VERSION);
  add_string (builder, "program", PACKAGE_VERSION);
  add_string (builder, "host", g_get_host_name ());
  add_taken (builder, "time", vfp_time_to_string (time));
  add_rows (builder, "pfs", records, records->pfs, add_pf);
  add_rows (builder, "guests", records, records->guests, add_guest);
  add_rows (builder, "slots", records, records->slots, add_slot);
  add_rows (builder, "claims", records, records->claims, add_claim);
  json_builder_end_object (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  return g_strconcat (text, "\n", NULL);
}
