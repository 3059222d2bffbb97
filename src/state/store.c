/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file: opening, schema steps, transactions. */
#include "config.h"

#include "state/store-private.h"

#include <errno.h>
#include <fcntl.h>
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

static gboolean
throw_foreign (VfpStore *store, GError **error)
{
  g_autofree char *hint = vfp_backup_hint (store->path);

  return vfp_throw (error, VFP_ERROR_STATE_DAMAGED,
                    "%s is an SQLite file of another program; 'vfpool reconcile --rebuild' moves "
                    "it away and makes one from the guests%s",
                    store->path, hint);
}

/* All of one moment: another process may be running the steps of a new file. */
static gboolean
read_identity (VfpStore *store, gint64 *out_application_id, gint64 *out_version, gint64 *out_tables,
               GError **error)
{
  if (!vfp_store_execute (store, "BEGIN", error))
    return FALSE;

  const gboolean ok
      = vfp_store_read_number (store, "PRAGMA application_id", out_application_id, error)
        && vfp_store_read_number (store, "PRAGMA user_version", out_version, error)
        && vfp_store_read_number (store, "SELECT count(*) FROM sqlite_schema", out_tables, error);
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
  if (!vfp_store_read_number (store, "PRAGMA user_version", &version, error))
    return FALSE;
  for (int step = (int) version + 1; step <= vfp_schema_version (); step++)
    if (!vfp_store_execute (store, vfp_schema_step (step), error))
      return FALSE;

  g_autofree char *mark = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                           VFP_SCHEMA_APPLICATION_ID, vfp_schema_version ());
  return vfp_store_execute (store, mark, error);
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
  return vfp_store_execute (store,
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

  (void) vfp_store_read_number (store, "PRAGMA data_version", &value, NULL);
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

  if ((store->missing && !create_file (store, error))
      || !vfp_store_execute (store, "BEGIN IMMEDIATE", error))
    return NULL;

  VfpTransaction *transaction = g_new0 (VfpTransaction, 1);
  transaction->store = store;
  transaction->open = TRUE;
  return transaction;
}

gboolean
vfp_transaction_commit (VfpTransaction *transaction, GError **error)
{
  if (!vfp_store_execute (transaction->store, "COMMIT", error))
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
  return vfp_store_execute (
      store, "DELETE FROM claim; DELETE FROM slot; DELETE FROM guest; DELETE FROM pf", error);
}
