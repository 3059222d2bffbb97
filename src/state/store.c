/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file: opening, schema steps, transactions, errors. */
#include "config.h"

#include "state/store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "state/backup.h"
#include "state/folder.h"
#include "state/schema.h"

#define BUSY_TIMEOUT_MS 10000

struct VfpTransaction
{
  VfpStore *store;
  gboolean open;
};

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

static gboolean
throw_foreign (VfpStore *store, GError **error)
{
  g_autofree char *hint = vfp_backup_hint (store->path);

  return vfp_throw (error, VFP_ERROR_STATE_DAMAGED,
                    "%s is an SQLite file of another program; 'vfpool reconcile --rebuild' moves "
                    "it away and makes one from the guests%s",
                    store->path, hint);
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

static gboolean
execute (VfpStore *store, const char *sql, GError **error)
{
  const int rc = sqlite3_exec (store->db, sql, NULL, NULL, NULL);

  return rc == SQLITE_OK || vfp_store_throw (store, rc, error);
}

static gboolean
read_pragma (VfpStore *store, const char *sql, gint64 *out_value, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (store, sql, error);
  gboolean row = FALSE;

  if (statement == NULL || !vfp_store_next (store, statement, &row, error))
    return FALSE;
  *out_value = row ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}

/* All of one moment: another process may be running the steps of a new file. */
static gboolean
read_identity (VfpStore *store, gint64 *out_application_id, gint64 *out_version, gint64 *out_tables,
               GError **error)
{
  if (!execute (store, "BEGIN", error))
    return FALSE;

  const gboolean ok
      = read_pragma (store, "PRAGMA application_id", out_application_id, error)
        && read_pragma (store, "PRAGMA user_version", out_version, error)
        && read_pragma (store, "SELECT count(*) FROM sqlite_schema", out_tables, error);
  (void) sqlite3_exec (store->db, "COMMIT", NULL, NULL, NULL);
  return ok;
}

/* A file of ours or an empty one, and not newer than this program. */
static gboolean
check_identity (VfpStore *store, gint64 *out_version, GError **error)
{
  gint64 application_id, tables;

  if (!read_identity (store, &application_id, out_version, &tables, error))
    return FALSE;

  if (application_id != VFP_SCHEMA_APPLICATION_ID && (application_id != 0 || tables != 0))
    return throw_foreign (store, error);
  if (*out_version > vfp_schema_version ())
    return vfp_throw (error, VFP_ERROR_STATE_NEWER,
                      "%s was written by a newer vfpool (format %d, this one knows %d); "
                      "install that version",
                      store->path, (int) *out_version, vfp_schema_version ());
  return TRUE;
}

static gboolean
run_steps (VfpStore *store, GError **error)
{
  gint64 version;

  /* Read again: another process may have run the steps before the lock was ours. */
  if (!read_pragma (store, "PRAGMA user_version", &version, error))
    return FALSE;
  for (int step = (int) version + 1; step <= vfp_schema_version (); step++)
    if (!execute (store, vfp_schema_step (step), error))
      return FALSE;

  g_autofree char *mark = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                           VFP_SCHEMA_APPLICATION_ID, vfp_schema_version ());
  return execute (store, mark, error);
}

static gboolean
upgrade (VfpStore *store, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);

  return transaction != NULL && run_steps (store, error)
         && vfp_transaction_commit (transaction, error);
}

/* EXTRA also syncs the directory after the journal's end, so that an acknowledged commit outlives
 * a power cut in the rollback journal's mode (sqlite.org, PRAGMA synchronous). */
static gboolean
configure (VfpStore *store, GError **error)
{
  sqlite3_extended_result_codes (store->db, 1);
  sqlite3_busy_timeout (store->db, (int) store->timeout_ms);
  return execute (store,
                  "PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;"
                  "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
                  error);
}

static gboolean
open_memory (VfpStore *store, GError **error)
{
  const int rc = sqlite3_open_v2 (":memory:", &store->db, SQLITE_OPEN_READWRITE, NULL);

  return (rc == SQLITE_OK || vfp_store_throw (store, rc, error)) && configure (store, error)
         && run_steps (store, error);
}

static gboolean
open_file (VfpStore *store, int flags, GError **error)
{
  const int rc = sqlite3_open_v2 (store->path, &store->db, flags | SQLITE_OPEN_NOFOLLOW, NULL);
  gint64 version;

  if (rc != SQLITE_OK)
    return vfp_store_throw (store, rc, error);
  if (!configure (store, error) || !check_identity (store, &version, error))
    return FALSE;
  if (version == vfp_schema_version ())
    return TRUE;
  if (flags & SQLITE_OPEN_READONLY)
    return vfp_throw (error, VFP_ERROR_STATE,
                      "%s is of an older format; run any changing vfpool command as root",
                      store->path);
  return upgrade (store, error);
}

static gboolean
open_by_mode (VfpStore *store, GError **error)
{
  return open_file (
      store, store->mode == VFP_STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, error);
}

/* An empty file is none: the first writer is about to fill it, or somebody has cut it off. */
static gboolean
is_missing (const VfpStore *store)
{
  struct stat status;

  if (stat (store->path, &status) != 0)
    return errno == ENOENT;
  return status.st_size == 0;
}

gboolean
vfp_store_follow (VfpStore *store, GError **error)
{
  if (vfp_store_is_missing (store) == store->missing)
    return TRUE;
  g_clear_pointer (&store->db, sqlite3_close);
  store->missing = FALSE;
  return open_by_mode (store, error);
}

VfpStore *
vfp_store_open (const char *path, VfpStoreMode mode, GError **error)
{
  return vfp_store_open_within (path, mode, BUSY_TIMEOUT_MS, error);
}

VfpStore *
vfp_store_open_within (const char *path, VfpStoreMode mode, unsigned timeout_ms, GError **error)
{
  g_autoptr (VfpStore) store = g_new0 (VfpStore, 1);

  store->path = g_strdup (path);
  store->mode = mode;
  store->timeout_ms = timeout_ms;
  store->missing = is_missing (store);

  if (!(store->missing ? open_memory (store, error) : open_by_mode (store, error)))
    return NULL;
  return g_steal_pointer (&store);
}

VfpStore *
vfp_store_open_nothing (const char *path, GError **error)
{
  g_autoptr (VfpStore) store = g_new0 (VfpStore, 1);

  store->path = g_strdup (path);
  store->mode = VFP_STORE_READ;
  store->timeout_ms = BUSY_TIMEOUT_MS;
  store->missing = TRUE;
  return open_memory (store, error) ? g_steal_pointer (&store) : NULL;
}

void
vfp_store_free (VfpStore *store)
{
  if (store == NULL)
    return;
  sqlite3_close (store->db);
  g_free (store->path);
  g_free (store);
}

gboolean
vfp_store_is_missing (const VfpStore *store)
{
  return store->missing && is_missing (store);
}

/* What a check tells: nothing, or a row with "ok" is fine. */
static gboolean
run_check (VfpStore *store, const char *sql, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (store, sql, error);
  gboolean row = FALSE;

  if (statement == NULL || !vfp_store_next (store, statement, &row, error))
    return FALSE;

  const char *text = row ? (const char *) sqlite3_column_text (statement, 0) : "ok";
  return g_strcmp0 (text, "ok") == 0
         || vfp_store_throw_damaged (store, text != NULL ? text : sql, error);
}

gboolean
vfp_store_check (VfpStore *store, GError **error)
{
  return run_check (store, "PRAGMA integrity_check (1)", error)
         && run_check (store, "PRAGMA foreign_key_check", error);
}

guint64
vfp_store_change_count (VfpStore *store)
{
  gint64 value = 0;

  (void) read_pragma (store, "PRAGMA data_version", &value, NULL);
  return (guint64) value;
}

const char *
vfp_store_path (const VfpStore *store)
{
  return store->path;
}

void
vfp_store_set_timeout (VfpStore *store, unsigned timeout_ms)
{
  store->timeout_ms = timeout_ms;
  sqlite3_busy_timeout (store->db, (int) timeout_ms);
}

static gboolean
create_file (VfpStore *store, GError **error)
{
  if (!vfp_folder_make (store->path, error))
    return FALSE;

  const int fd = open (store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot make '%s'", store->path);
  close (fd);
  vfp_folder_share (store->path, 0640);

  g_clear_pointer (&store->db, sqlite3_close);
  store->missing = FALSE;
  return open_file (store, SQLITE_OPEN_READWRITE, error);
}

VfpTransaction *
vfp_store_begin (VfpStore *store, GError **error)
{
  g_return_val_if_fail (store->mode == VFP_STORE_WRITE, NULL);

  if ((store->missing && !create_file (store, error)) || !execute (store, "BEGIN IMMEDIATE", error))
    return NULL;

  VfpTransaction *transaction = g_new0 (VfpTransaction, 1);
  transaction->store = store;
  transaction->open = TRUE;
  return transaction;
}

gboolean
vfp_transaction_commit (VfpTransaction *transaction, GError **error)
{
  if (!execute (transaction->store, "COMMIT", error))
    return FALSE;
  transaction->open = FALSE;
  return TRUE;
}

void
vfp_transaction_free (VfpTransaction *transaction)
{
  if (transaction == NULL)
    return;
  if (transaction->open)
    (void) sqlite3_exec (transaction->store->db, "ROLLBACK", NULL, NULL, NULL);
  g_free (transaction);
}

gboolean
vfp_store_clear (VfpStore *store, GError **error)
{
  return execute (store, "DELETE FROM claim; DELETE FROM slot; DELETE FROM guest; DELETE FROM pf",
                  error);
}
