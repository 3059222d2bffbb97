/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Setting and moving that go wrong at every step: the call fails, a signal comes, the process dies,
 * nothing works any more. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/faults.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define OTHER_MAC "56:66:00:00:00:01"
#define BEFORE "vlan=42:3:802.1Q trust=on tx-rate=0:100"
#define AFTER "vlan=43:0:802.1Q trust=off tx-rate=10:200 spoofchk=off link-state=enable"
#define CALLS_MAX 60

typedef struct
{
  const char *name, *guest;
  VfpAffectFlags first;       /* the parts that are attached before; none: all */
  const char *settings, *mac; /* to set; NULL both: it is a move */
  gboolean replug;
  const char *vf; /* to move to */
} Case;

static const Case cases[] = {
  { .name = "set", .guest = "web1", .settings = AFTER },
  { .name = "set trust", .guest = "web1", .settings = "trust=off" },
  { .name = "set live part", .guest = "web1", .first = { .live = TRUE }, .settings = AFTER },
  { .name = "set off", .guest = "off1", .settings = AFTER, .mac = OTHER_MAC },
  { .name = "set transient", .guest = "temp1", .settings = AFTER },
  { .name = "replug", .guest = "web1", .settings = AFTER, .mac = OTHER_MAC, .replug = TRUE },
  { .name = "replug live part",
    .guest = "web1",
    .first = { .live = TRUE },
    .mac = OTHER_MAC,
    .replug = TRUE },
  { .name = "move", .guest = "web1", .vf = "enp2s0f0/0" },
  { .name = "move within", .guest = "web1", .vf = "enp1s0f0/1" },
  { .name = "move live part", .guest = "web1", .first = { .live = TRUE }, .vf = "enp2s0f0/0" },
  { .name = "move config part", .guest = "web1", .first = { .config = TRUE }, .vf = "enp2s0f0/0" },
  { .name = "move off", .guest = "off1", .vf = "enp2s0f0/0" },
  { .name = "move transient", .guest = "temp1", .vf = "enp2s0f0/0" },
};

static World *
make_world (const Case *with)
{
  World *world = world_new_empty ();
  VfpAttachRequest request = world_attach_request (with->guest);

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2, .driver = "ixgbe" });
  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 1, .driver = "ixgbe" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = with->guest,
                                                 .ports = 1,
                                                 .off = g_str_equal (with->guest, "off1"),
                                                 .transient = g_str_equal (with->guest, "temp1") });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web2", .ports = 1 });
  world_start (world);

  request.vf = "enp1s0f0/0";
  request.slot = "net0";
  request.affect = with->first;
  assert_true (vfp_settings_from_string (BEFORE, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, with->name, &request));
  world->faults.calls = 0;
  return world;
}

static VfpResult *
change (World *world, const Case *with, GError **error)
{
  const VfpMoveRequest move = { .guest = with->guest, .vf = with->vf, .timeout_ms = 2000 };
  VfpSetRequest set = { .asked = world_attach_request (with->guest), .replug = with->replug };

  if (with->vf != NULL)
    return world_move (world, &move, error);
  if (with->settings != NULL)
    assert_true (vfp_settings_from_string (with->settings, &set.asked.settings, NULL));
  set.asked.has_mac = with->mac != NULL;
  if (with->mac != NULL)
    assert_true (vfp_mac_parse (with->mac, &set.asked.mac, NULL));
  return world_set (world, &set, error);
}

/* Only the metadata may fail without ending the change. */
static gboolean
fail_one (const Case *with, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  g_autofree char *name = g_strdup_printf ("%s, call %u", with->name, k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (VfpResult) result = change (world, with, &error);
  const unsigned calls = world->faults.calls;
  faults_unhook (world);
  world_check (world, name);
  if (calls < k)
    {
      check_case (name, result != NULL && result->changed);
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
interrupt_one (const Case *with, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  g_autofree char *name = g_strdup_printf ("%s, signal at call %u", with->name, k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  faults_hook (world, fault_interrupt, k);
  g_autoptr (VfpResult) result = change (world, with, &error);
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
repeat (World *world, const Case *with, const char *name)
{
  g_autoptr (World) undisturbed = make_world (with);
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpResult) again = change (world, with, &error);
  g_autoptr (VfpResult) once = change (undisturbed, with, NULL);

  if (again == NULL)
    fail_msg ("%s: %s", name, error->message);
  check_case (name, once != NULL);
  check_settled (world, name, 1);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  check_case_string (name, got, wanted);
}

/* Settling brings the guest its NIC back, on the one VF or the other, and the other is free. */
static void
settle (World *world, const Case *with, const char *name)
{
  g_autofree char *uuid = world_uuid (world, with->guest);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings
      = world_settle (world, uuid, VFP_CLASS_BOOK | VFP_CLASS_HOST | VFP_CLASS_CONFIG, &error);
  g_autofree char *live = world_device (world, with->guest, "live.xml", NET0);
  g_autofree char *config = world_device (world, with->guest, "config.xml", NET0);
  const gboolean all = !with->first.live && !with->first.config;

  check_case (name, findings != NULL);
  check_settled (world, name, 1);
  check_case (name,
              (live != NULL) == ((with->first.live || all) && !g_str_equal (with->guest, "off1")));
  check_case (name, (config != NULL)
                        == ((with->first.config || all) && !g_str_equal (with->guest, "temp1")));
  for (guint i = 0; i < findings->len; i++)
    if (!((VfpFinding *) g_ptr_array_index (findings, i))->fixed)
      fail_msg ("%s: %s remains", name, ((VfpFinding *) g_ptr_array_index (findings, i))->detail);
}

static void
take_away (World *world, const Case *with, const char *name)
{
  VfpDetachRequest request = world_detach_request (with->guest);

  request.ensure = TRUE;
  world_must_detach (world, name, &request);
  check_settled (world, name, 0);
}

/* Another guest that names a VF gets it, or hears who has it. */
static void
give_to_other (World *world, const Case *with, const char *name)
{
  VfpAttachRequest request = world_attach_request ("web2");
  g_autoptr (GError) error = NULL;

  request.vf = with->vf != NULL ? with->vf : "enp1s0f0/0";
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  if (result == NULL)
    check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE)
                          && strstr (error->message, with->guest) != NULL);
  check_settled (world, name, result != NULL ? 2 : 1);
}

/* A guest that was off starts on whichever VF its configuration names: both are its slot's. */
static void
start (World *world, const Case *with, const char *name)
{
  g_autofree char *uuid = world_uuid (world, with->guest);

  if (with->vf == NULL || !g_str_equal (with->guest, "off1"))
    return;
  world_start_guest (world, with->guest);
  g_autoptr (GPtrArray) findings
      = world_settle (world, uuid, VFP_CLASS_BOOK | VFP_CLASS_HOST | VFP_CLASS_CONFIG, NULL);
  g_autofree char *live = world_device (world, with->guest, "live.xml", NET0);
  g_autofree char *config = world_device (world, with->guest, "config.xml", NET0);

  check_case (name, findings != NULL);
  check_settled (world, name, 1);
  check_case (name, live != NULL);
  check_case_string (name, config, live);
}

static const struct
{
  const char *name;
  void (*act) (World *world, const Case *with, const char *name);
} followers[] = {
  { "then again", repeat },     { "then settle", settle },
  { "then detach", take_away }, { "then another guest", give_to_other },
  { "then start", start },
};

/* In a process of its own, so that the claimer is dead afterwards. */
static int
change_apart (World *world, const Case *with, void (*on_call) (unsigned call), unsigned k)
{
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      faults_hook (world, on_call, k);
      VfpResult *result = change (world, with, NULL);
      _exit (world->faults.calls < k ? 0 : result != NULL || world->warnings->len > 0 ? 1 : 2);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

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
          if (change_apart (world, &cases[i], fault_stop, k) != FAULT_STOPPED)
            break;
          world_check (world, name);
          followers[f].act (world, &cases[i], name);
        }
}

/* Nothing works any more from call k on, the undoing neither: what is left is settled. */
static void
test_fail_undo (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize f = 0; f < G_N_ELEMENTS (followers); f++)
      for (unsigned k = 1;; k++)
        {
          g_autoptr (World) world = make_world (&cases[i]);
          g_autofree char *name
              = g_strdup_printf ("%s, all from call %u, %s", cases[i].name, k, followers[f].name);

          assert_true (k < CALLS_MAX);
          if (change_apart (world, &cases[i], fault_fail_from, k) == 0)
            break;
          world_check (world, name);
          followers[f].act (world, &cases[i], name);
        }
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
