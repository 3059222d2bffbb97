/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reserving and giving back that goes wrong at every step: the call fails, a signal comes, the
 * process dies. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/faults.h"
#include "tests/lib/world.h"

#define CALLS_MAX 60

typedef struct
{
  const char *name, *driver, *settings;
  gboolean auto_mac;
  const char *vf_driver; /* of the host; NULL: its own */
  unsigned least_calls;  /* of the reserving of two VFs */
  gboolean apart;        /* also in a process of its own */
} Case;

static const Case cases[] = {
  { .name = "mark" },
  { .name = "vfio-pci", .driver = "vfio-pci", .least_calls = 6 },
  { .name = "none", .driver = "none", .least_calls = 2 },
  { .name = "host", .driver = "host", .vf_driver = "none", .least_calls = 2 },
  { .name = "host again", .driver = "host", .auto_mac = TRUE, .least_calls = 4 },
  { .name = "host from vfio-pci",
    .driver = "host",
    .vf_driver = "vfio-pci",
    .least_calls = 6,
    .apart = TRUE },
  { .name = "settings",
    .settings = "vlan=42:3:802.1Q trust=on",
    .auto_mac = TRUE,
    .least_calls = 6 },
  { .name = "all",
    .driver = "vfio-pci",
    .settings = "vlan=42:3:802.1Q trust=on",
    .auto_mac = TRUE,
    .least_calls = 12,
    .apart = TRUE },
};

static VfpReserveRequest
make_request (const Case *with)
{
  VfpReserveRequest request = { .pf = "enp2s0f0",
                                .count = 2,
                                .owner = "dpdk",
                                .driver = with->driver,
                                .auto_mac = with->auto_mac,
                                .ensure = TRUE };

  if (with->settings != NULL)
    assert_true (vfp_settings_from_string (with->settings, &request.settings, NULL));
  return request;
}

static const VfpUnreserveRequest unreserve_request = { .owner = "dpdk" };

static void
must_reserve (World *world, const char *name, const Case *with)
{
  const VfpReserveRequest request = make_request (with);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_reserve (world, &request, &error);

  if (results == NULL)
    fail_msg ("%s: %s", name, error->message);
  check_case (name, results->len == 2);
}

static World *
make_world (const Case *with, gboolean reserved)
{
  World *world = world_new_empty ();

  hosttree_add_pf (world->tree, &(HostPf){ .name = "enp2s0f0",
                                           .address = "0000:02:00.0",
                                           .vfs = 3,
                                           .driver = "ixgbe",
                                           .vf_driver = with->vf_driver });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 3 });
  hosttree_make_folder (world->tree, "sys/bus/pci/drivers/vfio-pci");
  hosttree_make_folder (world->tree, "sys/bus/pci/drivers/ixgbevf");
  world_start (world);
  if (reserved)
    must_reserve (world, with->name, with);
  world->faults.calls = 0;
  return world;
}

/* One of the two commands. */
static GPtrArray *
act (World *world, const Case *with, gboolean ending, GError **error)
{
  const VfpReserveRequest request = make_request (with);

  return ending ? world_unreserve (world, &unreserve_request, error)
                : world_reserve (world, &request, error);
}

static char *
step_name (const Case *with, gboolean ending, const char *what, unsigned k)
{
  return g_strdup_printf ("%s, %s, %s %u", with->name, ending ? "unreserve" : "reserve", what, k);
}

static gboolean
fail_one (const Case *with, gboolean ending, unsigned k)
{
  g_autoptr (World) world = make_world (with, ending);
  g_autofree char *name = step_name (with, ending, "call", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (GPtrArray) results = act (world, with, ending, &error);
  if (world->faults.calls < k)
    {
      check_case (name, results != NULL && (ending || k > with->least_calls));
      return FALSE;
    }
  g_autofree char *wanted = g_strdup_printf ("call %u (", k);
  check_case (name, error != NULL && strstr (error->message, wanted) != NULL);
  check_case (name, world->warnings->len == 0);
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
  return TRUE;
}

static gboolean
interrupt_one (const Case *with, gboolean ending, unsigned k)
{
  g_autoptr (World) world = make_world (with, ending);
  g_autofree char *name = step_name (with, ending, "signal at call", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  faults_hook (world, fault_interrupt, k);
  g_autoptr (GPtrArray) results = act (world, with, ending, &error);
  if (world->interrupted == 0 || results != NULL)
    return world->interrupted != 0;
  check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
  return TRUE;
}

static void
for_every_call (gboolean (*one) (const Case *with, gboolean ending, unsigned k))
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int ending = FALSE; ending <= TRUE; ending++)
      for (unsigned k = 1; one (&cases[i], ending, k); k++)
        assert_true (k < CALLS_MAX);
}

static void
test_fail_every_call (void **state)
{
  for_every_call (fail_one);
}

static void
test_interrupt_every_call (void **state)
{
  for_every_call (interrupt_one);
}

/* In a process of its own, so that the claimer is dead afterwards. Returns its status. */
static int
act_apart (World *world, const Case *with, gboolean ending, void (*on_call) (unsigned call),
           unsigned k)
{
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      faults_hook (world, on_call, k);
      g_autoptr (GPtrArray) results = act (world, with, ending, NULL);
      _exit (results != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* Nothing is left that somebody has begun, and nothing is half done: as before all of it. */
static void
reconcile (World *world, const Case *with, const char *name)
{
  const VfpReconcileRequest request = { .fix = TRUE };
  g_autoptr (World) undisturbed = make_world (with, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

  if (findings == NULL)
    fail_msg ("%s: %s", name, error->message);
  for (guint i = 0; i < findings->len; i++)
    check_case (name, ((VfpFinding *) g_ptr_array_index (findings, i))->fixed);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  check_case_string (name, got, wanted);
}

/* The same again ends as if nothing had been. */
static void
reserve_again (World *world, const Case *with, const char *name)
{
  g_autoptr (World) undisturbed = make_world (with, TRUE);

  must_reserve (world, name, with);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  check_case_string (name, got, wanted);
}

/* All VFs of the PF are claimed, and two of the claims are nobody's: a guest gets one. */
static void
attach_other (World *world, const Case *with, const char *name)
{
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = "enp2s0f0/0";
  vfp_result_free (world_must_attach (world, name, &request));
  g_autoptr (VfpRecords) records = world_records (world);
  check_case (name, records->claims->len == 1);
}

static const struct
{
  const char *name;
  void (*act) (World *world, const Case *with, const char *name);
} followers[] = {
  { "then reconcile", reconcile },
  { "then again", reserve_again },
  { "then attach", attach_other },
};

static gboolean
has_intent (World *world)
{
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = records->claims->len > 0 ? g_ptr_array_index (records->claims, 0) : NULL;

  return claim != NULL && claim->intent != VFP_INTENT_NONE;
}

/* @on_call: the process dies at call @k, or nothing works any more from there on. */
static gboolean
lose_one (const Case *with, gboolean ending, gsize follower, void (*on_call) (unsigned call),
          const char *what, unsigned k)
{
  g_autoptr (World) world = make_world (with, ending);
  g_autofree char *step = step_name (with, ending, what, k);
  g_autofree char *name = g_strdup_printf ("%s, %s", step, followers[follower].name);
  g_autofree char *before = world_dump (world);
  const int status = act_apart (world, with, ending, on_call, k);

  if (status == 0)
    return FALSE;
  if (has_intent (world))
    followers[follower].act (world, with, name);
  else
    {
      g_autofree char *after = world_dump (world);
      check_case_string (name, after, before);
    }
  return TRUE;
}

static void
lose_everywhere (void (*on_call) (unsigned call), const char *what)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int ending = FALSE; ending <= TRUE; ending++)
      for (gsize f = 0; f < G_N_ELEMENTS (followers); f++)
        for (unsigned k = 1; cases[i].apart && lose_one (&cases[i], ending, f, on_call, what, k);
             k++)
          assert_true (k < CALLS_MAX);
}

static void
test_stop_at_every_call (void **state)
{
  lose_everywhere (fault_stop, "dead at call");
}

static void
test_fail_undo (void **state)
{
  lose_everywhere (fault_fail_from, "all from call");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_interrupt_every_call),
    cmocka_unit_test (test_stop_at_every_call),
    cmocka_unit_test (test_fail_undo),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
