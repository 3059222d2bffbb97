/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slot that is half of a failover pair goes on being that, whatever becomes of its VF. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "ops/rebuild.h"
#include "tests/lib/check.h"
#include "tests/lib/nic.h"
#include "tests/lib/pair.h"

static void
reconcile (World *world, const char *name)
{
  const VfpReconcileRequest request = { .fix = TRUE, .live = TRUE };
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);

  check_case (name, findings != NULL && findings->len > 0);
}

static void
move (World *world, const char *name)
{
  const VfpMoveRequest request = { .guest = "web1", .vf = "enp2s0f0/2", .timeout_ms = 1000 };
  g_autoptr (VfpResult) result = world_move (world, &request, NULL);

  check_case (name, result != NULL && result->vf == 2);
}

static void
replug (World *world, const char *name)
{
  VfpSetRequest request = { .asked = world_attach_request ("web1"), .replug = TRUE };
  g_autoptr (VfpResult) result = NULL;

  request.asked.acpi_index = 300;
  result = world_set (world, &request, NULL);
  check_case (name, result != NULL && result->changed);
}

static void
unplug (World *world, const char *name)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = world_uuid (world, "web1");
  VfpAddress source;

  assert_true (vfp_address_parse ("0000:02:10.0", &source, NULL));
  assert_true (virt->detach_live (virt, uuid, &source, 1000, NULL));
  reconcile (world, name);
}

static void
drop (World *world, const char *name)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = world_uuid (world, "web1");
  VfpAddress source;

  assert_true (vfp_address_parse ("0000:02:10.0", &source, NULL));
  assert_true (virt->detach_config (virt, uuid, &source, NULL)
               && virt->set_metadata (virt, uuid, NULL, VFP_AFFECT_CONFIG, NULL));
  reconcile (world, name);
}

static void
wrong_vf (World *world, const char *name)
{
  nic_move (world, "web1", "0000:02:10.0", "0000:02:10.2", NULL);
  reconcile (world, name);
}

static void
attach_again (World *world, const char *name)
{
  const VfpDetachRequest detach = world_detach_request ("web1");
  const VfpAttachRequest attach = world_attach_request ("web1");

  world_must_detach (world, name, &detach);
  vfp_result_free (world_must_attach (world, name, &attach));
}

static void
readopt (World *world, const char *name)
{
  const VfpDisownRequest disown = { .guest = "web1", .timeout_ms = 1000 };
  const VfpAdoptRequest adopt = { .guest = "web1", .timeout_ms = 1000 };
  g_autoptr (GPtrArray) gone = world_disown (world, &disown, NULL);
  g_autoptr (GPtrArray) back = world_adopt (world, &adopt, NULL);

  check_case (name, gone != NULL && back != NULL && back->len == 1);
}

static gboolean
rebuild_file (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) lost = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  return vfp_rebuild (opened, FALSE, lost, results, error);
}

static void
rebuild (World *world, const char *name)
{
  hosttree_remove (world->tree, "state/state.db");
  world->rebuild = TRUE;
  check_case (name, world_act (world, rebuild_file, NULL, NULL));
  world->rebuild = FALSE;
}

static const struct
{
  const char *name;
  void (*act) (World *world, const char *name);
} acts[] = {
  { "move", move },
  { "set --replug", replug },
  { "unplugged, reconcile --fix --live", unplug },
  { "slot dropped, reconcile --fix", drop },
  { "configuration names another VF, reconcile --fix", wrong_vf },
  { "detach and attach", attach_again },
  { "disown and adopt", readopt },
  { "reconcile --rebuild", rebuild },
};

static void
test_stays_pair (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (acts); i++)
    {
      g_autoptr (World) world = pair_new ();

      pair_check (world, "made", "web1", 2);
      acts[i].act (world, acts[i].name);
      pair_check (world, acts[i].name, "web1", 2);
    }
}

/* The configuration's <teaming> was edited away. */
static void
test_repair_config (void **state)
{
  g_autoptr (World) world = pair_new ();
  VfpAttachRequest request = pair_request ("web1");

  world_replace (world, "web1", "config.xml", "<teaming type=\"persistent\"/>", "");
  request.ensure = TRUE;
  g_autoptr (VfpResult) result = world_must_attach (world, "ensure", &request);
  assert_true (result->changed);
  pair_check (world, "ensure", "web1", 2);
  g_autoptr (VfpResult) again = world_must_attach (world, "again", &request);
  assert_false (again->changed);
}

/* An XML names no standby for the VF: --ensure does not take that for a pair, and tells the cure.
 */
static void
test_vf_names_none (void **state)
{
  static const char *const files[] = { "live.xml", "config.xml" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (World) world = pair_new ();
      VfpAttachRequest request = pair_request ("web1");
      const VfpDetachRequest detach = world_detach_request ("web1");
      g_autoptr (GError) error = NULL;

      world_replace (world, "web1", files[i],
                     "<teaming type=\"transient\" persistent=\"" PAIR_STANDBY "\"/>", "");
      request.ensure = TRUE;
      check_case (files[i], world_attach (world, &request, &error) == NULL);
      check_case (files[i], g_error_matches (error, VFP_ERROR, VFP_ERROR_DIFFERS));
      check_case (files[i], strstr (error->message, "'vfpool detach web1 --slot net0'") != NULL);
      world_must_detach (world, files[i], &detach);
      vfp_result_free (world_must_attach (world, files[i], &request));
      pair_check (world, files[i], "web1", 2);
    }
}

/* The standby has another MAC by now: with a VF in the slot it is detached from first. */
static void
test_other_mac (void **state)
{
  g_autoptr (World) world = pair_new_world ();
  VfpAttachRequest request = pair_request ("off1");
  const VfpDetachRequest detach = world_detach_request ("off1");
  const VfpForgetRequest forget = { .guest = "off1", .slot = "net0", .timeout_ms = 1000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) empty = NULL;

  vfp_result_free (world_must_attach (world, "pair", &request));
  g_autofree char *text = world_guest_xml (world, "off1", "config.xml");
  g_autoptr (VfpDomxml) config = vfp_domxml_parse (text, NULL);
  const VfpGuestNic *nic = vfp_domxml_find_nic (config, PAIR_STANDBY);
  char mac[VFP_MAC_STRLEN];
  g_autofree char *source = g_strdup_printf ("<mac address=\"%s\"/>\n      <source bridge",
                                             vfp_mac_format (&nic->mac, mac));
  world_replace (world, "off1", "config.xml", source,
                 "<mac address=\"52:54:00:77:88:99\"/><source bridge");
  request.ensure = TRUE;
  assert_null (world_attach (world, &request, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_DIFFERS));
  assert_non_null (strstr (error->message, "'vfpool detach off1 --slot net0' and 'vfpool forget"));

  world_must_detach (world, "cure", &detach);
  assert_null (world_attach (world, &request, &empty));
  assert_null (strstr (empty->message, "'vfpool detach"));
  g_autoptr (GPtrArray) results = world_forget (world, &forget, NULL);
  assert_non_null (results);
  vfp_result_free (world_must_attach (world, "again", &request));
  g_autofree char *device = world_device (world, "off1", "config.xml", PAIR_ALIAS);
  assert_non_null (strstr (device, "52:54:00:77:88:99"));
  world_check (world, "again");
}

/* Both XMLs have lost the standby: a new one is not added on the port of the VF. */
static void
test_repair_port (void **state)
{
  g_autoptr (World) world = pair_new ();
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = world_uuid (world, "web1");
  VfpAttachRequest request = pair_request ("web1");
  g_autoptr (GError) error = NULL;

  hosttree_add_bridge (world->tree, "br1", "enp2s0f0");
  assert_true (virt->detach_nic_live (virt, uuid, PAIR_STANDBY, 1000, NULL)
               && virt->detach_nic_config (virt, uuid, PAIR_STANDBY, NULL));
  request.ensure = TRUE;
  assert_true (vfp_standby_parse ("bridge=br1", &request.standby, NULL));
  assert_null (world_attach (world, &request, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS));
  assert_true (vfp_standby_parse ("bridge=br0", &request.standby, NULL));
  vfp_result_free (world_must_attach (world, "another port", &request));
  pair_check (world, "another port", "web1", 2);
}

/* The standby of a slot that gets a VF at each start stays in the configuration. */
static void
test_on_start (void **state)
{
  g_autoptr (World) world = pair_new_world ();
  VfpAttachRequest request = pair_request ("off1");

  world_see_hook (world);
  request.on_start = TRUE;
  vfp_result_free (world_must_attach (world, "mark", &request));
  world_power_on (world, "off1");
  g_autofree char *uuid = world_uuid (world, "off1");
  g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, NULL);
  assert_non_null (findings);
  pair_check (world, "started", "off1", 1);
}

/* The macvtap of a standby has the MAC of the pair on the host; another netdev must not. */
static void
test_mac_of_tap (void **state)
{
  static const struct
  {
    const char *target;
    gboolean done;
  } cases[] = { { "macvtap0", TRUE }, { "macvtap1", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = world_new_empty ();
      VfpAttachRequest request = world_attach_request ("web1");
      g_autofree char *tap
          = g_strdup_printf ("<model type='virtio'/><target dev='%s'/>", cases[i].target);
      g_autoptr (GError) error = NULL;
      char mac[VFP_MAC_STRLEN];

      hosttree_add_pf (world->tree,
                       &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 1 });
      hosttree_add_guest (
          world->tree, &(HostGuest){ .name = "web1", .ports = 1, .nics = { "bridge=br0+ua-lan" } });
      world_replace (world, "web1", "live.xml", "<model type='virtio'/>", tap);
      g_autofree char *text = world_guest_xml (world, "web1", "live.xml");
      g_autoptr (VfpDomxml) live = vfp_domxml_parse (text, NULL);
      const VfpGuestNic *nic = vfp_domxml_find_nic (live, "ua-lan");
      hosttree_make_folder (world->tree, "sys/class/net/macvtap0");
      hosttree_write (world->tree, "sys/class/net/macvtap0/address",
                      vfp_mac_format (&nic->mac, mac));
      world_start (world);

      request.failover = TRUE;
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);
      check_case (cases[i].target, (result != NULL) == cases[i].done);
      check_case (cases[i].target,
                  result != NULL || g_error_matches (error, VFP_ERROR, VFP_ERROR_MAC_IN_USE));
      if (cases[i].done)
        readopt (world, cases[i].target);
    }
}

/* Another place for the VF has to be one that QEMU takes for half of a pair. */
static void
test_set_place (void **state)
{
  g_autoptr (World) world = pair_new_world ();
  const VfpAttachRequest request = pair_request ("off1");
  VfpSetRequest set = { .asked = world_attach_request ("off1") };
  g_autoptr (GError) error = NULL;

  vfp_result_free (world_must_attach (world, "pair", &request));
  set.asked.has_guest_address = TRUE;
  assert_true (vfp_address_parse ("0000:02:00.1", &set.asked.guest_address, NULL));
  assert_null (world_set (world, &set, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_REFUSED));
  assert_true (vfp_address_parse ("0000:02:00.0", &set.asked.guest_address, NULL));
  g_autoptr (VfpResult) result = world_set (world, &set, NULL);
  assert_true (result != NULL && result->changed);
}

/* Two slots and one NIC: refused whatever names it. */
static void
test_two_on_one (void **state)
{
  g_autoptr (World) world = pair_new ();
  VfpAttachRequest request = pair_request ("web1");
  g_autoptr (GError) error = NULL;

  request.slot = "net1";
  request.standby = (VfpStandbyWish){ VFP_STANDBY_ALIAS, PAIR_STANDBY };
  assert_null (world_attach (world, &request, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_IN_USE));
  pair_check (world, "two on one", "web1", 2);
}

/* A VF that somebody has put into one XML by hand counts too, for a new slot and for one that is
 * half of a pair already. */
static void
test_hand_made (void **state)
{
  static const struct
  {
    const char *name, *file;
    gboolean paired;
  } cases[] = {
    { "new, live", "live.xml", FALSE },
    { "new, configuration", "config.xml", FALSE },
    { "paired, live", "live.xml", TRUE },
    { "paired, configuration", "config.xml", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = pair_new ();
      VfpAttachRequest request = pair_request ("web1");
      const VfpDetachRequest detach = world_detach_request ("web1");
      const VfpForgetRequest forget = { .guest = "web1", .timeout_ms = 1000 };
      g_autoptr (GError) error = NULL;

      world_must_detach (world, cases[i].name, &detach);
      g_autoptr (GPtrArray) gone G_GNUC_UNUSED
          = cases[i].paired ? NULL : world_forget (world, &forget, NULL);
      world_add_device (world, "web1", cases[i].file, "ua-mine", "0000:02:10.4");
      world_replace (world, "web1", cases[i].file, "<alias name='ua-mine'/>",
                     "<teaming type='transient' persistent='" PAIR_STANDBY
                     "'/><alias name='ua-mine'/>");
      request.standby = (VfpStandbyWish){ VFP_STANDBY_ALIAS, PAIR_STANDBY };
      check_case (cases[i].name, world_attach (world, &request, &error) == NULL);
      if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_IN_USE))
        fail_msg ("%s: %s", cases[i].name, error->message);
    }
}

/* The NIC that stays is told of, and can stand by again, for a slot with its MAC. */
static void
test_forget (void **state)
{
  g_autoptr (World) world = pair_new ();
  const VfpDetachRequest detach = world_detach_request ("web1");
  const VfpForgetRequest forget = { .guest = "web1", .timeout_ms = 1000 };
  VfpAttachRequest request = pair_request ("web1");

  world_must_detach (world, "VF", &detach);
  g_autoptr (GPtrArray) results = world_forget (world, &forget, NULL);
  assert_non_null (results);
  assert_true (world_warned (world, PAIR_STANDBY));
  request.standby = (VfpStandbyWish){ 0 };
  vfp_result_free (world_must_attach (world, "again", &request));
  pair_check (world, "again", "web1", 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_stays_pair),  cmocka_unit_test (test_repair_config),
    cmocka_unit_test (test_repair_port), cmocka_unit_test (test_vf_names_none),
    cmocka_unit_test (test_other_mac),   cmocka_unit_test (test_on_start),
    cmocka_unit_test (test_mac_of_tap),  cmocka_unit_test (test_set_place),
    cmocka_unit_test (test_two_on_one),  cmocka_unit_test (test_hand_made),
    cmocka_unit_test (test_forget),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
