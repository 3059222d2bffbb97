/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a state file from JSON text. */
#include "config.h"

#include "ops/dump.h"

#include "base/error.h"
#include "base/parse.h"
#include "guest/domxml.h"
#include "ops/dump-reader.h"

#define NAME_MAX_BYTES 1024
#define TEXT_MAX_BYTES 16384
#define COUNT_MAX (G_GINT64_CONSTANT (1) << 53) /* exact in every reader of JSON */
#define VF_MAX 65535

static void
read_pf (VfpDumpReader *reader, VfpRecords *records)
{
  VfpPfRecord *pf = g_new0 (VfpPfRecord, 1);

  g_ptr_array_add (records->pfs, pf);
  pf->id = records->pfs->len;
  pf->address = vfp_dump_address (reader, "address");
  vfp_dump_mac (reader, "mac", TRUE, &pf->mac);
  pf->serial = vfp_dump_string_or_null (reader, "serial", NAME_MAX_BYTES);
  pf->netdev = vfp_dump_string_or_null (reader, "netdev", NAME_MAX_BYTES);
  pf->former_netdevs = vfp_dump_string_or_null (reader, "former_netdevs", TEXT_MAX_BYTES);
}

static void
read_guest (VfpDumpReader *reader, VfpRecords *records)
{
  VfpGuestRecord *guest = g_new0 (VfpGuestRecord, 1);

  g_ptr_array_add (records->guests, guest);
  guest->name = vfp_dump_string (reader, "guest", NAME_MAX_BYTES, FALSE);
  guest->uuid = vfp_dump_uuid (reader, "guest_uuid", FALSE);
  guest->generation = vfp_dump_int (reader, "generation", 0, COUNT_MAX);
  guest->wanted = vfp_dump_int (reader, "wanted", 0, COUNT_MAX);
  guest->settled = vfp_dump_int (reader, "settled", 0, COUNT_MAX);
  guest->arriving = vfp_dump_int (reader, "arriving", 0, COUNT_MAX);
  guest->refused = vfp_dump_string_or_null (reader, "refused", TEXT_MAX_BYTES);
  guest->refused_boot_id = vfp_dump_string_or_null (reader, "refused_boot_id", NAME_MAX_BYTES);
  if (guest->settled > guest->wanted)
    vfp_dump_complain (reader, "settled", "it is more than wanted");
}

static unsigned
setting_of (JsonNode *node)
{
  const char *name = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  for (unsigned which = 1; name != NULL && which <= VFP_SETTING_LAST; which <<= 1)
    if (g_str_equal (name, vfp_setting_name ((VfpSetting) which)))
      return which;
  return 0;
}

static unsigned
read_asked (VfpDumpReader *reader)
{
  JsonArray *names = vfp_dump_array (reader, "asked");
  unsigned asked = 0;

  for (guint i = 0; names != NULL && i < json_array_get_length (names); i++)
    {
      const unsigned which = setting_of (json_array_get_element (names, i));

      if (which == 0)
        vfp_dump_complain (reader, "asked", "number %u is not the name of a setting", i);
      asked |= which;
    }
  return asked;
}

static void
read_slot_name (VfpDumpReader *reader, char *name)
{
  g_autoptr (GError) local = NULL;

  if (!vfp_parse_slot_name (name, NULL, &local))
    vfp_dump_complain (reader, "slot", "%s", local->message);
}

static void
read_virtualport (VfpDumpReader *reader, VfpSlot *slot)
{
  g_autofree char *text = vfp_dump_string_or_null (reader, "virtualport", NAME_MAX_BYTES);
  g_autoptr (GError) local = NULL;

  if (text != NULL && !vfp_parse_virtualport (text, &slot->profile_id, &local))
    vfp_dump_complain (reader, "virtualport", "%s", local->message);
}

static void
read_driver_model (VfpDumpReader *reader, VfpSlot *slot)
{
  g_autoptr (GError) local = NULL;

  slot->driver_model = vfp_dump_string_or_null (reader, "driver_model", NAME_MAX_BYTES);
  if (slot->driver_model != NULL && !vfp_parse_driver_model (slot->driver_model, &local))
    vfp_dump_complain (reader, "driver_model", "%s", local->message);
}

static void
read_bond (VfpDumpReader *reader, VfpSlot *slot)
{
  g_autofree char *mac = NULL;
  g_autoptr (GError) local = NULL;

  slot->bond = vfp_dump_string_or_null (reader, "bond", NAME_MAX_BYTES);
  mac = vfp_dump_string_or_null (reader, "bond_mac", NAME_MAX_BYTES);
  if ((slot->bond == NULL) != (mac == NULL))
    vfp_dump_complain (reader, "bond_mac", "a bond needs it, and only a bond");
  else if (mac != NULL
           && (!vfp_bond_parse_name (slot->bond, &local)
               || !vfp_bond_mac_parse (mac, &slot->bond_mac, &local)))
    vfp_dump_complain (reader, "bond", "%s", local->message);
}

static void
read_arrive (VfpDumpReader *reader, VfpSlot *slot)
{
  g_autofree char *text = vfp_dump_string_or_null (reader, "arrive", NAME_MAX_BYTES);
  g_autoptr (GError) local = NULL;

  if (text != NULL && !vfp_arrive_parse (text, &slot->arrive, &local))
    vfp_dump_complain (reader, "arrive", "%s", local->message);
}

static void
read_standby (VfpDumpReader *reader, VfpSlot *slot)
{
  g_autoptr (GError) local = NULL;

  slot->standby = vfp_dump_string_or_null (reader, "standby", NAME_MAX_BYTES);
  if (slot->standby != NULL && !vfp_parse_alias (slot->standby, &local))
    vfp_dump_complain (reader, "standby", "%s", local->message);
}

static void
read_slot (VfpDumpReader *reader, VfpRecords *records)
{
  VfpSlot *slot = g_new0 (VfpSlot, 1);

  g_ptr_array_add (records->slots, slot);
  slot->id = records->slots->len;
  slot->guest_name = vfp_dump_string (reader, "guest", NAME_MAX_BYTES, FALSE);
  slot->guest_uuid = vfp_dump_uuid (reader, "guest_uuid", FALSE);
  slot->name = vfp_dump_string (reader, "slot", NAME_MAX_BYTES, FALSE);
  read_slot_name (reader, slot->name);
  slot->pool = vfp_dump_string (reader, "pool", NAME_MAX_BYTES, FALSE);
  slot->alias = vfp_dump_string (reader, "alias", NAME_MAX_BYTES, FALSE);
  vfp_dump_mac (reader, "mac", FALSE, &slot->mac);
  slot->has_guest_address
      = vfp_dump_address_or_null (reader, "guest_address", &slot->guest_address);
  slot->acpi_index = (unsigned) vfp_dump_int_or_null (reader, "acpi_index", 1, VFP_ACPI_INDEX_MAX);
  vfp_dump_settings (reader, "settings", FALSE, &slot->settings);
  if (slot->settings.known & VFP_SETTING_MAC)
    vfp_dump_complain (reader, "settings", "the MAC is not one of a slot's settings");
  slot->asked = read_asked (reader);
  read_virtualport (reader, slot);
  read_driver_model (reader, slot);
  slot->on_start = vfp_dump_bool (reader, "on_start");
  slot->rests_until = vfp_dump_int (reader, "rests_until", 0, COUNT_MAX);
  read_bond (reader, slot);
  read_arrive (reader, slot);
  read_standby (reader, slot);
  slot->transient = vfp_dump_bool (reader, "transient");
  slot->created = vfp_dump_time (reader, "created");
}

static void
read_intent (VfpDumpReader *reader, VfpClaim *claim)
{
  g_autofree char *text = vfp_dump_string (reader, "intent", NAME_MAX_BYTES, FALSE);

  claim->intent = VFP_INTENT_NONE;
  while (claim->intent <= VFP_INTENT_DETACHING
         && !g_str_equal (text, vfp_intent_to_string (claim->intent)))
    claim->intent++;
  if (claim->intent <= VFP_INTENT_DETACHING)
    return;
  claim->intent = VFP_INTENT_NONE;
  vfp_dump_complain (reader, "intent", "'%.40s' is not none, claiming, changing or detaching",
                     text);
}

/* The slot or the owner, and the PF: by what they are called in the same text. */
static void
read_references (VfpDumpReader *reader, const VfpRecords *records, VfpClaim *claim)
{
  g_autofree char *uuid = vfp_dump_uuid (reader, "guest_uuid", TRUE);
  g_autofree char *name = vfp_dump_string_or_null (reader, "slot", NAME_MAX_BYTES);
  const VfpAddress address = vfp_dump_address (reader, "pf_address");
  VfpMac mac = { 0 };

  claim->owner = vfp_dump_string_or_null (reader, "owner", NAME_MAX_BYTES);
  vfp_dump_mac (reader, "pf_mac", TRUE, &mac);
  if ((uuid == NULL) != (name == NULL) || (uuid == NULL) == (claim->owner == NULL)
      || g_strcmp0 (claim->owner, "") == 0)
    {
      vfp_dump_complain (reader, NULL, "it needs either guest_uuid and slot, or an owner");
      return;
    }

  const VfpSlot *slot = uuid != NULL ? vfp_records_find_slot (records, uuid, name) : NULL;
  const VfpPfRecord *pf = vfp_records_find_pf (records, &address, &mac);
  if (uuid != NULL && slot == NULL)
    vfp_dump_complain (reader, "slot", "slots has no such slot of the guest");
  if (pf == NULL)
    vfp_dump_complain (reader, "pf_address", "pfs has no PF with this address and MAC");
  claim->slot_id = slot != NULL ? slot->id : 0;
  claim->pf_id = pf != NULL ? pf->id : 0;
}

static gboolean
is_reserved_driver (const char *driver)
{
  static const char *const drivers[] = { "vfio-pci", "host", "none", NULL };

  return driver == NULL || g_strv_contains (drivers, driver);
}

/* What a reservation asks for. */
static void
read_wants (VfpDumpReader *reader, VfpClaim *claim)
{
  claim->saved_override = vfp_dump_string_or_null (reader, "saved_override", NAME_MAX_BYTES);
  const gboolean has_settings = vfp_dump_settings (reader, "settings", TRUE, &claim->settings);
  claim->asked = read_asked (reader);
  claim->driver = vfp_dump_string_or_null (reader, "driver", NAME_MAX_BYTES);
  claim->until = vfp_dump_time_or_null (reader, "until");
  if (!is_reserved_driver (claim->driver))
    vfp_dump_complain (reader, "driver", "'%.40s' is not vfio-pci, host or none", claim->driver);
  if (has_settings != (claim->owner != NULL)
      || (claim->owner == NULL
          && (claim->asked != 0 || claim->driver != NULL || claim->until != 0)))
    vfp_dump_complain (reader, "settings", "a reservation has them, and no other claim");
}

static void
read_claim (VfpDumpReader *reader, VfpRecords *records)
{
  VfpClaim *claim = g_new0 (VfpClaim, 1);

  g_ptr_array_add (records->claims, claim);
  read_references (reader, records, claim);
  claim->vf = (unsigned) vfp_dump_int (reader, "vf", 0, VF_MAX);
  claim->address = vfp_dump_address (reader, "address");
  read_intent (reader, claim);
  claim->intent_live = vfp_dump_bool (reader, "intent_live");
  claim->intent_config = vfp_dump_bool (reader, "intent_config");
  claim->live = vfp_dump_bool (reader, "live");
  claim->config = vfp_dump_bool (reader, "config");
  claim->boot_id = vfp_dump_string_or_null (reader, "boot_id", NAME_MAX_BYTES);
  claim->generation = vfp_dump_int (reader, "generation", 0, COUNT_MAX);
  claim->claimer.pid = vfp_dump_int_or_null (reader, "claimer_pid", 1, G_MAXINT32);
  claim->claimer.start_ticks
      = (guint64) vfp_dump_int_or_null (reader, "claimer_start", 0, COUNT_MAX);
  claim->expires = vfp_dump_int_or_null (reader, "expires", 1, COUNT_MAX);
  claim->has_saved = vfp_dump_settings (reader, "saved", TRUE, &claim->saved);
  claim->saved_driver = vfp_dump_string_or_null (reader, "saved_driver", NAME_MAX_BYTES);
  read_wants (reader, claim);
  claim->since = vfp_dump_time (reader, "since");
  claim->by = vfp_dump_string (reader, "by", NAME_MAX_BYTES, FALSE);
  if (claim->expires != 0
      && (claim->owner != NULL || !claim->live || claim->intent != VFP_INTENT_CLAIMING))
    vfp_dump_complain (reader, "expires", "only a claim for a guest that is to arrive has it");
  if (claim->owner == NULL && !claim->live && !claim->config)
    vfp_dump_complain (reader, "live", "the claim has neither a live nor a config part");
}

static gboolean
read_rows (VfpDumpReader *root, const char *key, VfpRecords *records,
           void (*read_row) (VfpDumpReader *reader, VfpRecords *records), GError **error)
{
  JsonArray *rows = vfp_dump_array (root, key);

  if (rows == NULL)
    return vfp_dump_reader_end (root, error);
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      g_auto (VfpDumpReader) reader = vfp_dump_reader (json_array_get_element (rows, i), root->file,
                                                       g_strdup_printf ("%s[%u]", key, i));

      read_row (&reader, records);
      if (!vfp_dump_reader_end (&reader, error))
        return FALSE;
    }
  return TRUE;
}

/* What a newer version has changed is not looked at. */
static gboolean
check_version (VfpDumpReader *root, GError **error)
{
  g_autofree char *format = vfp_dump_string (root, "format", NAME_MAX_BYTES, TRUE);
  const gint64 version = vfp_dump_int (root, "version", 1, G_MAXINT32);

  if (root->error != NULL)
    return vfp_dump_reader_end (root, error);
  if (!g_str_equal (format, "vfpool-state"))
    return vfp_throw (error, VFP_ERROR_CONFIG, "%s: it was not made by 'vfpool export'",
                      root->file);
  if (version > VFP_DUMP_VERSION)
    return vfp_throw (error, VFP_ERROR_CONFIG,
                      "%s: it was made by a newer vfpool (format %d, this one knows %d); install "
                      "that version",
                      root->file, (int) version, VFP_DUMP_VERSION);
  return TRUE;
}

/* For people only. */
static gboolean
check_head (VfpDumpReader *root, GError **error)
{
  G_GNUC_UNUSED g_autofree char *program = vfp_dump_string (root, "program", NAME_MAX_BYTES, TRUE);
  G_GNUC_UNUSED g_autofree char *host = vfp_dump_string (root, "host", NAME_MAX_BYTES, TRUE);

  vfp_dump_time (root, "time");
  return root->error == NULL || vfp_dump_reader_end (root, error);
}

static gboolean
read_root (VfpDumpReader *root, VfpRecords *records, GError **error)
{
  return check_version (root, error) && check_head (root, error)
         && read_rows (root, "pfs", records, read_pf, error)
         && read_rows (root, "guests", records, read_guest, error)
         && read_rows (root, "slots", records, read_slot, error)
         && read_rows (root, "claims", records, read_claim, error)
         && vfp_dump_reader_end (root, error);
}

VfpRecords *
vfp_dump_parse (const char *text, gsize length, const char *name, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (VfpRecords) records = vfp_records_new ();
  g_autoptr (GError) local = NULL;

  if (!vfp_dump_scan (text, length, name, error))
    return NULL;
  if (!json_parser_load_from_data (parser, text, (gssize) length, &local))
    {
      vfp_throw (error, VFP_ERROR_CONFIG, "%s: it is not JSON (%s)", name, local->message);
      return NULL;
    }

  g_auto (VfpDumpReader) root
      = vfp_dump_reader (json_parser_get_root (parser), name, g_strdup (""));
  if (!read_root (&root, records, error))
    return NULL;
  if (!vfp_dump_check (records, &local))
    {
      vfp_throw (error, VFP_ERROR_CONFIG, "%s: %s", name, local->message);
      return NULL;
    }
  return g_steal_pointer (&records);
}
