/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner of plans: order, undoing, and what it tells. */
#include "config.h"

#include "ops/steps.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"

typedef struct
{
  GString *log;
  char fail_act, fail_undo; /* of step 'a', 'b' or 'c'; 0: none */
  char interrupt;           /* in the act of that step */
  volatile int interrupted;
} Run;

static gboolean
act (Run *run, char step, GError **error)
{
  g_string_append_c (run->log, step);
  if (run->interrupt == step)
    run->interrupted = 2;
  return run->fail_act != step || vfp_throw (error, VFP_ERROR_HOST, "act %c", step);
}

static gboolean
undo (Run *run, char step, GError **error)
{
  g_string_append_c (run->log, g_ascii_toupper (step));
  return run->fail_undo != step || vfp_throw (error, VFP_ERROR_HOST, "undo %c", step);
}

static gboolean
act_a (gpointer data, GError **error)
{
  return act (data, 'a', error);
}

static gboolean
undo_a (gpointer data, GError **error)
{
  return undo (data, 'a', error);
}

static gboolean
act_b (gpointer data, GError **error)
{
  return act (data, 'b', error);
}

static gboolean
undo_b (gpointer data, GError **error)
{
  return undo (data, 'b', error);
}

static gboolean
act_c (gpointer data, GError **error)
{
  return act (data, 'c', error);
}

static gboolean
act_d (gpointer data, GError **error)
{
  return act (data, 'd', error);
}

static const VfpStep steps[] = {
  { "first", act_a, undo_a },
  { "second", act_b, undo_b },
  { "third", act_c, NULL },
  { "fourth", act_d, NULL },
};

static const struct
{
  const char *name;
  char fail_act, fail_undo, interrupt;
  const char *log;     /* acts in small letters, undos in capital ones */
  const char *error;   /* all of it; NULL: none */
  const char *warning; /* part of it; NULL: none */
} cases[] = {
  { "all go", 0, 0, 0, "abcd", NULL, NULL },
  { "first fails", 'a', 0, 0, "aA", "act a", NULL },
  { "second fails", 'b', 0, 0, "abBA", "act b", NULL },
  { "step without undo fails", 'c', 0, 0, "abcBA", "act c", NULL },
  { "last fails", 'd', 0, 0, "abcdBA", "act d", NULL },
  { "undo fails", 'd', 'b', 0, "abcdB", "act d", "cannot undo 'second': undo b" },
  { "last undo fails", 'b', 'a', 0, "abBA", "act b", "cannot undo 'first': undo a" },
  { "signal in the first", 0, 0, 'a', "aBA", "interrupted; what was done is undone", NULL },
  { "signal in the third", 0, 0, 'c', "abcBA", "interrupted; what was done is undone", NULL },
  { "signal, and an undo fails", 0, 'b', 'c', "abcB", "interrupted",
    "cannot undo 'second': undo b; the claim stays" },
  { "signal in the last comes too late", 0, 0, 'd', "abcd", NULL, NULL },
  { "failure before signal", 'b', 0, 'b', "abBA", "act b", NULL },
};

static void
test_runs (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) log = g_string_new (NULL);
      g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GError) error = NULL;
      Run run = { .log = log,
                  .fail_act = cases[i].fail_act,
                  .fail_undo = cases[i].fail_undo,
                  .interrupt = cases[i].interrupt };
      const gboolean done
          = vfp_steps_run (steps, G_N_ELEMENTS (steps), &run, &run.interrupted, warnings, &error);

      check_case (cases[i].name, done == (cases[i].error == NULL));
      check_case (cases[i].name, done == (error == NULL));
      check_case_string (cases[i].name, log->str, cases[i].log);
      if (!done)
        check_case_string (cases[i].name, error->message, cases[i].error);
      check_case (cases[i].name, warnings->len == (cases[i].warning != NULL));
      if (cases[i].warning != NULL)
        check_case (cases[i].name,
                    strstr (g_ptr_array_index (warnings, 0), cases[i].warning) != NULL);
    }
}

static void
test_interrupted_before (void **state)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  Run run = { .log = log, .interrupted = 15 };

  assert_false (
      vfp_steps_run (steps, G_N_ELEMENTS (steps), &run, &run.interrupted, warnings, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  assert_null (strpbrk (log->str, "abcd"));
}

/* Without somebody who could interrupt. */
static void
test_no_signals (void **state)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  Run run = { .log = log, .interrupt = 'a' };

  assert_true (vfp_steps_run (steps, G_N_ELEMENTS (steps), &run, NULL, warnings, NULL));
  assert_string_equal (log->str, "abcd");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_runs),
    cmocka_unit_test (test_interrupted_before),
    cmocka_unit_test (test_no_signals),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
