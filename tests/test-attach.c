/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching that works: every mode, and what a slot keeps. */
#include "config.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define DEFAULTS "vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto"

static VfpResult *
attach (World *world, const VfpAttachRequest *request)
{
  return world_must_attach (world, request->guest, request);
}

static void
detach (World *world, const char *guest)
{
  const VfpDetachRequest request = world_detach_request (guest);

  world_must_detach (world, guest, &request);
}

static gboolean
has_device (const World *world, const char *guest, const char *file)
{
  g_autofree char *device = world_device (world, guest, file, NET0);

  return device != NULL;
}

typedef struct
{
  const char *name, *guest;
  VfpAffectFlags affect;
  gboolean live, config;
} ModeCase;

static const ModeCase mode_cases[] = {
  { "running, no flags", "web1", { 0 }, TRUE, TRUE },
  { "running, both", "web1", { .live = TRUE, .config = TRUE }, TRUE, TRUE },
  { "running, live", "web1", { .live = TRUE }, TRUE, FALSE },
  { "running, config", "web1", { .config = TRUE }, FALSE, TRUE },
  { "running, current", "web1", { .current = TRUE }, TRUE, FALSE },
  { "off, no flags", "off1", { 0 }, FALSE, TRUE },
  { "off, config", "off1", { .config = TRUE }, FALSE, TRUE },
  { "off, current", "off1", { .current = TRUE }, FALSE, TRUE },
  { "transient, no flags", "temp1", { 0 }, TRUE, FALSE },
  { "transient, live", "temp1", { .live = TRUE }, TRUE, FALSE },
};

static void
check_mode (const ModeCase *mode)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request (mode->guest);

  request.pf = "enp1s0f0";
  request.affect = mode->affect;
  g_autoptr (VfpResult) result = attach (world, &request);

  check_case (mode->name, result->changed);
  check_case (mode->name, result->live == mode->live && result->config == mode->config);
  check_case_string (mode->name, result->slot, "net0");
  check_case_string (mode->name, result->pf, "enp1s0f0");
  check_case_string (mode->name, result->guest_ifname, "eno101");
  check_case (mode->name, result->vf == 0);
  check_case (mode->name, has_device (world, mode->guest, "live.xml") == mode->live);
  check_case (mode->name, has_device (world, mode->guest, "config.xml") == mode->config);
  world_check (world, mode->name);

  g_autoptr (VfpRecords) records = world_records (world);
  check_case (mode->name, records->claims->len == 1 && records->slots->len == 1);
  const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
  check_case (mode->name, claim->intent == VFP_INTENT_NONE && claim->claimer.pid == 0);
  check_case (mode->name, claim->live == mode->live && claim->config == mode->config);
  check_case (mode->name, claim->has_saved == mode->live);
  check_case (mode->name, slot->transient == g_str_equal (mode->guest, "temp1"));
}

static void
test_modes (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mode_cases); i++)
    check_mode (&mode_cases[i]);
}

static void
test_all_options (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = "0000:02:10.2";
  request.pf = "enp2s0f0";
  request.slot = "net3";
  request.has_mac = request.has_guest_address = TRUE;
  assert_true (vfp_mac_parse ("56:00:00:00:00:07", &request.mac, NULL));
  assert_true (vfp_address_parse ("0000:03:00.0", &request.guest_address, NULL));
  request.acpi_index = 7;
  assert_true (vfp_settings_from_string ("vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on "
                                         "link-state=enable",
                                         &request.settings, NULL));
  g_autoptr (VfpResult) result = attach (world, &request);

  g_autofree char *settings = world_settings (world, "enp2s0f0", 1);
  g_autofree char *device = world_device (world, "web1", "live.xml", "ua-vfpool-net3");
  assert_string_equal (settings, "mac=56:00:00:00:00:07 vlan=42:3:802.1Q tx-rate=10:1000 "
                                 "spoofchk=off trust=on link-state=enable");
  assert_string_equal (result->guest_ifname, "eno7");
  assert_int_equal (result->vlan, 42);
  assert_non_null (device);
  assert_non_null (strstr (device, "<mac address=\"56:00:00:00:00:07\"/>"));
  assert_non_null (strstr (device, "<tag id=\"42\"/>"));
  assert_non_null (strstr (device, "<acpi index=\"7\"/>"));
  assert_non_null (strstr (device, "bus=\"0x03\" slot=\"0x00\" function=\"0x0\""));
  assert_true (
      world_warned (world, "set again at the guest's next start only by the libvirt hook"));
  assert_true (world_warned (world, "trust"));
  assert_true (world_warned (world, "VLAN"));
  world_check (world, "all options");

  detach (world, "web1");
  g_autofree char *restored = world_settings (world, "enp2s0f0", 1);
  assert_string_equal (restored, "mac=00:00:00:00:00:00 " DEFAULTS);
}

/* What the VF had before comes back, whatever it was. */
static void
test_originals (void **state)
{
  static const char originals[]
      = "mac=02:00:00:00:00:99 vlan=9:2:802.1ad tx-rate=5:50 spoofchk=off trust=on link-state=auto";
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  g_key_file_set_string (hosttree_links (world->tree), "enp2s0f0 0", "settings", originals);
  hosttree_save_links (world->tree);
  request.pf = "enp2s0f0";
  g_autoptr (VfpResult) result = attach (world, &request);
  g_autofree char *mac = vfp_mac_to_string (&result->mac);
  g_autofree char *wanted = g_strdup_printf ("mac=%s " DEFAULTS, mac);
  g_autofree char *during = world_settings (world, "enp2s0f0", 0);
  assert_string_equal (during, wanted);

  detach (world, "web1");
  g_autofree char *after = world_settings (world, "enp2s0f0", 0);
  assert_string_equal (after, originals);
}

static void
test_ensure (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  request.pf = "enp1s0f0";
  request.slot = "net0";
  request.ensure = TRUE;
  g_autoptr (VfpResult) first = attach (world, &request);
  g_autofree char *once = world_dump (world);
  g_autoptr (VfpResult) second = attach (world, &request);
  g_autofree char *twice = world_dump (world);

  assert_true (first->changed);
  assert_false (second->changed);
  assert_true (second->live && second->config);
  assert_string_equal (once, twice);
}

/* A part is added on the same VF, in either order. */
static void
test_further_part (void **state)
{
  static const struct
  {
    const char *name;
    VfpAffectFlags first, second;
  } cases[] = {
    { "config, then live", { .config = TRUE }, { .live = TRUE } },
    { "live, then config", { .live = TRUE }, { .config = TRUE } },
    { "live, then both", { .live = TRUE }, { 0 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = world_new ();
      VfpAttachRequest request = world_attach_request ("web1");

      request.vf = "enp1s0f0/2";
      request.slot = "net0";
      request.affect = cases[i].first;
      g_autoptr (VfpResult) first = attach (world, &request);
      request.vf = NULL;
      request.ensure = TRUE;
      request.affect = cases[i].second;
      g_autoptr (VfpResult) second = attach (world, &request);

      check_case (cases[i].name, second->changed && second->live && second->config);
      check_case (cases[i].name, second->vf == 2 && vfp_mac_equal (&first->mac, &second->mac));
      check_case (cases[i].name, has_device (world, "web1", "live.xml"));
      check_case (cases[i].name, has_device (world, "web1", "config.xml"));
      world_check (world, cases[i].name);
      detach (world, "web1");
      world_check (world, cases[i].name);
      check_case (cases[i].name, !has_device (world, "web1", "config.xml"));
    }
}

/* The identity outlives the VF; forgetting ends it. */
static void
test_identity (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = "enp1s0f0/0";
  request.has_mac = TRUE;
  assert_true (vfp_mac_parse ("56:00:00:00:00:07", &request.mac, NULL));
  request.acpi_index = 33;
  g_autoptr (VfpResult) first = attach (world, &request);
  detach (world, "web1");

  request = world_attach_request ("web1");
  request.vf = "enp1s0f0/3";
  g_autoptr (VfpResult) again = attach (world, &request);
  assert_string_equal (again->slot, "net0");
  assert_int_equal (again->vf, 3);
  assert_string_equal (again->guest_ifname, "eno33");
  assert_true (vfp_mac_equal (&first->mac, &again->mac));
  assert_true (vfp_address_equal (&first->guest_address, &again->guest_address));
  detach (world, "web1");

  const VfpForgetRequest forget = { .guest = "web1", .timeout_ms = 1000 };
  g_autoptr (GPtrArray) forgotten = world_forget (world, &forget, NULL);
  assert_non_null (forgotten);
  assert_int_equal (forgotten->len, 1);
  g_autofree char *config = world_read (world, "vfpool-fake/guests/web1/config.xml");
  assert_null (strstr (config, "urn:vfpool"));

  g_autoptr (VfpResult) fresh = attach (world, &request);
  assert_string_equal (fresh->guest_ifname, "eno101");
  assert_false (vfp_mac_equal (&first->mac, &fresh->mac));
}

/* The derived MAC is the same for ever, so that a lost state file gives it back. */
static void
test_derived_mac (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  request.pf = "enp1s0f0";
  g_autoptr (VfpResult) result = attach (world, &request);
  const VfpMacPrefix prefix = vfp_mac_prefix_default ();
  const VfpMac mac = vfp_mac_derive (&prefix, result->uuid, "net0", 0);
  assert_true (vfp_mac_equal (&result->mac, &mac));

  g_autofree char *config = world_read (world, "vfpool-fake/guests/web1/config.xml");
  g_autofree char *text = vfp_mac_to_string (&mac);
  assert_non_null (strstr (config, "urn:vfpool:slots:1"));
  assert_non_null (strstr (config, text));
}

/* The only PF need not be named; a second NIC is a second slot. */
static void
test_only_pf (void **state)
{
  g_autoptr (World) world = world_new_empty ();
  VfpAttachRequest request = world_attach_request ("web1");

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2 });
  hosttree_add_pf (world->tree, &(HostPf){ .address = "0000:05:00.0", .vfs = 2, .driver = "nvme" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .machine = "pc" });
  world_start (world);
  g_autoptr (VfpResult) first = attach (world, &request);
  g_autoptr (VfpResult) second = attach (world, &request);

  assert_string_equal (first->pf, "enp1s0f0");
  assert_string_equal (second->slot, "net1");
  assert_int_equal (second->vf, 1);
  assert_false (vfp_address_equal (&first->guest_address, &second->guest_address));
  world_check (world, "only PF");
}

static void
test_dry_run (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");
  g_autofree char *before = world_dump (world);

  request.pf = "enp1s0f0";
  request.dry_run = TRUE;
  g_autoptr (VfpResult) result = attach (world, &request);
  g_autofree char *after = world_dump (world);

  assert_true (result->changed);
  assert_string_equal (before, after);
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));
  assert_int_equal (world->faults.calls, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_modes),        cmocka_unit_test (test_all_options),
    cmocka_unit_test (test_originals),    cmocka_unit_test (test_ensure),
    cmocka_unit_test (test_further_part), cmocka_unit_test (test_identity),
    cmocka_unit_test (test_derived_mac),  cmocka_unit_test (test_only_pf),
    cmocka_unit_test (test_dry_run),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
