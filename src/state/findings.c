/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long findings have been there. */
#include "config.h"

#include "state/store-private.h"

GHashTable *
vfp_store_list_meta (VfpStore *store, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "SELECT key, value FROM meta", error);
  g_autoptr (GHashTable) meta = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean row = statement != NULL;

  if (statement == NULL)
    return NULL;
  while (row)
    {
      if (!vfp_store_next (store, statement, &row, error))
        return NULL;
      if (row)
        g_hash_table_insert (meta, g_strdup ((const char *) sqlite3_column_text (statement, 0)),
                             g_strdup ((const char *) sqlite3_column_text (statement, 1)));
    }
  return g_steal_pointer (&meta);
}

static char *
make_key (const char *id, const char *object)
{
  return g_strdup_printf ("%s %s", id, object);
}

/* "ID OBJECT" → VfpSeen of @seen. */
static GHashTable *
index_seen (GArray *seen)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < seen->len; i++)
    {
      VfpSeen *one = &g_array_index (seen, VfpSeen, i);

      g_hash_table_insert (index, make_key (one->id, one->object), one);
    }
  return index;
}

gboolean
vfp_store_load_seen (VfpStore *store, GArray *seen, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "SELECT id, object, first_seen FROM finding", error);
  g_autoptr (GHashTable) index = index_seen (seen);
  gboolean row = statement != NULL;

  if (statement == NULL)
    return FALSE;
  while (row)
    {
      if (!vfp_store_next (store, statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      g_autofree char *key = make_key ((const char *) sqlite3_column_text (statement, 0),
                                       (const char *) sqlite3_column_text (statement, 1));
      VfpSeen *one = g_hash_table_lookup (index, key);

      if (one != NULL)
        one->first_seen = sqlite3_column_int64 (statement, 2);
    }
  return TRUE;
}

static gboolean
insert_seen (VfpStore *store, const VfpSeen *seen, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store,
                           "INSERT INTO finding (id, object, first_seen) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (id, object) DO UPDATE SET first_seen = ?3",
                           error);

  if (statement == NULL)
    return FALSE;
  vfp_store_bind_text (statement, 1, seen->id);
  vfp_store_bind_text (statement, 2, seen->object);
  sqlite3_bind_int64 (statement, 3, seen->first_seen);
  return vfp_store_run (store, statement, error);
}

gboolean
vfp_store_put_seen (VfpStore *store, GArray *seen, gboolean complete, GError **error)
{
  if (complete)
    {
      g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (store, "DELETE FROM finding", error);

      if (statement == NULL || !vfp_store_run (store, statement, error))
        return FALSE;
    }
  for (guint i = 0; i < seen->len; i++)
    if (!insert_seen (store, &g_array_index (seen, VfpSeen, i), error))
      return FALSE;
  return TRUE;
}
