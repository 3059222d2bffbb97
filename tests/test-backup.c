/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of backups: writing, keeping the newest, naming them in errors. */
#include "config.h"

#include "state/backup.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "ops/export.h"
#include "state/history.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

static char *
backup_path (const World *world, const char *name)
{
  g_autofree char *folder = g_path_get_dirname (world->state_path);

  return g_build_filename (folder, "backups", name, NULL);
}

static unsigned
count_files (const World *world)
{
  g_autofree char *folder = backup_path (world, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  unsigned count = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
must_write (World *world)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GError) error = NULL;

  world_open (world, &opened, FALSE, &error);
  assert_null (error);
  if (!vfp_backup_write (&opened, &error))
    fail_msg ("%s", error->message);
}

static void
attach_one (World *world)
{
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = "enp1s0f0/0";
  vfp_result_free (world_must_attach (world, "attach", &request));
}

static void
test_write (void **state)
{
  g_autoptr (World) world = world_new ();

  must_write (world);
  assert_null (vfp_backup_newest (world->state_path));
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));

  attach_one (world);
  must_write (world);
  must_write (world);
  assert_int_equal (count_files (world), 1);

  g_autofree char *path = vfp_backup_newest (world->state_path);
  g_autofree char *folder = backup_path (world, NULL);
  g_autofree char *text = NULL;
  struct stat status;
  assert_non_null (path);
  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  assert_non_null (strstr (text, "\"slot\" : \"net0\""));
  assert_int_equal (stat (path, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0640);
  assert_int_equal (stat (folder, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0750);
}

/* By name; the one that was just written stays even where the clock is far behind. */
static void
test_keep (void **state)
{
  for (unsigned ahead = 0; ahead < 2; ahead++)
    {
      g_autoptr (World) world = world_new ();
      g_autofree char *folder = backup_path (world, NULL);
      g_autofree char *other = backup_path (world, "notes.txt");

      attach_one (world);
      assert_int_equal (g_mkdir_with_parents (folder, 0750), 0);
      assert_true (g_file_set_contents (other, "mine", -1, NULL));
      g_autofree char *stray = backup_path (world, "state-1999-01-01.json.Ab3dE_");
      assert_true (g_file_set_contents (stray, "half", -1, NULL));
      for (unsigned day = 1; day <= 20; day++)
        {
          g_autofree char *name
              = g_strdup_printf ("state-%s-01-%02u.json", ahead != 0 ? "2999" : "1999", day);
          g_autofree char *path = backup_path (world, name);

          assert_true (g_file_set_contents (path, "{}", -1, NULL));
        }
      must_write (world);

      g_autofree char *first
          = backup_path (world, ahead != 0 ? "state-2999-01-07.json" : "state-1999-01-07.json");
      g_autofree char *second
          = backup_path (world, ahead != 0 ? "state-2999-01-08.json" : "state-1999-01-08.json");
      assert_int_equal (count_files (world), VFP_BACKUPS_MAX + 1);
      assert_false (g_file_test (first, G_FILE_TEST_EXISTS));
      assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
      assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
    }
}

static void
test_set_aside (void **state)
{
  g_autoptr (World) world = world_new ();

  assert_true (vfp_backup_set_aside (world->state_path, NULL));
  attach_one (world);
  must_write (world);
  g_autofree char *before = vfp_backup_newest (world->state_path);
  assert_true (vfp_backup_set_aside (world->state_path, NULL));
  g_autofree char *aside = vfp_backup_newest (world->state_path);
  assert_string_not_equal (aside, before);
  must_write (world);

  g_autofree char *after = vfp_backup_newest (world->state_path);
  assert_string_equal (after, before);
  assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
}

static void
test_hint (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web2");
  g_autoptr (GError) damaged = NULL;
  g_autoptr (GError) missing = NULL;

  request.pf = "enp1s0f0";
  attach_one (world);
  must_write (world);
  g_autofree char *path = vfp_backup_newest (world->state_path);
  assert_true (g_file_set_contents (world->state_path, "not a database, and longer than its head",
                                    -1, NULL));
  assert_null (world_attach (world, &request, &damaged));
  assert_int_equal (g_unlink (world->state_path), 0);
  assert_null (world_attach (world, &request, &missing));

  assert_true (g_error_matches (damaged, VFP_ERROR, VFP_ERROR_STATE_DAMAGED));
  assert_non_null (strstr (damaged->message, path));
  assert_true (g_error_matches (missing, VFP_ERROR, VFP_ERROR_STATE_MISSING));
  assert_non_null (strstr (missing->message, path));
}

/* A folder that cannot be made leaves the state file as it is. */
static void
test_fails (void **state)
{
  g_autoptr (World) world = world_new ();
  g_auto (VfpWorld) opened = { 0 };
  g_autofree char *folder = backup_path (world, NULL);
  g_autoptr (GError) error = NULL;

  attach_one (world);
  assert_true (g_file_set_contents (folder, "in the way", -1, NULL));
  world_open (world, &opened, FALSE, NULL);
  assert_false (vfp_backup_write (&opened, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_write), cmocka_unit_test (test_keep),  cmocka_unit_test (test_set_aside),
    cmocka_unit_test (test_hint),  cmocka_unit_test (test_fails),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
