/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching that goes wrong at every step: the call fails, a signal comes, the process dies. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/faults.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define VF0 "enp2s0f0/0"
#define ALL_SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"
#define CALLS_MAX 50

typedef struct
{
  const char *name, *guest;
  VfpAffectFlags affect;
  VfpAffectFlags first; /* a part that is attached before; none: nothing is */
  gboolean known_slot;  /* attached before on another VF, and detached */
  const char *settings;
  const char *standby; /* of a pair: where it is to be */
  const char *nic;     /* that the guest has; NULL: none */
  unsigned least_calls;
} AttachCase;

static const AttachCase cases[] = {
  { .name = "live and config", .guest = "web1", .least_calls = 2 },
  { .name = "settings", .guest = "web1", .settings = ALL_SETTINGS, .least_calls = 7 },
  { .name = "VLAN", .guest = "web1", .settings = "vlan=42", .least_calls = 2 },
  { .name = "trust", .guest = "web1", .settings = "trust=on", .least_calls = 3 },
  { .name = "live", .guest = "web1", .affect = { .live = TRUE }, .least_calls = 2 },
  { .name = "config", .guest = "web1", .affect = { .config = TRUE }, .least_calls = 2 },
  { .name = "off", .guest = "off1", .settings = ALL_SETTINGS, .least_calls = 2 },
  { .name = "transient", .guest = "temp1", .settings = "trust=on", .least_calls = 3 },
  { .name = "live as second part",
    .guest = "web1",
    .affect = { .live = TRUE },
    .first = { .config = TRUE },
    .settings = ALL_SETTINGS,
    .least_calls = 6 },
  { .name = "config as second part",
    .guest = "web1",
    .affect = { .config = TRUE },
    .first = { .live = TRUE },
    .settings = "trust=on",
    .least_calls = 1 },
  { .name = "known slot",
    .guest = "web1",
    .known_slot = TRUE,
    .settings = ALL_SETTINGS,
    .least_calls = 7 },
  { .name = "pair with a new standby",
    .guest = "web1",
    .standby = "bridge=br0",
    .settings = "trust=on",
    .least_calls = 4 },
  { .name = "pair with a NIC that is a standby",
    .guest = "web1",
    .standby = "bridge=br0",
    .nic = "bridge=br0+ua-lan",
    .least_calls = 2 },
  { .name = "pair with a NIC that becomes a standby",
    .guest = "off1",
    .standby = "bridge=br0",
    .nic = "bridge=br0",
    .least_calls = 3 },
  { .name = "pair for a transient guest",
    .guest = "temp1",
    .standby = "bridge=br0",
    .least_calls = 3 },
};

static VfpAttachRequest
make_request (const AttachCase *with)
{
  VfpAttachRequest request = world_attach_request (with->guest);

  request.vf = VF0;
  request.slot = "net0";
  request.ensure = TRUE;
  request.affect = with->affect;
  if (with->settings != NULL)
    assert_true (vfp_settings_from_string (with->settings, &request.settings, NULL));
  request.failover = with->standby != NULL;
  if (request.failover)
    assert_true (vfp_standby_parse (with->standby, &request.standby, NULL));
  return request;
}

static World *
make_world (const AttachCase *with)
{
  World *world = world_new_empty ();
  VfpAttachRequest request = make_request (with);

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = with->guest,
                                                 .ports = with->standby != NULL ? 2 : 1,
                                                 .nics = { with->nic },
                                                 .off = g_str_equal (with->guest, "off1"),
                                                 .transient = g_str_equal (with->guest, "temp1") });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web2", .ports = 1 });
  hosttree_add_bridge (world->tree, "br0", "");
  world_start (world);

  request.affect = with->first;
  if (with->known_slot)
    {
      const VfpDetachRequest detach = world_detach_request (with->guest);

      request.vf = "enp2s0f0/1";
      request.settings.known = 0;
      vfp_result_free (world_must_attach (world, with->name, &request));
      world_must_detach (world, with->name, &detach);
    }
  else if (with->first.live || with->first.config)
    vfp_result_free (world_must_attach (world, with->name, &request));
  world->faults.calls = 0;
  return world;
}

static char *
step_name (const AttachCase *with, const char *what, unsigned k)
{
  return g_strdup_printf ("%s, %s %u", with->name, what, k);
}

/* Only the metadata may fail without ending the attach. */
static gboolean
fail_one (const AttachCase *with, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  const VfpAttachRequest request = make_request (with);
  g_autofree char *name = step_name (with, "call", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  const unsigned calls = world->faults.calls;
  world->faults.fail_at = 0;
  world_check (world, name);
  if (calls < k)
    {
      check_case (name, result != NULL && k > with->least_calls);
      return FALSE;
    }

  if (result != NULL)
    {
      check_case (name, world_warned (world, "failed on demand"));
      return TRUE;
    }
  g_autofree char *wanted = g_strdup_printf ("call %u (", k);
  check_case (name, error != NULL && strstr (error->message, wanted) != NULL);
  check_case (name, world->warnings->len == 0);
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
  return TRUE;
}

static void
test_fail_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; fail_one (&cases[i], k); k++)
      assert_true (k < CALLS_MAX);
}

static gboolean
interrupt_one (const AttachCase *with, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  const VfpAttachRequest request = make_request (with);
  g_autofree char *name = step_name (with, "signal at call", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  faults_hook (world, fault_interrupt, k);
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  const gboolean reached = world->interrupted != 0;
  faults_unhook (world);
  world_check (world, name);
  if (result != NULL)
    return reached;

  check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
  return TRUE;
}

static void
test_interrupt_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; interrupt_one (&cases[i], k); k++)
      assert_true (k < CALLS_MAX);
}

static gboolean
attach_or_stop (World *world, const AttachCase *with, unsigned k)
{
  const VfpAttachRequest request = make_request (with);
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      faults_hook (world, fault_stop, k);
      _exit (world_attach (world, &request, NULL) != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  if (!WIFEXITED (status) || (WEXITSTATUS (status) != 0 && WEXITSTATUS (status) != FAULT_STOPPED))
    fail_msg ("%s, stopped at %u: status %#x", with->name, k, (unsigned) status);
  return WEXITSTATUS (status) == FAULT_STOPPED;
}

/* Claims whose work nobody does any more. */
static void
check_settled (World *world, const char *name, unsigned claims)
{
  g_autoptr (VfpRecords) records = world_records (world);

  world_check (world, name);
  check_case (name, records->claims->len == claims);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      check_case (name, claim->intent == VFP_INTENT_NONE && claim->claimer.pid == 0);
    }
}

/* The same command again ends as if nothing had been. */
static void
repeat (World *world, const AttachCase *with, const char *name)
{
  const VfpAttachRequest request = make_request (with);
  g_autoptr (World) undisturbed = make_world (with);

  vfp_result_free (world_must_attach (world, name, &request));
  vfp_result_free (world_must_attach (undisturbed, name, &request));
  check_settled (world, name, 1);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  check_case_string (name, got, wanted);
}

/* Another guest that names the VF gets it, or hears who has it. */
static void
give_to_other (World *world, const AttachCase *with, const char *name)
{
  VfpAttachRequest request = world_attach_request ("web2");
  g_autoptr (GError) error = NULL;

  request.vf = VF0;
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  g_autofree char *live = world_device (world, with->guest, "live.xml", NET0);
  g_autofree char *config = world_device (world, with->guest, "config.xml", NET0);
  if (result == NULL)
    {
      check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE));
      check_case (name, strstr (error->message, with->guest) != NULL);
    }
  check_case (name, (result != NULL) == (live == NULL && config == NULL));
  check_settled (world, name, 1);
}

static void
take_away (World *world, const AttachCase *with, const char *name)
{
  VfpDetachRequest request = world_detach_request (with->guest);

  request.ensure = TRUE;
  world_must_detach (world, name, &request);
  check_settled (world, name, 0);
}

static const struct
{
  const char *name;
  void (*act) (World *world, const AttachCase *with, const char *name);
} followers[] = {
  { "then again", repeat },
  { "then another guest", give_to_other },
  { "then detach", take_away },
};

static void
test_stop_at_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize f = 0; f < G_N_ELEMENTS (followers); f++)
      for (unsigned k = 1;; k++)
        {
          g_autoptr (World) world = make_world (&cases[i]);
          g_autofree char *name
              = g_strdup_printf ("%s, dead at call %u, %s", cases[i].name, k, followers[f].name);

          assert_true (k < CALLS_MAX);
          if (!attach_or_stop (world, &cases[i], k))
            break;
          world_check (world, name);
          followers[f].act (world, &cases[i], name);
        }
}

typedef enum
{
  DONE,
  DONE_ALL_THE_SAME,
  UNDONE,
  NOT_UNDONE,
} Outcome;

/* In a process of its own, so that the claimer is dead afterwards. */
static Outcome
attach_failing_from (World *world, const AttachCase *with, unsigned k)
{
  const VfpAttachRequest request = make_request (with);
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      faults_hook (world, fault_fail_from, k);
      g_autoptr (VfpResult) result = world_attach (world, &request, NULL);
      if (result != NULL)
        _exit (world->faults.calls < k ? DONE : DONE_ALL_THE_SAME);
      _exit (world_warned (world, "cannot undo") ? NOT_UNDONE : UNDONE);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status) && WEXITSTATUS (status) <= NOT_UNDONE);
  return (Outcome) WEXITSTATUS (status);
}

/* Nothing works any more from call k on, the undoing neither: the claim stays, and is told. */
static gboolean
fail_rest (const AttachCase *with, gsize follower, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  g_autofree char *name
      = g_strdup_printf ("%s, all from call %u, %s", with->name, k, followers[follower].name);
  g_autofree char *before = world_dump (world);
  const Outcome outcome = attach_failing_from (world, with, k);
  g_autofree char *after = world_dump (world);

  world_check (world, name);
  if (outcome == UNDONE)
    check_case_string (name, after, before);
  if (outcome == NOT_UNDONE)
    followers[follower].act (world, with, name);
  return outcome != DONE;
}

static void
test_fail_undo (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize f = 0; f < G_N_ELEMENTS (followers); f++)
      for (unsigned k = 1; fail_rest (&cases[i], f, k); k++)
        assert_true (k < CALLS_MAX);
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
