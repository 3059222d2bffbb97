/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bonds: all legs or none, whatever goes wrong. */
#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/bond.h"
#include "tests/lib/check.h"
#include "tests/lib/faults.h"

#define CALLS_MAX 80

static const char *const two_pfs[] = { "enp1s0f0", "enp2s0f0", NULL };

/* Only the metadata may fail without ending it. FALSE: there was no such call. */
static gboolean
fail_one (const char *guest, unsigned k)
{
  g_autoptr (World) world = bond_world ();
  const VfpBondRequest request = bond_request (guest, two_pfs);
  g_autofree char *name = g_strdup_printf ("%s, call %u fails", guest, k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (GPtrArray) results = bond_attach (world, &request, &error);
  const unsigned calls = world->faults.calls;
  world->faults.fail_at = 0;
  world_check (world, name);
  if (results == NULL)
    {
      g_autofree char *after = world_dump (world);

      check_case_string (name, after, before);
      check_case (name, world->warnings->len == 0);
      return TRUE;
    }
  bond_check (world, name, 2, VFP_BOND_MAC_ALL);
  check_case (name, calls < k || world_warned (world, "failed on demand"));
  return calls >= k;
}

static void
test_fail_every_call (void **state)
{
  unsigned k = 1;

  while (fail_one ("web1", k))
    assert_true (k++ < CALLS_MAX);
  assert_true (k > 5);
  for (k = 1; fail_one ("off1", k); k++)
    assert_true (k < CALLS_MAX);
}

static gboolean
interrupt_one (unsigned k)
{
  g_autoptr (World) world = bond_world ();
  const VfpBondRequest request = bond_request ("web1", two_pfs);
  g_autofree char *name = g_strdup_printf ("signal at call %u", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  faults_hook (world, fault_interrupt, k);
  g_autoptr (GPtrArray) results = bond_attach (world, &request, &error);
  const gboolean reached = world->interrupted != 0;
  world->faults = (VfpFaults){ 0 };
  world->interrupted = 0;
  world_check (world, name);
  if (results != NULL)
    return reached;
  check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
  return TRUE;
}

static void
test_interrupt_every_call (void **state)
{
  for (unsigned k = 1; interrupt_one (k); k++)
    assert_true (k < CALLS_MAX);
}

static gboolean
attach_or_stop (World *world, const VfpBondRequest *request, unsigned k)
{
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      faults_hook (world, fault_stop, k);
      g_autoptr (GPtrArray) results = bond_attach (world, request, NULL);
      _exit (results != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == FAULT_STOPPED);
  return WEXITSTATUS (status) == FAULT_STOPPED;
}

/* Whatever it was killed at, --ensure makes it whole. */
static void
test_stop_at_every_call (void **state)
{
  for (unsigned k = 1;; k++)
    {
      g_autoptr (World) world = bond_world ();
      VfpBondRequest request = bond_request ("web1", two_pfs);
      g_autofree char *name = g_strdup_printf ("dead at call %u", k);

      assert_true (k < CALLS_MAX);
      if (!attach_or_stop (world, &request, k))
        break;
      world_check (world, name);
      request.leg.ensure = TRUE;
      bond_must_attach (world, name, &request, 2);
      bond_check (world, name, 2, VFP_BOND_MAC_ALL);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_interrupt_every_call),
    cmocka_unit_test (test_stop_at_every_call),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
