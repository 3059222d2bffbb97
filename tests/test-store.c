/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file: making and opening it, its invariants, and what comes back of what went in. */
#include "config.h"

#include "state/store.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "base/error.h"
#include "state/schema.h"
#include "tests/lib/check.h"

#define UUID_A "11111111-2222-3333-4444-555555555555"
#define UUID_B "22222222-2222-3333-4444-555555555555"

typedef struct
{
  char *folder;
  char *path;
} Place;

static int
make_place (void **state)
{
  Place *place = g_new0 (Place, 1);

  place->folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "state", "state.db", NULL);
  *state = place;
  return 0;
}

static int
remove_place (void **state)
{
  Place *place = *state;
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_autofree char *journal = g_strconcat (place->path, "-journal", NULL);

  g_unlink (journal);
  g_unlink (place->path);
  g_rmdir (folder);
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->path);
  g_free (place);
  return 0;
}

static VfpStore *
open_store (const Place *place, VfpStoreMode mode)
{
  g_autoptr (GError) error = NULL;
  VfpStore *store = vfp_store_open (place->path, mode, &error);

  if (store == NULL)
    fail_msg ("%s", error->message);
  return store;
}

static void
execute (const Place *place, const char *sql)
{
  sqlite3 *db = NULL;

  assert_int_equal (sqlite3_open (place->path, &db), SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail_msg ("%s: %s", sql, sqlite3_errmsg (db));
  sqlite3_close (db);
}

static int
query (const Place *place, const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;

  assert_int_equal (sqlite3_open (place->path, &db), SQLITE_OK);
  assert_int_equal (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), SQLITE_OK);
  assert_int_equal (sqlite3_step (statement), SQLITE_ROW);
  const int value = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return value;
}

static GBytes *
read_bytes (const Place *place)
{
  char *text = NULL;
  gsize length = 0;

  assert_true (g_file_get_contents (place->path, &text, &length, NULL));
  return g_bytes_new_take (text, length);
}

static VfpMac
mac_of (guint8 number)
{
  return (VfpMac){ { 0x56, 0x66, 0, 0, 0, number } };
}

static VfpPfRecord
make_pf (guint8 bus)
{
  return (VfpPfRecord){ .address = { .bus = bus },
                        .mac = mac_of (0xf0),
                        .netdev = (char *) "enp1s0f0" };
}

static VfpSlot
make_slot (const char *uuid, const char *name, guint8 mac)
{
  return (VfpSlot){ .guest_uuid = (char *) uuid,
                    .guest_name = (char *) "web1",
                    .name = (char *) name,
                    .pool = (char *) "enp1s0f0",
                    .alias = (char *) "ua-vfpool-net0",
                    .mac = mac_of (mac),
                    .settings = vfp_settings_default (),
                    .bond = (char *) "bond1",
                    .bond_mac = VFP_BOND_MAC_ACTIVE,
                    .arrive = VFP_ARRIVE_LIVE };
}

static VfpClaim
make_claim (const VfpSlot *slot, const VfpPfRecord *pf, unsigned vf)
{
  return (VfpClaim){ .slot_id = slot->id,
                     .pf_id = pf->id,
                     .vf = vf,
                     .address = { .bus = 1, .slot = 0x10, .function = (guint8) vf },
                     .live = TRUE,
                     .by = (char *) "root" };
}

/* One PF, web1's net0 on its VF 0. */
static void
fill (const Place *place)
{
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  VfpPfRecord pf = make_pf (1);
  VfpSlot slot = make_slot (UUID_A, "net0", 1);

  slot.has_guest_address = TRUE;
  slot.guest_address.bus = 1;
  slot.acpi_index = 101;
  assert_non_null (transaction);
  assert_true (vfp_store_put_pf (store, &pf, NULL));
  assert_true (vfp_store_put_slot (store, &slot, NULL));
  VfpClaim claim = make_claim (&slot, &pf, 0);
  assert_true (vfp_store_put_claim (store, &claim, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
test_missing (void **state)
{
  static const VfpStoreMode modes[] = { VFP_STORE_READ, VFP_STORE_WRITE };
  const Place *place = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (VfpStore) store = open_store (place, modes[i]);
      g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);

      assert_true (vfp_store_is_missing (store));
      assert_string_equal (vfp_store_path (store), place->path);
      assert_int_equal (records->slots->len + records->claims->len + records->pfs->len, 0);
    }
  assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_create (void **state)
{
  static const mode_t masks[] = { 0, 077 };
  const Place *place = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (masks); i++)
    {
      g_autofree char *folder = g_path_get_dirname (place->path);
      const mode_t before = umask (masks[i]);
      struct stat file, dir;

      fill (place);
      umask (before);
      assert_int_equal (stat (place->path, &file), 0);
      assert_int_equal (stat (folder, &dir), 0);
      assert_int_equal (file.st_mode & 07777, 0640);
      assert_int_equal (dir.st_mode & 07777, 0750);
      assert_int_equal (query (place, "PRAGMA application_id"), VFP_SCHEMA_APPLICATION_ID);
      assert_int_equal (query (place, "PRAGMA user_version"), vfp_schema_version ());
      assert_int_equal (query (place, "SELECT count (*) FROM claim"), 1);

      g_autoptr (VfpStore) store = open_store (place, VFP_STORE_READ);
      assert_false (vfp_store_is_missing (store));
      g_unlink (place->path);
      g_rmdir (folder);
    }
}

/* What a crash between making the file and the first commit leaves. */
static void
test_empty_file (void **state)
{
  const Place *place = *state;
  g_autofree char *folder = g_path_get_dirname (place->path);

  assert_int_equal (g_mkdir (folder, 0750), 0);
  assert_true (g_file_set_contents (place->path, "", 0, NULL));
  g_autoptr (VfpStore) reader = open_store (place, VFP_STORE_READ);
  assert_true (vfp_store_is_missing (reader));
  fill (place);
  assert_int_equal (query (place, "SELECT count (*) FROM slot"), 1);
}

/* Another process makes the file after this one has looked. */
static void
test_made_meanwhile (void **state)
{
  static const VfpStoreMode modes[] = { VFP_STORE_READ, VFP_STORE_WRITE };
  const Place *place = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (VfpStore) store = open_store (place, modes[i]);

      fill (place);
      assert_false (vfp_store_is_missing (store));
      g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
      assert_int_equal (records->claims->len, 1);
      g_unlink (place->path);
    }
}

static void
check_open (const Place *place, const char *name, VfpErrorCode code, const char *part)
{
  static const VfpStoreMode modes[] = { VFP_STORE_READ, VFP_STORE_WRITE };
  g_autoptr (GBytes) before = read_bytes (place);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpStore) store = vfp_store_open (place->path, modes[i], &error);
      g_autoptr (VfpRecords) records = store != NULL ? vfp_store_load (store, &error) : NULL;

      check_case (name, records == NULL && error != NULL);
      if (!g_error_matches (error, VFP_ERROR, (int) code) || strstr (error->message, part) == NULL)
        fail_msg ("%s: %s: %s", name, vfp_error_code_string (error), error->message);
      check_case (name, strstr (error->message, place->path) != NULL);
    }
  g_autoptr (GBytes) after = read_bytes (place);
  check_case (name, g_bytes_equal (before, after));
}

static void
test_newer (void **state)
{
  const Place *place = *state;

  fill (place);
  execute (place, "PRAGMA user_version = 99");
  check_open (place, "newer", VFP_ERROR_STATE_NEWER, "99");
}

static void
test_damaged (void **state)
{
  const Place *place = *state;

  fill (place);
  assert_int_equal (truncate (place->path, 5000), 0);
  check_open (place, "truncated", VFP_ERROR_STATE_DAMAGED, "reconcile --rebuild");

  assert_true (
      g_file_set_contents (place->path, "not a database, and long enough for one", -1, NULL));
  check_open (place, "garbage", VFP_ERROR_STATE_DAMAGED, "reconcile --rebuild");

  g_unlink (place->path);
  execute (place, "CREATE TABLE t (a)");
  check_open (place, "another program's, no id", VFP_ERROR_STATE_DAMAGED, "another program");
  g_unlink (place->path);
  execute (place, "PRAGMA application_id = 7; CREATE TABLE t (a)");
  check_open (place, "another program's, with id", VFP_ERROR_STATE_DAMAGED, "another program");
}

static void
test_bad_values (void **state)
{
  static const struct
  {
    const char *name, *sql, *part;
  } cases[] = {
    { "MAC of a slot", "UPDATE slot SET mac = 'zz'", "(mac: 'zz')" },
    { "guest address", "UPDATE slot SET guest_address = '01'", "(guest_address: '01')" },
    { "bond", "UPDATE slot SET bond = 'team0'", "(bond: 'team0')" },
    { "standby", "UPDATE slot SET standby = 'lan'", "(standby: 'lan')" },
    { "settings", "UPDATE slot SET settings = 'vlan=9999'", "(settings: " },
    { "address of a claim", "UPDATE claim SET address = ''", "(address: '')" },
    { "saved settings", "UPDATE claim SET saved = 'x'", "(saved: 'x')" },
    { "address of a PF", "UPDATE pf SET address = 'pf'", "(address: 'pf')" },
    { "MAC of a PF", "UPDATE pf SET mac = ''", "(mac: '')" },
  };
  const Place *place = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fill (place);
      execute (place, cases[i].sql);
      check_open (place, cases[i].name, VFP_ERROR_STATE_DAMAGED, cases[i].part);
      g_unlink (place->path);
    }
}

static void
test_symlink (void **state)
{
  const Place *place = *state;
  g_autoptr (GError) error = NULL;
  g_autofree char *real = g_build_filename (place->folder, "real.db", NULL);

  fill (place);
  assert_int_equal (g_rename (place->path, real), 0);
  assert_int_equal (symlink (real, place->path), 0);
  assert_null (vfp_store_open (place->path, VFP_STORE_WRITE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE));
  g_unlink (real);
}

/* Where the tests run as root, another user tries. */
static void
test_unreadable (void **state)
{
  const Place *place = *state;
  int status = -1;

  fill (place);
  assert_int_equal (chmod (place->path, 0), 0);
  const pid_t child = fork ();
  assert_true (child >= 0);
  if (child == 0)
    {
      g_autoptr (GError) error = NULL;

      if (geteuid () == 0 && setuid (65534) != 0)
        _exit (2);
      g_autoptr (VfpStore) store = vfp_store_open (place->path, VFP_STORE_READ, &error);
      _exit (store == NULL && g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE) ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
}

typedef struct
{
  const char *name;
  const char *uuid, *slot;
  guint8 mac, bus;
  unsigned acpi_index;
  int vf;            /* -1: no claim */
  gboolean of_first; /* the claim is one more of web1's net0 */
  VfpErrorCode code;
} InvariantCase;

#define ACCEPTED VFP_ERROR_FAILED

static const InvariantCase invariant_cases[] = {
  { "nothing in common", UUID_A, "net1", 2, 2, 102, 1, FALSE, ACCEPTED },
  { "same address and index in another guest", UUID_B, "net0", 2, 1, 101, 1, FALSE, ACCEPTED },
  { "no address and index", UUID_A, "net1", 2, 0, 0, -1, FALSE, ACCEPTED },
  { "VF twice", UUID_B, "net0", 2, 2, 102, 0, FALSE, VFP_ERROR_VF_IN_USE },
  { "slot twice", UUID_A, "net0", 2, 2, 102, -1, FALSE, VFP_ERROR_SLOT_IN_USE },
  { "two VFs for a slot", UUID_B, "net0", 2, 2, 102, 1, TRUE, VFP_ERROR_SLOT_IN_USE },
  { "MAC twice", UUID_B, "net0", 1, 2, 102, -1, FALSE, VFP_ERROR_MAC_IN_USE },
  { "guest address twice", UUID_A, "net1", 2, 1, 102, -1, FALSE, VFP_ERROR_GUEST_ADDRESS_IN_USE },
  { "ACPI index twice", UUID_A, "net1", 2, 2, 101, -1, FALSE, VFP_ERROR_ACPI_INDEX_IN_USE },
  { "ACPI index too high", UUID_A, "net1", 2, 2, 16384, -1, FALSE, VFP_ERROR_STATE },
};

static gboolean
put_second (VfpStore *store, const InvariantCase *with, GError **error)
{
  VfpPfRecord pf = make_pf (1);
  VfpSlot slot = make_slot (with->uuid, with->slot, with->mac);

  slot.has_guest_address = with->bus != 0;
  slot.guest_address.bus = with->bus;
  slot.acpi_index = with->acpi_index;
  if (!vfp_store_put_pf (store, &pf, error) || !vfp_store_put_slot (store, &slot, error))
    return FALSE;
  if (with->of_first)
    slot.id = 1;
  VfpClaim claim = make_claim (&slot, &pf, (unsigned) with->vf);
  return with->vf < 0 || vfp_store_put_claim (store, &claim, error);
}

static void
test_invariants (void **state)
{
  const Place *place = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (invariant_cases); i++)
    {
      const InvariantCase *with = &invariant_cases[i];
      g_autoptr (GError) error = NULL;

      fill (place);
      g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
      g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
      check_case (with->name, transaction != NULL);
      const gboolean done = put_second (store, with, &error);

      check_case (with->name, done == (with->code == ACCEPTED));
      check_case (with->name, done == (error == NULL));
      if (!done && !g_error_matches (error, VFP_ERROR, (int) with->code))
        fail_msg ("%s: %s: %s", with->name, vfp_error_code_string (error), error->message);
      g_unlink (place->path);
    }
}

static void
test_claimed_slot_stays (void **state)
{
  const Place *place = *state;
  g_autoptr (GError) error = NULL;

  fill (place);
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  assert_non_null (transaction);
  assert_false (vfp_store_delete_slot (store, 1, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE));
}

/* Who changes a row of another revision has lost it. */
static void
test_revision (void **state)
{
  const Place *place = *state;
  g_autoptr (GError) put = NULL, delete = NULL;

  fill (place);
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  g_autoptr (VfpClaim) old = vfp_claim_copy (claim);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);

  assert_non_null (transaction);
  assert_int_equal (claim->revision, 1);
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_int_equal (claim->revision, 2);
  assert_false (vfp_store_put_claim (store, old, &put));
  assert_true (g_error_matches (put, VFP_ERROR, VFP_ERROR_BUSY));
  assert_false (vfp_store_delete_claim (store, old, &delete));
  assert_true (g_error_matches (delete, VFP_ERROR, VFP_ERROR_BUSY));
  assert_true (vfp_store_delete_claim (store, claim, NULL));
}

/* Nor is a row that was made since for one that is gone: its next owner would lose it. */
static void
test_new_row (void **state)
{
  const Place *place = *state;
  g_autoptr (GError) delete = NULL;

  fill (place);
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  const VfpClaim *gone = g_ptr_array_index (records->claims, 0);
  g_autoptr (VfpClaim) fresh = vfp_claim_copy (gone);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);

  assert_non_null (transaction);
  assert_int_equal (records->claims->len, 1);
  assert_true (vfp_store_delete_claim (store, gone, NULL));
  fresh->id = fresh->revision = 0;
  assert_true (vfp_store_put_claim (store, fresh, NULL));
  assert_int_equal (fresh->revision, gone->revision);
  assert_false (vfp_store_delete_claim (store, gone, &delete));
  assert_true (g_error_matches (delete, VFP_ERROR, VFP_ERROR_BUSY));
}

static void
test_rollback (void **state)
{
  const Place *place = *state;

  fill (place);
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  assert_true (put_second (store, &invariant_cases[0], NULL));
  g_clear_pointer (&transaction, vfp_transaction_free);

  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  assert_int_equal (records->slots->len, 1);
  assert_int_equal (records->claims->len, 1);
}

static void
test_read_only (void **state)
{
  const Place *place = *state;
  struct stat before, after;

  fill (place);
  g_autoptr (GBytes) bytes_before = read_bytes (place);
  assert_int_equal (stat (place->path, &before), 0);
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_READ);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  assert_int_equal (records->claims->len, 1);
  (void) vfp_store_change_count (store);
  g_clear_pointer (&store, vfp_store_free);

  g_autoptr (GBytes) bytes_after = read_bytes (place);
  assert_int_equal (stat (place->path, &after), 0);
  assert_true (g_bytes_equal (bytes_before, bytes_after));
  assert_int_equal (before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void
test_change_count (void **state)
{
  const Place *place = *state;

  fill (place);
  g_autoptr (VfpStore) reader = open_store (place, VFP_STORE_READ);
  const guint64 before = vfp_store_change_count (reader);
  assert_int_equal (vfp_store_change_count (reader), before);
  execute (place, "UPDATE slot SET created = 7");
  assert_int_not_equal (vfp_store_change_count (reader), before);
}

static void
put_all (VfpStore *store, VfpPfRecord *pf, VfpSlot *slot, VfpClaim *claim, VfpClaim *reservation)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  const VfpEvent event = { .time = 1,
                           .by = "root",
                           .what = "attach",
                           .guest = "web1",
                           .slot = "net7",
                           .vf = "0000:01:10.0",
                           .result = "done" };

  assert_true (vfp_store_put_pf (store, pf, NULL));
  assert_true (vfp_store_put_slot (store, slot, NULL));
  claim->slot_id = slot->id;
  claim->pf_id = reservation->pf_id = pf->id;
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_true (vfp_store_put_claim (store, reservation, NULL));
  assert_true (vfp_store_add_event (store, &event, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
check_slot (const VfpSlot *got, const VfpSlot *put)
{
  g_autofree char *got_settings = vfp_settings_to_string (&got->settings);
  g_autofree char *put_settings = vfp_settings_to_string (&put->settings);

  assert_int_equal (got->id, put->id);
  assert_string_equal (got->guest_uuid, put->guest_uuid);
  assert_string_equal (got->guest_name, put->guest_name);
  assert_string_equal (got->name, put->name);
  assert_string_equal (got->pool, put->pool);
  assert_string_equal (got->alias, put->alias);
  assert_true (vfp_mac_equal (&got->mac, &put->mac));
  assert_true (vfp_address_equal (&got->guest_address, &put->guest_address));
  assert_int_equal (got->has_guest_address, put->has_guest_address);
  assert_int_equal (got->acpi_index, put->acpi_index);
  assert_string_equal (got_settings, put_settings);
  assert_int_equal (got->asked, put->asked);
  assert_true (g_strcmp0 (got->profile_id, put->profile_id) == 0);
  assert_int_equal (got->transient, put->transient);
  assert_int_equal (got->created, put->created);
  assert_string_equal (got->bond, put->bond);
  assert_int_equal (got->bond_mac, put->bond_mac);
  assert_int_equal (got->arrive, put->arrive);
  assert_true (g_strcmp0 (got->standby, put->standby) == 0);
}

static void
check_claim (const VfpClaim *got, const VfpClaim *put)
{
  g_autofree char *got_saved = vfp_settings_to_string (&got->saved);
  g_autofree char *put_saved = vfp_settings_to_string (&put->saved);

  assert_int_equal (got->id, put->id);
  assert_int_equal (got->revision, put->revision);
  assert_int_equal (got->slot_id, put->slot_id);
  assert_int_equal (g_strcmp0 (got->owner, put->owner), 0);
  assert_int_equal (got->pf_id, put->pf_id);
  assert_int_equal (got->vf, put->vf);
  assert_true (vfp_address_equal (&got->address, &put->address));
  assert_int_equal (got->intent, put->intent);
  assert_int_equal (got->intent_live, put->intent_live);
  assert_int_equal (got->intent_config, put->intent_config);
  assert_int_equal (got->live, put->live);
  assert_int_equal (got->config, put->config);
  assert_int_equal (g_strcmp0 (got->boot_id, put->boot_id), 0);
  assert_int_equal (got->claimer.pid, put->claimer.pid);
  assert_int_equal (got->claimer.start_ticks, put->claimer.start_ticks);
  assert_int_equal (got->expires, put->expires);
  assert_int_equal (got->has_saved, put->has_saved);
  assert_string_equal (got_saved, put_saved);
  assert_int_equal (g_strcmp0 (got->saved_driver, put->saved_driver), 0);
  assert_int_equal (got->since, put->since);
  assert_string_equal (got->by, put->by);
}

static void
test_round_trip (void **state)
{
  const Place *place = *state;
  VfpPfRecord pf = { .address = { 0x10001, 2, 3, 4 },
                     .mac = mac_of (9),
                     .serial = (char *) "a0-36",
                     .netdev = (char *) "enp1s0f0" };
  VfpSlot slot = make_slot (UUID_A, "net7", 1);
  VfpClaim claim = { .vf = 63,
                     .address = { 0x10001, 2, 0x1f, 7 },
                     .intent = VFP_INTENT_CLAIMING,
                     .intent_live = TRUE,
                     .live = TRUE,
                     .config = TRUE,
                     .expires = 4711,
                     .boot_id = (char *) "boot",
                     .claimer = { 4711, G_GUINT64_CONSTANT (9000000000) },
                     .has_saved = TRUE,
                     .saved_driver = (char *) "igbvf",
                     .since = G_GINT64_CONSTANT (4102444800),
                     .by = (char *) "admin" };
  VfpClaim reservation = { .owner = (char *) "backup",
                           .vf = 1,
                           .intent = VFP_INTENT_CLAIMING,
                           .intent_config = TRUE,
                           .live = TRUE,
                           .by = (char *) "root" };

  assert_true (vfp_settings_from_string (
      "vlan=42:3:802.1ad tx-rate=10:1000 spoofchk=off trust=on link-state=disable", &slot.settings,
      NULL));
  assert_true (vfp_settings_from_string ("mac=02:00:00:00:00:01 trust=off", &claim.saved, NULL));
  slot.guest_address = (VfpAddress){ 0, 4, 5, 6 };
  slot.has_guest_address = slot.transient = TRUE;
  slot.acpi_index = 16383;
  slot.asked = VFP_SETTING_TRUST | (unsigned) VFP_SETTING_VLAN;
  slot.profile_id = (char *) "finance";
  slot.created = 1700000000;

  g_autoptr (VfpStore) writer = open_store (place, VFP_STORE_WRITE);
  put_all (writer, &pf, &slot, &claim, &reservation);
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_READ);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  assert_int_equal (records->pfs->len, 1);
  assert_int_equal (records->claims->len, 2);
  const VfpPfRecord *got = vfp_records_find_pf (records, &pf.address, &pf.mac);
  assert_string_equal (got->serial, "a0-36");
  assert_string_equal (got->netdev, "enp1s0f0");
  check_slot (vfp_records_find_slot (records, UUID_A, "net7"), &slot);
  check_claim (vfp_records_find_claim_of_slot (records, slot.id), &claim);
  check_claim (g_ptr_array_index (records->claims, 1), &reservation);
  assert_int_equal (query (place, "SELECT count (*) FROM event WHERE guest = 'web1'"), 1);
}

/* A PF that is known gets its new name, and keeps the serial number and its names of before, each
 * once. */
static void
test_put_pf_again (void **state)
{
  const Place *place = *state;
  g_autoptr (VfpStore) store = open_store (place, VFP_STORE_WRITE);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  VfpPfRecord first = make_pf (1), again = make_pf (1), other = make_pf (2);

  first.serial = (char *) "a0-36";
  again.netdev = (char *) "eth0";
  assert_non_null (transaction);
  assert_true (vfp_store_put_pf (store, &first, NULL));
  for (unsigned i = 0; i < 2; i++)
    {
      again.netdev = NULL;
      assert_true (vfp_store_put_pf (store, &again, NULL));
      again.netdev = (char *) "eth0";
      assert_true (vfp_store_put_pf (store, &again, NULL));
    }
  assert_true (vfp_store_put_pf (store, &other, NULL));
  assert_int_equal (again.id, first.id);
  assert_int_not_equal (other.id, first.id);

  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  const VfpPfRecord *pf = vfp_records_get_pf (records, first.id);
  assert_string_equal (pf->netdev, "eth0");
  assert_string_equal (pf->serial, "a0-36");
  assert_string_equal (pf->former_netdevs, "enp1s0f0 eth0");
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown (name, make_place, remove_place)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    STORE_TEST (test_missing),
    STORE_TEST (test_create),
    STORE_TEST (test_empty_file),
    STORE_TEST (test_made_meanwhile),
    STORE_TEST (test_newer),
    STORE_TEST (test_damaged),
    STORE_TEST (test_bad_values),
    STORE_TEST (test_symlink),
    STORE_TEST (test_unreadable),
    STORE_TEST (test_invariants),
    STORE_TEST (test_claimed_slot_stays),
    STORE_TEST (test_revision),
    STORE_TEST (test_new_row),
    STORE_TEST (test_rollback),
    STORE_TEST (test_read_only),
    STORE_TEST (test_change_count),
    STORE_TEST (test_round_trip),
    STORE_TEST (test_put_pf_again),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
