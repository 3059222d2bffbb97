/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the state file to values and back. */
#include "config.h"

#include "state/store-private.h"

#include <string.h>

#include "base/error.h"

void
vfp_store_bind_text (sqlite3_stmt *statement, int column, const char *text)
{
  if (text == NULL)
    sqlite3_bind_null (statement, column);
  else
    sqlite3_bind_text (statement, column, text, -1, SQLITE_TRANSIENT);
}

static void
bind_address (sqlite3_stmt *statement, int column, const VfpAddress *address)
{
  char buffer[VFP_ADDRESS_STRLEN];

  vfp_store_bind_text (statement, column, vfp_address_format (address, buffer));
}

static void
bind_mac (sqlite3_stmt *statement, int column, const VfpMac *mac)
{
  char buffer[VFP_MAC_STRLEN];

  vfp_store_bind_text (statement, column, vfp_mac_format (mac, buffer));
}

static void
bind_settings (sqlite3_stmt *statement, int column, const VfpSettings *settings)
{
  g_autofree char *text = vfp_settings_to_string (settings);

  vfp_store_bind_text (statement, column, text);
}

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
  g_ptr_array_add (records->guests, guest);
  return TRUE;
}

static gboolean
read_all (VfpStore *store, VfpRecords *records, GError **error)
{
  return read_rows (store, "SELECT id, address, mac, serial, netdev FROM pf ORDER BY id", read_pf,
                    records, error)
         && read_rows (store,
                       "SELECT uuid, name, generation, wanted, settled, refused, refused_boot_id"
                       " FROM guest",
                       read_guest, records, error)
         && read_rows (store,
                       "SELECT id, guest_uuid, guest_name, name, pool, alias, mac, guest_address,"
                       " acpi_index, settings, asked, transient, created, on_start, rests_until"
                       " FROM slot"
                       " ORDER BY guest_uuid, length (name), name",
                       read_slot, records, error)
         && read_rows (store,
                       "SELECT id, revision, slot_id, owner, pf_id, vf, address, intent, live,"
                       " config, boot_id, claimer_pid, claimer_start, saved, saved_driver, since,"
                       " by, intent_live, intent_config, generation FROM claim ORDER BY id",
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

gboolean
vfp_store_put_pf (VfpStore *store, VfpPfRecord *pf, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      "INSERT INTO pf (address, mac, serial, netdev) VALUES (?1, ?2, ?3, ?4)"
      " ON CONFLICT (address, mac) DO UPDATE SET netdev = ?4, serial = ifnull (?3, serial)"
      " RETURNING id",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  bind_address (statement, 1, &pf->address);
  bind_mac (statement, 2, &pf->mac);
  vfp_store_bind_text (statement, 3, pf->serial);
  vfp_store_bind_text (statement, 4, pf->netdev);
  if (!vfp_store_next (store, statement, &row, error))
    return FALSE;

  pf->id = sqlite3_column_int64 (statement, 0);
  return vfp_store_next (store, statement, &row, error);
}

gboolean
vfp_store_put_slot (VfpStore *store, VfpSlot *slot, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      slot->id == 0
          ? "INSERT INTO slot (guest_uuid, guest_name, name, pool, alias, mac, guest_address,"
            " acpi_index, settings, asked, transient, created, on_start, rests_until)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?14, ?15)"
          : "UPDATE slot SET guest_uuid = ?1, guest_name = ?2, name = ?3, pool = ?4, alias = ?5,"
            " mac = ?6, guest_address = ?7, acpi_index = ?8, settings = ?9, asked = ?10,"
            " transient = ?11, created = ?12, on_start = ?14, rests_until = ?15 WHERE id = ?13",
      error);

  if (statement == NULL)
    return FALSE;
  vfp_store_bind_text (statement, 1, slot->guest_uuid);
  vfp_store_bind_text (statement, 2, slot->guest_name);
  vfp_store_bind_text (statement, 3, slot->name);
  vfp_store_bind_text (statement, 4, slot->pool);
  vfp_store_bind_text (statement, 5, slot->alias);
  bind_mac (statement, 6, &slot->mac);
  if (slot->has_guest_address)
    bind_address (statement, 7, &slot->guest_address);
  if (slot->acpi_index != 0)
    sqlite3_bind_int (statement, 8, (int) slot->acpi_index);
  bind_settings (statement, 9, &slot->settings);
  sqlite3_bind_int (statement, 10, (int) slot->asked);
  sqlite3_bind_int (statement, 11, slot->transient != FALSE);
  sqlite3_bind_int64 (statement, 12, slot->created);
  if (slot->id != 0)
    sqlite3_bind_int64 (statement, 13, slot->id);
  sqlite3_bind_int (statement, 14, slot->on_start != FALSE);
  sqlite3_bind_int64 (statement, 15, slot->rests_until);
  if (!vfp_store_run (store, statement, error))
    return FALSE;

  if (slot->id == 0)
    slot->id = sqlite3_last_insert_rowid (store->db);
  return TRUE;
}

gboolean
vfp_store_delete_slot (VfpStore *store, gint64 id, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "DELETE FROM slot WHERE id = ?1", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  return vfp_store_run (store, statement, error);
}

static gboolean
check_owned (VfpStore *store, GError **error)
{
  if (sqlite3_changes (store->db) == 1)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_BUSY,
                    "the claim was changed by another vfpool meanwhile; run the command again");
}

gboolean
vfp_store_put_claim (VfpStore *store, VfpClaim *claim, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      claim->id == 0
          ? "INSERT INTO claim (revision, slot_id, owner, pf_id, vf, address, intent, live, config,"
            " boot_id, claimer_pid, claimer_start, saved, saved_driver, since, by,"
            " intent_live, intent_config, generation)"
            " VALUES (?1 + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
            " ?18, ?19, ?20)"
          : "UPDATE claim SET revision = ?1 + 1, slot_id = ?2, owner = ?3, pf_id = ?4, vf = ?5,"
            " address = ?6, intent = ?7, live = ?8, config = ?9, boot_id = ?10, claimer_pid = ?11,"
            " claimer_start = ?12, saved = ?13, saved_driver = ?14, since = ?15, by = ?16,"
            " intent_live = ?18, intent_config = ?19, generation = ?20"
            " WHERE id = ?17 AND revision = ?1",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, claim->revision);
  if (claim->slot_id != 0)
    sqlite3_bind_int64 (statement, 2, claim->slot_id);
  vfp_store_bind_text (statement, 3, claim->owner);
  sqlite3_bind_int64 (statement, 4, claim->pf_id);
  sqlite3_bind_int (statement, 5, (int) claim->vf);
  bind_address (statement, 6, &claim->address);
  vfp_store_bind_text (statement, 7, vfp_intent_to_string (claim->intent));
  sqlite3_bind_int (statement, 8, claim->live != FALSE);
  sqlite3_bind_int (statement, 9, claim->config != FALSE);
  vfp_store_bind_text (statement, 10, claim->boot_id);
  if (claim->claimer.pid != 0)
    {
      sqlite3_bind_int64 (statement, 11, claim->claimer.pid);
      sqlite3_bind_int64 (statement, 12, (gint64) claim->claimer.start_ticks);
    }
  if (claim->has_saved)
    bind_settings (statement, 13, &claim->saved);
  vfp_store_bind_text (statement, 14, claim->saved_driver);
  sqlite3_bind_int64 (statement, 15, claim->since);
  vfp_store_bind_text (statement, 16, claim->by);
  if (claim->id != 0)
    sqlite3_bind_int64 (statement, 17, claim->id);
  sqlite3_bind_int (statement, 18, claim->intent_live != FALSE);
  sqlite3_bind_int (statement, 19, claim->intent_config != FALSE);
  sqlite3_bind_int64 (statement, 20, claim->generation);
  if (!vfp_store_run (store, statement, error) || !check_owned (store, error))
    return FALSE;

  if (claim->id == 0)
    claim->id = sqlite3_last_insert_rowid (store->db);
  claim->revision++;
  return TRUE;
}

gboolean
vfp_store_delete_claim (VfpStore *store, const VfpClaim *claim, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "DELETE FROM claim WHERE id = ?1 AND revision = ?2", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, claim->id);
  sqlite3_bind_int64 (statement, 2, claim->revision);
  return vfp_store_run (store, statement, error) && check_owned (store, error);
}
