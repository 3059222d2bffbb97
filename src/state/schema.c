/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema of the state file, in numbered steps. A released step is never changed; what comes
 * later is a step of its own.
 *
 * 1: pf, guest, slot, claim, finding, event, meta
 *
 * The invariants are constraints, so that a bug becomes an error and not a shared VF. */
#include "config.h"

#include "state/schema.h"

#include <glib.h>

static const char *const steps[] = {
  /* 1 */
  "CREATE TABLE meta ("
  "  key TEXT PRIMARY KEY,"
  "  value TEXT NOT NULL"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE pf ("
  "  id INTEGER PRIMARY KEY,"
  "  address TEXT NOT NULL,"
  "  mac TEXT NOT NULL," /* zero: not told; no NULL, which would not be unique */
  "  serial TEXT,"
  "  netdev TEXT,"
  "  former_netdevs TEXT," /* with spaces between them */
  "  UNIQUE (address, mac)"
  ") STRICT;"

  /* What the hook tells of a guest: only guests that have slots. */
  "CREATE TABLE guest ("
  "  uuid TEXT PRIMARY KEY,"
  "  name TEXT NOT NULL,"
  "  generation INTEGER NOT NULL CHECK (generation >= 0)," /* starts, refused ones included */
  "  wanted INTEGER NOT NULL,"             /* the hook has asked for so many settlings */
  "  settled INTEGER NOT NULL,"            /* the last of them that was done */
  "  arriving INTEGER NOT NULL DEFAULT 0," /* the start that is an arrival; 0: none */
  "  refused TEXT,"                        /* why the hook refused the last start */
  "  refused_boot_id TEXT,"
  "  CHECK (settled <= wanted)"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE slot ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* never one that was used before */
  "  guest_uuid TEXT NOT NULL,"
  "  guest_name TEXT NOT NULL,"
  "  name TEXT NOT NULL,"
  "  pool TEXT NOT NULL,"
  "  alias TEXT NOT NULL,"
  "  mac TEXT NOT NULL,"
  "  guest_address TEXT,"
  "  acpi_index INTEGER CHECK (acpi_index BETWEEN 1 AND 16383),"
  "  settings TEXT NOT NULL,"
  "  asked INTEGER NOT NULL,"
  "  profile_id TEXT," /* of a virtualport 802.1Qbh */
  "  driver_model TEXT,"
  "  on_start INTEGER NOT NULL CHECK (on_start IN (0, 1)),"
  "  rests_until INTEGER NOT NULL DEFAULT 0," /* on-start: not before this generation */
  "  bond TEXT,"                              /* that the slot is a leg of */
  "  bond_mac TEXT CHECK (bond_mac IN ('all', 'active')),"
  "  arrive TEXT CHECK (arrive IN ('live', 'both'))," /* to be plugged in where the guest runs */
  "  standby TEXT," /* alias of the virtio NIC that the slot's device is a pair with */
  "  transient INTEGER NOT NULL CHECK (transient IN (0, 1)),"
  "  created INTEGER NOT NULL,"
  "  last_pf_id INTEGER REFERENCES pf (id)," /* the VF that it had last; see claim_ended */
  "  last_vf INTEGER,"
  "  CHECK ((bond IS NULL) = (bond_mac IS NULL)),"
  "  CONSTRAINT slot_name UNIQUE (guest_uuid, name),"
  "  CONSTRAINT slot_mac UNIQUE (mac),"
  "  CONSTRAINT slot_address UNIQUE (guest_uuid, guest_address),"
  "  CONSTRAINT slot_index UNIQUE (guest_uuid, acpi_index),"
  "  CONSTRAINT slot_standby UNIQUE (guest_uuid, standby)"
  ") STRICT;"

  "CREATE TABLE claim ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  revision INTEGER NOT NULL,"
  "  slot_id INTEGER UNIQUE REFERENCES slot (id),"
  "  owner TEXT,"
  /* The other VF of a claim that changes: a row of its own, so that no VF is given twice. */
  "  held_for INTEGER UNIQUE REFERENCES claim (id) ON DELETE CASCADE,"
  "  pf_id INTEGER NOT NULL REFERENCES pf (id),"
  "  vf INTEGER NOT NULL CHECK (vf >= 0),"
  "  address TEXT NOT NULL,"
  "  intent TEXT NOT NULL CHECK (intent IN ('none', 'claiming', 'changing', 'detaching')),"
  "  intent_live INTEGER NOT NULL CHECK (intent_live IN (0, 1)),"
  "  intent_config INTEGER NOT NULL CHECK (intent_config IN (0, 1)),"
  "  live INTEGER NOT NULL CHECK (live IN (0, 1)),"
  "  config INTEGER NOT NULL CHECK (config IN (0, 1)),"
  "  boot_id TEXT,"
  "  generation INTEGER NOT NULL," /* the guest's start that the live part belongs to */
  "  claimer_pid INTEGER,"
  "  claimer_start INTEGER,"
  "  saved TEXT,"
  "  saved_driver TEXT,"
  "  saved_override TEXT,"
  "  settings TEXT," /* this and the next three: what a reservation asks for */
  "  asked INTEGER NOT NULL DEFAULT 0,"
  "  driver TEXT CHECK (driver IN ('vfio-pci', 'host', 'none')),"
  "  until INTEGER NOT NULL DEFAULT 0 CHECK (until >= 0)," /* 0: for ever */
  /* Of a claim for a guest that is to arrive: seconds since the boot that boot_id names. */
  "  expires INTEGER NOT NULL DEFAULT 0 CHECK (expires >= 0),"
  "  since INTEGER NOT NULL,"
  "  by TEXT NOT NULL,"
  "  UNIQUE (pf_id, vf),"
  "  CHECK ((slot_id IS NULL) + (owner IS NULL) + (held_for IS NULL) = 2),"
  "  CHECK (slot_id IS NULL OR live OR config),"
  "  CHECK (expires = 0 OR (slot_id IS NOT NULL AND live AND intent = 'claiming')),"
  "  CHECK (held_for IS NULL OR NOT (live OR config)),"
  "  CHECK ((settings IS NULL) = (owner IS NULL)),"
  "  CHECK (owner IS NOT NULL OR (asked = 0 AND driver IS NULL AND until = 0))"
  ") STRICT;"

  "CREATE TRIGGER claim_ended AFTER DELETE ON claim WHEN old.slot_id IS NOT NULL BEGIN"
  "  UPDATE slot SET last_pf_id = old.pf_id, last_vf = old.vf WHERE id = old.slot_id;"
  " END;"

  /* Findings that were there at the last reconcile, for how long they have been there. */
  "CREATE TABLE finding ("
  "  id TEXT NOT NULL,"
  "  object TEXT NOT NULL,"
  "  first_seen INTEGER NOT NULL,"
  "  PRIMARY KEY (id, object)"
  ") STRICT, WITHOUT ROWID;"

  "CREATE TABLE event ("
  "  id INTEGER PRIMARY KEY,"
  "  time INTEGER NOT NULL,"
  "  by TEXT NOT NULL," /* login name behind sudo */
  "  via TEXT NOT NULL CHECK (via IN ('command', 'hook', 'unit')),"
  "  what TEXT NOT NULL,"
  "  guest_uuid TEXT,"
  "  guest TEXT,"
  "  slot TEXT,"
  "  mac TEXT,"
  "  vf TEXT,"
  "  result TEXT NOT NULL"
  ") STRICT;"
  "CREATE INDEX event_time ON event (time);",
};

int
vfp_schema_version (void)
{
  return (int) G_N_ELEMENTS (steps);
}

const char *
vfp_schema_step (int step)
{
  g_return_val_if_fail (step >= 1 && step <= vfp_schema_version (), NULL);

  return steps[step - 1];
}
