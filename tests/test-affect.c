/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a guest's two definitions a command works on. */
#include "config.h"

#include "ops/affect.h"

#include "base/error.h"
#include "guest/virt.h"
#include "tests/lib/check.h"

#define LIVE VFP_AFFECT_LIVE
#define CONFIG VFP_AFFECT_CONFIG
#define UNTOUCHED 99

typedef enum
{
  RUNNING,
  OFF,
  TRANSIENT,
  PAUSED,
  GUESTS
} Kind;

static const VfpGuest guests[GUESTS] = {
  [RUNNING] = { .name = (char *) "web1", .running = TRUE, .persistent = TRUE },
  [OFF] = { .name = (char *) "web1", .persistent = TRUE },
  [TRANSIENT] = { .name = (char *) "web1", .running = TRUE },
  [PAUSED] = { .name = (char *) "web1", .running = TRUE, .paused = TRUE, .persistent = TRUE },
};

static const struct
{
  const char *name;
  Kind kind;
  VfpAffectFlags flags;
  unsigned affect; /* 0: an error */
  VfpErrorCode code;
} cases[] = {
  { "running", RUNNING, { 0 }, LIVE | CONFIG, 0 },
  { "running, live", RUNNING, { .live = TRUE }, LIVE, 0 },
  { "running, config", RUNNING, { .config = TRUE }, CONFIG, 0 },
  { "running, both", RUNNING, { .live = TRUE, .config = TRUE }, LIVE | CONFIG, 0 },
  { "running, current", RUNNING, { .current = TRUE }, LIVE, 0 },
  { "off", OFF, { 0 }, CONFIG, 0 },
  { "off, config", OFF, { .config = TRUE }, CONFIG, 0 },
  { "off, current", OFF, { .current = TRUE }, CONFIG, 0 },
  { "off, live", OFF, { .live = TRUE }, 0, VFP_ERROR_GUEST_OFF },
  { "off, both", OFF, { .live = TRUE, .config = TRUE }, 0, VFP_ERROR_GUEST_OFF },
  { "transient", TRANSIENT, { 0 }, LIVE, 0 },
  { "transient, live", TRANSIENT, { .live = TRUE }, LIVE, 0 },
  { "transient, current", TRANSIENT, { .current = TRUE }, LIVE, 0 },
  { "transient, config", TRANSIENT, { .config = TRUE }, 0, VFP_ERROR_GUEST_TRANSIENT },
  { "transient, both", TRANSIENT, { .live = TRUE, .config = TRUE }, 0, VFP_ERROR_GUEST_TRANSIENT },
  { "paused", PAUSED, { 0 }, 0, VFP_ERROR_GUEST_PAUSED },
  { "paused, live", PAUSED, { .live = TRUE }, 0, VFP_ERROR_GUEST_PAUSED },
  { "paused, current", PAUSED, { .current = TRUE }, 0, VFP_ERROR_GUEST_PAUSED },
  { "paused, config", PAUSED, { .config = TRUE }, CONFIG, 0 },
  { "current and live", RUNNING, { .current = TRUE, .live = TRUE }, 0, VFP_ERROR_USAGE },
  { "current and config", OFF, { .current = TRUE, .config = TRUE }, 0, VFP_ERROR_USAGE },
};

static void
test_choose (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      unsigned affect = UNTOUCHED;
      const gboolean done
          = vfp_affect_choose (&guests[cases[i].kind], &cases[i].flags, &affect, &error);

      check_case (cases[i].name, done == (cases[i].affect != 0) && done == (error == NULL));
      check_case (cases[i].name, affect == (done ? cases[i].affect : UNTOUCHED));
      check_case (cases[i].name, done || g_error_matches (error, VFP_ERROR, (int) cases[i].code));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_choose) };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
