/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching that cannot be: the error that says so, and that nothing has changed. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "state/lock.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define WEB2_CONFIG VFP_FAKE_DIR "/guests/web2/config.xml"

static void
attach_first (World *world, const char *guest, const char *vf, const char *slot)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.vf = vf;
  request.slot = slot;
  vfp_result_free (world_must_attach (world, "the first attach", &request));
}

static void
set_mac (VfpAttachRequest *request, const char *text)
{
  request->has_mac = TRUE;
  assert_true (vfp_mac_parse (text, &request->mac, NULL));
}

static void
set_address (VfpAttachRequest *request, const char *text)
{
  request->has_guest_address = TRUE;
  assert_true (vfp_address_parse (text, &request->guest_address, NULL));
}

static void
nothing (World *world, VfpAttachRequest *request)
{
}

static void
no_guest (World *world, VfpAttachRequest *request)
{
  request->guest = "nosuch";
}

static void
add_disk (World *world, VfpAttachRequest *request)
{
  hosttree_add_pf (world->tree, &(HostPf){ .address = "0000:05:00.0", .vfs = 2, .driver = "nvme" });
}

static void
stop_pf (World *world, VfpAttachRequest *request)
{
  g_key_file_set_boolean (hosttree_links (world->tree), "enp1s0f0", "up", FALSE);
  hosttree_save_links (world->tree);
}

static void
add_bare_pf (World *world, VfpAttachRequest *request)
{
  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp3s0", .address = "0000:03:00.0", .total = 7 });
  hosttree_save_links (world->tree);
}

static void
add_pf_without_iommu (World *world, VfpAttachRequest *request)
{
  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp3s0", .address = "0000:03:00.0", .vfs = 1, .no_iommu = TRUE });
  hosttree_save_links (world->tree);
}

static void
live_of_off (World *world, VfpAttachRequest *request)
{
  request->guest = "off1";
  request->affect.live = TRUE;
}

static void
config_of_transient (World *world, VfpAttachRequest *request)
{
  request->guest = "temp1";
  request->affect.config = TRUE;
}

static void
paused (World *world, VfpAttachRequest *request)
{
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "sleepy", .ports = 1, .paused = TRUE });
  request->guest = "sleepy";
}

static void
current_and_live (World *world, VfpAttachRequest *request)
{
  request->affect.live = request->affect.current = TRUE;
}

static void
mac_of_host (World *world, VfpAttachRequest *request)
{
  set_mac (request, "a0:36:9f:00:02:00");
}

static void
mac_of_slot (World *world, VfpAttachRequest *request)
{
  VfpAttachRequest first = world_attach_request ("web2");

  set_mac (&first, "56:00:00:00:00:07");
  set_mac (request, "56:00:00:00:00:07");
  first.pf = "enp2s0f0";
  vfp_result_free (world_must_attach (world, "web2", &first));
}

static void
mac_of_interface (World *world, VfpAttachRequest *request)
{
  g_autofree char *xml = world_read (world, WEB2_CONFIG);
  const char *end = strstr (xml, "</devices>");
  g_autofree char *changed = g_strdup_printf (
      "%.*s<interface type='bridge'><mac address='52:54:00:12:34:56'/><source bridge='br0'/>"
      "</interface>%s",
      (int) (end - xml), xml, end);

  hosttree_write (world->tree, WEB2_CONFIG, changed);
  set_mac (request, "52:54:00:12:34:56");
}

static void
address_of_port (World *world, VfpAttachRequest *request)
{
  set_address (request, "0000:00:02.0");
}

static void
address_of_slot (World *world, VfpAttachRequest *request)
{
  attach_first (world, "web1", "enp2s0f0/0", NULL);
  set_address (request, "0000:01:00.0");
}

static void
address_of_no_port (World *world, VfpAttachRequest *request)
{
  set_address (request, "0000:09:00.0");
}

static void
index_of_slot (World *world, VfpAttachRequest *request)
{
  attach_first (world, "web1", "enp2s0f0/0", NULL);
  request->acpi_index = 101;
}

static void
no_ports (World *world, VfpAttachRequest *request)
{
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "tight" });
  request->guest = "tight";
}

static void
taken_by_web2 (World *world, VfpAttachRequest *request)
{
  attach_first (world, "web2", "enp1s0f0/0", NULL);
}

static void
taken_by_off1 (World *world, VfpAttachRequest *request)
{
  attach_first (world, "off1", "enp2s0f0/0", NULL);
  attach_first (world, "web2", "enp2s0f0/1", NULL);
}

static void
used_by_host (World *world, VfpAttachRequest *request)
{
  g_key_file_set_string (hosttree_links (world->tree), "addresses", "enp1s0f0v0", "192.0.2.7/24");
  hosttree_save_links (world->tree);
}

static void
used_by_network (World *world, VfpAttachRequest *request)
{
  hosttree_add_network (world->tree, "vfs", "enp1s0f0");
}

static void
slot_taken (World *world, VfpAttachRequest *request)
{
  attach_first (world, "web1", "enp1s0f0/1", "net0");
  request->slot = "net0";
}

static void
ensure_other_vf (World *world, VfpAttachRequest *request)
{
  slot_taken (world, request);
  request->ensure = TRUE;
  request->vf = "enp1s0f0/2";
}

static void
ensure_other_pf (World *world, VfpAttachRequest *request)
{
  slot_taken (world, request);
  request->ensure = TRUE;
  request->pf = "enp2s0f0";
}

static void
ensure_other_settings (World *world, VfpAttachRequest *request)
{
  slot_taken (world, request);
  request->ensure = TRUE;
  assert_true (vfp_settings_parse_vlan (&request->settings, "7", NULL));
}

static void
ensure_other_mac (World *world, VfpAttachRequest *request)
{
  slot_taken (world, request);
  request->ensure = TRUE;
  set_mac (request, "56:00:00:00:00:07");
}

static void
ensure_other_address (World *world, VfpAttachRequest *request)
{
  slot_taken (world, request);
  request->ensure = TRUE;
  set_address (request, "0000:02:00.0");
}

static void
ensure_other_index (World *world, VfpAttachRequest *request)
{
  slot_taken (world, request);
  request->ensure = TRUE;
  request->acpi_index = 9;
}

static void
ensure_without_slot (World *world, VfpAttachRequest *request)
{
  request->ensure = TRUE;
}

static void
bad_slot (World *world, VfpAttachRequest *request)
{
  request->slot = "net01";
}

static void
little_memory (World *world, VfpAttachRequest *request)
{
  hosttree_write (world->tree, "proc/meminfo", "MemTotal: 999999 kB\nMemAvailable: 1000 kB");
}

/* Huge pages count as what the guest has resident, and are not in VmRSS. */
static void
half_resident (World *world, VfpAttachRequest *request)
{
  little_memory (world, request);
  hosttree_make_folder (world->tree, "run/libvirt/qemu");
  hosttree_make_folder (world->tree, "proc/4711");
  hosttree_write (world->tree, "run/libvirt/qemu/web1.pid", "4711");
  hosttree_write (world->tree, "proc/4711/status", "VmRSS:\t  131072 kB");
}

static void
one_told (World *world, VfpAttachRequest *request)
{
  world_set_link (world, "enp1s0f0", "vfs", "1");
}

static void
none_free_told (World *world, VfpAttachRequest *request)
{
  attach_first (world, "web2", "enp1s0f0/0", NULL);
  one_told (world, request);
}

static void
lacking_setting (World *world, VfpAttachRequest *request)
{
  assert_true (vfp_settings_parse_link_state (&request->settings, "enable", NULL));
}

static void
bad_template (World *world, VfpAttachRequest *request)
{
  g_autofree char *folder = g_build_filename (hosttree_path (world->tree), "templates", NULL);

  hosttree_make_folder (world->tree, "templates");
  hosttree_write (world->tree, "templates/interface.xml", "<interface");
  world->user_template_dir = g_intern_string (folder);
}

static const struct
{
  const char *name;
  void (*prepare) (World *world, VfpAttachRequest *request);
  const char *pf, *vf;
  VfpErrorCode code;
  const char *part; /* of the message */
} cases[] = {
  { "no such guest", no_guest, "enp1s0f0", NULL, VFP_ERROR_NO_SUCH_GUEST, "'nosuch'" },
  { "PF not named", nothing, NULL, NULL, VFP_ERROR_PF_NOT_NAMED, "(PFs: enp1s0f0 enp2s0f0)" },
  { "no such PF", nothing, "eth7", NULL, VFP_ERROR_NO_SUCH_PF, "(PFs: enp1s0f0 enp2s0f0)" },
  { "PF of a disk", add_disk, "0000:05:00.0", NULL, VFP_ERROR_NO_SUCH_PF, "not a network card" },
  { "VF of a disk", add_disk, NULL, "0000:05:10.0", VFP_ERROR_NO_SUCH_PF, "not a network card" },
  { "VF is a PF", nothing, NULL, "0000:01:00.0", VFP_ERROR_NO_SUCH_VF,
    "is a PF, not a VF; its VFs are 0000:01:10.0 … 0000:01:10.6" },
  { "VF is nothing", nothing, NULL, "0000:09:00.0", VFP_ERROR_NO_SUCH_VF, "0000:09:00.0" },
  { "VF is no address", nothing, NULL, "01:10", VFP_ERROR_USAGE, "01:10" },
  { "VF index too high", nothing, NULL, "enp1s0f0/4", VFP_ERROR_NO_SUCH_VF, "it has 4" },
  { "VF index no number", nothing, NULL, "enp1s0f0/one", VFP_ERROR_USAGE, "one" },
  { "VF of no PF", nothing, NULL, "eth7/0", VFP_ERROR_NO_SUCH_PF, "eth7" },
  { "VF of another PF", nothing, "enp2s0f0", "0000:01:10.0", VFP_ERROR_USAGE, "not a VF of" },
  { "bad slot name", bad_slot, "enp1s0f0", NULL, VFP_ERROR_USAGE, "net01" },
  { "ensure without slot", ensure_without_slot, "enp1s0f0", NULL, VFP_ERROR_USAGE, "--slot" },
  { "current and live", current_and_live, "enp1s0f0", NULL, VFP_ERROR_USAGE, "--current" },
  { "live of a guest that is off", live_of_off, "enp1s0f0", NULL, VFP_ERROR_GUEST_OFF,
    "virsh start off1" },
  { "config of a transient guest", config_of_transient, "enp1s0f0", NULL, VFP_ERROR_GUEST_TRANSIENT,
    "temp1" },
  { "paused guest", paused, "enp1s0f0", NULL, VFP_ERROR_GUEST_PAUSED, "virsh resume sleepy" },
  { "MAC of the host", mac_of_host, "enp1s0f0", NULL, VFP_ERROR_MAC_IN_USE, "enp2s0f0" },
  { "MAC of a slot", mac_of_slot, "enp1s0f0", NULL, VFP_ERROR_MAC_IN_USE, "web2 (net0)" },
  { "MAC of an interface", mac_of_interface, "enp1s0f0", NULL, VFP_ERROR_MAC_IN_USE, "web2" },
  { "guest address of a port", address_of_port, "enp1s0f0", NULL, VFP_ERROR_GUEST_ADDRESS_IN_USE,
    "0000:00:02.0" },
  { "guest address of a slot", address_of_slot, "enp1s0f0", NULL, VFP_ERROR_GUEST_ADDRESS_IN_USE,
    "0000:01:00.0" },
  { "guest address without port", address_of_no_port, "enp1s0f0", NULL, VFP_ERROR_NO_PORT,
    "0000:09:00.0" },
  { "ACPI index of a slot", index_of_slot, "enp1s0f0", NULL, VFP_ERROR_ACPI_INDEX_IN_USE, "101" },
  { "no port", no_ports, "enp1s0f0", NULL, VFP_ERROR_NO_PORT, "vfpool ports tight --add" },
  { "PF down", stop_pf, "enp1s0f0", NULL, VFP_ERROR_PF_DOWN, "ip link set enp1s0f0 up" },
  { "PF down, VF named", stop_pf, NULL, "enp1s0f0/0", VFP_ERROR_PF_DOWN, "enp1s0f0" },
  { "PF without VFs", add_bare_pf, "enp3s0", NULL, VFP_ERROR_NO_VFS, "sriov_numvfs" },
  { "no IOMMU", add_pf_without_iommu, "enp3s0", NULL, VFP_ERROR_IOMMU, "intel_iommu=on" },
  { "VF of another guest", taken_by_web2, NULL, "0000:01:10.0", VFP_ERROR_VF_IN_USE,
    "0000:01:10.0 is in use by web2 (net0, attached)" },
  { "all VFs taken", taken_by_off1, "enp2s0f0", NULL, VFP_ERROR_NO_VF_FITS,
    "none of 2 VFs fits: 2 attached (off1 (off), web2)" },
  { "VF that the host uses", used_by_host, NULL, "enp1s0f0/0", VFP_ERROR_VF_IN_USE,
    "enp1s0f0v0 192.0.2.7/24" },
  { "VFs of a network", used_by_network, "enp1s0f0", NULL, VFP_ERROR_NO_VF_FITS,
    "4 foreign (network vfs)" },
  { "slot has a VF", slot_taken, "enp1s0f0", NULL, VFP_ERROR_SLOT_IN_USE, "enp1s0f0 VF 1" },
  { "ensure, other VF", ensure_other_vf, NULL, NULL, VFP_ERROR_DIFFERS, "is on enp1s0f0 VF 1" },
  { "ensure, other PF", ensure_other_pf, NULL, NULL, VFP_ERROR_DIFFERS, "is on enp1s0f0 VF 1" },
  { "ensure, other settings", ensure_other_settings, NULL, NULL, VFP_ERROR_DIFFERS, "settings" },
  { "ensure, other MAC", ensure_other_mac, NULL, NULL, VFP_ERROR_DIFFERS, "another MAC" },
  { "ensure, other address", ensure_other_address, NULL, NULL, VFP_ERROR_DIFFERS,
    "another guest address" },
  { "ensure, other index", ensure_other_index, NULL, NULL, VFP_ERROR_DIFFERS,
    "another ACPI index" },
  { "too little memory", little_memory, "enp1s0f0", NULL, VFP_ERROR_MEMORY, "--force" },
  { "too little memory for the other half", half_resident, "enp1s0f0", NULL, VFP_ERROR_MEMORY,
    "a VF pins 128 MiB, 0 MiB are available" },
  { "VF that the kernel does not tell", one_told, NULL, "enp1s0f0/1", VFP_ERROR_HOST,
    "does not tell the settings of enp1s0f0 VF 1" },
  { "no VF that the kernel tells", none_free_told, "enp1s0f0", NULL, VFP_ERROR_NO_VF_FITS,
    "none of 4 VFs fits: 1 attached (web2), 3 untold" },
  { "setting the driver lacks", lacking_setting, "enp1s0f0", NULL, VFP_ERROR_UNSUPPORTED,
    "link-state" },
  { "bad template", bad_template, "enp1s0f0", NULL, VFP_ERROR_CONFIG, "templates/interface.xml" },
};

static void
test_refused (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = world_new ();
      VfpAttachRequest request = world_attach_request ("web1");
      g_autoptr (GError) error = NULL;

      request.pf = cases[i].pf;
      request.vf = cases[i].vf;
      cases[i].prepare (world, &request);
      g_autofree char *before = world_dump (world);
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);
      g_autofree char *after = world_dump (world);

      check_case (cases[i].name, result == NULL && error != NULL);
      if (!g_error_matches (error, VFP_ERROR, cases[i].code)
          || strstr (error->message, cases[i].part) == NULL)
        fail_msg ("%s: %s: %s", cases[i].name, vfp_error_code_string (error), error->message);
      check_case (cases[i].name, strchr (error->message, '\n') == NULL);
      check_case_string (cases[i].name, after, before);
    }
}

/* A dry run has the error that the run would have. */
static void
test_refused_dry (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = world_new ();
      VfpAttachRequest request = world_attach_request ("web1");
      g_autoptr (GError) error = NULL;

      if (cases[i].code == VFP_ERROR_UNSUPPORTED)
        continue; /* only the driver knows */
      request.pf = cases[i].pf;
      request.vf = cases[i].vf;
      cases[i].prepare (world, &request);
      request.dry_run = TRUE;
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);

      check_case (cases[i].name, result == NULL);
      check_case (cases[i].name, g_error_matches (error, VFP_ERROR, (int) cases[i].code));
    }
}

static void
test_force (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  little_memory (world, &request);
  request.pf = "enp1s0f0";
  request.force = TRUE;
  g_autoptr (VfpResult) result = world_must_attach (world, "force", &request);
  assert_true (result->changed);
}

static void
test_huge_pages (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest request = world_attach_request ("web1");

  half_resident (world, &request);
  hosttree_write (world->tree, "proc/4711/status",
                  "VmRSS:\t  131072 kB\nHugetlbPages:\t  131072 kB");
  request.pf = "enp1s0f0";
  g_autoptr (VfpResult) result = world_must_attach (world, "huge pages", &request);
  assert_true (result->changed);
}

static void
check_error (World *world, const char *name, VfpErrorCode code, const char *part)
{
  VfpAttachRequest request = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  request.pf = "enp1s0f0";
  request.timeout_ms = 50;
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  check_case (name, result == NULL);
  if (!g_error_matches (error, VFP_ERROR, (int) code) || strstr (error->message, part) == NULL)
    fail_msg ("%s: %s: %s", name, vfp_error_code_string (error), error->message);
}

static void
test_state_lost (void **state)
{
  g_autoptr (World) world = world_new ();

  attach_first (world, "web2", "enp1s0f0/0", NULL);
  hosttree_remove (world->tree, "state/state.db");
  check_error (world, "lost", VFP_ERROR_STATE_MISSING, "vfpool slots");
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));
}

static void
test_state_damaged (void **state)
{
  g_autoptr (World) world = world_new ();

  hosttree_make_folder (world->tree, "state");
  hosttree_write (world->tree, "state/state.db", "this is no database, and long enough to say so");
  check_error (world, "damaged", VFP_ERROR_STATE_DAMAGED, world->state_path);
}

static void
test_no_libvirt (void **state)
{
  g_autoptr (World) world = world_new ();

  hosttree_remove (world->tree, VFP_FAKE_DIR "/guests");
  check_error (world, "no libvirt", VFP_ERROR_LIBVIRT_UNREACHABLE, "libvirt");
}

/* One changing command at a time per guest. */
static void
test_guest_locked (void **state)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = virt->find_guest (virt, "web1", NULL);
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, uuid, 0, NULL);

  assert_non_null (lock);
  check_error (world, "locked", VFP_ERROR_BUSY, "web1: another vfpool is at work (pid ");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_refused),    cmocka_unit_test (test_refused_dry),
    cmocka_unit_test (test_force),      cmocka_unit_test (test_huge_pages),
    cmocka_unit_test (test_state_lost), cmocka_unit_test (test_state_damaged),
    cmocka_unit_test (test_no_libvirt), cmocka_unit_test (test_guest_locked),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
