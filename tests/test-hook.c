/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook: guests that start and end, and those that must not start. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define VF0 "0000:02:10.0"
#define VF1 "0000:02:10.2"
#define ALL_SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"
#define BOOT_ID "proc/sys/kernel/random/boot_id"

/* "off1" has slot net0, with VF 0 of enp2s0f0 in its configuration. */
static World *
make_world (void)
{
  World *world = world_new_empty ();
  VfpAttachRequest request = world_attach_request ("off1");

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 4 });
  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off1", .ports = 3, .off = TRUE });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off2", .ports = 3, .off = TRUE });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 3 });
  hosttree_write (world->tree, BOOT_ID, "first-boot");
  world_start (world);

  request.vf = "enp2s0f0/0";
  assert_true (vfp_settings_from_string (ALL_SETTINGS, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, "make_world", &request));
  return world;
}

/* A host device in the configuration of @guest; @mac may be NULL. */
static void
add_device (World *world, const char *guest, const char *element, const char *source,
            const char *mac)
{
  VfpAddress address;
  g_autoptr (GString) device = g_string_new (NULL);

  assert_true (vfp_address_parse (source, &address, NULL));
  g_string_append_printf (device,
                          "<%s %s='%s'><source><address type='pci' domain='0x%04x' bus='0x%02x' "
                          "slot='0x%02x' function='0x%x'/></source>",
                          element, "type", strcmp (element, "hostdev") == 0 ? "pci" : "hostdev",
                          address.domain, address.bus, address.slot, address.function);
  if (mac != NULL)
    g_string_append_printf (device, "<mac address='%s'/>", mac);
  g_string_append_printf (device, "</%s></devices>", element);
  world_replace (world, guest, "config.xml", "</devices>", device->str);
}

static VfpStore *
open_store (World *world)
{
  VfpStore *store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);

  assert_non_null (store);
  return store;
}

/* What others write into the claim of off1, or (@owner) instead of it. */
static void
edit_claim (World *world, void (*edit) (VfpClaim *claim))
{
  g_autoptr (VfpStore) store = open_store (world);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpClaim *claim = g_ptr_array_index (records->claims, 0);

  edit (claim);
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
edit_slot (World *world, void (*edit) (VfpSlot *slot))
{
  g_autoptr (VfpStore) store = open_store (world);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpSlot *slot = g_ptr_array_index (records->slots, 0);

  edit (slot);
  assert_true (vfp_store_put_slot (store, slot, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static VfpGuestRecord *
guest_row (const VfpRecords *records, World *world, const char *guest)
{
  g_autofree char *uuid = world_uuid (world, guest);

  return vfp_records_find_guest (records, uuid);
}

/* The only claim that there is. */
static const VfpClaim *
only_claim (const VfpRecords *records, const char *name)
{
  check_case (name, records->claims->len == 1);
  return g_ptr_array_index (records->claims, 0);
}

static void
check_parts (World *world, const char *name, gboolean live, gboolean config)
{
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = only_claim (records, name);

  check_case (name, claim->live == live && claim->config == config);
  check_case (name, claim->intent == VFP_INTENT_NONE);
}

static void
check_settings (World *world, const char *name, const char *wanted)
{
  g_autofree char *now = world_settings (world, "enp2s0f0", 0);

  if (strstr (now, wanted) == NULL)
    fail_msg ("%s: '%s' instead of '%s'", name, now, wanted);
}

static void
test_start_and_end (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *before = world_settings (world, "enp2s0f0", 0);

  for (unsigned start = 1; start <= 2; start++)
    {
      assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
      {
        g_autoptr (VfpRecords) records = world_records (world);
        const VfpClaim *claim = only_claim (records, "prepare");
        g_autofree char *saved = vfp_settings_to_string (&claim->saved);

        assert_true (claim->live && claim->config && claim->has_saved);
        assert_int_equal (claim->generation, start);
        assert_string_equal (claim->boot_id, "first-boot");
        assert_string_equal (claim->saved_driver, "ixgbevf");
        assert_string_equal (saved, before);
        check_settings (world, "prepare", before);
      }

      world_power_on (world, "off1");
      assert_int_equal (world_hook_verdict (world, "off1", "start"), VFP_HOOK_PASS);
      check_settings (world, "start", ALL_SETTINGS);
      {
        g_auto (VfpHookReply) reply = world_hook (world, "off1", "started");
        g_autoptr (VfpRecords) records = world_records (world);

        assert_true (reply.verdict == VFP_HOOK_PASS && reply.settle);
        assert_int_equal (guest_row (records, world, "off1")->wanted, start);
      }
      world_check (world, "running");

      g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
      assert_true (reply.verdict == VFP_HOOK_PASS && !reply.settle && reply.notes->len == 0);
      check_settings (world, "release", before);
      check_parts (world, "release", FALSE, TRUE);
      world_check (world, "ended");
    }
}

static void
test_seen (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpAttachRequest request = world_attach_request ("web1");

  request.pf = "enp1s0f0";
  assert_true (vfp_settings_from_string ("trust=on", &request.settings, NULL));
  vfp_result_free (world_must_attach (world, "unseen", &request));
  assert_true (world_warned (world, "hook"));
  assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
  vfp_result_free (world_must_attach (world, "seen", &request));
  assert_int_equal (world->warnings->len, 0);
  hosttree_write (world->tree, BOOT_ID, "second-boot");
  vfp_result_free (world_must_attach (world, "another boot", &request));
  assert_true (world_warned (world, "hook"));
}

/* The hook may be run twice for one start: what it saves is what was there before the first. */
static void
test_prepare_twice (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *before = world_settings (world, "enp2s0f0", 0);

  assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
  world_power_on (world, "off1");
  assert_int_equal (world_hook_verdict (world, "off1", "start"), VFP_HOOK_PASS);
  assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
  G_GNUC_UNUSED g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
  check_settings (world, "release", before);
}

static void
name_claimed (World *world)
{
  add_device (world, "off2", "interface", VF0, NULL);
}

static void
name_claimed_as_hostdev (World *world)
{
  add_device (world, "off2", "hostdev", VF0, NULL);
}

/* Of a libvirt network, as it is known at "start" only. */
static void
name_claimed_by_network (World *world)
{
  world_replace (
      world, "off2", "config.xml", "</devices>",
      "<interface type='network'><source network='pool'/><actual type='hostdev'><source>"
      "<address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x0'/></source>"
      "</actual></interface></devices>");
}

static void
name_running (World *world)
{
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = "enp2s0f0/1";
  request.affect.live = TRUE;
  vfp_result_free (world_must_attach (world, "web1", &request));
  add_device (world, "off2", "interface", VF1, NULL);
}

static void
make_reservation (VfpClaim *claim)
{
  g_free (claim->owner);
  claim->owner = g_strdup ("dpdk");
  claim->slot_id = 0;
  claim->config = FALSE;
}

static void
name_reserved (World *world)
{
  edit_claim (world, make_reservation);
  name_claimed (world);
}

static void
take_whole_pf (World *world)
{
  add_device (world, "off2", "hostdev", "0000:02:00.0", NULL);
}

static void
name_absent (World *world)
{
  add_device (world, "off2", "interface", "0000:07:10.0", NULL);
}

static void
copy_guest (World *world)
{
  g_autofree char *uuid = world_uuid (world, "off1");
  g_autofree char *metadata = g_strdup_printf (
      "<metadata><v:slots xmlns:v='urn:vfpool:slots:1' version='1' uuid='%s'/></metadata><devices>",
      uuid);

  name_claimed (world);
  world_replace (world, "off2", "config.xml", "<devices>", metadata);
}

static void
move_own (World *world, const char *bus, const char *function)
{
  g_autofree char *to
      = g_strdup_printf ("bus=\"0x%s\" slot=\"0x10\" function=\"0x%s\"", bus, function);
  g_autofree char *xml = world_guest_xml (world, "off1", "config.xml");
  const char quote = strstr (xml, "bus='0x02' slot='0x10'") != NULL ? '\'' : '"';
  g_autofree char *from = g_strdup ("bus=\"0x02\" slot=\"0x10\" function=\"0x0\"");

  g_strdelimit (from, "\"", quote);
  world_replace (world, "off1", "config.xml", from, to);
}

static void
move_to_other_pf (World *world)
{
  move_own (world, "01", "0");
}

static void
move_to_nowhere (World *world)
{
  move_own (world, "07", "0");
}

static const struct
{
  const char *name;
  void (*prepare) (World *world);
  const char *guest;
  const char *text;
  const char *cure;
} refusals[] = {
  { "claimed in a configuration", name_claimed, "off2",
    "off2: enp2s0f0 VF 0 (" VF0 ") is net0 of off1", "'vfpool detach off1 --slot net0'" },
  { "claimed, as a plain hostdev", name_claimed_as_hostdev, "off2", "is net0 of off1",
    "'vfpool attach off2'" },
  { "claimed, from a network", name_claimed_by_network, "off2", "is net0 of off1",
    "'vfpool attach off2'" },
  { "in a running guest", name_running, "off2", "enp2s0f0 VF 1 (" VF1 ") is net0 of web1",
    "'vfpool detach web1 --slot net0'" },
  { "reserved", name_reserved, "off2", "enp2s0f0 VF 0 (" VF0 ") is reserved for dpdk",
    "'vfpool attach off2'" },
  { "whole PF", take_whole_pf, "off2", "the whole PF enp2s0f0", "held by off1" },
  { "not here", name_absent, "off2", "0000:07:10.0 is no VF of this host", "'vfpool adopt off2'" },
  { "copied", copy_guest, "off2", "net0 of off1, whose XML this guest was copied from",
    "'vfpool adopt off2'" },
  { "own, another card", move_to_other_pf, "off1",
    "names enp1s0f0 VF 0 (0000:01:10.0) for net0, which has enp2s0f0 VF 0",
    "'vfpool reconcile off1 --fix'" },
  { "own, not here", move_to_nowhere, "off1",
    "0000:07:10.0, the VF of net0, is not on this host now", "'vfpool reconcile off1 --fix'" },
};

/* Nothing is claimed, and what "vfpool boot guests" needs is written down. */
static void
check_refused (World *world, const char *name, const char *guest, const VfpHookReply *reply,
               gint64 generation)
{
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpGuestRecord *row = guest_row (records, world, guest);

  check_case (name, row != NULL && row->refused != NULL);
  check_case_string (name, row->refused, reply->text + strlen (guest) + 2);
  check_case_string (name, row->refused_boot_id, "first-boot");
  check_case (name, row->generation == generation);
}

static void
test_refuse (void **state)
{
  static const char *const operations[] = { "prepare", "start" };

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (operations); k++)
      {
        g_autoptr (World) world = make_world ();

        refusals[i].prepare (world);
        g_autofree char *before = world_dump (world);
        g_auto (VfpHookReply) reply = world_hook (world, refusals[i].guest, operations[k]);
        check_case (refusals[i].name, reply.verdict == VFP_HOOK_REFUSED);
        if (strstr (reply.text, refusals[i].text) == NULL
            || strstr (reply.text, refusals[i].cure) == NULL || strchr (reply.text, '\n') != NULL)
          fail_msg ("%s: %s", refusals[i].name, reply.text);
        check_refused (world, refusals[i].name, refusals[i].guest, &reply, k == 0 ? 1 : 0);
        g_autofree char *after = world_dump (world);
        check_case_string (refusals[i].name, after, before);
      }
}

/* libvirt calls "release" for a start that was refused as well. */
static void
test_release_of_refused (void **state)
{
  g_autoptr (World) world = make_world ();
  G_GNUC_UNUSED g_autofree char *xml = world_guest_xml (world, "off1", "config.xml");

  world_start_guest (world, "off1");
  world_replace (world, "off1", "config.xml", "<devices>", "<devices><!-- -->");
  add_device (world, "off1", "interface", "0000:07:10.0", NULL);
  g_autofree char *refused_xml = world_guest_xml (world, "off1", "config.xml");
  g_auto (VfpHookReply) reply = world_hook_xml (world, "prepare", refused_xml);
  assert_int_equal (reply.verdict, VFP_HOOK_REFUSED);

  g_autofree char *before = world_dump (world);
  g_auto (VfpHookReply) release = world_hook_xml (world, "release", refused_xml);
  g_autofree char *after = world_dump (world);
  assert_int_equal (release.verdict, VFP_HOOK_PASS);
  assert_string_equal (after, before);
}

static void
test_refusal_ends (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *good = world_guest_xml (world, "off2", "config.xml");

  name_absent (world);
  assert_int_equal (world_hook_verdict (world, "off2", "prepare"), VFP_HOOK_REFUSED);
  hosttree_write (world->tree, VFP_FAKE_DIR "/guests/off2/config.xml", good);
  add_device (world, "off2", "interface", VF1, NULL);
  assert_int_equal (world_hook_verdict (world, "off2", "prepare"), VFP_HOOK_PASS);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_null (guest_row (records, world, "off2"));
}

static void
make_live_only (VfpClaim *claim)
{
  claim->live = TRUE;
  claim->config = FALSE;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup ("earlier-boot");
}

static void
make_void (World *world)
{
  edit_claim (world, make_live_only);
  name_claimed (world);
}

static void
name_free (World *world)
{
  add_device (world, "off2", "interface", VF1, NULL);
}

static void
name_other_device (World *world)
{
  add_device (world, "off2", "hostdev", "0000:42:00.0", NULL);
}

static void
take_free_pf (World *world)
{
  add_device (world, "off2", "hostdev", "0000:01:00.0", NULL);
}

/* The card of a claim is gone, and something else has the address of its VF now. */
static void
name_address_of_gone (World *world)
{
  g_autofree char *link = g_build_filename (hosttree_path (world->tree),
                                            "sys/bus/pci/devices/0000:02:00.0/virtfn0", NULL);

  assert_int_equal (unlink (link), 0);
  add_device (world, "off2", "hostdev", VF0, NULL);
}

static const struct
{
  const char *name;
  void (*prepare) (World *world);
} passing[] = {
  { "live part of an earlier boot", make_void },
  { "free VF", name_free },
  { "no VF at all", name_other_device },
  { "no VF at the address of one that is gone", name_address_of_gone },
  { "whole PF without claims", take_free_pf },
};

/* A guest without slots is none of ours: nothing is claimed for it. */
static void
test_pass (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (passing); i++)
    {
      g_autoptr (World) world = make_world ();

      passing[i].prepare (world);
      g_autofree char *before = world_dump (world);
      g_auto (VfpHookReply) reply = world_hook (world, "off2", "prepare");
      if (reply.verdict != VFP_HOOK_PASS)
        fail_msg ("%s: %s", passing[i].name, reply.text);
      g_autofree char *after = world_dump (world);
      check_case_string (passing[i].name, after, before);
      check_case (passing[i].name, world_hook_verdict (world, "off2", "started") == VFP_HOOK_PASS);
    }
}

/* Neither garbage instead of a state file nor none at all matters to a guest without VFs. */
static void
test_pass_without_file (void **state)
{
  g_autoptr (World) world = make_world ();
  G_GNUC_UNUSED g_autofree char *folder = g_path_get_dirname (world->state_path);

  assert_true (g_file_set_contents (world->state_path, "garbage", -1, NULL));
  assert_int_equal (world_hook_verdict (world, "off2", "prepare"), VFP_HOOK_PASS);
  assert_int_equal (world_hook_verdict (world, "web1", "release"), VFP_HOOK_PASS);

  assert_int_equal (unlink (world->state_path), 0);
  name_free (world);
  assert_int_equal (world_hook_verdict (world, "off2", "prepare"), VFP_HOOK_PASS);
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));
}

/* The claim follows the XML to a VF of the same PF that nobody has. */
static void
test_follow (void **state)
{
  g_autoptr (World) world = make_world ();

  move_own (world, "02", "2");
  assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = only_claim (records, "follow");
  g_autofree char *address = vfp_address_to_string (&claim->address);
  assert_string_equal (address, VF1);
  assert_int_equal (claim->vf, 1);
  assert_true (claim->live && claim->config);
}

/* Two slots of one guest whose VFs were changed for each other. */
static void
test_swap (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpAttachRequest request = world_attach_request ("off1");

  request.vf = "enp2s0f0/1";
  vfp_result_free (world_must_attach (world, "net1", &request));
  g_autofree char *xml = world_guest_xml (world, "off1", "config.xml");
  GString *swapped = g_string_new (xml);
  g_string_replace (swapped, "ua-vfpool-net0", "ua-other", 0);
  g_string_replace (swapped, "ua-vfpool-net1", "ua-vfpool-net0", 0);
  g_string_replace (swapped, "ua-other", "ua-vfpool-net1", 0);
  g_auto (VfpHookReply) reply = world_hook_xml (world, "prepare", swapped->str);
  g_string_free (swapped, TRUE);
  assert_int_equal (reply.verdict, VFP_HOOK_PASS);

  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 2);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);
      const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);

      assert_true (claim->live);
      assert_int_equal (claim->vf, g_str_equal (slot->name, "net0") ? 1 : 0);
    }
}

static void
drop_claim (World *world)
{
  g_autoptr (VfpStore) store = open_store (world);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);

  assert_true (vfp_store_delete_claim (store, g_ptr_array_index (records->claims, 0), NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

/* A slot without claim whose device is in the XML gets one. */
static void
test_claim_unclaimed (void **state)
{
  g_autoptr (World) world = make_world ();

  drop_claim (world);
  assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
  check_parts (world, "unclaimed", TRUE, FALSE);
  world_power_on (world, "off1");
  G_GNUC_UNUSED g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 0);
  assert_int_equal (records->slots->len, 1);
}

static void
work_on (VfpClaim *claim)
{
  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_config = TRUE;
  claim->claimer = vfp_process_self ();
}

/* A claim that a living process works on is left to it, at start and at end. */
static void
test_leave_to_claimer (void **state)
{
  static const char *const operations[] = { "prepare", "start", "release" };
  g_autoptr (World) world = make_world ();

  edit_claim (world, work_on);
  g_autofree char *before = world_dump (world);
  for (gsize i = 0; i < 3; i += 2)
    {
      assert_int_equal (world_hook_verdict (world, "off1", operations[i]), VFP_HOOK_PASS);
      g_autofree char *after = world_dump (world);
      check_case_string (operations[i], after, before);
    }
}

static void
die_at_work (VfpClaim *claim)
{
  claim->claimer.start_ticks++;
}

/* A start while an attach to the configuration was at work, which then died: what settle finds to
 * be live is of this start, and ends with it. */
static void
test_start_under_claimer (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *uuid = world_uuid (world, "off1");

  edit_claim (world, work_on);
  world_start_guest (world, "off1");
  edit_claim (world, die_at_work);
  g_ptr_array_unref (world_settle (world, uuid, VFP_CLASS_BOOK, NULL));
  check_parts (world, "settled", TRUE, TRUE);
  G_GNUC_UNUSED g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
  check_parts (world, "ended", FALSE, TRUE);
}

static void
work_on_live (VfpClaim *claim)
{
  work_on (claim);
  claim->intent = VFP_INTENT_DETACHING;
  claim->intent_live = TRUE;
}

static void
test_release_leaves_to_claimer (void **state)
{
  g_autoptr (World) world = make_world ();

  world_start_guest (world, "off1");
  edit_claim (world, work_on_live);
  g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = only_claim (records, "release");
  assert_true (claim->live && claim->intent == VFP_INTENT_DETACHING && claim->has_saved);
  assert_true (reply.settle);
  check_settings (world, "release", "trust=on");
}

static void
make_on_start (VfpSlot *slot)
{
  slot->on_start = TRUE;
}

static void
make_transient (VfpSlot *slot)
{
  slot->transient = TRUE;
}

static const struct
{
  const char *name;
  void (*edit) (VfpSlot *slot);
  gboolean config, settle;
} endings[] = {
  { "on-start", make_on_start, FALSE, FALSE },
  { "transient", make_transient, TRUE, TRUE },
};

/* Whether libvirt still knows the guest, and so whether its slots end, only settle can tell. */
static void
test_release_wholly (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *before = world_settings (world, "enp2s0f0", 0);

      world_start_guest (world, "off1");
      edit_slot (world, endings[i].edit);
      g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
      g_autoptr (VfpRecords) records = world_records (world);
      check_case (endings[i].name, records->claims->len == (endings[i].config ? 1 : 0));
      check_case (endings[i].name, records->slots->len == 1);
      check_case (endings[i].name, reply.settle == endings[i].settle);
      check_settings (world, endings[i].name, before);
    }
}

/* A VF that somebody has open again is not touched. */
static void
test_release_in_use (void **state)
{
  g_autoptr (World) world = make_world ();

  world_start_guest (world, "off1");
  g_autofree char *xml = world_guest_xml (world, "off1", "live.xml");
  g_auto (VfpHookReply) reply = world_hook_xml (world, "release", xml);
  check_settings (world, "in use", "trust=on");
  assert_true (reply.notes->len > 0);
}

static const struct
{
  const char *name;
  const char *slots;
  const char *wanted;
} preflights[] = {
  { "nothing", "", "\"reasons\":[]}" },
  { "one", "<slot name='net0' pool='enp1s0f0'/>", "\"reasons\":[]}" },
  { "too many", "<slot name='net0' pool='enp2s0f0'/><slot name='net1' pool='enp2s0f0'/>",
    "\"slots\":[{\"slot\":\"net0\",\"pool\":\"enp2s0f0\",\"vf\":\"" VF1 "\"},"
    "{\"slot\":\"net1\",\"pool\":\"enp2s0f0\",\"vf\":null}],"
    "\"missing\":[],\"reasons\":[\"net1: enp2s0f0: none of 2 VFs fits: 1 claimed (off1), 1 "
    "claiming\"]}" },
  { "mapped", "<slot name='net0' pool='far' to-pool='enp2s0f0'/>", "\"reasons\":[]}" },
  { "no such pool", "<slot name='net0' pool='a&quot;b\\'/>",
    "\"slots\":[{\"slot\":\"net0\",\"pool\":null,\"vf\":null}],\"missing\":[],\"reasons\":[\"net0: "
    "there is no "
    "pool 'a\\\"b\\\\' on this host (PFs: enp1s0f0 enp2s0f0); 'accepts = a\\\"b\\\\' in the [pool "
    "NAME] that is to take it, or 'vfpool migrate --pool-map a\\\"b\\\\=NAME'\"]}" },
  { "not understood", "<slot/>", "\"reasons\":[\"preflight: a slot has no name and pool\"]}" },
};

static char *
make_preflight (const char *slots)
{
  return g_strdup_printf (
      "<domain><name>vfpool-preflight-1</name><uuid>5dd0d3b6-6f4e-4a0e-9a53-64a8d3a5b0f1</uuid>"
      "<metadata><v:preflight xmlns:v='urn:vfpool:slots:1' version='1'>%s</v:preflight></metadata>"
      "</domain>",
      slots);
}

static void
test_preflight (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (preflights); i++)
    {
      g_autoptr (World) world = make_world ();
      g_autofree char *slots = g_strdup (preflights[i].slots);
      GString *prefixed = g_string_new (slots);
      g_string_replace (prefixed, "<slot", "<v:slot", 0);
      g_autofree char *xml = make_preflight (prefixed->str);
      g_string_free (prefixed, TRUE);
      g_autofree char *before = world_dump (world);
      g_auto (VfpHookReply) reply = world_hook_xml (world, "prepare", xml);

      check_case (preflights[i].name, reply.verdict == VFP_HOOK_REFUSED);
      if (!g_str_has_suffix (reply.text, preflights[i].wanted)
          || !g_str_has_prefix (reply.text, "{\"version\":\""))
        fail_msg ("%s: %s", preflights[i].name, reply.text);
      if (!g_str_equal (preflights[i].name, "not understood"))
        check_case (preflights[i].name,
                    strstr (reply.text,
                            "{\"pool\":\"enp2s0f0\",\"total\":2,\"free\":1,\"vfs\":[\"" VF1 "\"]}")
                        != NULL);
      g_autofree char *after = world_dump (world);
      check_case_string (preflights[i].name, after, before);
      g_auto (VfpHookReply) release = world_hook_xml (world, "release", xml);
      check_case (preflights[i].name, release.verdict == VFP_HOOK_PASS);
    }
}

static void
test_other_operations (void **state)
{
  static const char *const operations[] = { "stopped", "reconnect", "attach", "unheard-of", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autoptr (World) world = make_world ();
      g_auto (VfpHookReply) reply = world_hook_xml (world, operations[i], "no XML");

      check_case (operations[i], reply.verdict == VFP_HOOK_PASS);
      check_case (operations[i], !vfp_hook_has_operation (operations[i]));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_start_and_end),
    cmocka_unit_test (test_seen),
    cmocka_unit_test (test_prepare_twice),
    cmocka_unit_test (test_refuse),
    cmocka_unit_test (test_release_of_refused),
    cmocka_unit_test (test_refusal_ends),
    cmocka_unit_test (test_pass),
    cmocka_unit_test (test_pass_without_file),
    cmocka_unit_test (test_follow),
    cmocka_unit_test (test_swap),
    cmocka_unit_test (test_claim_unclaimed),
    cmocka_unit_test (test_leave_to_claimer),
    cmocka_unit_test (test_start_under_claimer),
    cmocka_unit_test (test_release_leaves_to_claimer),
    cmocka_unit_test (test_release_wholly),
    cmocka_unit_test (test_release_in_use),
    cmocka_unit_test (test_preflight),
    cmocka_unit_test (test_other_operations),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
