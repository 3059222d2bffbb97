/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file made anew from the guests, and what happens to it when that is killed. */
#include "config.h"

#include "ops/rebuild.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "ops/export.h"
#include "state/backup.h"
#include "state/lock.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define VF0 "0000:01:10.0"
#define CLONE "11111111-2222-4333-8444-555555555555"
#define STEPS_MAX 10
#define JUNK "this is not a database, but it is longer than the head of one, to be sure"

typedef struct
{
  gboolean done;
  GError *error;
  GPtrArray *lost;    /* texts */
  GPtrArray *results; /* VfpResult */
} Made;

static void
made_clear (Made *made)
{
  g_clear_error (&made->error);
  g_ptr_array_unref (made->lost);
  g_ptr_array_unref (made->results);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Made, made_clear)

static Made
rebuild (World *world, gboolean dry_run)
{
  g_auto (VfpWorld) opened = { 0 };
  Made made = { .lost = g_ptr_array_new_with_free_func (g_free),
                .results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free) };

  world->rebuild = TRUE;
  made.done = world_open (world, &opened, dry_run, &made.error)
              && vfp_rebuild (&opened, dry_run, made.lost, made.results, &made.error);
  world->rebuild = FALSE;
  g_ptr_array_set_size (world->warnings, 0);
  g_ptr_array_extend_and_steal (world->warnings, g_steal_pointer (&opened.warnings));
  return made;
}

static Made
must_rebuild (World *world, const char *name)
{
  Made made = rebuild (world, FALSE);

  if (!made.done)
    fail_msg ("%s: %s", name, made.error->message);
  return made;
}

static void
check_lost (const char *name, const Made *made, const char *part)
{
  for (guint i = 0; i < made->lost->len; i++)
    if (strstr (g_ptr_array_index (made->lost, i), part) != NULL)
      return;
  for (guint i = 0; i < made->lost->len; i++)
    print_message ("lost: %s\n", (char *) g_ptr_array_index (made->lost, i));
  fail_msg ("%s: '%s' is not told as lost", name, part);
}

static void
attach (World *world, const char *guest, const char *vf, const char *vlan)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.vf = vf;
  if (vlan != NULL)
    assert_true (vfp_settings_parse_vlan (&request.settings, vlan, NULL));
  vfp_result_free (world_must_attach (world, guest, &request));
}

/* web1 runs with VF 0, off1 has VF 1 in its configuration, temp1 runs with VF 2, web2 has a slot
 * without VF. */
static World *
make_world (void)
{
  World *world = world_new ();
  const VfpDetachRequest detach = world_detach_request ("web2");

  attach (world, "web1", "enp1s0f0/0", "42:3");
  attach (world, "off1", "enp1s0f0/1", NULL);
  attach (world, "temp1", "enp1s0f0/2", NULL);
  attach (world, "web2", "enp2s0f0/0", NULL);
  world_must_detach (world, "web2", &detach);
  return world;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b);
}

/* Without what a rebuild cannot know, and by line: claims are in the order of their making. */
static char *
without_unknown (const char *dump)
{
  g_autoptr (GRegex) regex = g_regex_new ("\n  saved: .*|boot=\\S+| by=\\S+", 0, 0, NULL);
  g_autofree char *text = g_regex_replace_literal (regex, dump, -1, 0, "", 0, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  qsort (lines, g_strv_length (lines), sizeof *lines, compare_names);
  return g_strjoinv ("\n", lines);
}

static void
check_same (const char *name, const char *dump, const char *other)
{
  g_autofree char *a = without_unknown (dump);
  g_autofree char *b = without_unknown (other);

  check_case_string (name, a, b);
}

static void
write_junk (World *world)
{
  assert_true (g_file_set_contents (world->state_path, JUNK, -1, NULL));
}

static void
make_missing (World *world)
{
  assert_int_equal (unlink (world->state_path), 0);
}

static void
make_cut (World *world)
{
  assert_int_equal (truncate (world->state_path, 8192), 0);
}

static void
make_empty (World *world)
{
  assert_int_equal (truncate (world->state_path, 0), 0);
}

static void
write_at (World *world, long offset, const char *bytes, gsize length)
{
  FILE *file = fopen (world->state_path, "r+e");

  assert_non_null (file);
  assert_int_equal (fseek (file, offset, SEEK_SET), 0);
  assert_int_equal (fwrite (bytes, 1, length, file), length);
  assert_int_equal (fclose (file), 0);
}

/* The mark of the program, at offset 68. */
static void
make_foreign (World *world)
{
  write_at (world, 68, "\0\0\0\1", 4);
}

/* A value that is none of ours, while SQLite sees nothing wrong. */
static void
make_wrong_value (World *world)
{
  g_autofree char *text = NULL;
  gsize length;

  assert_true (g_file_get_contents (world->state_path, &text, &length, NULL));
  char *at = memmem (text, length, "spoofchk=on", 11);
  assert_non_null (at);
  memcpy (at, "spoofchk=xx", 11);
  assert_true (g_file_set_contents (world->state_path, text, (gssize) length, NULL));
}

static const struct
{
  const char *name;
  void (*make) (World *world);
  gboolean kept; /* the old file */
} damages[] = {
  { "missing", make_missing, FALSE },
  { "junk", write_junk, TRUE },
  { "cut off", make_cut, TRUE },
  { "empty", make_empty, FALSE },
  { "another program's", make_foreign, TRUE },
  { "wrong value", make_wrong_value, TRUE },
};

static char *
find_kept (const World *world)
{
  g_autofree char *folder = g_path_get_dirname (world->state_path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_prefix (name, "state.db.bad-"))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static void
test_damages (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *before = world_dump (world);
      g_autofree char *old = NULL;
      gsize length = 0;

      damages[i].make (world);
      if (damages[i].kept)
        assert_true (g_file_get_contents (world->state_path, &old, &length, NULL));
      g_auto (Made) made = must_rebuild (world, damages[i].name);
      g_autofree char *after = world_dump (world);
      g_autofree char *kept = find_kept (world);

      check_same (damages[i].name, after, before);
      check_case (damages[i].name, made.results->len == 4);
      check_case (damages[i].name, (kept != NULL) == damages[i].kept);
      check_case (damages[i].name, world_warned (world, "is kept as") == damages[i].kept);
      if (kept != NULL)
        {
          g_autofree char *text = NULL;
          gsize kept_length;

          assert_true (g_file_get_contents (kept, &text, &kept_length, NULL));
          check_case (damages[i].name, kept_length == length && memcmp (text, old, length) == 0);
        }
      check_lost (damages[i].name, &made, "there is no backup");
      world_check (world, damages[i].name);
    }
}

/* The commands work on it as if nothing had been. */
static void
test_usable (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpDetachRequest detach = world_detach_request ("web1");
  g_autoptr (VfpRecords) before = world_records (world);
  struct stat status;

  make_missing (world);
  G_GNUC_UNUSED g_auto (Made) made = must_rebuild (world, "usable");
  assert_int_equal (stat (world->state_path, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0640);

  g_autoptr (VfpRecords) records = world_records (world);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      assert_false (claim->has_saved);
      assert_true ((claim->boot_id != NULL) == claim->live);
      assert_true (claim->revision > 1000);
    }
  const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
  const VfpSlot *slot_before = g_ptr_array_index (before->slots, 0);
  assert_int_equal (slot->asked, slot_before->asked);

  world_must_detach (world, "web1", &detach);
  attach (world, "web2", "enp1s0f0/0", NULL);
  world_check (world, "usable");
}

static void
test_sound (void **state)
{
  for (unsigned dry = 0; dry < 2; dry++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *before = world_dump (world);
      g_auto (Made) made = rebuild (world, dry != 0);
      g_autofree char *after = world_dump (world);

      assert_false (made.done);
      assert_true (g_error_matches (made.error, VFP_ERROR, VFP_ERROR_STATE_NOT_EMPTY));
      assert_string_equal (after, before);
    }
}

static void
test_newer (void **state)
{
  g_autoptr (World) world = make_world ();

  write_at (world, 60, "\0\0\0\143", 4);
  g_auto (Made) made = rebuild (world, FALSE);
  g_autofree char *kept = find_kept (world);
  assert_false (made.done);
  assert_true (g_error_matches (made.error, VFP_ERROR, VFP_ERROR_STATE_NEWER));
  assert_null (kept);
}

/* Names of all files in the folder of the state file, and their sizes. */
static char *
list_folder (const World *world)
{
  g_autofree char *folder = g_path_get_dirname (world->state_path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      struct stat status;

      assert_int_equal (stat (path, &status), 0);
      g_ptr_array_add (names, g_strdup_printf ("%s %d", name, (int) status.st_size));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv ("\n", (char **) names->pdata);
}

static void
test_dry_run (void **state)
{
  g_autoptr (World) world = make_world ();

  write_junk (world);
  g_autofree char *before = list_folder (world);
  g_auto (Made) made = rebuild (world, TRUE);
  g_autofree char *after = list_folder (world);

  assert_true (made.done);
  assert_int_equal (made.results->len, 4);
  assert_string_equal (after, before);
}

static void
test_no_libvirt (void **state)
{
  g_autoptr (World) world = make_world ();

  write_junk (world);
  hosttree_remove (world->tree, "vfpool-fake/guests/web1/live.xml");
  hosttree_remove (world->tree, "vfpool-fake/guests/web1/config.xml");
  hosttree_write (world->tree, "vfpool-fake/guests/web1/live.xml", "<not XML");
  g_autofree char *before = list_folder (world);
  g_auto (Made) made = rebuild (world, FALSE);
  g_autofree char *after = list_folder (world);

  assert_false (made.done);
  assert_int_equal (vfp_error_status (made.error), 9);
  assert_string_equal (after, before);
}

static void
test_busy (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, slot->guest_uuid, 0, NULL);

  assert_non_null (lock);
  make_missing (world);
  g_auto (Made) made = rebuild (world, FALSE);
  assert_false (made.done);
  assert_true (g_error_matches (made.error, VFP_ERROR, VFP_ERROR_BUSY));
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));
}

static unsigned
count_claims (World *world, const char *guest, gboolean *out_has_slot)
{
  g_autoptr (VfpRecords) records = world_records (world);
  unsigned count = 0;

  *out_has_slot = FALSE;
  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (!g_str_equal (slot->guest_name, guest))
        continue;
      *out_has_slot = TRUE;
      count += vfp_records_find_claim_of_slot (records, slot->id) != NULL;
    }
  return count;
}

static void
check_guest (World *world, const char *name, const char *guest, gboolean slot, unsigned claims)
{
  gboolean has_slot;

  if (count_claims (world, guest, &has_slot) != claims || has_slot != slot)
    fail_msg ("%s: %s has %s", name, guest, has_slot ? "a slot, and other claims" : "no slot");
}

/* A clone as virt-clone makes it: another name and UUID, the same devices and metadata. */
static void
add_clone (World *world, const char *of, gboolean own_metadata)
{
  g_autofree char *path = g_strdup_printf ("vfpool-fake/guests/%s/config.xml", of);
  g_autofree char *xml = world_read (world, path);
  g_autofree char *name = g_strdup_printf ("<name>%s</name>", of);
  g_autoptr (VfpRecords) records = world_records (world);
  GString *copy = g_string_new (xml);
  char *uuid = NULL;

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (g_str_equal (slot->guest_name, of))
        uuid = slot->guest_uuid;
    }
  hosttree_add_guest (world->tree,
                      &(HostGuest){ .name = "copy", .uuid = CLONE, .ports = 3, .off = TRUE });
  assert_int_equal (g_string_replace (copy, name, "<name>copy</name>", 0), 1);
  assert_true (g_string_replace (copy, uuid, CLONE, own_metadata ? 0 : 1) > 0);
  hosttree_write (world->tree, "vfpool-fake/guests/copy/config.xml", copy->str);
  g_string_free (copy, TRUE);
}

static void
test_clone (void **state)
{
  g_autoptr (World) world = make_world ();

  add_clone (world, "off1", FALSE);
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "clone");
  check_guest (world, "clone", "copy", FALSE, 0);
  check_guest (world, "clone", "off1", TRUE, 1);
  check_lost ("clone", &made, "copy: its metadata is a copy of that of guest ");
}

/* The same devices and MACs under metadata of their own: nobody can tell whose they are. */
static void
test_two_claimants (void **state)
{
  g_autoptr (World) world = make_world ();

  add_clone (world, "off1", TRUE);
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "one MAC");
  check_guest (world, "one MAC", "copy", FALSE, 0);
  check_guest (world, "one MAC", "off1", FALSE, 0);
  check_guest (world, "one MAC", "web1", TRUE, 1);
  check_lost ("one MAC", &made, "have one MAC: neither comes back");
}

static void
test_one_vf (void **state)
{
  g_autoptr (World) world = make_world ();

  /* off1's configuration was edited to name web1's VF. */
  world_replace (world, "off1", "config.xml", "slot=\"0x10\" function=\"0x2\"",
                 "slot=\"0x10\" function=\"0x0\"");
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "one VF");
  check_guest (world, "one VF", "off1", TRUE, 0);
  check_guest (world, "one VF", "web1", TRUE, 0);
  check_guest (world, "one VF", "temp1", TRUE, 1);
  check_lost ("one VF", &made, "both have VF " VF0);
}

/* web2, which has no slot for it, runs with the VF of off1's configuration. */
static void
test_running_elsewhere (void **state)
{
  g_autoptr (World) world = make_world ();

  world_add_device (world, "web2", "live.xml", "hostdev7", "0000:01:10.2");
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "running elsewhere");
  check_guest (world, "running elsewhere", "off1", TRUE, 0);
  check_guest (world, "running elsewhere", "web2", TRUE, 0);
  check_lost ("running elsewhere", &made, "in the running guest web2");
}

/* Named in a configuration only, by a guest that makes no claim, it stays its slot's. */
static void
test_named_elsewhere (void **state)
{
  g_autoptr (World) world = make_world ();

  world_add_device (world, "web2", "config.xml", "hostdev7", "0000:01:10.2");
  make_missing (world);
  G_GNUC_UNUSED g_auto (Made) made = must_rebuild (world, "named elsewhere");
  check_guest (world, "named elsewhere", "off1", TRUE, 1);
}

static void
test_missing_vf (void **state)
{
  g_autoptr (World) world = make_world ();

  world_replace (world, "off1", "config.xml", "slot=\"0x10\" function=\"0x2\"",
                 "slot=\"0x1f\" function=\"0x2\"");
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "missing VF");
  check_guest (world, "missing VF", "off1", TRUE, 0);
  check_lost ("missing VF", &made, "off1 net0: VF 0000:01:1f.2 is not on this host");
}

/* The alias may be gone (a hand-made device that was adopted), or be on another device. */
static void
test_alias (void **state)
{
  g_autoptr (World) world = make_world ();

  world_replace (world, "off1", "config.xml", "<alias name=\"" NET0 "\"/>", "");
  make_missing (world);
  G_GNUC_UNUSED g_auto (Made) by_mac = must_rebuild (world, "by MAC");
  check_guest (world, "by MAC", "off1", TRUE, 1);

  g_autoptr (VfpRecords) records = world_records (world);
  const VfpSlot *slot = NULL;
  for (guint i = 0; i < records->slots->len; i++)
    if (g_str_equal (((VfpSlot *) g_ptr_array_index (records->slots, i))->guest_name, "temp1"))
      slot = g_ptr_array_index (records->slots, i);
  g_autofree char *mac = vfp_mac_to_string (&slot->mac);
  g_autofree char *from = g_strdup_printf ("<mac address=\"%s\"/>", mac);
  world_replace (world, "temp1", "live.xml", from, "<mac address=\"52:54:00:00:00:01\"/>");
  make_missing (world);
  G_GNUC_UNUSED g_auto (Made) by_alias = must_rebuild (world, "another MAC");
  check_guest (world, "another MAC", "temp1", TRUE, 0);
}

/* web1 was put back to a configuration with another VF while it runs. */
static void
test_two_xmls (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autoptr (VfpRecords) records = NULL;

  world_replace (world, "web1", "config.xml", "slot=\"0x10\" function=\"0x0\"",
                 "slot=\"0x10\" function=\"0x6\"");
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "two XMLs");
  records = world_records (world);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (g_str_equal (vfp_records_get_slot (records, claim->slot_id)->guest_name, "web1"))
        {
          assert_int_equal (claim->vf, 0);
          assert_true (claim->live && !claim->config);
        }
    }
  check_lost ("two XMLs", &made, "its configuration names 0000:01:10.6");
}

static void
test_broken_metadata (void **state)
{
  g_autoptr (World) world = make_world ();

  world_replace (world, "off1", "config.xml", "name=\"net0\"", "name=\"eth0\"");
  make_missing (world);
  g_auto (Made) made = must_rebuild (world, "broken");
  check_guest (world, "broken", "off1", FALSE, 0);
  check_guest (world, "broken", "web1", TRUE, 1);
  check_lost ("broken", &made, "off1: vfpool's metadata: ");
}

/* The backup of this morning has what the guests do not, and no later one of today replaces it. */
static void
test_backup (void **state)
{
  g_autoptr (World) world = make_world ();

  {
    g_auto (VfpWorld) opened = { 0 };
    g_autoptr (VfpRecords) records = world_records (world);
    VfpClaim claim = { .owner = (char *) "dpdk",
                       .pf_id = ((VfpPfRecord *) g_ptr_array_index (records->pfs, 0))->id,
                       .vf = 3,
                       .address = { .bus = 1, .slot = 0x10, .function = 6 },
                       .by = (char *) "root" };

    assert_true (world_open (world, &opened, FALSE, NULL));
    {
      g_autoptr (VfpTransaction) transaction = vfp_store_begin (opened.store, NULL);

      assert_true (vfp_store_put_claim (opened.store, &claim, NULL));
      assert_true (vfp_transaction_commit (transaction, NULL));
    }
    assert_true (vfp_backup_write (&opened, NULL));
  }
  hosttree_remove (world->tree, "vfpool-fake/guests/off1/config.xml");
  write_junk (world);
  g_auto (Made) made = must_rebuild (world, "backup");
  g_autofree char *backup = vfp_backup_newest (world->state_path);
  g_autofree char *cure = g_strdup_printf (
      "reservations (1 in the newest backup) and slots of guests that are gone (1); 'vfpool import "
      "%s --merge' brings them back",
      backup);
  check_lost ("backup", &made, cure);

  g_auto (VfpWorld) opened = { 0 };
  assert_true (world_open (world, &opened, FALSE, NULL));
  assert_true (vfp_backup_write (&opened, NULL));
  assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));
}

/* Failing at step k leaves the old file, or none where there was none; and nothing else. */
static void
test_fail_at (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      unsigned k = 1;

      for (;; k++)
        {
          g_autoptr (World) world = make_world ();

          assert_true (k < STEPS_MAX);
          damages[i].make (world);
          g_autofree char *before = list_folder (world);
          world->faults.calls = 0;
          world->faults.fail_at = k;
          g_auto (Made) made = rebuild (world, FALSE);
          g_autofree char *after = list_folder (world);

          if (made.done)
            break;
          check_case_string (damages[i].name, after, before);
        }
      assert_int_equal (k, 5);
    }
}

static unsigned die_at;

static void
die (unsigned call)
{
  if (call == die_at)
    _exit (7);
}

/* FALSE when it ended before. */
static gboolean
rebuild_killed (World *world, unsigned at)
{
  const pid_t child = fork ();
  int status = 0;

  if (child == 0)
    {
      die_at = at;
      world->faults.calls = 0;
      world->faults.on_call = die;
      g_auto (Made) made = rebuild (world, FALSE);
      _exit (made.done ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_true (WEXITSTATUS (status) == 7 || WEXITSTATUS (status) == 0);
  return WEXITSTATUS (status) == 7;
}

/* Killed at step k, the path names the old file or the new one, and the next try makes it good. */
static void
test_kill_at (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    for (unsigned k = 1; k < STEPS_MAX; k++)
      {
        g_autoptr (World) world = make_world ();
        g_autofree char *before = world_dump (world);
        g_autofree char *old = NULL, *now = NULL;
        gsize old_length = 0, now_length = 0;

        damages[i].make (world);
        (void) g_file_get_contents (world->state_path, &old, &old_length, NULL);
        if (!rebuild_killed (world, k))
          break;
        (void) g_file_get_contents (world->state_path, &now, &now_length, NULL);
        check_case (damages[i].name, now_length == old_length);
        check_case (damages[i].name, old == NULL || memcmp (old, now, old_length) == 0);

        G_GNUC_UNUSED g_auto (Made) made = must_rebuild (world, damages[i].name);
        g_autofree char *after = world_dump (world);
        check_same (damages[i].name, after, before);
      }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_damages),
    cmocka_unit_test (test_usable),
    cmocka_unit_test (test_sound),
    cmocka_unit_test (test_newer),
    cmocka_unit_test (test_dry_run),
    cmocka_unit_test (test_no_libvirt),
    cmocka_unit_test (test_busy),
    cmocka_unit_test (test_clone),
    cmocka_unit_test (test_two_claimants),
    cmocka_unit_test (test_one_vf),
    cmocka_unit_test (test_running_elsewhere),
    cmocka_unit_test (test_named_elsewhere),
    cmocka_unit_test (test_missing_vf),
    cmocka_unit_test (test_alias),
    cmocka_unit_test (test_two_xmls),
    cmocka_unit_test (test_broken_metadata),
    cmocka_unit_test (test_backup),
    cmocka_unit_test (test_fail_at),
    cmocka_unit_test (test_kill_at),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
