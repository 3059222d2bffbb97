/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows beside the promises: guests as the hook saw them, history, single values. */
#include "config.h"

#include "state/store-private.h"

#include "base/error.h"

gboolean
vfp_store_put_guest (VfpStore *store, const VfpGuestRecord *guest, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      "INSERT INTO guest (uuid, name, generation, wanted, settled, refused, refused_boot_id,"
      " arriving) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
      " ON CONFLICT (uuid) DO UPDATE SET name = ?2, generation = ?3, wanted = ?4, settled = ?5,"
      " refused = ?6, refused_boot_id = ?7, arriving = ?8",
      error);

  if (statement == NULL)
    return FALSE;
  vfp_store_bind_text (statement, 1, guest->uuid);
  vfp_store_bind_text (statement, 2, guest->name);
  sqlite3_bind_int64 (statement, 3, guest->generation);
  sqlite3_bind_int64 (statement, 4, guest->wanted);
  sqlite3_bind_int64 (statement, 5, guest->settled);
  vfp_store_bind_text (statement, 6, guest->refused);
  vfp_store_bind_text (statement, 7, guest->refused_boot_id);
  sqlite3_bind_int64 (statement, 8, guest->arriving);
  return vfp_store_run (store, statement, error);
}

gboolean
vfp_store_delete_guest (VfpStore *store, const char *uuid, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "DELETE FROM guest WHERE uuid = ?1", error);

  if (statement == NULL)
    return FALSE;
  vfp_store_bind_text (statement, 1, uuid);
  return vfp_store_run (store, statement, error);
}

gboolean
vfp_store_add_event (VfpStore *store, const VfpEvent *event, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      "INSERT INTO event (time, by, via, what, guest_uuid, guest, slot, mac, vf, result)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, event->time);
  vfp_store_bind_text (statement, 2, event->by);
  vfp_store_bind_text (statement, 3, vfp_via_to_string (event->via));
  vfp_store_bind_text (statement, 4, event->what);
  vfp_store_bind_text (statement, 5, event->guest_uuid);
  vfp_store_bind_text (statement, 6, event->guest);
  vfp_store_bind_text (statement, 7, event->slot);
  vfp_store_bind_text (statement, 8, event->mac);
  vfp_store_bind_text (statement, 9, event->vf);
  vfp_store_bind_text (statement, 10, event->result);
  return vfp_store_run (store, statement, error);
}

gboolean
vfp_store_get_meta (VfpStore *store, const char *key, char **out_value, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "SELECT value FROM meta WHERE key = ?1", error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  vfp_store_bind_text (statement, 1, key);
  if (!vfp_store_next (store, statement, &row, error))
    return FALSE;
  *out_value = row ? g_strdup ((const char *) sqlite3_column_text (statement, 0)) : NULL;
  return TRUE;
}

gboolean
vfp_store_put_meta (VfpStore *store, const char *key, const char *value, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store,
                           value != NULL ? "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                                           " ON CONFLICT (key) DO UPDATE SET value = ?2"
                                         : "DELETE FROM meta WHERE key = ?1",
                           error);

  if (statement == NULL)
    return FALSE;
  vfp_store_bind_text (statement, 1, key);
  if (value != NULL)
    vfp_store_bind_text (statement, 2, value);
  return vfp_store_run (store, statement, error);
}
