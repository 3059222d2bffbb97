/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a migration is, as it is shown. */
#include "config.h"

#include <string.h>

#include "cli/progress.h"
#include "tests/lib/check.h"

#define MIB (1024 * 1024)

static const struct
{
  const char *name;
  VfpProgress progress;
  const char *text, *bar;
} cases[] = {
  { "nothing known", { 0 }, "0 %, 0 bytes sent, 0 bytes left", "[          ]" },
  { "half",
    { .total = 100 * MIB,
      .transferred = 60 * MIB,
      .remaining = 50 * MIB,
      .has_dirty_rate = TRUE,
      .dirty_rate = 2 * MIB,
      .has_downtime = TRUE,
      .downtime_ms = 34 },
    "50 %, 60.0 MiB sent, 50.0 MiB left, 2.0 MiB/s dirtied, downtime 34 ms",
    "[=====     ]" },
  { "more left than there was",
    { .total = MIB, .transferred = 0, .remaining = 2 * MIB },
    "0 %, 0 bytes sent, 2.0 MiB left",
    "[          ]" },
  { "all",
    { .total = MIB, .transferred = 3 * MIB },
    "100 %, 3.0 MiB sent, 0 bytes left",
    "[==========]" },
};

static void
test_text (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = vfp_progress_text (&cases[i].progress);
      g_autofree char *bar = vfp_progress_bar (&cases[i].progress, 12);

      for (char *at = strstr (text, "\302\240"); at != NULL; at = strstr (at, "\302\240"))
        {
          *at = ' ';
          memmove (at + 1, at + 2, strlen (at + 1));
        }
      check_case_string (cases[i].name, text, cases[i].text);
      check_case_string (cases[i].name, bar, cases[i].bar);
    }
}

static void
test_narrow (void **state)
{
  const VfpProgress progress = { .total = 4, .remaining = 2 };
  g_autofree char *bar = vfp_progress_bar (&progress, 0);

  assert_int_equal (strlen (bar), 10);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_text), cmocka_unit_test (test_narrow) };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
