/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that come from another host, or out of a file: the hook and what follows it. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/metadata.h"
#include "host/netlink-fake.h"
#include "ops/settle-loop.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"
#define STOPPED 77
#define BOOT_ID "proc/sys/kernel/random/boot_id"

/* A host with a PF of two VFs, and "other", which is off. */
static World *
make_host (void)
{
  World *world = world_new_empty ();

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "other", .ports = 3, .off = TRUE });
  hosttree_write (world->tree, BOOT_ID, "first-boot");
  hosttree_make_folder (world->tree, "etc/libvirt/qemu");
  return world;
}

/* The same with the running guest "web1", whose net0 has VF 0 with VLAN 42. */
static World *
make_source (void)
{
  World *world = make_host ();
  VfpAttachRequest request = world_attach_request ("web1");

  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 3 });
  world_start (world);
  request.pf = "enp1s0f0";
  assert_true (vfp_settings_parse_vlan (&request.settings, "42", NULL));
  vfp_result_free (world_must_attach (world, "source", &request));
  return world;
}

static World *
make_destination (void)
{
  World *world = make_host ();

  world_start (world);
  return world;
}

static void
attach_other (World *world)
{
  VfpAttachRequest request = world_attach_request ("other");

  request.pf = "enp1s0f0";
  vfp_result_free (world_must_attach (world, "other", &request));
}

static char *
source_xml (const char *file)
{
  g_autoptr (World) source = make_source ();

  return world_guest_xml (source, "web1", file);
}

static char *
replace (const char *text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  if (parts[1] == NULL)
    fail_msg ("'%s' is not in %s", from, text);
  return g_strjoinv (to, parts);
}

/* What libvirt on the destination does with what the hook has answered, up to "started"; the guest
 * is on its way still. @config: what it is defined as there; NULL: it is transient. */
static void
arrive (World *world, const char *xml, const char *config)
{
  static const char *const after[] = { "start", "started" };

  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .off = TRUE });
  hosttree_write (world->tree, VFP_FAKE_DIR "/guests/web1/config.xml", xml);
  assert_int_equal (world_hook_verdict (world, "web1", "prepare"), VFP_HOOK_PASS);
  world_power_on (world, "web1");
  if (config != NULL)
    hosttree_write (world->tree, VFP_FAKE_DIR "/guests/web1/config.xml", config);
  else
    world_set_guest (world, "web1", "persistent", FALSE);
  world_set_guest (world, "web1", "arriving", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (after); i++)
    assert_int_equal (world_hook_verdict (world, "web1", after[i]), VFP_HOOK_PASS);
}

static gboolean
settle_act (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_settle_until_done (opened, data, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
}

static void
settle (World *world, const char *name)
{
  g_autofree char *uuid = world_uuid (world, "web1");
  g_autoptr (GError) error = NULL;

  if (!world_act (world, settle_act, uuid, &error))
    fail_msg ("%s: %s", name, error->message);
}

static const VfpClaim *
claim_of (const VfpRecords *records, const char *guest, const char *slot_name)
{
  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (g_str_equal (slot->guest_name, guest) && g_str_equal (slot->name, slot_name))
        return vfp_records_find_claim_of_slot (records, slot->id);
    }
  return NULL;
}

/* "live config" parts and VF of net0 of web1; "none". */
static char *
tell (World *world)
{
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = claim_of (records, "web1", "net0");
  char address[VFP_ADDRESS_STRLEN];

  if (claim == NULL)
    return g_strdup (records->slots->len > 0 ? "slots" : "nothing");
  return g_strdup_printf ("%s%s%s%s", vfp_address_format (&claim->address, address),
                          claim->expires != 0 ? " awaited" : "", claim->live ? " live" : "",
                          claim->config ? " config" : "");
}

static void
check_tell (World *world, const char *name, const char *wanted)
{
  g_autofree char *told = tell (world);

  check_case_string (name, told, wanted);
}

/* The VF of net0 in the guest's XML. */
static void
check_device (World *world, const char *name, const char *file, const char *wanted)
{
  g_autofree char *xml = world_guest_xml (world, "web1", file);
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);
  const VfpGuestDevice *device = vfp_domxml_find_alias (domxml, "ua-vfpool-net0");
  char address[VFP_ADDRESS_STRLEN];

  check_case_string (name, device != NULL ? vfp_address_format (&device->source, address) : "none",
                     wanted);
}

/* The same address is free there: nothing is to change. */
static void
test_same_vf (void **state)
{
  g_autofree char *xml = source_xml ("live.xml");
  g_autoptr (World) world = make_destination ();
  g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", xml);

  assert_int_equal (reply.verdict, VFP_HOOK_PASS);
  assert_null (reply.xml);
  check_tell (world, "same", VF0 " awaited live");
}

static void
test_other_vf (void **state)
{
  g_autofree char *xml = source_xml ("live.xml"), *config = source_xml ("config.xml");
  g_autoptr (World) world = make_destination ();

  attach_other (world);
  g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", xml);
  assert_int_equal (reply.verdict, VFP_HOOK_PASS);
  assert_non_null (reply.xml);
  /* Nothing but that digit. */
  gsize at = 0;
  while (xml[at] == reply.xml[at])
    at++;
  assert_true (xml[at] == '0' && reply.xml[at] == '2');
  assert_string_equal (xml + at + 1, reply.xml + at + 1);
  check_tell (world, "migrate", VF1 " awaited live");

  arrive (world, reply.xml, config);
  check_tell (world, "on its way", VF1 " live");
  check_device (world, "on its way", "config.xml", VF0);
  /* libvirt would let nobody in. */
  g_autofree char *uuid = world_uuid (world, "web1");
  assert_false (world_act (world, settle_act, uuid, NULL));
  check_device (world, "on its way, settled", "config.xml", VF0);

  world_set_guest (world, "web1", "arriving", FALSE);
  settle (world, "arrived");
  check_tell (world, "arrived", VF1 " live config");
  check_device (world, "arrived", "config.xml", VF1);
  g_autofree char *settings = world_settings (world, "enp1s0f0", 1);
  assert_non_null (strstr (settings, "vlan=42"));
  {
    g_autoptr (VfpRecords) records = world_records (world);
    g_autofree char *id = world_uuid (world, "web1");
    const VfpSlot *slot = vfp_records_find_slot (records, id, "net0");

    assert_false (slot->transient);
    assert_int_equal (vfp_records_find_guest (records, id)->arriving, 0);
  }
  world_check (world, "arrived");

  /* A power cycle. */
  g_auto (VfpHookReply) ended = world_end_guest (world, "web1", VF1, "igbvf");
  assert_int_equal (ended.verdict, VFP_HOOK_PASS);
  world_start_guest (world, "web1");
  check_tell (world, "started again", VF1 " live config");
  world_check (world, "started again");
}

static void
test_transient (void **state)
{
  g_autofree char *xml = source_xml ("live.xml");
  g_autoptr (World) world = make_destination ();
  g_auto (VfpHookReply) reply G_GNUC_UNUSED = world_hook_xml (world, "migrate", xml);

  arrive (world, xml, NULL);
  world_set_guest (world, "web1", "arriving", FALSE);
  settle (world, "transient");
  check_tell (world, "transient", VF0 " live");
  world_check (world, "transient");
}

/* "release" comes for a migration that has failed after "prepare", too. */
static void
test_not_arrived (void **state)
{
  g_autofree char *xml = source_xml ("live.xml");

  for (unsigned prepared = 0; prepared < 2; prepared++)
    {
      g_autoptr (World) world = make_destination ();
      g_autofree char *before = world_settings (world, "enp1s0f0", 0);
      g_auto (VfpHookReply) reply G_GNUC_UNUSED = world_hook_xml (world, "migrate", xml);

      if (prepared)
        {
          g_auto (VfpHookReply) answer = world_hook_xml (world, "prepare", xml);

          assert_int_equal (answer.verdict, VFP_HOOK_PASS);
        }
      g_auto (VfpHookReply) ended = world_hook_xml (world, "release", xml);
      assert_true (ended.settle);
      check_tell (world, "released", "slots");
      g_autofree char *after = world_settings (world, "enp1s0f0", 0);
      assert_string_equal (before, after);

      g_autoptr (GError) error = NULL;
      g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);
      assert_true (world_act (world, settle_act, domxml->uuid, &error));
      check_tell (world, "settled", "nothing");
    }
}

static void
expire (VfpStore *store, gpointer data)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);

  for (guint i = 0; i < records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->expires == 0)
        continue;
      claim->expires = 1;
      assert_true (vfp_store_put_claim (store, claim, NULL));
    }
}

static void
expire_claims (World *world)
{
  world_change (world, expire, NULL);
}

static void
reboot (World *world)
{
  hosttree_write (world->tree, BOOT_ID, "second-boot");
}

/* A guest that never comes keeps its VF for a while only. */
static void
test_expiry (void **state)
{
  static const struct
  {
    const char *name;
    void (*pass_time) (World *world);
    gboolean freed;
  } cases[] = {
    { "in time", NULL, FALSE },
    { "too late", expire_claims, TRUE },
    { "another boot", reboot, TRUE },
  };
  g_autofree char *xml = source_xml ("live.xml");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_destination ();
      VfpAttachRequest request = world_attach_request ("other");
      g_autoptr (GError) error = NULL;
      g_auto (VfpHookReply) reply G_GNUC_UNUSED = world_hook_xml (world, "migrate", xml);

      if (cases[i].pass_time != NULL)
        cases[i].pass_time (world);
      const VfpReconcileRequest audit = { .fix = FALSE };
      g_autoptr (GPtrArray) findings = world_reconcile (world, &audit, NULL);
      check_case (cases[i].name, (findings->len > 0) == cases[i].freed);

      request.vf = "enp1s0f0/0";
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);
      check_case (cases[i].name, (result != NULL) == cases[i].freed);
      check_tell (world, cases[i].name, cases[i].freed ? "slots" : VF0 " awaited live");
      const VfpReconcileRequest fix = { .fix = TRUE };
      g_autoptr (GPtrArray) fixed G_GNUC_UNUSED = world_reconcile (world, &fix, NULL);
      world_check (world, cases[i].name);
    }
}

/* Two guests arrive at once, and there is one VF. The second has another name, UUID and MAC. */
static void
test_two_at_once (void **state)
{
  g_autofree char *xml = source_xml ("live.xml");
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);
  const VfpGuestDevice *device = vfp_domxml_find_alias (domxml, "ua-vfpool-net0");
  char mac[VFP_MAC_STRLEN];
  g_autofree char *named = replace (xml, "<name>web1<", "<name>web2<");
  g_autofree char *renamed = replace (named, domxml->uuid, "0e5f5ed4-0f1c-4d5e-9f0f-2f1d2c3b4a59");
  g_autofree char *second
      = replace (renamed, vfp_mac_format (&device->mac, mac), "56:66:00:00:00:77");
  g_autoptr (World) world = make_destination ();

  attach_other (world);
  g_auto (VfpHookReply) first = world_hook_xml (world, "migrate", xml);
  assert_int_equal (first.verdict, VFP_HOOK_PASS);
  {
    g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", second);
    assert_int_equal (reply.verdict, VFP_HOOK_REFUSED);
    assert_non_null (strstr (reply.text, "net0: enp1s0f0: none of 2 VFs fits: "));
    assert_null (reply.xml);
  }
  /* The first does not come: the hook itself need not wait for a command. */
  expire_claims (world);
  {
    g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", second);
    assert_int_equal (reply.verdict, VFP_HOOK_PASS);
    assert_non_null (reply.xml);
  }
  check_tell (world, "second", "slots");
}

static void
down (World *world)
{
  world_set_link (world, "enp1s0f0", "up", "false");
}

static void
fill (World *world)
{
  VfpAttachRequest request = world_attach_request ("other");

  request.pf = "enp1s0f0";
  for (unsigned i = 0; i < 2; i++)
    {
      request.slot = i == 0 ? "net0" : "net1";
      vfp_result_free (world_must_attach (world, "fill", &request));
    }
}

static void
break_config (World *world)
{
  world_configure (world, "[pool x]\n");
}

static void
break_state (World *world)
{
  attach_other (world);
  assert_true (g_file_set_contents (world->state_path, "garbage", -1, NULL));
}

static void
lose_state (World *world)
{
  attach_other (world);
  g_autofree char *xml = world_guest_xml (world, "other", "config.xml");
  hosttree_write (world->tree, "etc/libvirt/qemu/other.xml", xml);
  g_unlink (world->state_path);
}

static void
take_by_foreigner (World *world)
{
  hosttree_write (world->tree, "etc/libvirt/qemu/foreign.xml",
                  "<domain><name>foreign</name><uuid>0e5f5ed4-0f1c-4d5e-9f0f-2f1d2c3b4a60</uuid>"
                  "<devices><interface type='hostdev'><source><address type='pci' domain='0'"
                  " bus='0x01' slot='0x10' function='0x0'/></source></interface>"
                  "<interface type='hostdev'><source><address type='pci' domain='0'"
                  " bus='0x01' slot='0x10' function='0x2'/></source></interface></devices>"
                  "</domain>");
}

static const struct
{
  const char *name;
  void (*prepare) (World *world);
  const char *from, *to; /* an edit of the XML; NULL: none */
  const char *text;      /* of the refusal */
  gboolean restored;     /* a guest out of a file is refused as well */
} refusals[] = {
  { "no VF free", fill, NULL, NULL, "web1 cannot come to ", TRUE },
  { "no VF free, why", fill, NULL, NULL, "net0: enp1s0f0: none of 2 VFs fits: 2 claimed (other",
    TRUE },
  { "in a stopped foreign guest", take_by_foreigner, NULL, NULL, "2 foreign (foreign", TRUE },
  { "PF down", down, NULL, NULL, "net0: enp1s0f0 is administratively down", TRUE },
  { "no such pool", NULL, "pool=\"enp1s0f0\"", "pool=\"storage\"",
    "net0: there is no pool 'storage' on this host", TRUE },
  { "no such pool to map to", NULL, "pool=\"enp1s0f0\"", "pool=\"enp1s0f0\" to-pool=\"dmz\"",
    "there is no pool 'dmz'", TRUE },
  { "configuration", break_config, NULL, NULL, "no PF is named", FALSE },
  { "state file damaged", break_state, NULL, NULL, "is damaged", FALSE },
  { "state file lost", lose_state, NULL, NULL, "is missing, but 1 guest has vfpool slots", FALSE },
  { "newer metadata", NULL, "version=\"1\"", "version=\"7\"", "is of a newer vfpool", FALSE },
};

static void
test_refusals (void **state)
{
  g_autofree char *xml = source_xml ("live.xml");

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (World) world = make_destination ();
      g_autofree char *edited = refusals[i].from != NULL
                                    ? replace (xml, refusals[i].from, refusals[i].to)
                                    : g_strdup (xml);

      if (refusals[i].prepare != NULL)
        refusals[i].prepare (world);
      g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", edited);
      check_case (refusals[i].name, reply.verdict == VFP_HOOK_REFUSED && reply.xml == NULL);
      if (strstr (reply.text, refusals[i].text) == NULL || strchr (reply.text, '\n') != NULL)
        fail_msg ("%s: %s", refusals[i].name, reply.text);
      g_auto (VfpHookReply) restored = world_hook_xml (world, "restore", edited);
      check_case (refusals[i].name,
                  restored.verdict == (refusals[i].restored ? VFP_HOOK_REFUSED : VFP_HOOK_TROUBLE));
      check_case (refusals[i].name, restored.xml == NULL);
    }
}

/* What is none of ours is not looked at, and no state file is made. */
static void
test_none_of_ours (void **state)
{
  static const struct
  {
    const char *name, *from, *to;
  } cases[] = {
    { "no metadata", "urn:vfpool:slots:1", "urn:other:slots:1" },
    { "a copy", "uuid=\"", "uuid=\"0" },
  };
  g_autofree char *xml = source_xml ("live.xml");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_destination ();
      g_autofree char *edited = replace (xml, cases[i].from, cases[i].to);
      g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", edited);

      check_case (cases[i].name, reply.verdict == VFP_HOOK_PASS && reply.xml == NULL);
      check_case (cases[i].name, !g_file_test (world->state_path, G_FILE_TEST_EXISTS));
    }
}

/* A guest that was saved here has its VF again, unless somebody else has it by now. */
static void
test_restore (void **state)
{
  for (unsigned taken = 0; taken < 2; taken++)
    {
      g_autoptr (World) world = make_source ();
      VfpAttachRequest request = world_attach_request ("other");
      g_autofree char *xml = world_guest_xml (world, "web1", "live.xml");
      VfpDetachRequest detach = world_detach_request ("web1");

      g_auto (VfpHookReply) ended G_GNUC_UNUSED = world_end_guest (world, "web1", VF0, "igbvf");
      if (taken)
        {
          world_must_detach (world, "config", &detach);
          request.vf = "enp1s0f0/0";
          vfp_result_free (world_must_attach (world, "other", &request));
        }
      g_autofree char *older = replace (xml, "vlan=42:0", "vlan=41:0");
      g_auto (VfpHookReply) reply = world_hook_xml (world, "restore", older);
      assert_int_equal (reply.verdict, VFP_HOOK_PASS);
      {
        g_autoptr (VfpRecords) records = world_records (world);
        g_autofree char *uuid = world_uuid (world, "web1");

        assert_int_equal (vfp_records_find_slot (records, uuid, "net0")->settings.vlan, 42);
      }
      assert_int_equal (reply.xml != NULL, taken);
      check_tell (world, "restore", taken ? VF1 " awaited live" : VF0 " awaited live config");
      /* It is not restored after all. */
      expire_claims (world);
      settle (world, "not restored");
      check_tell (world, "not restored", taken ? "slots" : VF0 " config");
    }
}

/* What was unplugged for the migration is plugged in on arrival. */
static void
test_unplugged (void **state)
{
  static const struct
  {
    const char *name, *arrive, *wanted;
  } cases[] = {
    { "both", "arrive=\"both\"", VF1 " live config" },
    { "live", "arrive=\"live\"", VF1 " live" },
    { "mapped", "arrive=\"both\" to-pool=\"enp1s0f0\"", VF1 " live config" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) source = make_source (), world = make_destination ();
      g_autofree char *with = world_guest_xml (source, "web1", "live.xml");
      VfpDetachRequest detach = world_detach_request ("web1");
      world_must_detach (source, cases[i].name, &detach);
      g_autofree char *xml = world_guest_xml (source, "web1", "live.xml");
      g_autofree char *mark = g_strdup_printf ("pool=\"enp1s0f0\" %s", cases[i].arrive);
      g_autofree char *sent = replace (xml, "pool=\"enp1s0f0\"", mark);

      attach_other (world);
      g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", sent);
      check_case (cases[i].name, reply.verdict == VFP_HOOK_PASS && reply.xml == NULL);
      arrive (world, sent, sent);
      check_tell (world, cases[i].name, VF1 " awaited live");
      world_set_guest (world, "web1", "arriving", FALSE);
      settle (world, cases[i].name);
      check_tell (world, cases[i].name, cases[i].wanted);
      check_device (world, cases[i].name, "live.xml", VF1);
      world_check (world, cases[i].name);

      /* The same NIC. */
      g_autofree char *now = world_guest_xml (world, "web1", "live.xml");
      g_autoptr (VfpDomxml) before = vfp_domxml_parse (with, NULL);
      g_autoptr (VfpDomxml) after = vfp_domxml_parse (now, NULL);
      const VfpGuestDevice *a = vfp_domxml_find_alias (before, "ua-vfpool-net0");
      const VfpGuestDevice *b = vfp_domxml_find_alias (after, "ua-vfpool-net0");
      check_case (cases[i].name, vfp_mac_equal (&a->mac, &b->mac) && a->vlan == b->vlan
                                     && vfp_address_equal (&a->address, &b->address));
      check_case (cases[i].name,
                  strstr (now, "arrive=") == NULL && strstr (now, "to-pool") == NULL);
    }
}

/* A slot without VF travels as well, and an on-start slot that waits is served on arrival. */
static void
test_idle_slots (void **state)
{
  for (unsigned on_start = 0; on_start < 2; on_start++)
    {
      g_autoptr (World) source = make_source (), world = make_destination ();
      VfpDetachRequest detach = world_detach_request ("web1");
      world_must_detach (source, "detach", &detach);
      g_autofree char *xml = world_guest_xml (source, "web1", "live.xml");
      g_autofree char *marked
          = on_start ? replace (xml, "pool=\"enp1s0f0\"", "pool=\"enp1s0f0\" on-start=\"yes\"")
                     : replace (xml, "pool=\"enp1s0f0\"", "pool=\"gone\"");
      g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", marked);

      assert_true (reply.verdict == VFP_HOOK_PASS && reply.xml == NULL);
      check_tell (world, "migrate", "slots");
      arrive (world, marked, marked);
      world_set_guest (world, "web1", "arriving", FALSE);
      settle (world, "idle");
      check_tell (world, "arrived", on_start ? VF0 " live" : "slots");
      g_autofree char *now = world_guest_xml (world, "web1", "live.xml");
      assert_non_null (strstr (now, "slot name=\"net0\""));
      world_check (world, "idle");
    }
}

/* The source: libvirt has forgotten the guest, or keeps it defined. */
static void
test_source (void **state)
{
  for (unsigned kept = 0; kept < 2; kept++)
    {
      g_autoptr (World) world = make_source ();
      g_autofree char *uuid = world_uuid (world, "web1");
      g_autofree char *xml = world_guest_xml (world, "web1", "live.xml");
      g_auto (VfpWorld) opened = world_unopened (world);
      const VfpHookRequest request = { .operation = "release", .xml = xml, .reason = "-" };
      g_auto (VfpHookReply) reply = { 0 };

      world_power_off (world, "web1", VF0, "igbvf");
      assert_true (vfp_hook_run (&opened, &request, &reply, NULL));
      assert_true (reply.settle);
      check_tell (world, "left", VF0 " config");
      if (!kept)
        world_set_guest (world, "web1", "persistent", FALSE);
      assert_true (world_act (world, settle_act, uuid, NULL));
      check_tell (world, "settled", kept ? VF0 " config" : "nothing");
      const VfpReconcileRequest audit = { .fix = FALSE };
      g_autoptr (GPtrArray) findings = world_reconcile (world, &audit, NULL);
      assert_int_equal (findings->len, 0);
    }
}

/* The guest comes back to a host where it is defined: it has its VF of before. */
static void
test_back (void **state)
{
  g_autoptr (World) world = make_source ();
  g_autofree char *xml = world_guest_xml (world, "web1", "live.xml");
  g_autofree char *elsewhere = replace (xml, "slot=\"0x10\"", "slot=\"0x1f\"");
  g_autofree char *sent = replace (elsewhere, "vlan=42:0", "vlan=43:0");
  g_auto (VfpHookReply) ended G_GNUC_UNUSED = world_end_guest (world, "web1", VF0, "igbvf");
  g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", sent);

  assert_int_equal (reply.verdict, VFP_HOOK_PASS);
  assert_non_null (reply.xml);
  check_tell (world, "back", VF0 " awaited live config");
  {
    g_autoptr (VfpRecords) records = world_records (world);
    const VfpSlot *slot = g_ptr_array_index (records->slots, 0);

    assert_int_equal (slot->settings.vlan, 43);
    assert_false (slot->transient);
  }
  /* It does not come: what the guest has here when it is off stays. */
  g_auto (VfpHookReply) failed G_GNUC_UNUSED = world_hook_xml (world, "release", reply.xml);
  check_tell (world, "not back", VF0 " config");
  world_check (world, "not back");
}

/* web1 has arrived, with VF 1 in its live XML or (@unplugged) kept for it, and its configuration
 * names what it had before. */
static World *
make_arrived (gboolean unplugged)
{
  g_autoptr (World) source = make_source ();
  World *world = make_destination ();

  attach_other (world);
  if (unplugged)
    {
      VfpDetachRequest detach = world_detach_request ("web1");
      world_must_detach (source, "unplug", &detach);
    }
  g_autofree char *xml = world_guest_xml (source, "web1", "live.xml");
  g_autofree char *config = world_guest_xml (source, "web1", "config.xml");
  g_autofree char *sent
      = unplugged ? replace (xml, "pool=\"enp1s0f0\"", "pool=\"enp1s0f0\" arrive=\"both\"")
                  : g_strdup (xml);
  g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", sent);
  assert_int_equal (reply.verdict, VFP_HOOK_PASS);
  arrive (world, reply.xml != NULL ? reply.xml : sent, config);
  world_set_guest (world, "web1", "arriving", FALSE);
  world->faults = (VfpFaults){ 0 };
  return world;
}

static unsigned stop_at;

static void
stop (unsigned call)
{
  if (call == stop_at)
    _exit (STOPPED);
}

/* FALSE: it was done before call @k. */
static gboolean
settle_or_stop (World *world, unsigned k)
{
  g_autofree char *uuid = world_uuid (world, "web1");
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      stop_at = k;
      world->faults = (VfpFaults){ .on_call = stop };
      _exit (world_act (world, settle_act, uuid, NULL) ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  return WEXITSTATUS (status) == STOPPED;
}

static gboolean
settle_or_fail (World *world, unsigned k)
{
  g_autofree char *uuid = world_uuid (world, "web1");

  world->faults = (VfpFaults){ .fail_at = k };
  (void) world_act (world, settle_act, uuid, NULL);
  const gboolean failed = world->faults.calls >= k;
  world->faults = (VfpFaults){ 0 };
  return failed;
}

/* Dead or failing at any call of settling on arrival: the nightly run, or settling once more, ends
 * as if nothing had been, and the VF is nobody else's meanwhile. */
static void
test_faults (void **state)
{
  static gboolean (*const disturb[]) (World * world, unsigned k)
      = { settle_or_stop, settle_or_fail };

  for (unsigned unplugged = 0; unplugged < 2; unplugged++)
    for (gsize how = 0; how < G_N_ELEMENTS (disturb); how++)
      for (unsigned k = 1;; k++)
        {
          g_autoptr (World) world = make_arrived (unplugged);
          g_autofree char *name
              = g_strdup_printf ("%s, %s at call %u", unplugged ? "unplugged" : "with its VF",
                                 how == 0 ? "dead" : "failing", k);
          const VfpReconcileRequest fix = { .fix = TRUE };
          const gboolean disturbed = disturb[how](world, k);

          assert_true (k < 50);
          if (k % 2 == 0)
            settle (world, name);
          g_ptr_array_unref (world_reconcile (world, &fix, NULL));
          check_tell (world, name, VF1 " live config");
          check_device (world, name, "live.xml", VF1);
          check_device (world, name, "config.xml", VF1);
          world_check (world, name);
          if (!disturbed)
            break;
        }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_same_vf),   cmocka_unit_test (test_other_vf),
    cmocka_unit_test (test_transient), cmocka_unit_test (test_not_arrived),
    cmocka_unit_test (test_expiry),    cmocka_unit_test (test_two_at_once),
    cmocka_unit_test (test_refusals),  cmocka_unit_test (test_none_of_ours),
    cmocka_unit_test (test_restore),   cmocka_unit_test (test_unplugged),
    cmocka_unit_test (test_source),    cmocka_unit_test (test_back),
    cmocka_unit_test (test_faults),    cmocka_unit_test (test_idle_slots),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
