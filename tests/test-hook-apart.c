/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook does in other processes: work that may hang, and asking for a settling. */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/apart.h"
#include "base/error.h"
#include "ops/hook.h"
#include "tests/lib/check.h"

#define UUID "5dd0d3b6-6f4e-4a0e-9a53-64a8d3a5b0f1"
#define LONG_REPLY 300000

static char *
reply_shortly (gpointer data)
{
  return g_strdup (data);
}

static char *
reply_at_length (gpointer data)
{
  return g_strnfill (LONG_REPLY, 'x');
}

static char *
hang (gpointer data)
{
  pause ();
  return NULL;
}

static char *
die (gpointer data)
{
  signal (SIGSEGV, SIG_DFL);
  raise (SIGSEGV);
  return NULL;
}

static char *
leave (gpointer data)
{
  _exit (3);
}

static void
test_reply (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *shortly = vfp_apart_run (reply_shortly, (gpointer) "a\nb", 5000, &error);
  g_autofree char *empty = vfp_apart_run (reply_shortly, (gpointer) "", 5000, &error);
  g_autofree char *long_one = vfp_apart_run (reply_at_length, NULL, 5000, &error);

  assert_string_equal (shortly, "a\nb");
  assert_string_equal (empty, "");
  assert_int_equal (strlen (long_one), LONG_REPLY);
  assert_null (error);
}

static const struct
{
  const char *name;
  VfpApartFunc func;
  unsigned timeout_ms;
  const char *text;
} failures[] = {
  { "late", hang, 1000, "has not answered for 1 s" },
  { "dead", die, 5000, "died of signal 11" },
  { "gone", leave, 5000, "ended with status 3" },
};

static void
test_failure (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr (GError) error = NULL;
      const gint64 start = g_get_monotonic_time ();
      g_autofree char *reply
          = vfp_apart_run (failures[i].func, NULL, failures[i].timeout_ms, &error);
      const gint64 spent_ms = (g_get_monotonic_time () - start) / 1000;

      check_case (failures[i].name, reply == NULL);
      if (strstr (error->message, failures[i].text) == NULL)
        fail_msg ("%s: %s", failures[i].name, error->message);
      check_case (failures[i].name, spent_ms < failures[i].timeout_ms + 1000);
    }
}

static char *
write_program (const char *folder, const char *name, const char *script)
{
  char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", script);

  assert_true (g_file_set_contents (path, text, -1, NULL));
  assert_int_equal (g_chmod (path, 0755), 0);
  return path;
}

/* What a program has noted: it is waited for, since nobody waits for the program. */
static char *
wait_for_note (const char *path)
{
  char *text = NULL;

  for (unsigned i = 0; i < 500 && !g_file_get_contents (path, &text, NULL, NULL); i++)
    g_usleep (10000);
  if (text == NULL)
    fail_msg ("%s was not made", path);
  return text;
}

static const struct
{
  const char *name;
  gboolean systemd;
  const char *systemctl; /* NULL: there is none */
  const char *vfpool;    /* NULL: there is none */
  const char *noted;     /* what was called */
  const char *error;     /* NULL: none */
} asks[] = {
  { "systemd", TRUE, "NOTE", NULL, "start --no-block --quiet vfpool-settle@" UUID ".service",
    NULL },
  { "systemd refuses", TRUE, "exit 5", NULL, NULL, "ended with status 5" },
  { "systemd hangs", TRUE, "exec sleep 60", NULL, NULL, "has not answered for 1 s" },
  { "systemctl dies", TRUE, "kill -SEGV $$", NULL, NULL, "died of signal 11" },
  { "no systemctl", TRUE, NULL, "NOTE", NULL, "there is no systemctl" },
  { "no systemd", FALSE, NULL, "NOTE; exec sleep 1", "settle " UUID, NULL },
  { "nothing", FALSE, NULL, NULL, NULL, "No such file" },
};

static void
ask_one (const char *folder, gsize i)
{
  const char *name = asks[i].name;
  g_autofree char *note = g_strdup_printf ("%s/note-%zu", folder, i);
  g_autofree char *noting
      = g_strdup_printf ("echo \"$@\" >%s.new && mv %s.new %s", note, note, note);
  GString *systemctl = g_string_new (asks[i].systemctl);
  GString *vfpool = g_string_new (asks[i].vfpool);
  g_string_replace (systemctl, "NOTE", noting, 0);
  g_string_replace (vfpool, "NOTE", noting, 0);
  g_autofree char *systemctl_path = write_program (folder, "systemctl", systemctl->str);
  g_autofree char *vfpool_path = write_program (folder, "vfpool", vfpool->str);
  g_string_free (systemctl, TRUE);
  g_string_free (vfpool, TRUE);
  const char *const paths[]
      = { "/nonexistent/systemctl", asks[i].systemctl != NULL ? systemctl_path : NULL, NULL };
  const VfpHookAsker asker = { .systemd = asks[i].systemd ? folder : "/nonexistent",
                               .systemctls = paths,
                               .vfpool = asks[i].vfpool != NULL ? vfpool_path : "/nonexistent",
                               .timeout_ms = 1000 };
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();
  const gboolean asked = vfp_hook_ask (&asker, UUID, &error);

  check_case (name, asked == (asks[i].error == NULL));
  check_case (name, (g_get_monotonic_time () - start) / 1000 < 2000);
  if (error != NULL && strstr (error->message, asks[i].error) == NULL)
    fail_msg ("%s: %s", name, error->message);
  if (asks[i].noted != NULL)
    {
      g_autofree char *noted = wait_for_note (note);
      check_case_string (name, g_strchomp (noted), asks[i].noted);
    }
  g_unlink (systemctl_path);
  g_unlink (vfpool_path);
  g_unlink (note);
}

static void
test_ask (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("vfpool-ask.XXXXXX", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (asks); i++)
    ask_one (folder, i);
  assert_int_equal (g_rmdir (folder), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_reply),
    cmocka_unit_test (test_failure),
    cmocka_unit_test (test_ask),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
