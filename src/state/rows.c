/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values to rows of the state file. */
#include "config.h"

#include "state/store-private.h"

#include "base/error.h"

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

/* Configuration and slots may go on naming a PF as it was called before. */
gboolean
vfp_store_put_pf (VfpStore *store, VfpPfRecord *pf, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      "INSERT INTO pf (address, mac, serial, netdev, former_netdevs) VALUES (?1, ?2, ?3, ?4, ?5)"
      " ON CONFLICT (address, mac) DO UPDATE SET netdev = ?4, serial = ifnull (?3, serial),"
      " former_netdevs = CASE"
      " WHEN netdev IS NULL OR netdev IS ?4"
      " OR instr (' ' || ifnull (former_netdevs, '') || ' ', ' ' || netdev || ' ') > 0"
      " THEN ifnull (former_netdevs, ?5)"
      " ELSE ifnull (former_netdevs || ' ', '') || netdev END"
      " RETURNING id",
      error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  bind_address (statement, 1, &pf->address);
  bind_mac (statement, 2, &pf->mac);
  vfp_store_bind_text (statement, 3, pf->serial);
  vfp_store_bind_text (statement, 4, pf->netdev);
  vfp_store_bind_text (statement, 5, pf->former_netdevs);
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
            " acpi_index, settings, asked, transient, created, on_start, rests_until,"
            " profile_id, bond, bond_mac, arrive, standby, driver_model)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?14, ?15, ?16, ?17,"
            " ?18, ?19, ?20, ?21)"
          : "UPDATE slot SET guest_uuid = ?1, guest_name = ?2, name = ?3, pool = ?4, alias = ?5,"
            " mac = ?6, guest_address = ?7, acpi_index = ?8, settings = ?9, asked = ?10,"
            " transient = ?11, created = ?12, on_start = ?14, rests_until = ?15,"
            " profile_id = ?16, bond = ?17, bond_mac = ?18, arrive = ?19, standby = ?20,"
            " driver_model = ?21"
            " WHERE id = ?13",
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
  vfp_store_bind_text (statement, 16, slot->profile_id);
  vfp_store_bind_text (statement, 17, slot->bond);
  vfp_store_bind_text (statement, 18,
                       slot->bond != NULL ? vfp_bond_mac_to_string (slot->bond_mac) : NULL);
  vfp_store_bind_text (statement, 19, vfp_arrive_to_string (slot->arrive));
  vfp_store_bind_text (statement, 20, slot->standby);
  vfp_store_bind_text (statement, 21, slot->driver_model);
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

/* What a reservation asks for. */
static void
bind_wants (sqlite3_stmt *statement, const VfpClaim *claim)
{
  vfp_store_bind_text (statement, 21, claim->saved_override);
  if (claim->owner != NULL)
    bind_settings (statement, 22, &claim->settings);
  sqlite3_bind_int (statement, 23, (int) claim->asked);
  vfp_store_bind_text (statement, 24, claim->driver);
  sqlite3_bind_int64 (statement, 25, claim->until);
}

gboolean
vfp_store_put_claim (VfpStore *store, VfpClaim *claim, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = vfp_store_prepare (
      store,
      claim->id == 0
          ? "INSERT INTO claim (revision, slot_id, owner, pf_id, vf, address, intent, live, config,"
            " boot_id, claimer_pid, claimer_start, saved, saved_driver, since, by,"
            " intent_live, intent_config, generation, saved_override, settings, asked, driver,"
            " until, held_for, expires)"
            " VALUES (?1 + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
            " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)"
          : "UPDATE claim SET revision = ?1 + 1, slot_id = ?2, owner = ?3, pf_id = ?4, vf = ?5,"
            " address = ?6, intent = ?7, live = ?8, config = ?9, boot_id = ?10, claimer_pid = ?11,"
            " claimer_start = ?12, saved = ?13, saved_driver = ?14, since = ?15, by = ?16,"
            " intent_live = ?18, intent_config = ?19, generation = ?20, saved_override = ?21,"
            " settings = ?22, asked = ?23, driver = ?24, until = ?25, held_for = ?26,"
            " expires = ?27"
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
  bind_wants (statement, claim);
  if (claim->held_for != 0)
    sqlite3_bind_int64 (statement, 26, claim->held_for);
  sqlite3_bind_int64 (statement, 27, claim->expires);
  if (!vfp_store_run (store, statement, error) || !check_owned (store, error))
    return FALSE;

  if (claim->id == 0)
    claim->id = sqlite3_last_insert_rowid (store->db);
  claim->revision++;
  return TRUE;
}

gboolean
vfp_store_delete_held (VfpStore *store, gint64 claim_id, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = vfp_store_prepare (store, "DELETE FROM claim WHERE held_for = ?1", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, claim_id);
  return vfp_store_run (store, statement, error);
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
