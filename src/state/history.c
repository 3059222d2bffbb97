/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history: reading and bounding it. */
#include "config.h"

#include "state/history.h"

#include "base/error.h"
#include "state/store-private.h"

#define KEEP_SECONDS (G_GINT64_CONSTANT (400) * 86400)

#define COLUMNS "time, by, via, what, guest_uuid, guest, slot, mac, vf, result"

/* A guest is found by any name that it had: its other rows have the same UUID. */
#define FILTERS                                                                                    \
  "(?1 IS NULL OR lower (guest_uuid) = ?2 OR guest_uuid IN"                                        \
  "   (SELECT guest_uuid FROM event WHERE guest = ?1"                                              \
  "    UNION SELECT guest_uuid FROM slot WHERE guest_name = ?1))"                                  \
  " AND (?3 IS NULL OR slot = ?3)"                                                                 \
  " AND (?4 IS NULL OR vf = ?4)"                                                                   \
  " AND (?5 IS NULL OR mac = ?5)"                                                                  \
  " AND (?6 IS NULL OR time >= ?6)"                                                                \
  " AND (?7 IS NULL OR time <= ?7)"

/* Whether a slot (or a reservation) has the VF after the event: 1, 0, or NULL where the event tells
 * nothing of that, as one that failed. A word that begins or ends a hold belongs here. */
#define HOLDS                                                                                      \
  "CASE WHEN result IN ('" VFP_RESULT_LIVE_STAYS "', '" VFP_RESULT_CONFIG_STAYS                    \
  "', '" VFP_RESULT_BOTH_STAY "') THEN 1"                                                          \
  " WHEN result <> 'done' THEN NULL"                                                               \
  " WHEN what IN ('arrive', 'attach', 'adopt', 'start', 'follow', 'rebuild', 'reserve', "          \
  "'import', 'move') "                                                                             \
  "THEN 1"                                                                                         \
  " WHEN what IN ('detach', 'disown', 'forget', 'release', 'replace', 'settle', 'stop', "          \
  "'unreserve', 'boot',"                                                                           \
  "   'reconcile') THEN 0 END"

#define READ_ALL "SELECT " COLUMNS " FROM event WHERE " FILTERS " ORDER BY id"

/* The last word on the slot and on the VF must be the same event, and one that holds. */
#define READ_AT                                                                                    \
  "WITH told AS (SELECT id, coalesce (guest_uuid || '/' || slot, vf) AS slot, vf, " HOLDS          \
  "   AS holds FROM event WHERE time <= ?7 AND holds IS NOT NULL)"                                 \
  " SELECT " COLUMNS " FROM event WHERE " FILTERS                                                  \
  " AND id IN (SELECT max (id) FROM told GROUP BY slot)"                                           \
  " AND id IN (SELECT max (id) FROM told WHERE vf IS NOT NULL GROUP BY vf)"                        \
  " AND id IN (SELECT id FROM told WHERE holds) ORDER BY id"

void
vfp_history_row_free (VfpHistoryRow *row)
{
  if (row == NULL)
    return;
  g_free (row->by);
  g_free (row->via);
  g_free (row->what);
  g_free (row->guest_uuid);
  g_free (row->guest);
  g_free (row->slot);
  g_free (row->mac);
  g_free (row->vf);
  g_free (row->result);
  g_free (row);
}

static char *
column_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

static VfpHistoryRow *
read_row (sqlite3_stmt *statement)
{
  VfpHistoryRow *row = g_new0 (VfpHistoryRow, 1);

  row->time = sqlite3_column_int64 (statement, 0);
  row->by = column_text (statement, 1);
  row->via = column_text (statement, 2);
  row->what = column_text (statement, 3);
  row->guest_uuid = column_text (statement, 4);
  row->guest = column_text (statement, 5);
  row->slot = column_text (statement, 6);
  row->mac = column_text (statement, 7);
  row->vf = column_text (statement, 8);
  row->result = column_text (statement, 9);
  return row;
}

static void
bind_filter (sqlite3_stmt *statement, const VfpHistoryFilter *filter)
{
  g_autofree char *uuid = filter->guest != NULL ? g_ascii_strdown (filter->guest, -1) : NULL;

  vfp_store_bind_text (statement, 1, filter->guest);
  vfp_store_bind_text (statement, 2, uuid);
  vfp_store_bind_text (statement, 3, filter->slot);
  vfp_store_bind_text (statement, 4, filter->vf);
  vfp_store_bind_text (statement, 5, filter->mac);
  if (filter->has_since)
    sqlite3_bind_int64 (statement, 6, filter->since);
  if (filter->has_at)
    sqlite3_bind_int64 (statement, 7, filter->at);
}

GPtrArray *
vfp_store_read_history (VfpStore *store, const VfpHistoryFilter *filter, GError **error)
{
  g_autoptr (GPtrArray) rows
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_history_row_free);

  if (!vfp_store_follow (store, error))
    return NULL;
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, filter->has_at ? READ_AT : READ_ALL, error);
  if (statement == NULL)
    return NULL;

  bind_filter (statement, filter);
  for (gboolean row = TRUE;;)
    {
      if (!vfp_store_next (store, statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&rows);
      g_ptr_array_add (rows, read_row (statement));
    }
}

/* A single number; 0 where SQL has NULL. */
static gboolean
read_number (VfpStore *store, const char *sql, gint64 first, gint64 second, gint64 *out_number,
             GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (store, sql, error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  if (sqlite3_bind_parameter_count (statement) == 2)
    {
      sqlite3_bind_int64 (statement, 1, first);
      sqlite3_bind_int64 (statement, 2, second);
    }
  if (!vfp_store_next (store, statement, &row, error))
    return FALSE;
  *out_number = row ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}

gboolean
vfp_store_history_begin (VfpStore *store, gint64 *out_time, GError **error)
{
  return vfp_store_follow (store, error)
         && read_number (store, "SELECT time FROM event ORDER BY id LIMIT 1", 0, 0, out_time,
                         error);
}

/* Rows that lie before @end in the order of writing, and are from before @limit. */
static gboolean
delete_rows (VfpStore *store, gint64 limit, gint64 end, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "DELETE FROM event WHERE time < ?1 AND id < ?2", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, limit);
  sqlite3_bind_int64 (statement, 2, end);
  return vfp_store_run (store, statement, error);
}

/* A clock that is ahead now must not make all rows old: age counts back from the newest row. A row
 * that was written while the clock was behind looks old, and is not when a younger one comes
 * before it. */
gboolean
vfp_store_trim_history (VfpStore *store, gint64 now, GError **error)
{
  gint64 newest, end, old;

  if (vfp_store_is_missing (store))
    return TRUE;
  if (!vfp_store_follow (store, error)
      || !read_number (store, "SELECT max (time) FROM event", 0, 0, &newest, error))
    return FALSE;

  const gint64 limit = MIN (now, newest) - KEEP_SECONDS;
  if (!read_number (store, "SELECT min (id) FROM event WHERE time BETWEEN ?1 AND ?2", limit,
                    MAX (now, limit), &end, error))
    return FALSE;
  if (end == 0)
    end = G_MAXINT64;
  if (!read_number (store, "SELECT count (*) FROM event WHERE time < ?1 AND id < ?2", limit, end,
                    &old, error))
    return FALSE;
  if (old == 0)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  return transaction != NULL && delete_rows (store, limit, end, error)
         && vfp_transaction_commit (transaction, error);
}
