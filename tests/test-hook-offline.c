/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that are sent here and are not started by that, or whose end nobody has seen. */
#include "config.h"

#include <string.h>

#include "host/netlink-fake.h"
#include "ops/settle-loop.h"
#include "tests/lib/check.h"
#include "tests/lib/nic.h"
#include "tests/lib/world.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"
#define OTHER_PFS_VF "0000:02:10.0"
#define NET0 "ua-vfpool-net0"

static World *
make_host (void)
{
  World *world = world_new_empty ();

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "other", .ports = 3, .off = TRUE });
  return world;
}

static void
attach (World *world, const char *guest)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = "enp1s0f0";
  vfp_result_free (world_must_attach (world, guest, &request));
}

/* The XML of web1, which has VF 0 on the host that it comes from; @unplugged: it is out for the
 * migration. */
static char *
source_xml (gboolean unplugged)
{
  g_autoptr (World) source = make_host ();
  VfpDetachRequest request = world_detach_request ("web1");

  hosttree_add_guest (source->tree, &(HostGuest){ .name = "web1", .ports = 3 });
  world_start (source);
  attach (source, "web1");
  if (!unplugged)
    return world_guest_xml (source, "web1", "live.xml");
  world_must_detach (source, "unplug", &request);
  g_autofree char *xml = world_guest_xml (source, "web1", "live.xml");
  g_auto (GStrv) parts = g_strsplit (xml, "pool=\"enp1s0f0\"", 2);
  return g_strjoinv ("pool=\"enp1s0f0\" arrive=\"both\"", parts);
}

/* VF 0 is another guest's here. */
static World *
make_destination (void)
{
  World *world = make_host ();

  world_start (world);
  attach (world, "other");
  return world;
}

static gboolean
settle_act (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_settle_until_done (opened, data, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
}

static gboolean
settle (World *world, const char *xml)
{
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);

  return world_act (world, settle_act, domxml->uuid, NULL);
}

static unsigned
reconcile (World *world)
{
  const VfpReconcileRequest fix = { .fix = TRUE };
  g_autoptr (GPtrArray) findings = world_reconcile (world, &fix, NULL);

  return findings->len;
}

/* Parts and VF of net0 of web1; "none". */
static char *
tell (World *world)
{
  g_autoptr (VfpRecords) records = world_records (world);
  char address[VFP_ADDRESS_STRLEN];

  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (g_str_equal (vfp_records_slot_of_claim (records, claim)->guest_name, "web1"))
        return g_strdup_printf ("%s%s%s%s", vfp_address_format (&claim->address, address),
                                claim->expires != 0 ? " awaited" : "", claim->live ? " live" : "",
                                claim->config ? " config" : "");
    }
  return g_strdup ("none");
}

static void
check_tell (World *world, const char *name, const char *wanted)
{
  g_autofree char *told = tell (world);

  check_case_string (name, told, wanted);
}

static void
check_config (World *world, const char *wanted)
{
  g_autofree char *xml = world_guest_xml (world, "web1", "config.xml");
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);
  const VfpGuestDevice *device = vfp_domxml_find_alias (domxml, NET0);
  char address[VFP_ADDRESS_STRLEN];

  assert_non_null (device);
  assert_string_equal (vfp_address_format (&device->source, address), wanted);
}

static void
age (VfpStore *store, gpointer data)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);

  for (guint i = 0; i < records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->expires == 0)
        continue;
      claim->expires -= VFP_ARRIVE_START_S;
      assert_true (vfp_store_put_claim (store, claim, NULL));
    }
}

static void
define (World *world, const char *xml)
{
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .off = TRUE });
  hosttree_write (world->tree, VFP_FAKE_DIR "/guests/web1/config.xml", xml);
}

/* "virsh migrate --offline": the hook's "migrate", and a configuration with the VF of before. */
static void
test_offline (void **state)
{
  g_autofree char *xml = source_xml (FALSE);

  for (unsigned settled = 0; settled < 2; settled++)
    {
      const char *name = settled ? "settled" : "reconciled";
      g_autoptr (World) world = make_destination ();
      g_auto (VfpHookReply) reply = world_hook_xml (world, "migrate", xml);

      check_case (name, reply.verdict == VFP_HOOK_PASS && reply.settle);
      check_tell (world, name, VF1 " awaited live");
      /* It is waited for. */
      check_case (name, !settle (world, xml));
      assert_int_equal (reconcile (world), 0);
      check_tell (world, name, VF1 " awaited live");

      define (world, xml);
      check_case (name, !settle (world, xml));
      assert_int_equal (reconcile (world), 0);
      check_tell (world, name, VF1 " awaited live");

      /* "prepare" does not follow any more. */
      world_change (world, age, NULL);
      check_case (name, settled ? settle (world, xml) : reconcile (world) > 0);
      check_tell (world, name, VF1 " config");
      check_config (world, VF1);
      world_start_guest (world, "web1");
      check_tell (world, name, VF1 " live config");
      world_check (world, name);
    }
}

/* web1 has been on its way; @arrived: it runs here, and net0 waits for its VF. */
static World *
make_prepared (const char *xml, gboolean arrived)
{
  World *world = make_destination ();
  g_auto (VfpHookReply) reply G_GNUC_UNUSED = world_hook_xml (world, "migrate", xml);

  define (world, xml);
  assert_int_equal (world_hook_verdict (world, "web1", "prepare"), VFP_HOOK_PASS);
  world_power_on (world, "web1");
  world_set_guest (world, "web1", "arriving", !arrived);
  return world;
}

/* The hook was not called at its end. */
static void
test_release_missed (void **state)
{
  g_autofree char *xml = source_xml (TRUE);

  for (unsigned known = 0; known < 2; known++)
    {
      const char *name = known ? "off" : "unknown";
      g_autoptr (World) world = make_prepared (xml, FALSE);

      assert_int_equal (reconcile (world), 0);
      check_tell (world, name, VF1 " awaited live");
      world_set_guest (world, "web1", "arriving", FALSE);
      if (known)
        world_pull_plug (world, "web1");
      else
        hosttree_remove (world->tree, VFP_FAKE_DIR "/guests/web1");
      check_case (name, reconcile (world) > 0);
      check_tell (world, name, "none");
      world_check (world, name);
    }
}

/* What it waits for is not to come. */
static void
test_detach (void **state)
{
  g_autofree char *xml = source_xml (TRUE);
  g_autoptr (World) world = make_prepared (xml, TRUE);
  VfpDetachRequest request = world_detach_request ("web1");

  request.slot = "net0";
  world_must_detach (world, "waits", &request);
  check_tell (world, "waits", "none");
  (void) reconcile (world);
  check_tell (world, "detached", "none");
  world_check (world, "detached");
}

static void
drop_claims (VfpStore *store, gpointer data)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);

  for (guint i = 0; i < records->claims->len; i++)
    assert_true (vfp_store_delete_claim (store, g_ptr_array_index (records->claims, i), NULL));
}

/* A slot without claim, whose configuration names a VF of this host or of that by chance. */
static void
test_other_pool (void **state)
{
  for (unsigned other = 0; other < 2; other++)
    {
      const char *name = other ? "another pool's" : "of its pool";
      g_autoptr (World) world = world_new ();

      attach (world, "off1");
      world_change (world, drop_claims, NULL);
      if (other)
        nic_move (world, "off1", VF0, OTHER_PFS_VF, NULL);
      g_auto (VfpHookReply) reply = world_hook (world, "off1", "prepare");
      check_case (name, reply.verdict == (other ? VFP_HOOK_REFUSED : VFP_HOOK_PASS));
      check_case (name, !other || strstr (reply.text, "is not in the pool enp1s0f0") != NULL);
      if (!other)
        continue;
      const VfpReconcileRequest fix = { .fix = TRUE };
      g_autoptr (GPtrArray) findings = world_reconcile (world, &fix, NULL);
      assert_int_equal (findings->len, 1);
      const VfpFinding *finding = g_ptr_array_index (findings, 0);
      assert_string_equal (finding->kind->id, "config-wrong-vf");
      assert_false (finding->fixed);
      check_tell (world, name, "none");
    }
}

static void
set_vlan (VfpStore *store, gpointer data)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpSlot *slot = g_ptr_array_index (records->slots, 0);

  assert_true (vfp_settings_parse_vlan (&slot->settings, data, NULL));
  assert_true (vfp_store_put_slot (store, slot, NULL));
}

/* "set --vlan" of a running guest leaves the live XML, which is then sent to another host. */
static void
test_older_vlan (void **state)
{
  static const struct
  {
    const char *name, *vlan, *refused;
    VfpHookVerdict wanted;
  } cases[] = {
    { "the same", "42", "vlan", VFP_HOOK_PASS },
    { "older", "43", NULL, VFP_HOOK_PASS },
    { "older, and it stays", "43", "vlan", VFP_HOOK_REFUSED },
    { "older, and another setting stays", "43", "tx-rate", VFP_HOOK_PASS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *name = cases[i].name;
      g_autoptr (World) world = world_new ();
      VfpAttachRequest request = world_attach_request ("off1");

      request.pf = "enp1s0f0";
      assert_true (vfp_settings_from_string ("vlan=42 tx-rate=0:1000", &request.settings, NULL));
      vfp_result_free (world_must_attach (world, name, &request));
      world_change (world, set_vlan, (gpointer) cases[i].vlan);
      assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
      world_set_link (world, "enp1s0f0", "refused", cases[i].refused);
      g_auto (VfpHookReply) reply = world_hook (world, "off1", "start");
      check_case (name, reply.verdict == cases[i].wanted);
      check_case (name, reply.verdict == VFP_HOOK_PASS
                            || strstr (reply.text, "whose VLAN is 43") != NULL);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_offline),    cmocka_unit_test (test_release_missed),
    cmocka_unit_test (test_detach),     cmocka_unit_test (test_other_pool),
    cmocka_unit_test (test_older_vlan),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
