/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements of SQLite and its errors. */
#include "config.h"

#include "state/store-private.h"

#include "base/error.h"
#include "state/backup.h"

/* Which invariant a UNIQUE violation names: SQLite lists the columns in its message. */
static const struct
{
  const char *columns;
  VfpErrorCode code;
  const char *text;
} invariants[] = {
  { "claim.pf_id, claim.vf", VFP_ERROR_VF_IN_USE, "the VF is claimed already" },
  { "claim.slot_id", VFP_ERROR_SLOT_IN_USE, "the slot has a VF already" },
  { "slot.guest_uuid, slot.name", VFP_ERROR_SLOT_IN_USE, "the slot exists already" },
  { "slot.mac", VFP_ERROR_MAC_IN_USE, "the MAC belongs to another slot" },
  { "slot.guest_uuid, slot.guest_address", VFP_ERROR_GUEST_ADDRESS_IN_USE,
    "the guest address belongs to another slot of the guest" },
  { "slot.guest_uuid, slot.acpi_index", VFP_ERROR_ACPI_INDEX_IN_USE,
    "the ACPI index belongs to another slot of the guest" },
};

static gboolean
throw_constraint (const char *message, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (invariants); i++)
    if (g_str_has_suffix (message, invariants[i].columns))
      return vfp_throw (error, invariants[i].code, "%s", invariants[i].text);
  return vfp_throw (error, VFP_ERROR_STATE, "state file: %s", message);
}

gboolean
vfp_store_throw_damaged (VfpStore *store, const char *what, GError **error)
{
  g_autofree char *hint = vfp_backup_hint (store->path);

  return vfp_throw (error, VFP_ERROR_STATE_DAMAGED,
                    "%s is damaged (%s); 'vfpool reconcile --rebuild' makes it anew from the "
                    "guests%s",
                    store->path, what, hint);
}

gboolean
vfp_store_throw (VfpStore *store, int rc, GError **error)
{
  const char *message = store->db != NULL ? sqlite3_errmsg (store->db) : sqlite3_errstr (rc);

  switch (rc & 0xff)
    {
    case SQLITE_CONSTRAINT:
      return throw_constraint (message, error);
    case SQLITE_BUSY:
      return vfp_throw (error, VFP_ERROR_BUSY,
                        "%s: another vfpool has been writing for over %u s; try again", store->path,
                        store->timeout_ms / 1000);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return vfp_store_throw_damaged (store, message, error);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY)
        return vfp_throw (error, VFP_ERROR_STATE,
                          "%s: an interrupted write is to be finished; run any changing vfpool "
                          "command as root",
                          store->path);
      return vfp_throw (error, VFP_ERROR_STATE, "%s cannot be opened (%s); run vfpool as root",
                        store->path, message);
    default:
      return vfp_throw (error, VFP_ERROR_STATE, "%s: %s", store->path, message);
    }
}

sqlite3_stmt *
vfp_store_prepare (VfpStore *store, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  const int rc = sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL);

  if (rc != SQLITE_OK)
    vfp_store_throw (store, rc, error);
  return statement;
}

void
vfp_store_bind_text (sqlite3_stmt *statement, int column, const char *text)
{
  if (text == NULL)
    sqlite3_bind_null (statement, column);
  else
    sqlite3_bind_text (statement, column, text, -1, SQLITE_TRANSIENT);
}

gboolean
vfp_store_next (VfpStore *store, sqlite3_stmt *statement, gboolean *out_row, GError **error)
{
  const int rc = sqlite3_step (statement);

  if (rc != SQLITE_ROW && rc != SQLITE_DONE)
    return vfp_store_throw (store, rc, error);
  *out_row = rc == SQLITE_ROW;
  return TRUE;
}

gboolean
vfp_store_run (VfpStore *store, sqlite3_stmt *statement, GError **error)
{
  gboolean row;

  return vfp_store_next (store, statement, &row, error);
}

gboolean
vfp_store_execute (VfpStore *store, const char *sql, GError **error)
{
  const int rc = sqlite3_exec (store->db, sql, NULL, NULL, NULL);

  return rc == SQLITE_OK || vfp_store_throw (store, rc, error);
}

gboolean
vfp_store_read_number (VfpStore *store, const char *sql, gint64 *out_value, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (store, sql, error);
  gboolean row = FALSE;

  if (statement == NULL || !vfp_store_next (store, statement, &row, error))
    return FALSE;
  *out_value = row ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}
