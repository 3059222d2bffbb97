/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching and forgetting while others act: settings that the PF refuses, guests that get the VF
 * back, XML that was edited by hand, cards that were replaced. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define VF0 "0000:02:10.0"
#define ALL_SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"
#define NO_MAC "mac=00:00:00:00:00:00 "
#define UNTOUCHED NO_MAC "vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto"
#define PF_ADDRESS "sys/bus/pci/devices/0000:02:00.0/net/enp2s0f0/address"

static void
attach (World *world, const char *guest, const char *slot, VfpAffectFlags parts)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = "enp2s0f0";
  request.slot = slot;
  request.affect = parts;
  assert_true (vfp_settings_from_string (ALL_SETTINGS, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, guest, &request));
  world->faults.calls = 0;
}

/* @guest has VF 0 of enp2s0f0, as net0. */
static World *
make_world (const char *guest, VfpAffectFlags parts)
{
  World *world = world_new ();

  attach (world, guest, "net0", parts);
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

static unsigned
count_claims (World *world)
{
  g_autoptr (VfpRecords) records = world_records (world);

  return records->claims->len;
}

static void
assert_settings (World *world, const char *wanted)
{
  g_autofree char *settings = world_settings (world, "enp2s0f0", 0);

  assert_string_equal (settings, wanted);
}

/* A setting that cannot be put back keeps neither the other ones nor the VF. */
static void
test_restore_refused (void **state)
{
  static const struct
  {
    const char *refused, *left;
  } cases[] = {
    { "tx-rate", NO_MAC "vlan=0 tx-rate=10:1000 spoofchk=on trust=off link-state=auto" },
    { "spoofchk;trust", NO_MAC "vlan=0 tx-rate=0:0 spoofchk=off trust=on link-state=auto" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *name = cases[i].refused;
      g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
      const VfpDetachRequest request = world_detach_request ("web1");
      VfpAttachRequest again = world_attach_request ("web2");

      world_set_link (world, "enp2s0f0", "refused", name);
      world_must_detach (world, name, &request);
      g_autofree char *left = world_settings (world, "enp2s0f0", 0);
      check_case_string (name, left, cases[i].left);
      check_case (name, count_claims (world) == 0);
      g_auto (GStrv) settings = g_strsplit (name, ";", -1);
      for (char **setting = settings; *setting != NULL; setting++)
        check_case (name, world_warned (world, *setting));
      check_case (name, world->warnings->len == g_strv_length (settings));

      /* The next user gets a full set. */
      world_set_link (world, "enp2s0f0", "refused", NULL);
      again.vf = VF0;
      vfp_result_free (world_must_attach (world, name, &again));
      g_autofree char *after = world_settings (world, "enp2s0f0", 0);
      check_case (name, g_str_has_suffix (after, strchr (UNTOUCHED, ' ')));
    }
}

/* libvirt has bound the VF for a guest that has not opened it yet. */
static void
test_restore_taken (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ .live = TRUE });
  const VfpDetachRequest request = world_detach_request ("web1");
  g_autofree char *before = world_settings (world, "enp2s0f0", 0);

  world_power_off (world, "web1", VF0, "vfio-pci");
  world_must_detach (world, "taken", &request);
  assert_settings (world, before);
  assert_true (world_warned (world, "in use by another process"));
  assert_int_equal (count_claims (world), 0);
}

static World *restarted;
static char *restarted_device;

/* The guest ends, and is started with what its configuration still has. */
static void
restart (unsigned call)
{
  if (call != 2)
    return;
  g_autoptr (VfpRoot) root = hosttree_open (restarted->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = virt->find_guest (virt, "web1", NULL);

  assert_true (virt->attach_device (virt, uuid, restarted_device, VFP_AFFECT_LIVE, NULL));
}

static void
test_restarted_meanwhile (void **state)
{
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ 0 });
  const VfpDetachRequest request = world_detach_request ("web1");

  restarted = world;
  restarted_device = world_device (world, "web1", "config.xml", NET0);
  world->faults.on_call = restart;
  check_failure (world, "restarted", &request, VFP_ERROR_GUEST_REFUSED, "in the guest again");
  world->faults = (VfpFaults){ 0 };
  g_clear_pointer (&restarted_device, g_free);

  g_autofree char *live = world_device (world, "web1", "live.xml", NET0);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_non_null (live);
  assert_int_equal (records->claims->len, 1);
  const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  assert_int_equal (claim->intent, VFP_INTENT_NONE);
  assert_int_equal (claim->claimer.pid, 0);
  assert_true (claim->live);

  VfpAttachRequest other = world_attach_request ("web2");
  g_autoptr (GError) error = NULL;
  other.vf = VF0;
  g_autoptr (VfpResult) result = world_attach (world, &other, &error);
  assert_null (result);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE));

  world_must_detach (world, "again", &request);
  world_check (world, "again");
  assert_int_equal (count_claims (world), 0);
  assert_settings (world, UNTOUCHED);
}

/* Somebody has edited the alias away, or it is a device that was made by hand. */
static void
test_no_alias (void **state)
{
  static const char *const guests[] = { "web1", "off1" };

  for (gsize i = 0; i < G_N_ELEMENTS (guests); i++)
    {
      g_autoptr (World) world = make_world (guests[i], (VfpAffectFlags){ .config = TRUE });
      const VfpDetachRequest request = world_detach_request (guests[i]);
      g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/config.xml", guests[i]);

      world_replace (world, guests[i], "config.xml", "<alias name=\"" NET0 "\"/>", "");
      world_must_detach (world, guests[i], &request);
      g_autofree char *after = world_read (world, path);
      check_case (guests[i], strstr (after, "hostdev") == NULL);
      check_case (guests[i], count_claims (world) == 0);
    }
}

/* The card was replaced by another one in the same place: what it has is not ours to change. */
static void
test_other_card (void **state)
{
  static const char of_others[] = NO_MAC "vlan=7:0:802.1Q tx-rate=0:50 spoofchk=off trust=on "
                                         "link-state=auto";
  const VfpDetachRequest request = world_detach_request ("web1");
  g_autoptr (World) world = make_world ("web1", (VfpAffectFlags){ .live = TRUE });

  world_power_off (world, "web1", VF0, "ixgbevf");
  world_set_link (world, "enp2s0f0", "mac", "a0:36:9f:77:77:77");
  world_set_link (world, "enp2s0f0 0", "settings", of_others);
  hosttree_write (world->tree, PF_ADDRESS, "a0:36:9f:77:77:77");
  world_must_detach (world, "other card", &request);
  assert_settings (world, of_others);
  assert_int_equal (world->faults.calls, 0);
  assert_int_equal (count_claims (world), 0);
}

/* net0 has both parts, net1 the configuration only. */
static World *
make_two (void)
{
  World *world = make_world ("web1", (VfpAffectFlags){ 0 });

  attach (world, "web1", "net1", (VfpAffectFlags){ .config = TRUE });
  return world;
}

static void
test_all_live (void **state)
{
  g_autoptr (World) world = make_two ();
  VfpDetachRequest request = world_detach_request ("web1");
  g_autoptr (GError) error = NULL;

  request.all = TRUE;
  request.affect.live = TRUE;
  g_autoptr (GPtrArray) results = world_detach (world, &request, &error);
  if (results == NULL)
    fail_msg ("%s", error->message);
  assert_int_equal (results->len, 2);
  assert_true (((VfpResult *) g_ptr_array_index (results, 0))->changed);
  assert_false (((VfpResult *) g_ptr_array_index (results, 1))->changed);
  world_check (world, "all, live");
  g_autofree char *live = world_device (world, "web1", "live.xml", NET0);
  g_autofree char *config = world_device (world, "web1", "config.xml", "ua-vfpool-net1");
  assert_null (live);
  assert_non_null (config);

  check_failure (world, "none live", &request, VFP_ERROR_SLOT_EMPTY, "web1 has no VF there");
  request.ensure = TRUE;
  world_must_detach (world, "none live, ensure", &request);
}

static void
put_at_work (World *world, guint index)
{
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  VfpClaim *claim = g_ptr_array_index (records->claims, index);

  claim->intent = VFP_INTENT_DETACHING;
  claim->claimer = vfp_process_self ();
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

/* What the last slot cannot do is found before the first one is touched. */
static void
test_all_decides_first (void **state)
{
  g_autoptr (World) world = make_two ();
  VfpDetachRequest request = world_detach_request ("web1");

  put_at_work (world, 1);
  g_autofree char *before = world_dump (world);
  request.all = TRUE;
  check_failure (world, "at work", &request, VFP_ERROR_BUSY, "is at work on net1");
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);
  assert_int_equal (world->faults.calls, 0);
}

/* The claim that its guest's end has ended is in nobody's way. */
static void
test_forget_undefined (void **state)
{
  for (unsigned dry = 0; dry < 2; dry++)
    {
      g_autoptr (World) world = make_world ("off1", (VfpAffectFlags){ 0 });
      const VfpForgetRequest request = { .guest = "off1", .timeout_ms = 1000, .dry_run = dry != 0 };
      g_autoptr (GError) error = NULL;

      hosttree_remove (world->tree, VFP_FAKE_DIR "/guests/off1");
      g_autofree char *before = world_dump (world);
      g_autoptr (GPtrArray) results = world_forget (world, &request, &error);
      if (results == NULL)
        fail_msg ("%s", error->message);
      assert_int_equal (results->len, 1);

      g_autofree char *after = world_dump (world);
      g_autoptr (VfpRecords) records = world_records (world);
      assert_int_equal (records->claims->len, dry);
      assert_int_equal (records->slots->len, dry);
      assert_true (g_str_equal (after, before) == (dry != 0));
    }
}

static void
mark (VfpStore *store, gpointer data)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpSlot *slot = g_ptr_array_index (records->slots, 0);

  slot->arrive = *(const VfpArrive *) data;
  assert_true (vfp_store_put_slot (store, slot, NULL));
}

/* What a migration that has failed was to plug in again stays out when somebody takes it out. */
static void
test_arriving (void **state)
{
  static const struct
  {
    const char *name;
    VfpAffectFlags attached, detached; /* @attached: of a slot that has its VF */
    gboolean has_vf, fails;
    VfpArrive arrive, wanted;
  } cases[] = {
    { .name = "live", .detached = { .live = TRUE }, .has_vf = TRUE, .arrive = VFP_ARRIVE_BOTH },
    { .name = "both", .has_vf = TRUE, .arrive = VFP_ARRIVE_BOTH },
    { .name = "config",
      .detached = { .config = TRUE },
      .has_vf = TRUE,
      .arrive = VFP_ARRIVE_BOTH,
      .wanted = VFP_ARRIVE_LIVE },
    { .name = "out already", .detached = { .live = TRUE }, .arrive = VFP_ARRIVE_LIVE },
    { .name = "hung", .has_vf = TRUE, .fails = TRUE, .arrive = VFP_ARRIVE_BOTH },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *name = cases[i].name;
      g_autoptr (World) world = make_world ("web1", cases[i].attached);
      VfpDetachRequest request = world_detach_request ("web1");
      const VfpReconcileRequest fix = { .fix = TRUE };
      VfpArrive arrive = cases[i].arrive;

      if (!cases[i].has_vf)
        world_must_detach (world, name, &request);
      world_change (world, mark, &arrive);
      world_set_guest (world, "web1", "hung", cases[i].fails);
      request.affect = cases[i].detached;
      g_autoptr (GPtrArray) results = world_detach (world, &request, NULL);
      check_case (name, (results != NULL) != cases[i].fails);
      world_set_guest (world, "web1", "hung", FALSE);
      g_autoptr (VfpRecords) records = world_records (world);
      check_case (name,
                  ((VfpSlot *) g_ptr_array_index (records->slots, 0))->arrive == cases[i].wanted);

      g_autoptr (GPtrArray) findings G_GNUC_UNUSED = world_reconcile (world, &fix, NULL);
      g_autofree char *live = world_device (world, "web1", "live.xml", NET0);
      check_case (name, (live != NULL) == (cases[i].wanted == VFP_ARRIVE_LIVE || cases[i].fails));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_restore_refused),
    cmocka_unit_test (test_restore_taken),
    cmocka_unit_test (test_restarted_meanwhile),
    cmocka_unit_test (test_no_alias),
    cmocka_unit_test (test_other_card),
    cmocka_unit_test (test_all_live),
    cmocka_unit_test (test_all_decides_first),
    cmocka_unit_test (test_forget_undefined),
    cmocka_unit_test (test_arriving),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
