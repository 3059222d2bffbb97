/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serving the slots of a guest that has started, going wrong at every call; and the hook that asks
 * again meanwhile. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "ops/settle-loop.h"
#include "pool/audit.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define STOPPED 77
#define CALLS_MAX 50
#define SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"

static struct
{
  World *world;
  const char *uuid;
  unsigned at;
} hooked;

static void
mark (World *world, const char *slot, const char *settings)
{
  VfpAttachRequest request = world_attach_request ("off1");

  request.pf = "enp2s0f0";
  request.slot = slot;
  request.on_start = TRUE;
  if (settings != NULL)
    assert_true (vfp_settings_from_string (settings, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, slot, &request));
}

/* off1 has started, with a slot that waits. */
static World *
make_world (void)
{
  World *world = world_new ();

  world_see_hook (world);
  mark (world, "net0", SETTINGS);
  world_start_guest (world, "off1");
  world->faults = (VfpFaults){ 0 };
  return world;
}

static gboolean
settle_act (VfpWorld *opened, gpointer uuid, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_settle_until_done (opened, uuid, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
}

static gboolean
settle (World *world, GError **error)
{
  g_autofree char *uuid = world_uuid (world, "off1");

  return world_act (world, settle_act, uuid, error);
}

static gboolean
wanted_act (VfpWorld *opened, gpointer data, GError **error)
{
  g_autofree char *uuid = opened->virt->find_guest (opened->virt, "off1", error);

  return vfp_settle_is_wanted (opened, uuid, data, error);
}

static gboolean
is_wanted (World *world)
{
  gboolean wanted = FALSE;

  assert_true (world_act (world, wanted_act, &wanted, NULL));
  return wanted;
}

/* After whatever was, it ends as if nothing had been. */
static void
settle_again (World *world, const char *name)
{
  g_autoptr (World) undisturbed = make_world ();
  g_autoptr (GError) error = NULL;

  if (!settle (world, &error))
    fail_msg ("%s: %s", name, error->message);
  assert_true (settle (undisturbed, NULL));
  world_check (world, name);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  check_case_string (name, got, wanted);
  check_case (name, !is_wanted (world));
}

static gboolean
fail_one (unsigned k)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *name = g_strdup_printf ("call %u", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  const gboolean done = settle (world, &error);
  const unsigned calls = world->faults.calls;
  world->faults.fail_at = 0;
  world_check (world, name);
  if (calls < k)
    {
      check_case (name, done && k > 6);
      return FALSE;
    }
  if (done)
    check_case (name, world_warned (world, "failed on demand"));
  else
    {
      g_autofree char *after = world_dump (world);

      check_case_string (name, after, before);
      check_case (name, strstr (error->message, "off1: net0 waits for a VF: ") != NULL);
      check_case (name, strstr (error->message, "failed on demand") != NULL);
    }
  settle_again (world, name);
  return TRUE;
}

static void
test_fail_every_call (void **state)
{
  for (unsigned k = 1; fail_one (k); k++)
    assert_true (k < CALLS_MAX);
}

static void
stop (unsigned call)
{
  if (call == hooked.at)
    _exit (STOPPED);
}

/* In a process of its own. FALSE: it was done before call @k. */
static gboolean
settle_or_stop (World *world, unsigned k)
{
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      hooked.at = k;
      world->faults = (VfpFaults){ .on_call = stop };
      _exit (settle (world, NULL) ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) != 0 && WEXITSTATUS (status) != STOPPED)
    fail_msg ("stopped at %u: status %#x", k, (unsigned) status);
  return WEXITSTATUS (status) == STOPPED;
}

/* The trigger is not lost: the unit's last look finds it, and does the work. */
static void
test_stop_at_every_call (void **state)
{
  for (unsigned k = 1;; k++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *name = g_strdup_printf ("dead at call %u", k);

      assert_true (k < CALLS_MAX);
      if (!settle_or_stop (world, k))
        break;
      world_check (world, name);
      check_case (name, is_wanted (world));
      settle_again (world, name);
    }
}

/* Dead while a VF is being served, and the guest is stopped then: nothing is kept. */
static void
test_stop_and_guest_ends (void **state)
{
  for (unsigned k = 1;; k++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *name = g_strdup_printf ("dead at call %u, then off", k);

      if (!settle_or_stop (world, k))
        break;
      world_pull_plug (world, "off1");
      assert_true (settle (world, NULL));
      world_check (world, name);
      g_autoptr (VfpRecords) records = world_records (world);
      check_case (name, records->claims->len == 0 && records->slots->len == 1);

      world_start_guest (world, "off1");
      assert_true (settle (world, NULL));
      g_autofree char *device = world_device (world, "off1", "live.xml", "ua-vfpool-net0");
      check_case (name, device != NULL);
      world_check (world, name);
    }
}

/* The hook comes during a pass: another slot is marked, and it asks for a settling. */
static void
ask_again (VfpStore *store, gpointer data)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpGuestRecord *guest = vfp_records_find_guest (records, hooked.uuid);
  VfpSlot *slot = vfp_records_find_slot (records, hooked.uuid, "net1");

  guest->wanted++;
  slot->on_start = TRUE;
  assert_true (vfp_store_put_guest (store, guest, NULL) && vfp_store_put_slot (store, slot, NULL));
}

static void
ask_at_call (unsigned call)
{
  if (call == hooked.at)
    world_change (hooked.world, ask_again, NULL);
}

static void
unmark (VfpStore *store, gpointer uuid)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpSlot *slot = vfp_records_find_slot (records, uuid, "net1");

  slot->on_start = FALSE;
  assert_true (vfp_store_put_slot (store, slot, NULL));
}

static void
test_no_trigger_lost (void **state)
{
  for (unsigned k = 1; k <= 6; k++)
    {
      g_autoptr (World) world = world_new ();
      g_autofree char *name = g_strdup_printf ("asked at call %u", k);
      g_autofree char *uuid = world_uuid (world, "off1");

      world_see_hook (world);
      mark (world, "net0", SETTINGS);
      mark (world, "net1", NULL);
      world_change (world, unmark, uuid);
      world_start_guest (world, "off1");
      hooked.world = world;
      hooked.uuid = uuid;
      hooked.at = k;
      world->faults = (VfpFaults){ .on_call = ask_at_call };
      const gboolean done = settle (world, NULL);
      world->faults = (VfpFaults){ 0 };

      g_autofree char *device = world_device (world, "off1", "live.xml", "ua-vfpool-net1");
      g_autoptr (VfpRecords) records = world_records (world);
      const VfpGuestRecord *guest = vfp_records_find_guest (records, uuid);
      check_case (name, done && device != NULL);
      check_case (name, guest->wanted == 2 && guest->settled == 2);
      world_check (world, name);
    }
}

/* A slot that finds no VF is settled all the same, and is told; the other one is served. */
static void
test_one_waits (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest other = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  world_see_hook (world);
  mark (world, "net0", NULL);
  mark (world, "net1", NULL);
  other.pf = "enp2s0f0";
  vfp_result_free (world_must_attach (world, "other", &other));
  world_start_guest (world, "off1");
  assert_false (settle (world, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS));
  assert_non_null (strstr (error->message, "off1: net1 waits for a VF: "));
  assert_false (is_wanted (world));
  g_autofree char *device = world_device (world, "off1", "live.xml", "ua-vfpool-net0");
  assert_non_null (device);
  world_check (world, "one waits");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_fail_every_call),     cmocka_unit_test (test_stop_at_every_call),
    cmocka_unit_test (test_stop_and_guest_ends), cmocka_unit_test (test_no_trigger_lost),
    cmocka_unit_test (test_one_waits),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
