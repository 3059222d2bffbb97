/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake libvirt on a little host of its own: a PF with two VFs and three guests. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "host/sysfs.h"

#define WEB1 "11111111-2222-3333-4444-555555555555"
#define WEB2 "22222222-2222-3333-4444-555555555555"
#define OFF1 "33333333-2222-3333-4444-555555555555"
#define BOTH (VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG)
#define DEVICES "sys/bus/pci/devices/"
#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"

static const VfpAddress vf0 = { .bus = 1, .slot = 0x10 };
#define VF1_SETTINGS "mac=02:00:00:00:00:02 vlan=0 tx-rate=0:0 spoofchk=on "

static const char links[]
    = "[enp1s0f0]\nup = true\ncarrier = true\nmac = a0:36:9f:00:00:01\nvfs = 2\n"
      "[enp1s0f0 0]\nsettings = mac=02:00:00:00:00:01 vlan=7:3:802.1Q trust=on\n"
      "[enp1s0f0 1]\nsettings = " VF1_SETTINGS "trust=off link-state=auto\n";

typedef struct
{
  VfpRoot *root;
  VfpFaults faults;
  VfpVirt *virt;
} World;

static void
put_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  assert_int_equal (g_mkdir_with_parents (parent, 0755), 0);
  assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put_link (const char *folder, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  assert_int_equal (symlink (target, path), 0);
}

static void
put_vf (const char *folder, unsigned index, const char *address)
{
  g_autofree char *enable = g_strconcat (DEVICES, address, "/enable", NULL);
  g_autofree char *driver = g_strconcat (DEVICES, address, "/driver", NULL);
  g_autofree char *physfn = g_strconcat (DEVICES, address, "/physfn", NULL);
  g_autofree char *virtfn = g_strdup_printf (DEVICES "0000:01:00.0/virtfn%u", index);
  g_autofree char *target = g_strconcat ("../", address, NULL);

  put_file (folder, enable, "0\n");
  put_link (folder, driver, "../../drivers/igbvf");
  put_link (folder, physfn, "../0000:01:00.0");
  put_link (folder, virtfn, target);
}

static void
put_guest (const char *folder, const char *name, const char *uuid, gboolean running)
{
  g_autofree char *conf_name = g_strdup_printf ("vfpool-fake/guests/%s/guest.conf", name);
  g_autofree char *live_name = g_strdup_printf ("vfpool-fake/guests/%s/live.xml", name);
  g_autofree char *config_name = g_strdup_printf ("vfpool-fake/guests/%s/config.xml", name);
  g_autofree char *conf
      = g_strdup_printf ("[guest]\nuuid = %s\nrunning = %s\npaused = false\npersistent = true\n"
                         "hung = false\n",
                         uuid, running ? "true" : "false");
  g_autofree char *xml = g_strdup_printf (
      "<domain><name>%s</name><uuid>%s</uuid><os><type arch='x86_64' machine='q35'/></os>"
      "<devices><controller type='pci' index='1' model='pcie-root-port'/>"
      "<controller type='pci' index='2' model='pcie-root-port'/></devices></domain>",
      name, uuid);

  put_file (folder, conf_name, conf);
  put_file (folder, config_name, xml);
  if (running)
    put_file (folder, live_name, xml);
}

static VfpVirt *
open_fake (World *world)
{
  VfpVirt *virt = vfp_virt_fake_new (world->root, &world->faults);

  assert_non_null (virt);
  return virt;
}

static int
make_world (void **state)
{
  World *world = g_new0 (World, 1);
  g_autofree char *folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);

  put_file (folder, DEVICES "0000:01:00.0/net/enp1s0f0/mtu", "1500\n");
  put_vf (folder, 0, VF0);
  put_vf (folder, 1, VF1);
  put_file (folder, "vfpool-fake/links.conf", links);
  put_guest (folder, "web1", WEB1, TRUE);
  put_guest (folder, "web2", WEB2, TRUE);
  put_guest (folder, "off1", OFF1, FALSE);
  put_file (folder, "vfpool-fake/networks/vfs.xml",
            "<network><name>vfs</name><forward mode='hostdev'><pf dev='enp9s0'/></forward>"
            "</network>");
  put_file (folder, "vfpool-fake/networks/default.xml",
            "<network><name>default</name><forward mode='nat'/></network>");

  world->root = vfp_root_open (folder, NULL);
  world->virt = open_fake (world);
  *state = world;
  return 0;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir
      = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}

static int
remove_world (void **state)
{
  World *world = *state;

  remove_tree (world->root->path);
  vfp_virt_free (world->virt);
  vfp_root_free (world->root);
  g_free (world);
  return 0;
}

static char *
device_xml (const char *source_slot_function, unsigned bus, const char *alias)
{
  return g_strdup_printf (
      "<interface type='hostdev' managed='yes'><mac address='56:66:1c:09:aa:01'/>"
      "<source><address type='pci' domain='0x0000' bus='0x01' %s/></source>"
      "<vlan><tag id='42'/></vlan><alias name='%s'/>"
      "<address type='pci' bus='0x%02x' slot='0x00' function='0x0'/></interface>",
      source_slot_function, alias, bus);
}

#define SOURCE_VF0 "slot='0x10' function='0x0'"
#define SOURCE_VF1 "slot='0x10' function='0x2'"

static void
attach (World *world, const char *uuid, const char *source, unsigned bus, unsigned affect)
{
  g_autofree char *xml = device_xml (source, bus, "ua-vfpool-net0");
  g_autoptr (GError) error = NULL;

  if (!world->virt->attach_device (world->virt, uuid, xml, affect, &error))
    fail_msg ("%s", error->message);
}

/* Driver, "enable" and settings of a VF. */
static void
assert_vf (World *world, unsigned index, const char *driver, const char *enable,
           const char *settings)
{
  const char *address = index == 0 ? VF0 : VF1;
  g_autofree char *link = g_strconcat (DEVICES, address, "/driver", NULL);
  g_autofree char *file = g_strconcat (DEVICES, address, "/enable", NULL);
  g_autofree char *conf = g_build_filename (world->root->path, "vfpool-fake/links.conf", NULL);
  g_autofree char *group = g_strdup_printf ("enp1s0f0 %u", index);
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *has_driver = vfp_sysfs_link_name (world->root->fd, link);
  g_autofree char *has_enable = vfp_sysfs_read_optional (world->root->fd, file);

  assert_true (g_key_file_load_from_file (key_file, conf, G_KEY_FILE_NONE, NULL));
  g_autofree char *has_settings = g_key_file_get_string (key_file, group, "settings", NULL);

  assert_string_equal (has_driver, driver);
  assert_string_equal (has_enable, enable);
  assert_string_equal (has_settings, settings);
}

static void
assert_attached (World *world, const char *uuid, gboolean live, gboolean config)
{
  g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, uuid, NULL);

  assert_non_null (guest);
  assert_int_equal (
      guest->live != NULL && vfp_domxml_find_alias (guest->live, "ua-vfpool-net0") != NULL, live);
  assert_int_equal (vfp_domxml_find_alias (guest->config, "ua-vfpool-net0") != NULL, config);
}

static void
test_absent (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  g_autoptr (VfpRoot) root = vfp_root_open (folder, NULL);

  assert_null (vfp_virt_fake_new (root, NULL));
  remove_tree (folder);
}

static void
test_list (void **state)
{
  World *world = *state;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) guests = world->virt->list_guests (world->virt, &error);

  assert_non_null (guests);
  assert_int_equal (guests->len, 3);
  const VfpGuest *web1 = vfp_guest_find (guests, "web1");
  const VfpGuest *off1 = vfp_guest_find (guests, OFF1);
  assert_true (web1->running && web1->persistent && web1->id == 1);
  assert_true (!off1->running && off1->persistent && off1->id == -1);

  assert_null (
      world->virt->get_guest (world->virt, "44444444-2222-3333-4444-555555555555", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
}

static void
test_networks (void **state)
{
  World *world = *state;
  g_autoptr (GPtrArray) networks = world->virt->list_networks (world->virt, NULL);

  assert_int_equal (networks->len, 2);
  const VfpNetwork *nat = g_ptr_array_index (networks, 0);
  const VfpNetwork *network = g_ptr_array_index (networks, 1);
  assert_string_equal (nat->name, "default");
  assert_int_equal (nat->pfs->len, 0);
  assert_string_equal (network->name, "vfs");
  assert_int_equal (network->pfs->len, 1);
}

static void
test_attach_detach (void **state)
{
  World *world = *state;

  attach (world, WEB1, SOURCE_VF0, 1, BOTH);
  assert_attached (world, WEB1, TRUE, TRUE);
  assert_vf (world, 0, "vfio-pci", "1", "mac=56:66:1c:09:aa:01 vlan=42:0:802.1Q trust=on");

  assert_true (world->virt->detach_live (world->virt, WEB1, &vf0, 1000, NULL));
  assert_attached (world, WEB1, FALSE, TRUE);
  assert_vf (world, 0, "igbvf", "0", "mac=02:00:00:00:00:01 vlan=7:3:802.1Q trust=on");

  assert_true (world->virt->detach_config (world->virt, WEB1, &vf0, NULL));
  assert_attached (world, WEB1, FALSE, FALSE);

  /* What is gone stays gone. */
  assert_true (world->virt->detach_live (world->virt, WEB1, &vf0, 1000, NULL));
  assert_true (world->virt->detach_config (world->virt, WEB1, &vf0, NULL));
}

/* A configuration claims nothing: libvirt accepts the same VF in two. */
static void
test_config_only (void **state)
{
  World *world = *state;

  attach (world, WEB1, SOURCE_VF1, 1, VFP_AFFECT_CONFIG);
  attach (world, OFF1, SOURCE_VF1, 1, VFP_AFFECT_CONFIG);
  assert_attached (world, WEB1, FALSE, TRUE);
  assert_attached (world, OFF1, FALSE, TRUE);
  assert_vf (world, 1, "igbvf", "0", VF1_SETTINGS "trust=off link-state=auto");
}

static void
test_refused (void **state)
{
  World *world = *state;
  static const struct
  {
    const char *name, *uuid, *source;
    unsigned bus;
    const char *alias;
    unsigned affect;
    const char *part;
  } cases[] = {
    { "VF in use", WEB2, SOURCE_VF0, 1, "ua-vfpool-net0", VFP_AFFECT_LIVE,
      "PCI device 0000:01:10.0 is in use by driver QEMU, domain web1" },
    { "alias in use", WEB1, SOURCE_VF1, 2, "ua-vfpool-net0", VFP_AFFECT_LIVE, "non unique alias" },
    { "guest address in use", WEB1, SOURCE_VF1, 1, "ua-vfpool-net1", VFP_AFFECT_LIVE,
      "double use of PCI Address 0000:01:00.0" },
    { "guest is off", OFF1, SOURCE_VF1, 1, "ua-vfpool-net0", BOTH, "domain is not running" },
    { "no such VF", WEB1, "slot='0x1f' function='0x7'", 2, "ua-vfpool-net1", VFP_AFFECT_LIVE,
      "0000:01:1f.7" },
  };

  attach (world, WEB1, SOURCE_VF0, 1, VFP_AFFECT_LIVE);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *xml = device_xml (cases[i].source, cases[i].bus, cases[i].alias);
      g_autoptr (GError) error = NULL;

      if (world->virt->attach_device (world->virt, cases[i].uuid, xml, cases[i].affect, &error))
        fail_msg ("%s: was attached", cases[i].name);
      if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT)
          || strstr (error->message, cases[i].part) == NULL)
        fail_msg ("%s: %s", cases[i].name, error->message);
    }
  assert_attached (world, OFF1, FALSE, FALSE);
  assert_vf (world, 1, "igbvf", "0", VF1_SETTINGS "trust=off link-state=auto");
}

static void
test_hung (void **state)
{
  World *world = *state;
  g_autoptr (GError) error = NULL;

  attach (world, WEB1, SOURCE_VF0, 1, VFP_AFFECT_LIVE);
  put_file (world->root->path, "vfpool-fake/guests/web1/guest.conf",
            "[guest]\nuuid = " WEB1 "\nrunning = true\npersistent = true\nhung = true\n");
  const gint64 start_us = g_get_monotonic_time ();
  assert_false (world->virt->detach_live (world->virt, WEB1, &vf0, 30000, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT));
  assert_true (g_get_monotonic_time () - start_us < 10 * G_USEC_PER_SEC);
  assert_attached (world, WEB1, TRUE, FALSE);
}

/* Every changing call counts, and the one whose turn it is changes nothing. */
static void
test_faults (void **state)
{
  World *world = *state;
  g_autofree char *xml = device_xml (SOURCE_VF0, 1, "ua-vfpool-net0");
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = 1;
  assert_false (world->virt->attach_device (world->virt, WEB1, xml, BOTH, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_FAILED));
  assert_attached (world, WEB1, FALSE, FALSE);
  assert_vf (world, 0, "igbvf", "0", "mac=02:00:00:00:00:01 vlan=7:3:802.1Q trust=on");

  attach (world, WEB1, SOURCE_VF0, 1, BOTH);
  assert_true (world->virt->set_metadata (world->virt, WEB1, NULL, BOTH, NULL));
  assert_true (world->virt->pass_job_queue (world->virt, WEB1, NULL));
  assert_true (world->virt->add_ports (world->virt, WEB1, 1, NULL));
  assert_true (world->virt->detach_live (world->virt, WEB1, &vf0, 0, NULL));
  assert_true (world->virt->detach_config (world->virt, WEB1, &vf0, NULL));
  assert_int_equal (world->faults.calls, 6);
}

static void
test_metadata_and_ports (void **state)
{
  static const char element[] = "<slots version=\"1\" uuid=\"" WEB1 "\"/>";
  World *world = *state;

  assert_true (world->virt->set_metadata (world->virt, WEB1, element, VFP_AFFECT_CONFIG, NULL));
  assert_true (world->virt->add_ports (world->virt, WEB1, 2, NULL));

  g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, WEB1, NULL);
  assert_string_equal (guest->config->metadata, element);
  assert_null (guest->live->metadata);
  assert_int_equal (guest->config->ports->len, 4);
  assert_int_equal (guest->live->ports->len, 2);
}

/* A process was killed after it had written the XML, or before. */
static void
test_recovery (void **state)
{
  World *world = *state;
  g_autofree char *live_path
      = g_build_filename (world->root->path, "vfpool-fake/guests/web1/live.xml", NULL);
  g_autofree char *without = NULL, *with = NULL;

  assert_true (g_file_get_contents (live_path, &without, NULL, NULL));
  attach (world, WEB1, SOURCE_VF0, 1, VFP_AFFECT_LIVE);
  assert_true (g_file_get_contents (live_path, &with, NULL, NULL));

  put_file (world->root->path, "vfpool-fake/guests/web1/live.xml", without);
  put_file (world->root->path, "vfpool-fake/pending", WEB1 " " VF0);
  G_GNUC_UNUSED g_autoptr (VfpVirt) second = open_fake (world);
  assert_vf (world, 0, "igbvf", "0", "mac=02:00:00:00:00:01 vlan=7:3:802.1Q trust=on");

  put_file (world->root->path, "vfpool-fake/guests/web1/live.xml", with);
  put_file (world->root->path, "vfpool-fake/pending", WEB1 " " VF0);
  G_GNUC_UNUSED g_autoptr (VfpVirt) third = open_fake (world);
  assert_vf (world, 0, "vfio-pci", "1", "mac=56:66:1c:09:aa:01 vlan=42:0:802.1Q trust=on");
  assert_false (vfp_sysfs_exists (world->root->fd, "vfpool-fake/pending"));
}

/* Two processes that attach and detach their VF, while settings are changed by netlink. */
static void
attach_often (World *world, const char *uuid, const char *source_xml, const char *source)
{
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (world->root, NULL);
  g_autofree char *xml = device_xml (source_xml, 1, "ua-vfpool-net0");
  VfpAddress vf;

  if (!vfp_address_parse (source, &vf, NULL))
    _exit (1);
  for (unsigned i = 0; i < 20; i++)
    if (!virt->attach_device (virt, uuid, xml, BOTH, NULL)
        || !virt->detach_live (virt, uuid, &vf, 0, NULL)
        || !virt->detach_config (virt, uuid, &vf, NULL))
      _exit (1);
  _exit (0);
}

static void
trust_often (World *world)
{
  g_autoptr (VfpNetlink) netlink = vfp_netlink_fake_new (world->root, NULL);
  VfpSettings settings = { .known = VFP_SETTING_TRUST };

  for (unsigned i = 0; i < 21; i++)
    {
      settings.trust = i % 2 == 0;
      if (!netlink->set_vf (netlink, "enp1s0f0", 1, VFP_SETTING_TRUST, &settings, NULL))
        _exit (1);
    }
  _exit (0);
}

static void
test_processes (void **state)
{
  World *world = *state;
  pid_t children[3];

  if ((children[0] = fork ()) == 0)
    attach_often (world, WEB1, SOURCE_VF0, VF0);
  if ((children[1] = fork ()) == 0)
    attach_often (world, WEB2, SOURCE_VF1, VF1);
  if ((children[2] = fork ()) == 0)
    trust_often (world);
  for (unsigned i = 0; i < G_N_ELEMENTS (children); i++)
    {
      int status = -1;

      assert_int_equal (waitpid (children[i], &status, 0), children[i]);
      if (status != 0)
        fail_msg ("process %u ended with %d", i, status);
    }
  assert_vf (world, 0, "igbvf", "0", "mac=02:00:00:00:00:01 vlan=7:3:802.1Q trust=on");
  assert_vf (world, 1, "igbvf", "0", VF1_SETTINGS "trust=on link-state=auto");
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown (name, make_world, remove_world)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_absent),
    WORLD_TEST (test_list),
    WORLD_TEST (test_networks),
    WORLD_TEST (test_attach_detach),
    WORLD_TEST (test_config_only),
    WORLD_TEST (test_refused),
    WORLD_TEST (test_hung),
    WORLD_TEST (test_faults),
    WORLD_TEST (test_metadata_and_ports),
    WORLD_TEST (test_recovery),
    WORLD_TEST (test_processes),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
