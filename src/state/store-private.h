/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite, for the files of src/state only. */
#pragma once

#include <sqlite3.h>

#include "state/store.h"

struct VfpStore
{
  char *path;
  VfpStoreMode mode;
  unsigned timeout_ms;
  gboolean missing; /* no file yet; db is an empty one in memory */
  sqlite3 *db;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/* Opens the file where another process has made it since. */
gboolean vfp_store_follow (VfpStore *store, GError **error);

/* Sets @error from what SQLite says last, naming the file. Returns FALSE. */
gboolean vfp_store_throw (VfpStore *store, int rc, GError **error);

/* %VFP_ERROR_STATE_DAMAGED: @what is wrong with the file. Returns FALSE. */
gboolean vfp_store_throw_damaged (VfpStore *store, const char *what, GError **error);

sqlite3_stmt *vfp_store_prepare (VfpStore *store, const char *sql, GError **error);

/* NULL becomes SQL's. */
void vfp_store_bind_text (sqlite3_stmt *statement, int column, const char *text);

/* Steps a statement that returns no row. */
gboolean vfp_store_run (VfpStore *store, sqlite3_stmt *statement, GError **error);

/* Moves to the next row. @out_row: FALSE behind the last one. */
gboolean vfp_store_next (VfpStore *store, sqlite3_stmt *statement, gboolean *out_row,
                         GError **error);

/* Statements without parameters and rows. */
gboolean vfp_store_execute (VfpStore *store, const char *sql, GError **error);

/* The number in the only row; 0 where there is none. */
gboolean vfp_store_read_number (VfpStore *store, const char *sql, gint64 *out_value,
                                GError **error);
