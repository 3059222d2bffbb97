/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fake hosts: PCI functions, their drivers, netdevs and IOMMU groups, where real sysfs has them. */
#include "config.h"

#include "tests/lib/hosttree.h"

#include <string.h>

#include "base/mac.h"
#include "tests/lib/hosttree-private.h"

#define VF_OFFSET 128
#define VF_STRIDE 2

typedef struct
{
  const char *driver, *vf_driver;
  unsigned vendor, device, vf_device, class_code;
  const char *unsupported;
} Family;

static const Family families[] = {
  { "igb", "igbvf", 0x8086, 0x10c9, 0x10ca, 0x020000, "link-state" },
  { "ixgbe", "ixgbevf", 0x8086, 0x10fb, 0x10ed, 0x020000, NULL },
  { "i40e", "iavf", 0x8086, 0x1572, 0x154c, 0x020000, NULL },
  { "ice", "iavf", 0x8086, 0x1592, 0x1889, 0x020000, NULL },
  { "mlx5_core", "mlx5_core", 0x15b3, 0x1017, 0x1018, 0x020000, NULL },
  { "nvme", "nvme", 0x1b36, 0x0010, 0x0010, 0x010802, NULL },
};

/* One PCI function, PF, VF or root port. */
typedef struct
{
  const char *parent; /* the folder above */
  VfpAddress address;
  unsigned vendor, device, class_code;
  const char *driver; /* NULL: none */
  int group;          /* -1: none */
  int numa_node;
} Function;

static const Family *
find_family (const char *driver)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (driver != NULL && g_str_equal (families[i].driver, driver))
      return &families[i];
  return &families[0];
}

static VfpAddress
parse_address (const char *text)
{
  VfpAddress address = { 0 };

  if (!vfp_address_parse (text, &address, NULL))
    hosttree_give_up (text, "is no PCI address");
  return address;
}

/* The root port above a bus: one for each, on bus 0. */
static VfpAddress
port_of (const VfpAddress *address)
{
  return (VfpAddress){ address->domain, 0, (guint8) (1 + address->bus / 8 % 31), address->bus % 8 };
}

/* Configuration space as far as lspci and serial numbers need it: a PCI Express capability, and
 * behind the first 256 bytes the Device Serial Number. */
static void
write_config (HostTree *tree, const char *folder, const Function *function, const VfpMac *serial)
{
  g_autofree char *path = g_strdup_printf ("%s/config", folder);
  guint8 config[0x110] = { 0 };

  config[0x00] = (guint8) function->vendor;
  config[0x01] = (guint8) (function->vendor >> 8);
  config[0x02] = (guint8) function->device;
  config[0x03] = (guint8) (function->device >> 8);
  config[0x09] = (guint8) function->class_code;
  config[0x0a] = (guint8) (function->class_code >> 8);
  config[0x0b] = (guint8) (function->class_code >> 16);
  if (serial == NULL)
    {
      hosttree_write_bytes (tree, path, config, 64);
      return;
    }

  config[0x06] = 0x10; /* status: has a list of capabilities */
  config[0x34] = 0x40;
  config[0x40] = 0x10; /* PCI Express */
  config[0x42] = 0x02;
  config[0x100] = 0x03; /* Device Serial Number, version 1, the last */
  config[0x102] = 0x01;
  for (unsigned i = 0; i < 3; i++)
    {
      config[0x104 + i] = serial->octet[5 - i];
      config[0x109 + i] = serial->octet[2 - i];
    }
  config[0x107] = config[0x108] = 0xff;
  hosttree_write_bytes (tree, path, config, sizeof config);
}

/* "../../.." and so on, from inside @folder. */
static char *
path_to_sys (const char *folder)
{
  GString *path = g_string_new ("..");

  for (const char *slash = strchr (folder, '/'); (slash = strchr (slash + 1, '/')) != NULL;)
    g_string_append (path, "/..");
  return g_string_free (path, FALSE);
}

static void
write_group (HostTree *tree, const char *folder, const Function *function)
{
  g_autofree char *address = vfp_address_to_string (&function->address);
  g_autofree char *up = path_to_sys (folder);
  g_autofree char *members
      = g_strdup_printf ("sys/kernel/iommu_groups/%d/devices", function->group);
  g_autofree char *member = g_strdup_printf ("%s/%s", members, address);
  g_autofree char *member_target = g_strdup_printf ("../../../../%s", folder + strlen ("sys/"));
  g_autofree char *link = g_strdup_printf ("%s/iommu_group", folder);
  g_autofree char *target = g_strdup_printf ("%s/kernel/iommu_groups/%d", up, function->group);

  hosttree_make_folder (tree, members);
  hosttree_link (tree, member, member_target);
  hosttree_link (tree, link, target);
}

/* Where the link in sys/bus/pci/devices leads, from the tree. */
static char *
real_folder (HostTree *tree, const char *address)
{
  g_autofree char *link = g_strdup_printf ("%s/sys/bus/pci/devices/%s", tree->path, address);
  g_autofree char *target = g_file_read_link (link, NULL);

  if (target == NULL)
    hosttree_give_up (address, "is not in the tree");
  return g_strconcat ("sys/", target + strlen ("../../../"), NULL);
}

void
hosttree_bind (HostTree *tree, const char *address, const char *driver)
{
  g_autofree char *link = g_strdup_printf ("sys/bus/pci/devices/%s/driver", address);
  g_autofree char *net = g_strdup_printf ("sys/bus/pci/devices/%s/net", address);
  g_autofree char *whole_net = g_build_filename (tree->path, net, NULL);
  g_autofree char *whole_link = g_build_filename (tree->path, link, NULL);

  if (g_file_test (whole_net, G_FILE_TEST_IS_DIR))
    hosttree_remove (tree, net);
  if (driver == NULL)
    {
      if (g_file_test (whole_link, G_FILE_TEST_IS_SYMLINK))
        hosttree_remove (tree, link);
      return;
    }

  g_autofree char *folder = g_strdup_printf ("sys/bus/pci/drivers/%s", driver);
  g_autofree char *own_folder = real_folder (tree, address);
  g_autofree char *up = path_to_sys (own_folder);
  g_autofree char *target = g_strdup_printf ("%s/bus/pci/drivers/%s", up, driver);
  hosttree_make_folder (tree, folder);
  hosttree_link (tree, link, target);
}

/* Writes what every function has and returns its folder. */
static char *
write_function (HostTree *tree, const Function *function, const VfpMac *serial)
{
  g_autofree char *address = vfp_address_to_string (&function->address);
  g_autofree char *folder = g_strdup_printf ("%s/%s", function->parent, address);
  g_autofree char *device_link = g_strdup_printf ("sys/bus/pci/devices/%s", address);
  g_autofree char *device_target = g_strdup_printf ("../../../%s", folder + strlen ("sys/"));
  const char *zeros = "0x0000000000000000 0x0000000000000000 0x0000000000000000";

  hosttree_make_folder (tree, folder);
  hosttree_link (tree, device_link, device_target);
  hosttree_write_format (tree, folder, "vendor", "0x%04x", function->vendor);
  hosttree_write_format (tree, folder, "device", "0x%04x", function->device);
  hosttree_write_format (tree, folder, "class", "0x%06x", function->class_code);
  hosttree_write_format (tree, folder, "irq", "0");
  hosttree_write_format (tree, folder, "resource", "%s", zeros);
  hosttree_write_format (tree, folder, "numa_node", "%d", function->numa_node);
  hosttree_write_format (tree, folder, "enable", "%d",
                         function->driver != NULL && !g_str_equal (function->driver, "vfio-pci"));
  write_config (tree, folder, function, serial);
  hosttree_bind (tree, address, function->driver);
  if (function->group >= 0)
    write_group (tree, folder, function);
  return g_steal_pointer (&folder);
}

static void
write_netdev (HostTree *tree, const char *folder, const char *name, const VfpMac *mac, gboolean up)
{
  g_autofree char *net = g_strdup_printf ("%s/net/%s", folder, name);
  g_autofree char *class_link = g_strdup_printf ("sys/class/net/%s", name);
  g_autofree char *class_target = g_strdup_printf ("../../%s", net + strlen ("sys/"));
  g_autofree char *device_link = g_strdup_printf ("%s/device", net);
  g_autofree char *base = g_path_get_basename (folder);
  g_autofree char *device_target = g_strdup_printf ("../../../%s", base);
  char text[VFP_MAC_STRLEN];

  hosttree_make_folder (tree, net);
  hosttree_write_format (tree, net, "address", "%s", vfp_mac_format (mac, text));
  hosttree_write_format (tree, net, "flags", "0x%x", up ? 0x1003 : 0x1002);
  hosttree_write_format (tree, net, "operstate", "%s", up ? "up" : "down");
  hosttree_write_format (tree, net, "dev_port", "0");
  hosttree_write_format (tree, net, "ifindex", "%u", tree->next_ifindex++);
  hosttree_link (tree, device_link, device_target);
  hosttree_link (tree, class_link, class_target);
}

/* The IOMMU group of the root port above @address, which is made when it is not there. */
static int
ensure_port (HostTree *tree, const VfpAddress *address, const HostPf *pf, char **out_folder)
{
  const VfpAddress port = port_of (address);
  g_autofree char *text = vfp_address_to_string (&port);
  g_autofree char *parent = g_strdup_printf ("sys/devices/pci%04x:00", port.domain);
  gpointer group;

  if (g_hash_table_lookup_extended (tree->port_groups, text, NULL, &group))
    {
      *out_folder = g_strdup_printf ("%s/%s", parent, text);
      return GPOINTER_TO_INT (group);
    }

  const Function function = { .parent = parent,
                              .address = port,
                              .vendor = 0x1b36,
                              .device = 0x000c,
                              .class_code = 0x060400,
                              .driver = "pcieport",
                              .group = pf->no_iommu ? -1 : tree->next_group++,
                              .numa_node = pf->numa_node };
  *out_folder = write_function (tree, &function, NULL);
  g_hash_table_insert (tree->port_groups, g_steal_pointer (&text),
                       GINT_TO_POINTER (function.group));
  return function.group;
}

static int
choose_group (HostTree *tree, const HostPf *pf, int port_group)
{
  if (pf->no_iommu)
    return -1;
  return pf->shared_group ? port_group : tree->next_group++;
}

static VfpAddress
vf_address (const VfpAddress *pf, unsigned index)
{
  const unsigned id = ((unsigned) pf->bus << 8 | (unsigned) pf->slot << 3 | pf->function)
                      + VF_OFFSET + VF_STRIDE * index;

  return (VfpAddress){ pf->domain, (guint8) (id >> 8), id >> 3 & 0x1f, id & 7 };
}

static VfpMac
vf_mac (const VfpAddress *address)
{
  return (VfpMac){ { 0x02, 0xaa, (guint8) address->domain, address->bus, address->slot,
                     address->function } };
}

static void
add_vf (HostTree *tree, const HostPf *pf, const Family *family, const char *pf_folder,
        unsigned index, int port_group)
{
  const VfpAddress pf_address = parse_address (pf->address);
  const VfpAddress address = vf_address (&pf_address, index);
  const char *driver = pf->vf_driver != NULL ? pf->vf_driver : family->vf_driver;
  g_autofree char *parent = g_path_get_dirname (pf_folder);
  const Function function = { .parent = parent,
                              .address = address,
                              .vendor = family->vendor,
                              .device = family->vf_device,
                              .class_code = family->class_code,
                              .driver = g_str_equal (driver, "none") ? NULL : driver,
                              .group = choose_group (tree, pf, port_group),
                              .numa_node = pf->numa_node };

  g_autofree char *folder = write_function (tree, &function, NULL);
  g_autofree char *text = vfp_address_to_string (&address);
  g_autofree char *physfn = g_strdup_printf ("%s/physfn", folder);
  g_autofree char *virtfn = g_strdup_printf ("%s/virtfn%u", pf_folder, index);
  g_autofree char *pf_target = g_strdup_printf ("../%s", pf->address);
  g_autofree char *vf_target = g_strdup_printf ("../%s", text);
  hosttree_link (tree, physfn, pf_target);
  hosttree_link (tree, virtfn, vf_target);

  if (pf->name != NULL && g_strcmp0 (function.driver, family->vf_driver) == 0)
    {
      g_autofree char *name = g_strdup_printf ("%sv%u", pf->name, index);
      const VfpMac mac = vf_mac (&address);
      write_netdev (tree, folder, name, &mac, FALSE);
    }
}

static void
add_link (HostTree *tree, const HostPf *pf, const Family *family, const VfpMac *mac)
{
  char text[VFP_MAC_STRLEN];

  g_key_file_set_boolean (tree->links, pf->name, "up", !pf->down);
  g_key_file_set_boolean (tree->links, pf->name, "carrier", !pf->down && !pf->no_carrier);
  g_key_file_set_string (tree->links, pf->name, "mac", vfp_mac_format (mac, text));
  g_key_file_set_integer (tree->links, pf->name, "vfs", (int) pf->vfs);
  if (family->unsupported != NULL)
    g_key_file_set_string (tree->links, pf->name, "unsupported", family->unsupported);
}

void
hosttree_add_pf (HostTree *tree, const HostPf *pf)
{
  const Family *family = find_family (pf->driver);
  g_autofree char *port_folder = NULL;
  Function function = { .address = parse_address (pf->address),
                        .vendor = family->vendor,
                        .device = family->device,
                        .class_code = family->class_code,
                        .driver = pf->driver != NULL ? pf->driver : family->driver,
                        .numa_node = pf->numa_node };
  const VfpAddress *address = &function.address;
  VfpMac mac = { { 0xa0, 0x36, 0x9f, (guint8) address->domain, address->bus,
                   (guint8) (address->slot << 3 | address->function) } };

  if (pf->mac != NULL && !vfp_mac_parse (pf->mac, &mac, NULL))
    hosttree_give_up (pf->mac, "is no MAC address");

  const int port_group = ensure_port (tree, address, pf, &port_folder);
  function.parent = port_folder;
  function.group = choose_group (tree, pf, port_group);
  g_autofree char *folder = write_function (tree, &function, &mac);
  hosttree_write_format (tree, folder, "sriov_totalvfs", "%u",
                         pf->total != 0 ? pf->total : MAX (pf->vfs, 7));
  hosttree_write_format (tree, folder, "sriov_numvfs", "%u", pf->vfs);
  hosttree_write_format (tree, folder, "sriov_drivers_autoprobe", "1");
  for (unsigned i = 0; i < pf->vfs; i++)
    add_vf (tree, pf, family, folder, i, port_group);
  if (pf->name != NULL)
    {
      write_netdev (tree, folder, pf->name, &mac, !pf->down);
      add_link (tree, pf, family, &mac);
    }
}
