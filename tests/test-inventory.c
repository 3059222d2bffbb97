/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "host/inventory.h"

#include <string.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/hosttree.h"

#define PF "0000:01:00.0"
#define VF0 "0000:01:10.0"
#define VF2 "0000:01:10.4"
#define VF2_FOLDER "sys/bus/pci/devices/" VF2
#define VF2_NETDEV VF2_FOLDER "/net/enp1s0f0v2"

static const HostPf dual_port = { .name = "enp1s0f0", .address = PF, .vfs = 4 };

static VfpInventory *
read_host (HostTree *tree)
{
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  hosttree_save_links (tree);
  g_autoptr (VfpNetlink) netlink = vfp_netlink_fake_new (root, NULL);
  VfpInventory *inventory = vfp_inventory_read (root, netlink, NULL);

  assert_non_null (inventory);
  return inventory;
}

static const VfpVf *
find_vf (const VfpInventory *inventory, const char *text)
{
  VfpAddress address;

  assert_true (vfp_address_parse (text, &address, NULL));
  return vfp_inventory_find_vf (inventory, &address);
}

static void
test_dual_port (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (
      tree,
      &(HostPf){
          .name = "enp1s0f1", .address = "0000:01:00.1", .vfs = 7, .down = TRUE, .numa_node = 1 });
  hosttree_add_pf (
      tree,
      &(HostPf){
          .name = "enp1s0f0", .address = PF, .vfs = 7, .total = 8, .mac = "a0:36:9f:8f:3f:b8" });
  g_autoptr (VfpInventory) inventory = read_host (tree);

  assert_int_equal (inventory->pfs->len, 2);
  assert_int_equal (inventory->warnings->len, 0);
  assert_int_equal (g_hash_table_size (inventory->by_address), 14);

  const VfpPf *first = g_ptr_array_index (inventory->pfs, 0);
  const VfpPf *second = g_ptr_array_index (inventory->pfs, 1);
  assert_string_equal (first->netdev, "enp1s0f0");
  assert_string_equal (first->driver, "igb");
  assert_int_equal (first->vendor, 0x8086);
  assert_int_equal (first->device, 0x10c9);
  assert_int_equal (first->class_code, 0x020000);
  assert_int_equal (first->total_vfs, 8);
  assert_int_equal (first->num_vfs, 7);
  assert_true (first->up && first->carrier);
  assert_false (second->up || second->carrier);
  assert_int_equal (second->numa_node, 1);
  assert_int_equal (second->vfs->len, 7);

  const VfpVf *vf = vfp_pf_find_vf (second, 6);
  assert_true (vf == find_vf (inventory, "0000:01:11.5"));
  assert_true (vf->pf == second);
  assert_string_equal (vf->driver, "igbvf");
  assert_string_equal (vf->netdev, "enp1s0f1v6");
  assert_false (vf->netdev_up);
  assert_null (vf->host_use);
  assert_null (vf->iommu_conflict);
  assert_true (vf->iommu_group > 0);
  assert_int_equal (vf->settings.known, VFP_SETTING_ALL);
  assert_null (vfp_pf_find_vf (second, 7));

  g_autofree char *serial = NULL;
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  serial = vfp_pci_serial (root, &first->address);
  assert_string_equal (serial, "a0-36-9f-ff-ff-8f-3f-b8");
}

static void
test_find_pf (void **state)
{
  static const struct
  {
    const char *name;
    gboolean found;
  } cases[] = {
    { "enp1s0f0", TRUE }, { "0000:01:00.0", TRUE },
    { "01:00.0", TRUE },  { "pci_0000_01_00_0", TRUE },
    { "uplink-a", TRUE }, { "enp1s0f1", FALSE },
    { VF0, FALSE },       { "", FALSE },
  };
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &dual_port);
  g_key_file_set_string (hosttree_links (tree), "enp1s0f0", "altnames", "card-a;uplink-a");
  g_autoptr (VfpInventory) inventory = read_host (tree);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (cases[i].name,
                (vfp_inventory_find_pf (inventory, cases[i].name) != NULL) == cases[i].found);
}

static void
go_nowhere (HostTree *tree)
{
}

static void
go_up (HostTree *tree)
{
  hosttree_write (tree, VF2_NETDEV "/flags", "0x1003");
}

static void
enslave (HostTree *tree)
{
  hosttree_link (tree, VF2_NETDEV "/master", "../../../../../virtual/net/br0");
  hosttree_link (tree, VF2_NETDEV "/upper_br0", "../../../../../virtual/net/br0");
}

static void
stack (HostTree *tree)
{
  hosttree_link (tree, VF2_NETDEV "/upper_vlan42", "../../../../../virtual/net/vlan42");
}

static void
add_address (HostTree *tree)
{
  g_key_file_set_string (hosttree_links (tree), "addresses", "enp1s0f0v2", "192.0.2.7/24");
}

static void
move_netdev (HostTree *tree)
{
  hosttree_bind (tree, VF2, "igbvf");
}

static void
move_netdev_leaving_folder (HostTree *tree)
{
  hosttree_bind (tree, VF2, "igbvf");
  hosttree_make_folder (tree, VF2_FOLDER "/net");
}

static void
unbind (HostTree *tree)
{
  hosttree_bind (tree, VF2, NULL);
}

static void
bind_vfio (HostTree *tree)
{
  hosttree_bind (tree, VF2, "vfio-pci");
  hosttree_write (tree, VF2_FOLDER "/enable", "0");
}

static void
open_vfio (HostTree *tree)
{
  bind_vfio (tree);
  hosttree_write (tree, VF2_FOLDER "/enable", "1");
}

static void
open_vfio_variant (HostTree *tree)
{
  hosttree_bind (tree, VF2, "mlx5_vfio_pci");
  hosttree_write (tree, VF2_FOLDER "/enable", "1");
}

static void
bind_igb_uio (HostTree *tree)
{
  hosttree_bind (tree, VF2, "igb_uio");
}

static void
bind_stub (HostTree *tree)
{
  hosttree_bind (tree, VF2, "pci-stub");
}

static const struct
{
  const char *name;
  void (*change) (HostTree *tree);
  const char *driver, *netdev, *host_use;
} uses[] = {
  { "idle", go_nowhere, "igbvf", "enp1s0f0v2", NULL },
  { "merely up", go_up, "igbvf", "enp1s0f0v2", NULL },
  { "enslaved", enslave, "igbvf", "enp1s0f0v2", "enp1s0f0v2 in br0" },
  { "VLAN on top", stack, "igbvf", "enp1s0f0v2", "enp1s0f0v2 under vlan42" },
  { "address", add_address, "igbvf", "enp1s0f0v2", "enp1s0f0v2 192.0.2.7/24" },
  { "other namespace", move_netdev, "igbvf", NULL, "netdev of igbvf in another network namespace" },
  { "other namespace, empty net", move_netdev_leaving_folder, "igbvf", NULL,
    "netdev of igbvf in another network namespace" },
  { "no driver", unbind, NULL, NULL, NULL },
  { "vfio idle", bind_vfio, "vfio-pci", NULL, NULL },
  { "vfio open", open_vfio, "vfio-pci", NULL, "vfio device open" },
  { "vfio variant open", open_vfio_variant, "mlx5_vfio_pci", NULL, "vfio device open" },
  { "igb_uio", bind_igb_uio, "igb_uio", NULL, "driver igb_uio" },
  { "pci-stub", bind_stub, "pci-stub", NULL, "driver pci-stub" },
};

static void
test_host_use (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
    {
      g_autoptr (HostTree) tree = hosttree_new (NULL);

      hosttree_add_pf (tree, &dual_port);
      uses[i].change (tree);
      g_autoptr (VfpInventory) inventory = read_host (tree);
      const VfpVf *vf = find_vf (inventory, VF2);

      check_case_string (uses[i].name, vf->driver, uses[i].driver);
      check_case_string (uses[i].name, vf->netdev, uses[i].netdev);
      check_case_string (uses[i].name, vf->host_use, uses[i].host_use);
      check_case (uses[i].name, vf->netdev_up == (uses[i].change == go_up));
      check_case (uses[i].name, find_vf (inventory, VF0)->host_use == NULL);
      check_case (uses[i].name, inventory->warnings->len == 0);
    }
}

static void
lose_link (HostTree *tree)
{
  hosttree_remove (tree, "sys/bus/pci/devices/" PF "/virtfn2");
}

static void
lose_vf (HostTree *tree)
{
  hosttree_remove (tree, VF2_FOLDER);
}

static void
test_vanished_vf (void **state)
{
  static const struct
  {
    const char *name;
    void (*change) (HostTree *tree);
  } cases[] = { { "link", lose_link }, { "function", lose_vf } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HostTree) tree = hosttree_new (NULL);

      hosttree_add_pf (tree, &dual_port);
      cases[i].change (tree);
      g_autoptr (VfpInventory) inventory = read_host (tree);
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, 0);

      check_case (cases[i].name, pf->vfs->len == 3);
      check_case (cases[i].name, vfp_pf_find_vf (pf, 2) == NULL);
      check_case (cases[i].name, vfp_pf_find_vf (pf, 3)->settings.known != 0);
      check_case (cases[i].name, find_vf (inventory, VF2) == NULL);
      check_case (cases[i].name, inventory->warnings->len == 1);
    }
}

/* In a copy of a host the links lead nowhere; their names are what counts. */
static void
test_dangling_links (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &dual_port);
  hosttree_link (tree, "sys/bus/pci/devices/" PF "/virtfn2", "../../gone/" VF2);
  g_autoptr (VfpInventory) inventory = read_host (tree);
  assert_int_equal (find_vf (inventory, VF2)->index, 2);
}

static void
test_short_netlink_list (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &(HostPf){ .name = "enp1s0f0", .address = PF, .vfs = 256 });
  g_key_file_set_integer (hosttree_links (tree), "enp1s0f0", "vfs", 34);
  g_autoptr (VfpInventory) inventory = read_host (tree);
  const VfpPf *pf = g_ptr_array_index (inventory->pfs, 0);

  assert_int_equal (pf->vfs->len, 256);
  for (guint i = 0; i < pf->vfs->len; i++)
    assert_int_equal (((const VfpVf *) g_ptr_array_index (pf->vfs, i))->index, i);
  assert_int_equal (vfp_pf_find_vf (pf, 33)->settings.known, VFP_SETTING_ALL);
  assert_int_equal (vfp_pf_find_vf (pf, 34)->settings.known, 0);
  assert_int_equal (inventory->warnings->len, 1);
  assert_non_null (strstr (g_ptr_array_index (inventory->warnings, 0), "34 of 256"));
}

static void
test_netlink_without_the_pf (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &dual_port);
  g_key_file_remove_group (hosttree_links (tree), "enp1s0f0", NULL);
  g_autoptr (VfpInventory) inventory = read_host (tree);
  assert_int_equal (find_vf (inventory, VF0)->settings.known, 0);
  assert_int_equal (inventory->warnings->len, 1);
}

static void
test_without_netlink (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);
  g_autoptr (VfpRoot) root = hosttree_open (tree);

  hosttree_add_pf (tree, &(HostPf){ .name = "enp1s0f0", .address = PF, .vfs = 2, .down = TRUE });
  assert_null (vfp_netlink_fake_new (root, NULL));
  g_autoptr (VfpInventory) inventory = vfp_inventory_read (root, NULL, NULL);
  const VfpPf *pf = g_ptr_array_index (inventory->pfs, 0);
  g_autofree char *mac = vfp_mac_to_string (&pf->mac);

  assert_true (pf->up && pf->carrier);
  assert_string_equal (mac, "a0:36:9f:00:01:00");
  assert_int_equal (find_vf (inventory, VF0)->settings.known, 0);
}

static void
share_with_pf (HostTree *tree)
{
  hosttree_add_pf (tree,
                   &(HostPf){ .name = "enp1s0f0", .address = PF, .vfs = 4, .shared_group = TRUE });
}

static void
share_all_on_vfio (HostTree *tree)
{
  share_with_pf (tree);
  hosttree_bind (tree, PF, "vfio-pci");
  for (unsigned i = 0; i < 4; i++)
    {
      g_autofree char *address = g_strdup_printf ("0000:01:10.%u", 2 * i);
      hosttree_bind (tree, address, "vfio-pci");
      g_autofree char *path = g_strdup_printf ("sys/bus/pci/devices/%s/enable", address);
      hosttree_write (tree, path, "0");
    }
}

static void
share_with_one_vf (HostTree *tree)
{
  share_all_on_vfio (tree);
  hosttree_bind (tree, "0000:01:10.6", "igbvf");
}

static void
only_own_driver (HostTree *tree)
{
  share_all_on_vfio (tree);
  hosttree_bind (tree, VF2, "igbvf");
}

static void
share_with_bridge (HostTree *tree)
{
  share_all_on_vfio (tree);
  hosttree_bind (tree, "0000:00:01.1", "bridge_of_its_own");
}

static void
no_group (HostTree *tree)
{
  hosttree_add_pf (tree,
                   &(HostPf){ .name = "enp1s0f0", .address = PF, .vfs = 4, .no_iommu = TRUE });
}

static void
test_iommu (void **state)
{
  static const struct
  {
    const char *name;
    void (*build) (HostTree *tree);
    gboolean has_group;
    const char *conflict;
  } cases[] = {
    { "shared with the PF", share_with_pf, TRUE, "0000:01:00.0 (igb)" },
    { "shared, all on vfio", share_all_on_vfio, TRUE, NULL },
    { "shared, one VF has a host driver", share_with_one_vf, TRUE, "0000:01:10.6 (igbvf)" },
    { "shared, the VF itself has one", only_own_driver, TRUE, NULL },
    { "shared with a bridge", share_with_bridge, TRUE, NULL },
    { "none", no_group, FALSE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HostTree) tree = hosttree_new (NULL);

      cases[i].build (tree);
      g_autoptr (VfpInventory) inventory = read_host (tree);
      const VfpVf *vf = find_vf (inventory, VF2);
      check_case (cases[i].name, (vf->iommu_group >= 0) == cases[i].has_group);
      check_case_string (cases[i].name, vf->iommu_conflict, cases[i].conflict);
    }
}

static void
add_netdev (HostTree *tree, const char *name, const char *phys_port_name, const char *dev_port)
{
  g_autofree char *folder = g_strdup_printf ("sys/bus/pci/devices/" PF "/net/%s", name);
  g_autofree char *port_name = g_strdup_printf ("%s/phys_port_name", folder);
  g_autofree char *port = g_strdup_printf ("%s/dev_port", folder);

  hosttree_make_folder (tree, folder);
  hosttree_write (tree, port_name, phys_port_name);
  hosttree_write (tree, port, dev_port);
}

static void
test_pf_netdev (void **state)
{
  static const struct
  {
    const char *name;
    const char *port_name, *port; /* of a netdev "aaa" beside enp1s0f0, which has dev_port 1 */
    const char *found;
  } cases[] = {
    { "uplink with lower port", "p0", "0", "aaa" },
    { "uplink with higher port", "p1", "2", "enp1s0f0" },
    { "VF representor", "pf0vf3", "0", "enp1s0f0" },
    { "SF representor", "pf0sf88", "0", "enp1s0f0" },
    { "representor of another controller", "c1pf0vf3", "0", "enp1s0f0" },
    { "PF representor", "pf1", "0", "enp1s0f0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HostTree) tree = hosttree_new (NULL);

      hosttree_add_pf (tree, &dual_port);
      hosttree_write (tree, "sys/bus/pci/devices/" PF "/net/enp1s0f0/dev_port", "1");
      add_netdev (tree, "aaa", cases[i].port_name, cases[i].port);
      g_autoptr (VfpInventory) inventory = read_host (tree);
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, 0);
      check_case_string (cases[i].name, pf->netdev, cases[i].found);
    }
}

static void
test_no_vfs (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &(HostPf){ .name = "enp1s0f0", .address = PF });
  g_autoptr (VfpInventory) inventory = read_host (tree);
  const VfpPf *pf = g_ptr_array_index (inventory->pfs, 0);
  assert_int_equal (pf->num_vfs, 0);
  assert_int_equal (pf->total_vfs, 7);
  assert_int_equal (pf->vfs->len, 0);
  assert_int_equal (inventory->warnings->len, 0);
}

static void
test_nvme (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &(HostPf){ .address = "0000:02:00.0", .driver = "nvme", .vfs = 2 });
  g_autoptr (VfpInventory) inventory = read_host (tree);
  const VfpPf *pf = g_ptr_array_index (inventory->pfs, 0);
  g_autofree char *name = vfp_pf_name (pf);
  assert_null (pf->netdev);
  assert_true (pf->up && pf->carrier);
  assert_string_equal (name, "0000:02:00.0");
  assert_int_equal (pf->class_code, 0x010802);
  assert_null (find_vf (inventory, "0000:02:10.2")->host_use);
  assert_int_equal (inventory->warnings->len, 0);
}

static void
test_macs_leave_vfs_out (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &dual_port);
  hosttree_write (tree, "sys/class/net/bonding_masters", "bond0");
  hosttree_make_folder (tree, "sys/class/net/tap0");
  hosttree_write (tree, "sys/class/net/tap0/address", "FE:54:00:12:34:56");
  g_autoptr (VfpInventory) inventory = read_host (tree);
  assert_int_equal (g_hash_table_size (inventory->macs), 2);
  assert_string_equal (g_hash_table_lookup (inventory->macs, "a0:36:9f:00:01:00"), "enp1s0f0");
  assert_string_equal (g_hash_table_lookup (inventory->macs, "fe:54:00:12:34:56"), "tap0");
}

static void
test_no_sysfs (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  g_autoptr (GError) error = NULL;

  hosttree_remove (tree, "sys");
  assert_null (vfp_inventory_read (root, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
}

static void
test_pci_survives_what_is_not_there (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  const VfpAddress gone = { 0, 9, 0, 0 };

  hosttree_add_pf (tree, &dual_port);
  assert_null (vfp_pci_serial (root, &gone));
  hosttree_remove (tree, "sys/bus/pci/devices/" PF "/config");
  assert_null (vfp_pci_serial (root, &(VfpAddress){ 0, 1, 0, 0 }));
  hosttree_remove (tree, "sys");
  assert_null (vfp_pci_serial (root, &gone));

  g_autofree char *name = vfp_pci_device_name (root, 0xfffe, 0xfffd);
  assert_non_null (name);
  assert_true (strlen (name) > 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_dual_port),
    cmocka_unit_test (test_find_pf),
    cmocka_unit_test (test_host_use),
    cmocka_unit_test (test_vanished_vf),
    cmocka_unit_test (test_dangling_links),
    cmocka_unit_test (test_short_netlink_list),
    cmocka_unit_test (test_netlink_without_the_pf),
    cmocka_unit_test (test_without_netlink),
    cmocka_unit_test (test_iommu),
    cmocka_unit_test (test_pf_netdev),
    cmocka_unit_test (test_no_vfs),
    cmocka_unit_test (test_nvme),
    cmocka_unit_test (test_macs_leave_vfs_out),
    cmocka_unit_test (test_no_sysfs),
    cmocka_unit_test (test_pci_survives_what_is_not_there),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
