/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Export and import: round trip, hostile texts, merging and replacing. */
#include "config.h"

#include "ops/export.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "ops/dump.h"
#include "ops/import.h"
#include "state/backup.h"
#include "state/lock.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

static void
attach (World *world, const char *guest, const char *vf)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.vf = vf;
  vfp_result_free (world_must_attach (world, guest, &request));
}

/* As a later vfpool will make it. */
static void
reserve (World *world, unsigned vf, const char *owner)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpPfRecord *pf = g_ptr_array_index (records->pfs, 0);
  VfpClaim claim = { .owner = (char *) owner,
                     .pf_id = pf->id,
                     .vf = vf,
                     .address = { .bus = 1, .slot = 0x10, .function = (guint8) (2 * vf) },
                     .since = 1,
                     .by = (char *) "root" };

  assert_true (world_open (world, &opened, FALSE, NULL));
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (opened.store, NULL);
  const VfpGuestRecord guest = { .uuid = (char *) "11111111-2222-3333-4444-555555555555",
                                 .name = (char *) "gone",
                                 .generation = 3,
                                 .wanted = 2,
                                 .settled = 1,
                                 .refused = (char *) "its VF\tis elsewhere",
                                 .refused_boot_id = (char *) "a boot",
                                 .arriving = 3 };
  assert_true (vfp_store_put_claim (opened.store, &claim, NULL));
  assert_true (vfp_store_put_guest (opened.store, &guest, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static char *export(World *world)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GError) error = NULL;

  assert_true (world_open (world, &opened, TRUE, NULL));
  char *text = vfp_export_json (&opened, &error);
  if (text == NULL)
    fail_msg ("%s", error->message);
  return text;
}

static VfpImport *
import (World *world, const char *text, VfpImportMode mode, gboolean dry_run, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  const VfpImportRequest request
      = { .text = text, .length = strlen (text), .name = "FILE", .mode = mode, .dry_run = dry_run };

  assert_true (world_open (world, &opened, dry_run, NULL));
  VfpImport *made = vfp_import (&opened, &request, error);
  g_ptr_array_set_size (world->warnings, 0);
  g_ptr_array_extend_and_steal (world->warnings, g_steal_pointer (&opened.warnings));
  return made;
}

static VfpImport *
must_import (World *world, const char *name, const char *text, VfpImportMode mode)
{
  g_autoptr (GError) error = NULL;
  VfpImport *made = import (world, text, mode, FALSE, &error);

  if (made == NULL)
    fail_msg ("%s: %s", name, error->message);
  return made;
}

/* web1 runs with VF 0 live and in its configuration, off1 has VF 1 in its configuration, web2 has a
 * slot without VF, VF 3 is reserved. */
static World *
make_world (void)
{
  World *world = world_new ();
  const VfpDetachRequest detach = world_detach_request ("web2");

  attach (world, "web1", "enp1s0f0/0");
  attach (world, "off1", "enp1s0f0/1");
  attach (world, "web2", "enp2s0f0/0");
  world_must_detach (world, "web2", &detach);
  reserve (world, 3, "dpdk");
  return world;
}

static char *
replace (const char *text, const char *from, const char *to)
{
  GString *changed = g_string_new (text);

  if (g_string_replace (changed, from, to, 1) != 1)
    fail_msg ("'%s' is not there", from);
  return g_string_free (changed, FALSE);
}

/* The moment of the export is the one thing that differs. */
static char *
without_time (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new ("\n  \"time\" : [^\n]*", 0, 0, NULL);

  return g_regex_replace_literal (regex, text, -1, 0, "", 0, NULL);
}

static void
check_same (const char *name, const char *text, const char *other)
{
  g_autofree char *a = without_time (text);
  g_autofree char *b = without_time (other);

  check_case_string (name, a, b);
}

static void
test_round_trip (void **state)
{
  for (unsigned replaced = 0; replaced < 2; replaced++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *text = export(world);
      g_autofree char *before = world_dump (world);

      if (replaced == 0)
        assert_int_equal (unlink (world->state_path), 0);
      g_autoptr (VfpImport) made = must_import (
          world, "round trip", text, replaced != 0 ? VFP_IMPORT_REPLACE : VFP_IMPORT_EMPTY);
      g_autofree char *again = export(world);
      g_autofree char *after = world_dump (world);

      check_same ("round trip", again, text);
      assert_string_equal (after, before);
      assert_true (made->changed);
      assert_int_equal (made->slots, 3);
      assert_int_equal (made->claims, 2);
      assert_int_equal (made->reservations, 1);
      assert_int_equal (made->removed, replaced != 0 ? 4 : 0);
      assert_int_equal (world->warnings->len, 0);
    }
}

/* A process that has read the rows before them must not own the new ones. */
static void
test_new_revisions (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  g_autoptr (VfpRecords) before = world_records (world);
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GError) error = NULL;

  vfp_import_free (must_import (world, "replace", text, VFP_IMPORT_REPLACE));
  assert_true (world_open (world, &opened, FALSE, NULL));
  G_GNUC_UNUSED g_autoptr (VfpTransaction) transaction = vfp_store_begin (opened.store, NULL);
  for (guint i = 0; i < before->claims->len; i++)
    {
      assert_false (
          vfp_store_delete_claim (opened.store, g_ptr_array_index (before->claims, i), &error));
      assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
      g_clear_error (&error);
    }
}

static const struct
{
  const char *name, *from, *to, *says;
} hostile[] = {
  { "newer", "\"version\" : 1", "\"version\" : 2", "install that version" },
  { "version 0", "\"version\" : 1", "\"version\" : 0", "version: it is not a whole number" },
  { "version as text", "\"version\" : 1", "\"version\" : \"1\"", "version: it is not a whole" },
  { "version as fraction", "\"version\" : 1", "\"version\" : 1.0", "version: it is not a whole" },
  { "another format", "vfpool-state", "vfpool-list", "not made by 'vfpool export'" },
  { "no pfs", "\"pfs\"", "\"pfz\"", "FILE: pfs: it is missing" },
  { "more at the root", "\"pfs\" :", "\"more\" : 1,\n\"pfs\" :", "'more' is not known" },
  { "escape sequences in a key", "\"pfs\" :", "\"\\u001b[2J\" : 1, \"pfs\" :", "033[2J" },
  { "pfs is an object", "\"pfs\" : [", "\"pfs\" : {}, \"x\" : [", "pfs: it is not an array" },
  { "a row is a number", "\"slots\" : [", "\"slots\" : [ 7,", "slots[0]: it is not an object" },
  { "more in a slot", "\"pool\" :", "\"extra\" : 1, \"pool\" :", "'extra' is not known" },
  { "less in a slot", "\"pool\" :", "\"\" :", "slots[0]: pool: it is missing" },
  { "no MAC", "\"mac\" : \"56", "\"mac\" : null, \"x\" : \"56", "mac: it is not a string" },
  { "multicast", "\"mac\" : \"56", "\"mac\" : \"57", "multicast address" },
  { "MAC is a number", "\"mac\" : \"56:66", "\"mac\" : 5, \"x\" : \"", "mac: it is not a string" },
  { "no such slot name", "\"slot\" : \"net0\"", "\"slot\" : \"eth0\"", "not the name of a slot" },
  { "UUID", "\"guest_uuid\" : \"", "\"guest_uuid\" : \"x", "guest_uuid: it is longer" },
  { "UUID in capitals", "-2222-3333-4444-555555555555\"", "-2222-3333-4444-55555555555F\"",
    "not a UUID in lower case" },
  { "line feed in a name", "\"guest\" : \"web1\"", "\"guest\" : \"we\\nb1\"",
    "control characters" },
  { "terminal's escape in a name", "\"guest\" : \"web1\"", "\"guest\" : \"\\u001b[2J\"",
    "control characters" },
  { "no name", "\"guest\" : \"web1\"", "\"guest\" : \"\"", "guest: it is empty" },
  { "index 0", "\"acpi_index\" : 101", "\"acpi_index\" : 0", "from 1 to 16383" },
  { "index too high", "\"acpi_index\" : 101", "\"acpi_index\" : 16384", "from 1 to 16383" },
  { "index beyond all", "\"acpi_index\" : 101", "\"acpi_index\" : 99999999999999999999",
    "from 1 to 16383" },
  { "setting", "vlan=0 ", "vlan=4095 ", "settings: " },
  { "unknown setting", "vlan=0 ", "speed=9 ", "'speed' is not a setting" },
  { "MAC among the settings", "vlan=0 ", "mac=56:66:00:00:00:01 ", "not one of a slot's" },
  { "asked", "\"asked\" : [", "\"asked\" : [ \"speed\"", "not the name of a setting" },
  { "asked is text", "\"asked\" : [", "\"asked\" : \"vlan\", \"x\" : [", "it is not an array" },
  { "bad arrival", "\"arrive\" : null", "\"arrive\" : \"config\"", "neither live nor both" },
  { "arrival without intent", "\"expires\" : null", "\"expires\" : 60",
    "only a claim for a guest that is to arrive" },
  { "on_start is text", "\"on_start\" : false", "\"on_start\" : \"no\"", "neither true nor false" },
  { "bond without MAC", "\"bond\" : null", "\"bond\" : \"bond0\"", "a bond needs it" },
  { "MAC without bond", "\"bond_mac\" : null", "\"bond_mac\" : \"all\"", "a bond needs it" },
  { "no such bond name", "\"bond\" : null,\n      \"bond_mac\" : null",
    "\"bond\" : \"team0\", \"bond_mac\" : \"all\"", "not the name of a bond" },
  { "no such MAC of a bond", "\"bond\" : null,\n      \"bond_mac\" : null",
    "\"bond\" : \"bond0\", \"bond_mac\" : \"follow\"", "neither all nor active" },
  { "no alias", "\"standby\" : null", "\"standby\" : \"net0\"", "'net0' is no alias" },
  { "created", "\"created\" : \"", "\"created\" : \"x", "created: " },
  { "settled above wanted", "\"settled\" : 1", "\"settled\" : 3", "it is more than wanted" },
  { "negative", "\"generation\" : 3", "\"generation\" : -3", "from 0 to" },
  { "claim of no slot", "\"owner\" : null", "\"owner\" : \"both\"", "either guest_uuid and slot" },
  { "claim of nobody", "\"owner\" : \"dpdk\"", "\"owner\" : null", "either guest_uuid and slot" },
  { "unknown PF", "\"pf_address\" : \"0000:01", "\"pf_address\" : \"0000:09", "pfs has no PF" },
  { "VF", "\"vf\" : 0", "\"vf\" : 65536", "from 0 to 65535" },
  { "intent", "\"intent\" : \"none\"", "\"intent\" : \"some\"", "'some' is not none" },
  { "address", "\"address\" : \"0000:01:10.0\"", "\"address\" : \"0000:01:10.9\"",
    "not a PCI address" },
  { "one VF twice", "\"vf\" : 1", "\"vf\" : 0", "both have VF 0 of enp1s0f0" },
  { "trailing comma", "\"claims\" : [", "\"claims\" : [,", "it is not JSON" },
  { "single quotes", "\"pfs\"", "'pfs'", "it is not JSON" },
  { "comment", "\"pfs\" :", "/* */ \"pfs\" :", "it is not JSON" },
  { "shell comment", "\"pfs\" :", "# \n \"pfs\" :", "it is not JSON" },
  { "hexadecimal", "\"vf\" : 1", "\"vf\" : 0x1g", "it is not JSON" },
};

/* FILE is refused, and nothing has changed. */
static void
check_refused (World *world, const char *name, const char *text, const char *says)
{
  for (unsigned mode = VFP_IMPORT_EMPTY; mode <= VFP_IMPORT_REPLACE; mode++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpImport) made = import (world, text, (VfpImportMode) mode, FALSE, &error);

      check_case (name, made == NULL);
      if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_CONFIG)
          || strstr (error->message, says) == NULL)
        fail_msg ("%s: %s", name, error->message);
      check_case (name, g_str_has_prefix (error->message, "FILE: "));
      check_case (name, strchr (error->message, '\n') == NULL);
    }
}

static void
test_hostile (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  g_autofree char *before = world_dump (world);

  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *bad = replace (text, hostile[i].from, hostile[i].to);

      check_refused (world, hostile[i].name, bad, hostile[i].says);
    }
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);
}

static void
test_duplicates (void **state)
{
  static const struct
  {
    const char *name, *pattern, *says;
  } cases[] = {
    { "MAC", "\"mac\" : \"56:[0-9a-f:]*\"", "both have MAC" },
    { "guest, so that the slot is one", "\"guest_uuid\" : \"[0-9a-f-]*\"", "both have" },
  };
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (cases[i].pattern, 0, 0, NULL);
      g_autoptr (GMatchInfo) match = NULL;
      const char *slots = strstr (text, "\"slots\"");

      assert_true (g_regex_match (regex, slots, 0, &match));
      g_autofree char *first = g_match_info_fetch (match, 0);
      g_autofree char *all = g_regex_replace_literal (regex, text, -1, 0, first, 0, NULL);
      check_refused (world, cases[i].name, all, cases[i].says);
    }
}

/* Cut anywhere, it is refused, and never half imported. */
static void
test_truncated (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  const gsize length = strlen (text);

  for (gsize cut = 0; cut < length - 2; cut += 1 + cut / 20)
    {
      g_autofree char *head = g_strndup (text, cut);
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpRecords) records = vfp_dump_parse (head, cut, "FILE", &error);

      assert_null (records);
      assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_CONFIG));
    }
}

static void
refuse_bytes (const char *name, const char *text, gsize length, const char *says)
{
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();

  check_case (name, vfp_dump_parse (text, length, "FILE", &error) == NULL);
  check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_CONFIG));
  if (strstr (error->message, says) == NULL)
    fail_msg ("%s: %s", name, error->message);
  check_case (name, g_get_monotonic_time () - start < 20 * G_USEC_PER_SEC);
}

static char *
repeat (const char *head, const char *part, gsize count)
{
  GString *text = g_string_new (head);

  for (gsize i = 0; i < count; i++)
    g_string_append (text, part);
  return g_string_free (text, FALSE);
}

static void
test_large (void **state)
{
  const gsize large = 50 * 1024 * 1024;
  g_autofree char *zeros = g_malloc0 (large);
  g_autofree char *blanks = g_strnfill (large, ' ');
  g_autofree char *deep = repeat ("", "{\"a\":", 1000000);
  g_autofree char *brackets = repeat ("{\"pfs\":", "[", 1000000);
  g_autofree char *many = repeat ("{\"pfs\":[{}", ",{}", 1000000);
  g_autofree char *several = repeat ("", "{}", 3);

  refuse_bytes ("50 MB of zeros", zeros, large, "larger than");
  refuse_bytes ("50 MB of blanks", blanks, large, "larger than");
  refuse_bytes ("zeros", zeros, 4096, "not UTF-8");
  refuse_bytes ("blanks", blanks, 4096, "ends too early");
  refuse_bytes ("nothing", "", 0, "ends too early");
  refuse_bytes ("deep", deep, strlen (deep), "nested too deep");
  refuse_bytes ("brackets", brackets, strlen (brackets), "nested too deep");
  refuse_bytes ("many", many, strlen (many), "too many values");
  refuse_bytes ("several", several, strlen (several), "not one JSON object");
  refuse_bytes ("assignment", "a = {}", 6, "not one JSON object");
  refuse_bytes ("not UTF-8", "{\"\xff\":1}", 7, "not UTF-8");
  refuse_bytes ("an array", "[]", 2, "not one JSON object");
  refuse_bytes ("brackets that differ", "{]", 2, "not JSON");
  refuse_bytes ("closing", "}", 1, "not one JSON object");
  refuse_bytes ("empty object", "{}", 2, "format: it is missing");
  refuse_bytes ("a database", "SQLite format 3", 16, "not UTF-8");
}

static void
test_word (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  assert_null (import (world, text, VFP_IMPORT_EMPTY, FALSE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE_NOT_EMPTY));
  assert_non_null (strstr (error->message, "--merge"));
  assert_non_null (strstr (error->message, "--replace"));
  for (unsigned mode = VFP_IMPORT_MERGE; mode <= VFP_IMPORT_REPLACE; mode++)
    {
      g_autoptr (VfpImport) made = import (world, text, (VfpImportMode) mode, TRUE, NULL);
      g_autofree char *after = world_dump (world);

      assert_non_null (made);
      assert_true (made->changed == (mode == VFP_IMPORT_REPLACE));
      assert_string_equal (after, before);
    }
}

/* The reservations and gone guests of a backup come back beside what was made anew. */
static void
test_merge (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpDetachRequest detach = world_detach_request ("off1");
  g_autofree char *text = export(world);

  g_autoptr (VfpImport) all = must_import (world, "all", text, VFP_IMPORT_MERGE);
  assert_false (all->changed);
  assert_int_equal (all->kept, 4);

  /* off1 has moved to another VF since, and what remains is lost. */
  world_must_detach (world, "off1", &detach);
  attach (world, "off1", "enp2s0f0/1");
  g_autofree char *now = export(world);
  assert_int_equal (unlink (world->state_path), 0);
  g_autofree char *only = replace (now, "\"owner\" : \"dpdk\"", "\"owner\" : \"tap\"");
  vfp_import_free (must_import (world, "now", only, VFP_IMPORT_EMPTY));
  g_autofree char *clash = world_dump (world);
  g_autoptr (GError) error = NULL;
  assert_null (import (world, text, VFP_IMPORT_MERGE, FALSE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE));
  assert_non_null (strstr (error->message, "the reservation of tap and the reservation of dpdk"));
  g_autofree char *unchanged = world_dump (world);
  assert_string_equal (unchanged, clash);

  g_autofree char *free_vf = replace (text, "\"vf\" : 3", "\"vf\" : 2");
  g_autoptr (VfpImport) made = must_import (world, "merge", free_vf, VFP_IMPORT_MERGE);
  assert_true (made->changed);
  assert_int_equal (made->slots + made->claims, 0);
  assert_int_equal (made->reservations, 1);
  assert_int_equal (made->kept, 3);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 4);
  assert_true (world_warned (world, "off1 net0 keeps VF 0000:02:10.2; the file has 0000:01:10.2"));
}

static const struct
{
  const char *name, *guest, *from, *to, *says;
  VfpErrorCode code;
} clashes[] = {
  { "slot with another MAC", "web1", "\"mac\" : \"56:66:26", "\"mac\" : \"56:66:27",
    "web1 net0 has MAC", VFP_ERROR_SLOT_IN_USE },
  { "MAC of another slot", "web1", "\"slot\" : \"net0\"", "\"slot\" : \"net7\"", "both have MAC",
    VFP_ERROR_MAC_IN_USE },
};

/* One slot in the file and the state, changed in the file wherever it is named. */
static void
test_clashes (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (clashes); i++)
    {
      g_autoptr (World) world = world_new ();

      attach (world, clashes[i].guest, "enp1s0f0/0");
      g_autofree char *text = export(world);
      g_autofree char *before = world_dump (world);
      GString *changed = g_string_new (text);
      g_autoptr (GError) error = NULL;

      assert_true (g_string_replace (changed, clashes[i].from, clashes[i].to, 0) > 0);
      check_case (clashes[i].name,
                  import (world, changed->str, VFP_IMPORT_MERGE, FALSE, &error) == NULL);
      g_string_free (changed, TRUE);
      g_autofree char *after = world_dump (world);
      if (!g_error_matches (error, VFP_ERROR, clashes[i].code)
          || strstr (error->message, clashes[i].says) == NULL)
        fail_msg ("%s: %s", clashes[i].name, error->message);
      check_case_string (clashes[i].name, after, before);
    }
}

static void
test_replace_busy (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (VfpRecords) records = world_records (world);
  VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  g_autoptr (GError) error = NULL;

  assert_true (world_open (world, &opened, FALSE, NULL));
  claim->intent = VFP_INTENT_DETACHING;
  claim->claimer = vfp_process_self ();
  {
    g_autoptr (VfpTransaction) transaction = vfp_store_begin (opened.store, NULL);

    assert_true (vfp_store_put_claim (opened.store, claim, NULL));
    assert_true (vfp_transaction_commit (transaction, NULL));
  }
  assert_null (import (world, text, VFP_IMPORT_REPLACE, FALSE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
  assert_non_null (strstr (error->message, "web1 net0"));
}

/* A command's rows are there and nobody's intent, its promise in the guest's metadata is not yet:
 * replaced then, its device would be in the guest and nobody would know whose. */
static void
test_replace_locked (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
  g_autoptr (GError) error = NULL;

  {
    G_GNUC_UNUSED g_autoptr (VfpLock) lock
        = vfp_lock_take (world->state_path, slot->guest_uuid, 0, NULL);

    assert_non_null (lock);
    assert_null (import (world, text, VFP_IMPORT_REPLACE, FALSE, &error));
    assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
    assert_non_null (strstr (error->message, slot->guest_name));
  }
  g_autofree char *after = export(world);
  g_autofree char *expected = without_time (text), *got = without_time (after);
  assert_string_equal (got, expected);
  G_GNUC_UNUSED g_autoptr (VfpImport) made
      = must_import (world, "unlocked", text, VFP_IMPORT_REPLACE);
}

/* web1's VF was live in another boot: the configuration's part is what remains. temp1, which has no
 * configuration, comes without VF. */
static void
test_other_boot (void **state)
{
  g_autoptr (World) world = world_new ();

  attach (world, "web1", "enp1s0f0/0");
  attach (world, "temp1", "enp1s0f0/1");
  g_autofree char *text = export(world);
  g_autofree char *boot = world_read (world, "proc/sys/kernel/random/boot_id");
  GString *other = g_string_new (text);

  assert_non_null (boot);
  assert_true (g_string_replace (other, g_strchomp (boot), "another", 0) == 2);
  assert_int_equal (unlink (world->state_path), 0);
  g_autoptr (VfpImport) made = must_import (world, "other boot", other->str, VFP_IMPORT_EMPTY);
  g_string_free (other, TRUE);
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = g_ptr_array_index (records->claims, 0);

  assert_int_equal (made->slots, 2);
  assert_int_equal (made->claims, 1);
  assert_int_equal (records->claims->len, 1);
  assert_true (claim->config && !claim->live && !claim->has_saved);
  assert_null (claim->boot_id);
  assert_true (world_warned (world, "temp1 net0 comes without VF"));
}

static void
test_other_host (void **state)
{
  g_autoptr (World) world = world_new ();

  attach (world, "off1", "enp1s0f0/0");
  g_autofree char *text = export(world);
  GString *moved = g_string_new (text);

  assert_int_equal (unlink (world->state_path), 0);
  g_string_replace (moved, "\"0000:01:00.0\"", "\"0000:41:00.0\"", 0);
  vfp_import_free (must_import (world, "other host", moved->str, VFP_IMPORT_EMPTY));
  g_string_free (moved, TRUE);
  assert_true (world_warned (world, "this host has no PF 0000:41:00.0"));
}

/* A refused import into a lost state must not leave an empty file, which would look like a sound
 * one. */
static void
test_lost_stays_lost (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *text = export(world);
  g_autofree char *bad = replace (text, "\"vf\" : 1", "\"vf\" : 0");

  assert_int_equal (unlink (world->state_path), 0);
  check_refused (world, "lost", bad, "both have");
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_round_trip),     cmocka_unit_test (test_new_revisions),
    cmocka_unit_test (test_hostile),        cmocka_unit_test (test_duplicates),
    cmocka_unit_test (test_truncated),      cmocka_unit_test (test_large),
    cmocka_unit_test (test_word),           cmocka_unit_test (test_merge),
    cmocka_unit_test (test_clashes),        cmocka_unit_test (test_replace_busy),
    cmocka_unit_test (test_replace_locked), cmocka_unit_test (test_other_boot),
    cmocka_unit_test (test_other_host),     cmocka_unit_test (test_lost_stays_lost),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
