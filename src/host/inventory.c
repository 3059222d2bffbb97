/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The snapshot of a host's SR-IOV functions. */
#include "config.h"

#include "host/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "host/fd.h"
#include "host/inventory-private.h"
#include "host/sysfs.h"

#define NODES "sys/devices/system/node"
#define NODE_MAX 1023
#define DEVICES "sys/bus/pci/devices"
#define NETDEVS "sys/class/net"

static void
free_pf (gpointer pf)
{
  vfp_inventory_free_pf (pf);
}

static void
range_array_unref (GArray *ranges)
{
  if (ranges != NULL)
    g_array_unref (ranges);
}

static VfpInventory *
new_inventory (void)
{
  VfpInventory *inventory = g_new0 (VfpInventory, 1);

  inventory->pfs = g_ptr_array_new_with_free_func (free_pf);
  inventory->by_address = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  inventory->macs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  inventory->node_cpus = g_ptr_array_new_with_free_func ((GDestroyNotify) range_array_unref);
  inventory->warnings = g_ptr_array_new_with_free_func (g_free);
  return inventory;
}

void
vfp_inventory_free (VfpInventory *inventory)
{
  if (inventory == NULL)
    return;
  g_hash_table_unref (inventory->by_address);
  g_hash_table_unref (inventory->macs);
  g_ptr_array_unref (inventory->node_cpus);
  g_ptr_array_unref (inventory->warnings);
  g_ptr_array_unref (inventory->pfs);
  g_free (inventory);
}

static void G_GNUC_PRINTF (2, 3) warn (VfpInventory *inventory, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (inventory->warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Without them a VF that carries the host's address would look free. */
static gboolean
read_addresses (VfpNetlink *netlink, GHashTable **out_addresses, GError **error)
{
  *out_addresses = netlink != NULL ? netlink->get_addresses (netlink, error) : NULL;
  if (netlink == NULL || *out_addresses != NULL)
    return TRUE;
  g_prefix_error (error, "the addresses of the host's netdevs cannot be read: ");
  return FALSE;
}

static void
read_vfs (int devices_fd, VfpInventory *inventory, VfpPf *pf, GHashTable *addresses)
{
  guint i = 0;

  while (i < pf->vfs->len)
    {
      VfpVf *vf = g_ptr_array_index (pf->vfs, i);

      if (!vfp_inventory_read_vf (devices_fd, vf, addresses))
        {
          g_ptr_array_remove_index (pf->vfs, i);
          continue;
        }
      g_hash_table_insert (inventory->by_address, vfp_address_to_string (&vf->address), vf);
      i++;
    }
  if (pf->vfs->len < pf->num_vfs)
    {
      g_autofree char *name = vfp_pf_name (pf);
      warn (inventory, "PF '%s' has %u VFs, of which %u are to be seen", name, pf->num_vfs,
            pf->vfs->len);
    }
}

static int
compare_pfs (gconstpointer a, gconstpointer b)
{
  const VfpPf *first = *(VfpPf *const *) a;
  const VfpPf *second = *(VfpPf *const *) b;

  return vfp_address_compare (&first->address, &second->address);
}

/* VFs come behind their PF in the order of @names, and are known by then: only the devices that
 * are no VF are asked whether they are a PF. They are returned. */
static GPtrArray *
read_devices (int devices_fd, VfpInventory *inventory, GHashTable *addresses)
{
  g_autoptr (GPtrArray) names = vfp_sysfs_list (devices_fd, ".");
  GPtrArray *others = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (g_hash_table_contains (inventory->by_address, name))
        continue;
      g_ptr_array_add (others, g_strdup (name));

      VfpPf *pf = vfp_inventory_read_pf (devices_fd, name);
      if (pf == NULL)
        continue;
      g_ptr_array_add (inventory->pfs, pf);
      read_vfs (devices_fd, inventory, pf, addresses);
    }
  g_ptr_array_sort (inventory->pfs, compare_pfs);
  return others;
}

static void
take_settings (VfpInventory *inventory, VfpPf *pf, const VfpLink *link)
{
  unsigned told = 0;

  for (guint i = 0; i < pf->vfs->len; i++)
    {
      VfpVf *vf = g_ptr_array_index (pf->vfs, i);

      if (vf->index >= link->vfs->len)
        continue;
      vf->settings = g_array_index (link->vfs, VfpSettings, vf->index);
      told += vf->settings.known != 0 ? 1 : 0;
    }
  if (told < pf->vfs->len)
    warn (inventory,
          "PF '%s': the kernel tells the settings of %u of %u VFs; those of the others are "
          "unknown, stay at 200 VFs or below",
          pf->netdev, told, pf->vfs->len);
}

static void
read_link (VfpInventory *inventory, VfpNetlink *netlink, VfpPf *pf)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpLink) link = netlink->get_link (netlink, pf->netdev, &local);

  if (link == NULL)
    {
      warn (inventory, "PF '%s': its link and the settings of its VFs are unknown: %s", pf->netdev,
            local->message);
      return;
    }
  pf->up = link->up;
  pf->carrier = link->carrier;
  pf->altnames = g_steal_pointer (&link->altnames);
  if (!vfp_mac_is_zero (&link->mac))
    pf->mac = link->mac;
  take_settings (inventory, pf, link);
}

static GHashTable *
collect_vf_netdevs (const VfpInventory *inventory)
{
  GHashTable *netdevs = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iterator;
  gpointer value;

  g_hash_table_iter_init (&iterator, inventory->by_address);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      VfpVf *vf = value;

      if (vf->netdev != NULL)
        g_hash_table_add (netdevs, vf->netdev);
    }
  return netdevs;
}

static void
read_macs (const VfpRoot *root, VfpInventory *inventory)
{
  g_autoptr (GHashTable) vf_netdevs = collect_vf_netdevs (inventory);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (root->fd, NETDEVS);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_strdup_printf (NETDEVS "/%s/address", name);
      g_autofree char *text = g_hash_table_contains (vf_netdevs, name)
                                  ? NULL
                                  : vfp_sysfs_read_optional (root->fd, path);
      VfpMac mac;

      if (text == NULL || !vfp_mac_parse (text, &mac, NULL) || vfp_mac_is_zero (&mac))
        continue;
      g_autofree char *key = vfp_mac_to_string (&mac);
      if (!g_hash_table_contains (inventory->macs, key))
        g_hash_table_insert (inventory->macs, g_steal_pointer (&key), g_strdup (name));
    }
}

/* Documentation/ABI/stable/sysfs-devices-node */
static void
read_nodes (const VfpRoot *root, VfpInventory *inventory)
{
  g_autoptr (GPtrArray) names = vfp_sysfs_list (root->fd, NODES);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_strdup_printf (NODES "/%s/cpulist", name);
      guint64 node;

      if (!g_str_has_prefix (name, "node")
          || !g_ascii_string_to_unsigned (name + strlen ("node"), 10, 0, NODE_MAX, &node, NULL))
        continue;
      g_autofree char *cpus = vfp_sysfs_read_optional (root->fd, path);
      if (node >= inventory->node_cpus->len)
        g_ptr_array_set_size (inventory->node_cpus, (int) node + 1);
      g_ptr_array_index (inventory->node_cpus, node)
          = cpus != NULL && *cpus != '\0' ? vfp_ranges_parse (cpus, "CPU", NULL) : NULL;
    }
}

VfpInventory *
vfp_inventory_read (const VfpRoot *root, VfpNetlink *netlink, GError **error)
{
  g_auto (VfpFd) devices_fd = openat (root->fd, DEVICES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (devices_fd < 0)
    {
      vfp_throw_errno (error, VFP_ERROR_HOST, errno,
                       "the PCI devices of this host, '%s/" DEVICES "', cannot be read",
                       root->is_system ? "" : root->path);
      return NULL;
    }

  g_autoptr (GHashTable) addresses = NULL;
  if (!read_addresses (netlink, &addresses, error))
    return NULL;

  VfpInventory *inventory = new_inventory ();
  g_autoptr (GPtrArray) others = read_devices (devices_fd, inventory, addresses);
  vfp_host_use_find_moved (devices_fd, inventory, addresses, root->is_system);
  vfp_iommu_find_conflicts (devices_fd, inventory, others);
  for (guint i = 0; i < inventory->pfs->len && netlink != NULL; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (pf->netdev != NULL)
        read_link (inventory, netlink, pf);
    }
  read_macs (root, inventory);
  read_nodes (root, inventory);
  return inventory;
}

static gboolean
is_called (const VfpPf *pf, const char *name)
{
  return g_strcmp0 (pf->netdev, name) == 0
         || (pf->altnames != NULL && g_strv_contains ((const char *const *) pf->altnames, name));
}

VfpPf *
vfp_inventory_find_pf (const VfpInventory *inventory, const char *name)
{
  VfpAddress address;
  VfpMac mac;
  const gboolean is_address = vfp_address_parse (name, &address, NULL);
  const gboolean is_mac = g_str_has_prefix (name, "mac:")
                          && vfp_mac_parse_unicast (name + strlen ("mac:"), &mac, NULL);

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (is_called (pf, name) || (is_address && vfp_address_equal (&pf->address, &address))
          || (is_mac && vfp_mac_equal (&pf->mac, &mac)))
        return pf;
    }
  return NULL;
}

VfpVf *
vfp_inventory_find_vf (const VfpInventory *inventory, const VfpAddress *address)
{
  char text[VFP_ADDRESS_STRLEN];

  return g_hash_table_lookup (inventory->by_address, vfp_address_format (address, text));
}

VfpVf *
vfp_pf_find_vf (const VfpPf *pf, unsigned index)
{
  for (guint i = 0; i < pf->vfs->len; i++)
    {
      VfpVf *vf = g_ptr_array_index (pf->vfs, i);

      if (vf->index == index)
        return vf;
    }
  return NULL;
}

char *
vfp_pf_name (const VfpPf *pf)
{
  return pf->netdev != NULL ? g_strdup (pf->netdev) : vfp_address_to_string (&pf->address);
}
