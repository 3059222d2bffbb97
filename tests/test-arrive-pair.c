/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failover pairs that come from another host: the VF is of another port than the standby. */
#include "config.h"

#include <string.h>

#include "guest/preflight.h"
#include "host/netlink-fake.h"
#include "ops/arrive.h"
#include "ops/settle-loop.h"
#include "tests/lib/check.h"
#include "tests/lib/pair.h"

#define VF_ONE "0000:01:10.0"
#define VF_TWO "0000:02:10.0"

/* A host whose br0 is on the netdev @lower. */
static World *
make_host (const char *lower)
{
  World *world = world_new_empty ();

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 1 });
  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 1 });
  hosttree_add_bridge (world->tree, "br0", lower);
  hosttree_make_folder (world->tree, "etc/libvirt/qemu");
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 4, .off = TRUE });
  world_configure (world, "[pool lan]\npf = enp1s0f0; enp2s0f0\n");
  world_start (world);
  return world;
}

/* What such a host sends, the VF of which is VF_ONE; @unplugged: without it. */
static char *
source_xml (gboolean unplugged)
{
  g_autoptr (World) source = make_host ("enp2s0f0");
  VfpAttachRequest request = pair_request ("web1");
  const VfpDetachRequest detach = world_detach_request ("web1");

  request.pf = NULL;
  request.pool = "lan";
  vfp_result_free (world_must_attach (source, "source", &request));
  world_power_on (source, "web1");
  if (!unplugged)
    return world_guest_xml (source, "web1", "live.xml");
  world_must_detach (source, "unplug", &detach);
  world_replace (source, "web1", "live.xml", "pool=\"lan\"", "pool=\"lan\" arrive=\"both\"");
  return world_guest_xml (source, "web1", "live.xml");
}

/* What libvirt does with what the hook has answered, until the guest has arrived. */
static void
arrive (World *world, const char *xml)
{
  static const char *const operations[] = { "start", "started" };

  hosttree_write (world->tree, VFP_FAKE_DIR "/guests/web1/config.xml", xml);
  assert_int_equal (world_hook_verdict (world, "web1", "prepare"), VFP_HOOK_PASS);
  world_power_on (world, "web1");
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    assert_int_equal (world_hook_verdict (world, "web1", operations[i]), VFP_HOOK_PASS);
}

static gboolean
settle_act (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_settle_until_done (opened, data, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
}

/* The driver in the guest takes on the VF. */
static void
enable_interrupts (World *world, const char *vf)
{
  g_autofree char *folder = g_strdup_printf ("sys/bus/pci/devices/%s/msi_irqs", vf);
  g_autofree char *file = g_strdup_printf ("%s/40", folder);

  hosttree_make_folder (world->tree, folder);
  hosttree_write (world->tree, file, "msix\n");
}

static gboolean
has_announced (World *world, const char *vf)
{
  g_autofree char *text = world_read (world, VFP_FAKE_DIR "/links.conf");
  const char *group = strstr (text, "[announced]\n");

  return group != NULL
         && strstr (group, g_str_equal (vf, VF_ONE) ? "\nenp1s0f0=" : "\nenp2s0f0=") != NULL;
}

static const struct
{
  const char *name, *lower; /* of br0 where it arrives */
  gboolean unplugged;
  const char *wanted;
} cases[] = {
  { "failover, the VF's own port is the bridge's", "enp1s0f0", FALSE, VF_TWO },
  { "failover, as it was", "enp2s0f0", FALSE, VF_ONE },
  { "unplug, the VF's own port is the bridge's", "enp1s0f0", TRUE, VF_TWO },
  { "unplug, as it was", "enp2s0f0", TRUE, VF_ONE },
};

static void
test_arrive (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *xml = source_xml (cases[i].unplugged);
      g_autoptr (World) world = make_host (cases[i].lower);
      g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", xml);
      g_autofree char *uuid = world_uuid (world, "web1");
      g_autoptr (GError) error = NULL;
      char address[VFP_ADDRESS_STRLEN];

      check_case (cases[i].name, reply.verdict == VFP_HOOK_PASS);
      arrive (world, reply.xml != NULL ? reply.xml : xml);
      enable_interrupts (world, cases[i].wanted);
      if (!world_act (world, settle_act, uuid, &error))
        fail_msg ("%s: %s", cases[i].name, error->message);
      g_autoptr (VfpRecords) records = world_records (world);
      assert_int_equal (records->claims->len, 1);
      const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
      check_case_string (cases[i].name, vfp_address_format (&claim->address, address),
                         cases[i].wanted);
      pair_check (world, cases[i].name, "web1", 2);
      check_case (cases[i].name, has_announced (world, cases[i].wanted));
    }
}

static gboolean
serve_act (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_arrive_serve_guest (opened, data, texts, error);
}

/* Between the choice and the arrival the bridge went to the port of the VF that is kept. */
static void
test_bridge_moved (void **state)
{
  g_autofree char *xml = source_xml (TRUE);
  g_autoptr (World) world = make_host ("enp2s0f0");
  g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", xml);
  g_autofree char *uuid = world_uuid (world, "web1");
  g_autoptr (GError) error = NULL;

  assert_int_equal (reply.verdict, VFP_HOOK_PASS);
  arrive (world, xml);
  hosttree_remove (world->tree, "sys/class/net/br0/lower_enp2s0f0");
  hosttree_add_bridge (world->tree, "br0", "enp1s0f0");
  if (!world_act (world, serve_act, uuid, &error))
    fail_msg ("%s", error->message);
  g_autofree char *live = world_device (world, "web1", "live.xml", PAIR_ALIAS);
  assert_non_null (live);
  assert_non_null (strstr (live, "bus=\"0x02\""));
}

static void
test_preflight (void **state)
{
  static const struct
  {
    const char *bridge; /* NULL: none */
    const char *wanted;
  } bridges[] = { { NULL, VF_ONE }, { "br0", VF_TWO }, { "br9", VF_ONE }, { "../br0", VF_ONE } };

  for (gsize i = 0; i < G_N_ELEMENTS (bridges); i++)
    {
      g_autoptr (World) world = make_host ("enp1s0f0");
      g_autoptr (VfpPreflight) asked = vfp_preflight_new (NULL);
      VfpPreflightSlot *slot = vfp_preflight_add_slot (asked);
      g_autofree char *part = g_strdup_printf ("\"vf\":\"%s\"}]", bridges[i].wanted);

      slot->name = g_strdup ("net0");
      slot->pool = g_strdup ("lan");
      slot->standby_bridge = g_strdup (bridges[i].bridge);
      g_autofree char *xml = vfp_preflight_render ("5dd0d3b6-6f4e-4a0e-9a53-64a8d3a5b0f1", asked);
      g_auto (VfpHookReply) reply = world_hook_xml (world, "prepare", xml);
      check_case (reply.text, strstr (reply.text, part) != NULL);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_arrive),
    cmocka_unit_test (test_bridge_moved),
    cmocka_unit_test (test_preflight),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
