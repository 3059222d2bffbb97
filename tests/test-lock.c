/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks between processes. */
#include "config.h"

#include "state/lock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "tests/lib/check.h"

#define COUNTERS 6
#define COUNTS 30

typedef struct
{
  char *folder;
  char *path; /* of a state file that is not there */
} Place;

static int
make_place (void **state)
{
  Place *place = g_new0 (Place, 1);

  place->folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "state.db", NULL);
  *state = place;
  return 0;
}

static int
remove_place (void **state)
{
  static const char *const files[]
      = { "state.db.lock/claim", "state.db.lock/other", "state.db.lock", "count", "state.db" };
  Place *place = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (place->folder, files[i], NULL);
      g_remove (path);
    }
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->path);
  g_free (place);
  return 0;
}

/* A process that has the lock until it is killed, or for @hold_ms. */
static pid_t
hold (const Place *place, unsigned hold_ms)
{
  int ready[2];
  char byte = 0;

  assert_int_equal (pipe (ready), 0);
  const pid_t child = fork ();
  assert_true (child >= 0);
  if (child == 0)
    {
      g_autoptr (VfpLock) lock = vfp_lock_take (place->path, "claim", 0, NULL);

      if (lock == NULL || write (ready[1], "x", 1) != 1)
        _exit (1);
      g_usleep (hold_ms * 1000UL);
      _exit (0);
    }
  close (ready[1]);
  assert_int_equal (read (ready[0], &byte, 1), 1);
  close (ready[0]);
  return child;
}

static void
end (pid_t child)
{
  kill (child, SIGKILL);
  assert_int_equal (waitpid (child, NULL, 0), child);
}

static void
test_holder (void **state)
{
  const Place *place = *state;
  const pid_t child = hold (place, 60000);
  g_autoptr (GError) error = NULL;
  g_autofree char *wanted = g_strdup_printf ("another vfpool is at work (pid %d, '", (int) child);

  assert_null (vfp_lock_take (place->path, "claim", 0, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
  assert_true (g_str_has_prefix (error->message, wanted));
  assert_non_null (strstr (error->message, "lock')"));
  assert_null (strchr (error->message, '\n'));

  g_autoptr (VfpLock) other = vfp_lock_take (place->path, "other", 0, NULL);
  assert_non_null (other);
  end (child);
  g_autoptr (VfpLock) after_kill = vfp_lock_take (place->path, "claim", 0, NULL);
  assert_non_null (after_kill);
}

static void
test_timeout (void **state)
{
  const Place *place = *state;
  const pid_t child = hold (place, 60000);
  g_autoptr (GError) error = NULL;
  const gint64 start_us = g_get_monotonic_time ();

  assert_null (vfp_lock_take (place->path, "claim", 150, &error));
  const gint64 waited_ms = (g_get_monotonic_time () - start_us) / 1000;
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
  assert_true (waited_ms >= 150 && waited_ms < 10000);
  end (child);

  /* The wait that was given up must not keep the lock for itself. */
  g_autoptr (VfpLock) lock = vfp_lock_take (place->path, "claim", 5000, NULL);
  assert_non_null (lock);
}

static void
test_wait (void **state)
{
  const Place *place = *state;
  const pid_t child = hold (place, 200);
  g_autoptr (VfpLock) lock = vfp_lock_take (place->path, "claim", 20000, NULL);

  assert_non_null (lock);
  assert_null (vfp_lock_take (place->path, "claim", 0, NULL));
  assert_int_equal (waitpid (child, NULL, 0), child);
  assert_null (vfp_lock_take (place->path, "claim", 0, NULL));
  g_clear_pointer (&lock, vfp_lock_free);
  lock = vfp_lock_take (place->path, "claim", 0, NULL);
  assert_non_null (lock);
}

static unsigned
read_count (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL)
             ? (unsigned) g_ascii_strtoull (text, NULL, 10)
             : 0;
}

static G_NORETURN void
count_up (const Place *place, const char *path)
{
  for (unsigned i = 0; i < COUNTS; i++)
    {
      g_autoptr (VfpLock) lock = vfp_lock_take (place->path, "claim", 60000, NULL);
      FILE *file;

      if (lock == NULL)
        _exit (1);
      const unsigned count = read_count (path);
      g_usleep (100);
      if ((file = fopen (path, "we")) == NULL || fprintf (file, "%u", count + 1) < 0
          || fclose (file) != 0)
        _exit (2);
    }
  _exit (0);
}

static void
test_exclusion (void **state)
{
  const Place *place = *state;
  g_autofree char *path = g_build_filename (place->folder, "count", NULL);
  pid_t children[COUNTERS];

  for (unsigned i = 0; i < COUNTERS; i++)
    if ((children[i] = fork ()) == 0)
      count_up (place, path);
  for (unsigned i = 0; i < COUNTERS; i++)
    {
      int status = -1;

      assert_int_equal (waitpid (children[i], &status, 0), children[i]);
      assert_int_equal (status, 0);
    }
  assert_int_equal (read_count (path), COUNTERS * COUNTS);
}

static void
test_modes (void **state)
{
  const Place *place = *state;
  const mode_t before = umask (0);
  g_autoptr (VfpLock) lock = vfp_lock_take (place->path, "claim", 0, NULL);
  g_autofree char *folder = g_strconcat (place->path, ".lock", NULL);
  g_autofree char *file = g_build_filename (folder, "claim", NULL);
  struct stat status;

  umask (before);
  assert_non_null (lock);
  assert_int_equal (stat (folder, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0750);
  assert_int_equal (stat (file, &status), 0);
  assert_int_equal (status.st_mode & 07777, 0640);
}

static void
test_no_folder (void **state)
{
  const Place *place = *state;
  g_autofree char *below_file = g_build_filename (place->path, "state.db", NULL);
  g_autoptr (GError) error = NULL;

  assert_true (g_file_set_contents (place->path, "", 0, NULL));
  assert_null (vfp_lock_take (below_file, "claim", 0, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE));
  vfp_lock_free (NULL);
}

#define LOCK_TEST(name) cmocka_unit_test_setup_teardown (name, make_place, remove_place)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    LOCK_TEST (test_holder),    LOCK_TEST (test_timeout), LOCK_TEST (test_wait),
    LOCK_TEST (test_exclusion), LOCK_TEST (test_modes),   LOCK_TEST (test_no_folder),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
