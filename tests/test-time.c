/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "base/time.h"

#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "tests/lib/check.h"

/* 2026-11-20 02:14:05 in a zone that is one hour ahead of UTC. */
#define NOW G_GINT64_CONSTANT (1795137245)
#define TODAY G_GINT64_CONSTANT (1795129200)

static const struct
{
  const char *text;
  gint64 time; /* -1: refused */
} cases[] = {
  { "now", NOW },
  { "today", TODAY },
  { "yesterday", TODAY - 86400 },
  { "@0", 0 },
  { "@1795137245", NOW },
  { "-2h", NOW - 7200 },
  { "-90s", NOW - 90 },
  { "-1w", NOW - 604800 },
  { "-3 days", NOW - 259200 },
  { "3 days ago", NOW - 259200 },
  { "1 minute ago", NOW - 60 },
  { "5m ago", NOW - 300 },
  { "2026-11-20", TODAY },
  { "2026-11-20 02:14", NOW - 5 },
  { "2026-11-20T02:14", NOW - 5 },
  { "2026-11-20 02:14:05", NOW },
  { "2026-11-20T01:14:05Z", NOW },
  { "2026-11-20T01:14Z", NOW - 5 },
  { "2026-11-20T03:14:05+02:00", NOW },
  { "", -1 },
  { "-", -1 },
  { "@", -1 },
  { "@-5", -1 },
  { "@5x", -1 },
  { "@99999999999999", -1 },
  { "-2x", -1 },
  { "-h", -1 },
  { "-99999999999999999999h", -1 },
  { "days ago", -1 },
  { "2 hourss ago", -1 },
  { "tomorrow", -1 },
  { "2026-13-01", -1 },
  { "2026-02-30", -1 },
  { "2026-11-20 25:00", -1 },
  { "2026-11-20 02:14:05 x", -1 },
  { "2026-11-20T", -1 },
  { "20.11.2026", -1 },
};

static void
test_parse (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 time = -1;
      const gboolean ok = vfp_time_parse (cases[i].text, NOW, &time, &error);

      check_case (cases[i].text, ok == (cases[i].time >= 0));
      check_case (cases[i].text, time == cases[i].time);
      check_case (cases[i].text, ok || g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
    }
}

static void
test_future (void **state)
{
  static const struct
  {
    const char *text;
    gint64 time; /* -1: refused */
  } futures[] = {
    { "+2h", NOW + 7200 },
    { "3 days", NOW + 259200 },
    { "90m", NOW + 5400 },
    { "2026-11-20T01:14:06Z", NOW + 1 },
    { "@9999999999", 9999999999 },
    { "2026-11-20T01:14:05Z", -1 },
    { "-2h", -1 },
    { "+0s", -1 },
    { "2 hours ago", -1 },
    { "now", -1 },
    { "today", -1 },
    { "@1", -1 },
    { "", -1 },
    { "+", -1 },
  };
  gint64 tomorrow;

  for (gsize i = 0; i < G_N_ELEMENTS (futures); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 time = -1;
      const gboolean ok = vfp_time_parse_future (futures[i].text, NOW, &time, &error);

      check_case (futures[i].text, ok == (futures[i].time >= 0));
      check_case (futures[i].text, time == futures[i].time);
      check_case (futures[i].text, ok || g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
    }
  assert_true (vfp_time_parse_future ("tomorrow", NOW, &tomorrow, NULL));
  assert_true (tomorrow > NOW && tomorrow <= NOW + 86400);
}

static void
test_text (void **state)
{
  static const char *const bad[] = { "",
                                     "2026-11-20",
                                     "2026-11-20T01:14:05",
                                     "@5",
                                     "2026-11-20T03:14:05+02:00",
                                     "2026-11-20T01:14:05.5Z" };
  g_autofree char *text = vfp_time_to_string (NOW);
  g_autofree char *beyond = vfp_time_to_string (G_MAXINT64);
  gint64 time = 7;

  assert_string_equal (text, "2026-11-20T01:14:05Z");
  assert_null (beyond);
  assert_true (vfp_time_from_string (text, &time, NULL));
  assert_true (time == NOW);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    check_case (bad[i], !vfp_time_from_string (bad[i], &time, NULL) && time == NOW);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_parse), cmocka_unit_test (test_future),
                                      cmocka_unit_test (test_text) };

  setenv ("TZ", "VFP-1", 1);
  tzset ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}
