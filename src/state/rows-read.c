/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the state file to values. */
#include "config.h"

#include "base/parse.h"
#include "state/store-private.h"

static const char *
column_text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

/* A value that does not parse was not written by us. */
static gboolean
check_column (VfpStore *store, sqlite3_stmt *statement, int column, gboolean parsed, GError **error)
{
  if (parsed)
    return TRUE;

  const char *text = column_text (statement, column);
  g_autofree char *what = g_strdup_printf ("%s: '%s'", sqlite3_column_name (statement, column),
                                           text != NULL ? text : "");
  return vfp_store_throw_damaged (store, what, error);
}

static gboolean
column_address (VfpStore *store, sqlite3_stmt *statement, int column, VfpAddress *out_address,
                GError **error)
{
  const char *text = column_text (statement, column);

  return check_column (store, statement, column,
                       text != NULL && vfp_address_parse (text, out_address, NULL), error);
}

static gboolean
column_mac (VfpStore *store, sqlite3_stmt *statement, int column, VfpMac *out_mac, GError **error)
{
  const char *text = column_text (statement, column);

  return check_column (store, statement, column,
                       text != NULL && vfp_mac_parse (text, out_mac, NULL), error);
}

static gboolean
column_settings (VfpStore *store, sqlite3_stmt *statement, int column, VfpSettings *out_settings,
                 GError **error)
{
  const char *text = column_text (statement, column);

  return check_column (store, statement, column,
                       text != NULL && vfp_settings_from_string (text, out_settings, NULL), error);
}

static gboolean
column_bond (VfpStore *store, sqlite3_stmt *statement, int column, VfpSlot *slot, GError **error)
{
  const char *mac = column_text (statement, column + 1);

  slot->bond = g_strdup (column_text (statement, column));
  return slot->bond == NULL
         || (check_column (store, statement, column, vfp_bond_parse_name (slot->bond, NULL), error)
             && check_column (store, statement, column + 1,
                              mac != NULL && vfp_bond_mac_parse (mac, &slot->bond_mac, NULL),
                              error));
}

static gboolean
column_arrive (VfpStore *store, sqlite3_stmt *statement, int column, VfpArrive *out_arrive,
               GError **error)
{
  const char *text = column_text (statement, column);

  return text == NULL
         || check_column (store, statement, column, vfp_arrive_parse (text, out_arrive, NULL),
                          error);
}

static gboolean
column_standby (VfpStore *store, sqlite3_stmt *statement, int column, VfpSlot *slot, GError **error)
{
  slot->standby = g_strdup (column_text (statement, column));
  return slot->standby == NULL
         || check_column (store, statement, column, vfp_parse_alias (slot->standby, NULL), error);
}

static VfpIntent
intent_from_string (const char *text)
{
  for (int intent = VFP_INTENT_NONE; intent < VFP_INTENT_DETACHING; intent++)
    if (g_strcmp0 (text, vfp_intent_to_string ((VfpIntent) intent)) == 0)
      return (VfpIntent) intent;
  return VFP_INTENT_DETACHING;
}

static gboolean
read_pf (VfpStore *store, sqlite3_stmt *row, VfpRecords *records, GError **error)
{
  g_autoptr (VfpPfRecord) pf = g_new0 (VfpPfRecord, 1);

  pf->id = sqlite3_column_int64 (row, 0);
  if (!column_address (store, row, 1, &pf->address, error)
      || !column_mac (store, row, 2, &pf->mac, error))
    return FALSE;
  pf->serial = g_strdup (column_text (row, 3));
  pf->netdev = g_strdup (column_text (row, 4));
  pf->former_netdevs = g_strdup (column_text (row, 5));

  g_ptr_array_add (records->pfs, g_steal_pointer (&pf));
  return TRUE;
}

static gboolean
read_slot (VfpStore *store, sqlite3_stmt *row, VfpRecords *records, GError **error)
{
  g_autoptr (VfpSlot) slot = g_new0 (VfpSlot, 1);

  slot->id = sqlite3_column_int64 (row, 0);
  slot->guest_uuid = g_strdup (column_text (row, 1));
  slot->guest_name = g_strdup (column_text (row, 2));
  slot->name = g_strdup (column_text (row, 3));
  slot->pool = g_strdup (column_text (row, 4));
  slot->alias = g_strdup (column_text (row, 5));
  if (!column_mac (store, row, 6, &slot->mac, error))
    return FALSE;
  slot->has_guest_address = sqlite3_column_type (row, 7) != SQLITE_NULL;
  if (slot->has_guest_address && !column_address (store, row, 7, &slot->guest_address, error))
    return FALSE;
  slot->acpi_index = (unsigned) sqlite3_column_int (row, 8);
  if (!column_settings (store, row, 9, &slot->settings, error))
    return FALSE;
  slot->asked = (unsigned) sqlite3_column_int (row, 10);
  slot->transient = sqlite3_column_int (row, 11);
  slot->created = sqlite3_column_int64 (row, 12);
  slot->on_start = sqlite3_column_int (row, 13);
  slot->rests_until = sqlite3_column_int64 (row, 14);
  slot->last_pf_id = sqlite3_column_int64 (row, 15);
  slot->last_vf = (unsigned) sqlite3_column_int (row, 16);
  slot->profile_id = g_strdup (column_text (row, 17));
  if (!column_bond (store, row, 18, slot, error)
      || !column_arrive (store, row, 20, &slot->arrive, error)
      || !column_standby (store, row, 21, slot, error))
    return FALSE;
  slot->driver_model = g_strdup (column_text (row, 22));

  g_ptr_array_add (records->slots, g_steal_pointer (&slot));
  return TRUE;
}

static gboolean
read_claim (VfpStore *store, sqlite3_stmt *row, VfpRecords *records, GError **error)
{
  g_autoptr (VfpClaim) claim = g_new0 (VfpClaim, 1);

  claim->id = sqlite3_column_int64 (row, 0);
  claim->revision = sqlite3_column_int64 (row, 1);
  claim->slot_id = sqlite3_column_int64 (row, 2);
  claim->owner = g_strdup (column_text (row, 3));
  claim->pf_id = sqlite3_column_int64 (row, 4);
  claim->vf = (unsigned) sqlite3_column_int (row, 5);
  if (!column_address (store, row, 6, &claim->address, error))
    return FALSE;
  claim->intent = intent_from_string (column_text (row, 7));
  claim->live = sqlite3_column_int (row, 8);
  claim->config = sqlite3_column_int (row, 9);
  claim->boot_id = g_strdup (column_text (row, 10));
  claim->claimer.pid = sqlite3_column_int64 (row, 11);
  claim->claimer.start_ticks = (guint64) sqlite3_column_int64 (row, 12);
  claim->has_saved = sqlite3_column_type (row, 13) != SQLITE_NULL;
  if (claim->has_saved && !column_settings (store, row, 13, &claim->saved, error))
    return FALSE;
  claim->saved_driver = g_strdup (column_text (row, 14));
  claim->since = sqlite3_column_int64 (row, 15);
  claim->by = g_strdup (column_text (row, 16));
  claim->intent_live = sqlite3_column_int (row, 17);
  claim->intent_config = sqlite3_column_int (row, 18);
  claim->generation = sqlite3_column_int64 (row, 19);
  claim->saved_override = g_strdup (column_text (row, 20));
  if (claim->owner != NULL && !column_settings (store, row, 21, &claim->settings, error))
    return FALSE;
  claim->asked = (unsigned) sqlite3_column_int (row, 22);
  claim->driver = g_strdup (column_text (row, 23));
  claim->until = sqlite3_column_int64 (row, 24);
  claim->held_for = sqlite3_column_int64 (row, 25);
  claim->expires = sqlite3_column_int64 (row, 26);

  g_ptr_array_add (records->claims, g_steal_pointer (&claim));
  return TRUE;
}

typedef gboolean (*ReadRow) (VfpStore *store, sqlite3_stmt *row, VfpRecords *records,
                             GError **error);

static gboolean
read_rows (VfpStore *store, const char *sql, ReadRow read_row, VfpRecords *records, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (store, sql, error);
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  for (;;)
    {
      if (!vfp_store_next (store, statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      if (!read_row (store, statement, records, error))
        return FALSE;
    }
}

static gboolean
read_guest (VfpStore *store, sqlite3_stmt *row, VfpRecords *records, GError **error)
{
  VfpGuestRecord *guest = g_new0 (VfpGuestRecord, 1);

  guest->uuid = g_strdup (column_text (row, 0));
  guest->name = g_strdup (column_text (row, 1));
  guest->generation = sqlite3_column_int64 (row, 2);
  guest->wanted = sqlite3_column_int64 (row, 3);
  guest->settled = sqlite3_column_int64 (row, 4);
  guest->refused = g_strdup (column_text (row, 5));
  guest->refused_boot_id = g_strdup (column_text (row, 6));
  guest->arriving = sqlite3_column_int64 (row, 7);
  g_ptr_array_add (records->guests, guest);
  return TRUE;
}

static gboolean
read_all (VfpStore *store, VfpRecords *records, GError **error)
{
  return read_rows (store,
                    "SELECT id, address, mac, serial, netdev, former_netdevs FROM pf ORDER BY id",
                    read_pf, records, error)
         && read_rows (store,
                       "SELECT uuid, name, generation, wanted, settled, refused, refused_boot_id,"
                       " arriving FROM guest",
                       read_guest, records, error)
         && read_rows (store,
                       "SELECT id, guest_uuid, guest_name, name, pool, alias, mac, guest_address,"
                       " acpi_index, settings, asked, transient, created, on_start, rests_until,"
                       " last_pf_id, last_vf, profile_id, bond, bond_mac, arrive, standby,"
                       " driver_model"
                       " FROM slot"
                       " ORDER BY guest_uuid, length (name), name",
                       read_slot, records, error)
         && read_rows (store,
                       "SELECT id, revision, slot_id, owner, pf_id, vf, address, intent, live,"
                       " config, boot_id, claimer_pid, claimer_start, saved, saved_driver, since,"
                       " by, intent_live, intent_config, generation, saved_override, settings,"
                       " asked, driver, until, held_for, expires FROM claim ORDER BY id",
                       read_claim, records, error);
}

VfpRecords *
vfp_store_load (VfpStore *store, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_records_new ();

  if (!vfp_store_follow (store, error))
    return NULL;

  const gboolean nested = !sqlite3_get_autocommit (store->db);

  /* One read transaction, so that the tables are of one moment. */
  if (!nested)
    (void) sqlite3_exec (store->db, "BEGIN", NULL, NULL, NULL);
  const gboolean ok = read_all (store, records, error);
  if (!nested)
    (void) sqlite3_exec (store->db, "COMMIT", NULL, NULL, NULL);

  return ok ? g_steal_pointer (&records) : NULL;
}
