/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors, deadlines, failures on demand, and processes that are told from others. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/error.h"
#include "base/faults.h"
#include "state/records.h"
#include "tests/lib/check.h"

#define SHORT_US 50000
#define LONG_US (20 * G_USEC_PER_SEC)

/* Every code has an exit status of the documented ones, and a string of its own. */
static void
test_codes (void **state)
{
  g_autoptr (GHashTable) strings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int code = VFP_ERROR_FAILED; code <= VFP_ERROR_INTERRUPTED; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (VFP_ERROR, code, "x");
      const char *string = vfp_error_code_string (error);
      const int status = vfp_error_status (error);

      assert_non_null (string);
      if (!g_hash_table_add (strings, g_strdup (string)))
        fail_msg ("'%s' is the string of two codes", string);
      if ((status < 1 || status > 10) && status != 130)
        fail_msg ("%s: exit status %d", string, status);
    }
}

static void
test_other_domain (void **state)
{
  g_autoptr (GError) other = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
  g_autoptr (GError) beyond = g_error_new_literal (VFP_ERROR, VFP_ERROR_INTERRUPTED + 1, "x");

  assert_int_equal (vfp_error_status (other), 1);
  assert_string_equal (vfp_error_code_string (other), "failed");
  assert_int_equal (vfp_error_status (beyond), 1);
  assert_string_equal (vfp_error_code_string (beyond), "failed");
}

static void
test_throw (void **state)
{
  g_autoptr (GError) error = NULL, with_errno = NULL;

  assert_false (vfp_throw (&error, VFP_ERROR_BUSY, "%s has %d", "web1", 3));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
  assert_string_equal (error->message, "web1 has 3");
  assert_false (vfp_throw_errno (&with_errno, VFP_ERROR_HOST, ENOENT, "'%s'", "x"));
  assert_string_equal (with_errno->message, "'x': No such file or directory");
  assert_false (vfp_throw (NULL, VFP_ERROR_BUSY, "nobody listens"));
}

static unsigned calls_seen;

static void
see_call (unsigned call)
{
  calls_seen = calls_seen * 10 + call;
}

static void
test_faults (void **state)
{
  VfpFaults faults = { .fail_at = 2, .on_call = see_call };
  g_autoptr (GError) error = NULL;

  calls_seen = 0;
  assert_true (vfp_faults_pass (NULL, "x", NULL));
  assert_true (vfp_faults_pass (&faults, "first", NULL));
  assert_false (vfp_faults_pass (&faults, "second", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_FAILED));
  assert_string_equal (error->message, "call 2 (second) failed on demand");
  assert_true (vfp_faults_pass (&faults, "third", NULL));
  assert_int_equal (faults.calls, 3);
  assert_int_equal (calls_seen, 123);
}

typedef struct
{
  unsigned wait_us;
  gboolean fail;
  int *freed; /* bit 0: the data, bit 1: the result */
} Call;

static gpointer
run_call (gpointer data, GError **error)
{
  Call *call = data;

  g_usleep (call->wait_us);
  if (!call->fail)
    return call->freed;
  vfp_throw (error, VFP_ERROR_LIBVIRT, "refused");
  return NULL;
}

static void
free_call (gpointer data)
{
  Call *call = data;

  g_atomic_int_or ((guint *) call->freed, 1);
  g_free (call);
}

static void
free_result (gpointer result)
{
  g_atomic_int_or ((guint *) result, 2);
}

static gpointer
call_with_deadline (const Call *call, gint64 time_us, const volatile int *interrupted,
                    GError **error)
{
  return vfp_deadline_run (run_call, g_memdup2 (call, sizeof *call), free_call, free_result,
                           g_get_monotonic_time () + time_us, interrupted, "libvirt", error);
}

/* Waits for the thread that was left behind. */
static void
wait_freed (int *freed, int wanted)
{
  for (unsigned i = 0; i < 2000 && g_atomic_int_get (freed) != wanted; i++)
    g_usleep (5000);
  assert_int_equal (g_atomic_int_get (freed), wanted);
}

static void
test_in_time (void **state)
{
  int freed = 0;
  g_autoptr (GError) error = NULL;
  const Call good = { .freed = &freed }, bad = { .freed = &freed, .fail = TRUE };

  assert_ptr_equal (call_with_deadline (&good, LONG_US, NULL, NULL), &freed);
  wait_freed (&freed, 1);
  assert_null (call_with_deadline (&bad, LONG_US, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
  assert_string_equal (error->message, "refused");
}

static void
test_too_late (void **state)
{
  static int freed, freed_error;
  const Call good = { .wait_us = 4 * SHORT_US, .freed = &freed };
  const Call bad = { .wait_us = 4 * SHORT_US, .freed = &freed_error, .fail = TRUE };
  g_autoptr (GError) error = NULL, second = NULL;

  assert_null (call_with_deadline (&good, SHORT_US, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE));
  assert_string_equal (error->message, "libvirt does not answer");
  wait_freed (&freed, 3);
  assert_null (call_with_deadline (&bad, SHORT_US, NULL, &second));
  wait_freed (&freed_error, 1);
}

static void
test_interrupted (void **state)
{
  static int freed;
  static const volatile int interrupted = 2;
  const Call call = { .wait_us = 4 * SHORT_US, .freed = &freed };
  g_autoptr (GError) error = NULL;

  assert_null (call_with_deadline (&call, LONG_US, &interrupted, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  wait_freed (&freed, 3);
}

/* A number that was used again is not the process that it was. */
static void
test_process (void **state)
{
  VfpProcess self = vfp_process_self ();
  const VfpProcess nobody = { 0 };
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      const VfpProcess own = vfp_process_self ();
      _exit (own.pid == getpid () && own.pid != self.pid && vfp_process_is_alive (&own)
                     && vfp_process_is_alive (&self)
                 ? 0
                 : 1);
    }
  int status = -1;
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  const VfpProcess gone = { child, self.start_ticks };

  assert_int_equal (self.pid, getpid ());
  assert_int_not_equal (self.start_ticks, 0);
  assert_true (vfp_process_is_alive (&self));
  assert_false (vfp_process_is_alive (&nobody));
  assert_false (vfp_process_is_alive (&gone));
  self.start_ticks++;
  assert_false (vfp_process_is_alive (&self));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_codes),       cmocka_unit_test (test_other_domain),
    cmocka_unit_test (test_throw),       cmocka_unit_test (test_faults),
    cmocka_unit_test (test_in_time),     cmocka_unit_test (test_too_late),
    cmocka_unit_test (test_interrupted), cmocka_unit_test (test_process),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
