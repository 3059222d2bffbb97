/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching: what it ends and what stays, refusals, guests that are gone, and every call failing.
 */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define VF0 "enp2s0f0/0"
#define VF0_ADDRESS "0000:02:10.0"
#define VF0_FOLDER "sys/bus/pci/devices/" VF0_ADDRESS
#define STOPPED 77
#define ALL_SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"
#define UNTOUCHED "mac=00:00:00:00:00:00 vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto"

/* web1 has VF 0 of enp2s0f0 as @parts say. */
static World *
make_world (const char *guest, VfpAffectFlags parts)
{
  World *world = world_new_empty ();
  VfpAttachRequest request = world_attach_request (guest);

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = guest,
                                                 .ports = 2,
                                                 .off = g_str_equal (guest, "off1"),
                                                 .transient = g_str_equal (guest, "temp1") });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web2", .ports = 1 });
  world_start (world);

  request.vf = VF0;
  request.affect = parts;
  assert_true (vfp_settings_from_string (ALL_SETTINGS, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, guest, &request));
  world->faults.calls = 0;
  return world;
}

static void
check_failure (World *world, const char *name, const VfpDetachRequest *request, VfpErrorCode code,
               const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_detach (world, request, &error);

  check_case (name, results == NULL && error != NULL);
  if (!g_error_matches (error, VFP_ERROR, (int) code) || strstr (error->message, part) == NULL)
    fail_msg ("%s: %s: %s", name, vfp_error_code_string (error), error->message);
}

static const VfpClaim *
only_claim (const VfpRecords *records)
{
  assert_int_equal (records->claims->len, 1);
  return g_ptr_array_index (records->claims, 0);
}

typedef struct
{
  const char *name, *guest;
  VfpAffectFlags attached, detached;
  gboolean live, config; /* what remains */
} ModeCase;

static const ModeCase mode_cases[] = {
  { "both", "web1", { 0 }, { 0 }, FALSE, FALSE },
  { "live of both", "web1", { 0 }, { .live = TRUE }, FALSE, TRUE },
  { "config of both", "web1", { 0 }, { .config = TRUE }, TRUE, FALSE },
  { "current of both", "web1", { 0 }, { .current = TRUE }, FALSE, TRUE },
  { "all of live", "web1", { .live = TRUE }, { 0 }, FALSE, FALSE },
  { "all of config", "web1", { .config = TRUE }, { 0 }, FALSE, FALSE },
  { "off", "off1", { 0 }, { 0 }, FALSE, FALSE },
  { "transient", "temp1", { 0 }, { 0 }, FALSE, FALSE },
};

static void
test_modes (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mode_cases); i++)
    {
      const ModeCase *mode = &mode_cases[i];
      g_autoptr (World) world = make_world (mode->guest, mode->attached);
      VfpDetachRequest request = world_detach_request (mode->guest);

      request.affect = mode->detached;
      world_must_detach (world, mode->name, &request);
      world_check (world, mode->name);
      g_autofree char *live = world_device (world, mode->guest, "live.xml", NET0);
      g_autofree char *config = world_device (world, mode->guest, "config.xml", NET0);
      check_case (mode->name, (live != NULL) == mode->live);
      check_case (mode->name, (config != NULL) == mode->config);

      g_autoptr (VfpRecords) records = world_records (world);
      check_case (mode->name, records->slots->len == 1);
      check_case (mode->name, records->claims->len == (mode->live || mode->config));
      g_autofree char *settings = world_settings (world, "enp2s0f0", 0);
      if (!mode->live)
        check_case_string (mode->name, settings, UNTOUCHED);
    }
}

static void
test_refused (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ .live = TRUE });
  VfpDetachRequest request = world_detach_request ("nosuch");
  g_autofree char *before = world_dump (world);

  check_failure (world, "no such guest", &request, VFP_ERROR_NO_SUCH_GUEST, "nosuch");
  request = world_detach_request ("web2");
  check_failure (world, "no slot", &request, VFP_ERROR_SLOT_EMPTY, "web2 has no VF");
  request = world_detach_request ("web1");
  request.slot = "net7";
  check_failure (world, "no such slot", &request, VFP_ERROR_NO_SUCH_SLOT, "net7");
  request.slot = "eth0";
  check_failure (world, "bad name", &request, VFP_ERROR_USAGE, "eth0");
  request.slot = "net0";
  request.all = TRUE;
  check_failure (world, "slot and all", &request, VFP_ERROR_USAGE, "--all");
  request.all = FALSE;
  request.affect.config = TRUE;
  check_failure (world, "part is not there", &request, VFP_ERROR_SLOT_EMPTY,
                 "net0 has no VF in the configuration");

  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);
}

/* With --ensure nothing to do is no error. */
static void
test_ensure (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  VfpDetachRequest request = world_detach_request ("web1");

  request.ensure = TRUE;
  world_must_detach (world, "first", &request);
  g_autofree char *once = world_dump (world);
  g_autoptr (GPtrArray) none = world_detach (world, &request, NULL);
  assert_non_null (none);
  assert_int_equal (none->len, 0);

  request.slot = "net0";
  g_autoptr (GPtrArray) unchanged = world_detach (world, &request, NULL);
  assert_int_equal (unchanged->len, 1);
  assert_false (((VfpResult *) g_ptr_array_index (unchanged, 0))->changed);
  request.ensure = FALSE;
  check_failure (world, "again", &request, VFP_ERROR_SLOT_EMPTY, "net0 has no VF");
  g_autofree char *twice = world_dump (world);
  assert_string_equal (once, twice);
}

static void
test_several (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  VfpAttachRequest second = world_attach_request ("web1");
  VfpDetachRequest request = world_detach_request ("web1");

  second.pf = "enp2s0f0";
  vfp_result_free (world_must_attach (world, "second", &second));
  check_failure (world, "several", &request, VFP_ERROR_USAGE, "web1 has slots net0 net1");
  request.all = TRUE;
  g_autoptr (GPtrArray) results = world_detach (world, &request, NULL);
  assert_non_null (results);
  assert_int_equal (results->len, 2);
  world_check (world, "several");
}

static void
test_dry_run (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  VfpDetachRequest request = world_detach_request ("web1");
  g_autofree char *before = world_dump (world);

  request.dry_run = TRUE;
  g_autoptr (GPtrArray) results = world_detach (world, &request, NULL);
  assert_non_null (results);
  assert_true (((VfpResult *) g_ptr_array_index (results, 0))->changed);
  g_autofree char *after = world_dump (world);
  assert_string_equal (before, after);
}

/* A guest that does not let go keeps its VF, and the same command ends it later. */
static void
test_hung (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  const VfpDetachRequest request = world_detach_request ("web1");

  world_set_guest (world, "web1", "hung", TRUE);
  check_failure (world, "hung", &request, VFP_ERROR_GUEST_TIMEOUT, "state: detaching");
  g_autoptr (VfpRecords) during = world_records (world);
  assert_int_equal (only_claim (during)->intent, VFP_INTENT_DETACHING);
  assert_true (only_claim (during)->live && only_claim (during)->config);
  assert_int_equal (only_claim (during)->claimer.pid, 0);

  VfpAttachRequest other = world_attach_request ("web2");
  g_autoptr (GError) error = NULL;
  other.vf = VF0;
  g_autoptr (VfpResult) result = world_attach (world, &other, &error);
  assert_null (result);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE));
  assert_non_null (strstr (error->message, "web1 (net0, detaching)"));

  world_set_guest (world, "web1", "hung", FALSE);
  world_must_detach (world, "let go", &request);
  world_check (world, "let go");
  g_autoptr (VfpRecords) after = world_records (world);
  assert_int_equal (after->claims->len, 0);
}

static void
test_paused (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  VfpDetachRequest request = world_detach_request ("web1");

  world_set_guest (world, "web1", "paused", TRUE);
  check_failure (world, "paused", &request, VFP_ERROR_GUEST_PAUSED, "virsh resume web1");
  request.affect.config = TRUE;
  world_must_detach (world, "config of a paused guest", &request);
  world_check (world, "paused");
}

/* A command that is at work on the claim is not disturbed. */
static void
test_at_work (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  const VfpDetachRequest request = world_detach_request ("web1");

  claim->intent = VFP_INTENT_DETACHING;
  claim->claimer = vfp_process_self ();
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
  check_failure (world, "at work", &request, VFP_ERROR_BUSY, "is at work on net0");
}

/* The guest was powered off: the live part has ended without us. */
static void
test_powered_off (void **state)
{
  static const struct
  {
    const char *name;
    VfpAffectFlags attached;
    unsigned claims;
  } after[] = {
    { "live", { .live = TRUE }, 0 },
    { "both", { 0 }, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (after); i++)
    {
      g_autoptr (World) world = make_world ("web1", after[i].attached);
      const VfpDetachRequest request = world_detach_request ("web1");

      world_power_off (world, "web1", VF0_ADDRESS, "ixgbevf");
      world_must_detach (world, after[i].name, &request);
      world_check (world, after[i].name);
      g_autoptr (VfpRecords) records = world_records (world);
      check_case (after[i].name, records->claims->len == after[i].claims);
    }
}

/* libvirt does not know the guest any more; its name is enough all the same. */
static void
test_undefined (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  const VfpDetachRequest request = world_detach_request ("web1");

  world_power_off (world, "web1", VF0_ADDRESS, "ixgbevf");
  hosttree_remove (world->tree, VFP_FAKE_DIR "/guests/web1");
  world_must_detach (world, "undefined", &request);
  world_check (world, "undefined");
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 0);

  const VfpForgetRequest forget = { .guest = "web1", .timeout_ms = 1000 };
  g_autoptr (GPtrArray) forgotten = world_forget (world, &forget, NULL);
  assert_non_null (forgotten);
  g_autoptr (VfpRecords) empty = world_records (world);
  assert_int_equal (empty->slots->len, 0);
}

/* The claim of a guest that is gone does not block: the next attach takes the VF. */
static void
test_stale_is_settled (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ .live = TRUE });
  VfpAttachRequest request = world_attach_request ("web2");

  world_power_off (world, "web1", VF0_ADDRESS, "ixgbevf");
  request.vf = VF0;
  vfp_result_free (world_must_attach (world, "settle", &request));
  world_check (world, "settle");
  g_autofree char *settings = world_settings (world, "enp2s0f0", 0);
  assert_null (strstr (settings, "trust=on"));
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpSlot *slot = vfp_records_get_slot (records, only_claim (records)->slot_id);
  assert_string_equal (slot->guest_name, "web2");
}

/* Somebody took the VF when the guest had let go of it: its settings are not touched. */
static void
test_taken_in_between (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ .live = TRUE });
  const VfpDetachRequest request = world_detach_request ("web1");

  world_power_off (world, "web1", VF0_ADDRESS, "ixgbevf");
  hosttree_write (world->tree, VF0_FOLDER "/enable", "1");
  hosttree_bind (world->tree, VF0_ADDRESS, "vfio-pci");
  g_autofree char *before = world_settings (world, "enp2s0f0", 0);
  world_must_detach (world, "taken", &request);
  g_autofree char *after = world_settings (world, "enp2s0f0", 0);
  assert_string_equal (after, before);
  assert_true (world_warned (world, "its settings stay as they are"));
}

static void
test_forget_refused (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  VfpForgetRequest request = { .guest = "web1", .timeout_ms = 1000 };
  g_autoptr (GError) in_use = NULL;
  g_autoptr (GError) none = NULL;
  g_autofree char *before = world_dump (world);

  assert_null (world_forget (world, &request, &in_use));
  assert_true (g_error_matches (in_use, VFP_ERROR, VFP_ERROR_SLOT_IN_USE));
  assert_non_null (strstr (in_use->message, "vfpool detach web1 --slot net0"));
  request.guest = "web2";
  assert_null (world_forget (world, &request, &none));
  assert_true (g_error_matches (none, VFP_ERROR, VFP_ERROR_NO_SUCH_SLOT));
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);
}

static unsigned stop_at;

static void
stop (unsigned call)
{
  if (call == stop_at)
    _exit (STOPPED);
}

/* Whether the detach got as far as call @k. */
static gboolean
detach_failing (World *world, const ModeCase *mode, unsigned k)
{
  VfpDetachRequest request = world_detach_request (mode->guest);
  g_autoptr (GError) error = NULL;

  request.affect = mode->detached;
  world->faults = (VfpFaults){ .fail_at = k };
  g_autoptr (GPtrArray) results = world_detach (world, &request, &error);
  const gboolean reached = world->faults.calls >= k;
  world->faults = (VfpFaults){ 0 };
  if (results != NULL)
    return reached;

  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (only_claim (records)->intent, VFP_INTENT_DETACHING);
  assert_int_equal (only_claim (records)->claimer.pid, 0);
  return TRUE;
}

static gboolean
detach_dying (World *world, const ModeCase *mode, unsigned k)
{
  VfpDetachRequest request = world_detach_request (mode->guest);
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      stop_at = k;
      world->faults = (VfpFaults){ .on_call = stop };
      request.affect = mode->detached;
      _exit (world_detach (world, &request, NULL) != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status) && WEXITSTATUS (status) != 1);
  return WEXITSTATUS (status) == STOPPED;
}

/* Whatever went wrong, the same command again ends where an undisturbed one ends. */
static void
check_repeated (const ModeCase *mode, gboolean (*disturb) (World *, const ModeCase *, unsigned))
{
  g_autoptr (World) undisturbed = make_world (mode->guest, mode->attached);
  VfpDetachRequest request = world_detach_request (mode->guest);

  request.affect = mode->detached;
  request.ensure = TRUE;
  world_must_detach (undisturbed, mode->name, &request);
  g_autofree char *wanted = world_dump (undisturbed);

  for (unsigned k = 1;; k++)
    {
      g_autoptr (World) world = make_world (mode->guest, mode->attached);
      g_autofree char *name = g_strdup_printf ("%s, call %u", mode->name, k);
      const gboolean reached = disturb (world, mode, k);

      assert_true (k < 50);
      world_check (world, name);
      world_must_detach (world, name, &request);
      g_autofree char *got = world_dump (world);
      check_case_string (name, got, wanted);
      if (!reached)
        return;
    }
}

static void
test_fail_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mode_cases); i++)
    check_repeated (&mode_cases[i], detach_failing);
}

static void
test_stop_at_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mode_cases); i++)
    check_repeated (&mode_cases[i], detach_dying);
}

/* After a half detach another guest gets the VF as soon as nobody has it. */
static void
test_half_detached (void **state)
{
  for (unsigned k = 1; k < 10; k++)
    {
      g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
      g_autofree char *name = g_strdup_printf ("dead at call %u", k);
      VfpAttachRequest request = world_attach_request ("web2");
      g_autoptr (GError) error = NULL;

      if (!detach_dying (world, &mode_cases[0], k))
        return;
      request.vf = VF0;
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);
      g_autofree char *live = world_device (world, "web1", "live.xml", NET0);
      world_check (world, name);
      check_case (name, (result != NULL) == (live == NULL));
      check_case (name, result != NULL || g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE));
    }
}

/* Finishing detaches leaves a slot alone that is attached by now. */
static void
test_finish_nothing (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  VfpDetachRequest request = world_detach_request ("web1");
  g_autofree char *before = world_dump (world);

  request.affect.live = request.finish = request.ensure = TRUE;
  world->faults = (VfpFaults){ 0 };
  world_must_detach (world, "nothing begun", &request);
  g_autofree char *after = world_dump (world);
  assert_int_equal (world->faults.calls, 0);
  assert_string_equal (after, before);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_modes),
    cmocka_unit_test (test_refused),
    cmocka_unit_test (test_ensure),
    cmocka_unit_test (test_several),
    cmocka_unit_test (test_dry_run),
    cmocka_unit_test (test_hung),
    cmocka_unit_test (test_paused),
    cmocka_unit_test (test_at_work),
    cmocka_unit_test (test_powered_off),
    cmocka_unit_test (test_undefined),
    cmocka_unit_test (test_stale_is_settled),
    cmocka_unit_test (test_taken_in_between),
    cmocka_unit_test (test_forget_refused),
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_stop_at_every_call),
    cmocka_unit_test (test_half_detached),
    cmocka_unit_test (test_finish_nothing),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
