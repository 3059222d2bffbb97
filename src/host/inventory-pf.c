/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One PF or VF, read from sysfs (Documentation/ABI/testing/sysfs-bus-pci, sysfs-class-net). */
#include "config.h"

#include "host/inventory-private.h"

#include <fcntl.h>
#include <string.h>

#include "base/parse.h"
#include "host/fd.h"
#include "host/sysfs.h"

#define VF_LINK_PREFIX "virtfn"
#define NETDEV_IS_UP 1 /* IFF_UP in "flags" */

static void
free_vf (gpointer data)
{
  VfpVf *vf = data;

  g_free (vf->driver);
  g_free (vf->netdev);
  g_free (vf->host_use);
  g_free (vf->iommu_conflict);
  g_free (vf);
}

void
vfp_inventory_free_pf (VfpPf *pf)
{
  g_free (pf->netdev);
  g_strfreev (pf->altnames);
  g_free (pf->driver);
  g_ptr_array_unref (pf->vfs);
  g_free (pf);
}

/* The netdev of a VF or SF that a PF in switchdev mode shows beside its own: "pf0vf3", "pf0sf88",
 * with "c1" before it for another controller (devlink_port's phys_port_name). */
static gboolean
is_representor (const char *phys_port_name)
{
  return g_regex_match_simple ("^(c[0-9]+)?pf[0-9]+((vf|sf)[0-9]+)?$", phys_port_name,
                               G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT);
}

/* A card with two ports behind one PF has two netdevs; libvirt takes the first as well. */
static char *
find_pf_netdev (int pf_fd)
{
  g_autoptr (GPtrArray) names = vfp_sysfs_list (pf_fd, "net");
  const char *found = NULL;
  gint64 found_port = G_MAXINT64;

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *port_name_path = g_strdup_printf ("net/%s/phys_port_name", name);
      g_autofree char *port_path = g_strdup_printf ("net/%s/dev_port", name);
      g_autofree char *port_name = vfp_sysfs_read_optional (pf_fd, port_name_path);
      const gint64 port = vfp_sysfs_read_int (pf_fd, port_path, 0);

      if (port >= found_port || (port_name != NULL && is_representor (port_name)))
        continue;
      found = name;
      found_port = port;
    }
  return g_strdup (found);
}

static void
read_mac (int pf_fd, VfpPf *pf)
{
  g_autofree char *path = g_strdup_printf ("net/%s/address", pf->netdev);
  g_autofree char *text = vfp_sysfs_read_optional (pf_fd, path);

  if (text != NULL)
    vfp_mac_parse (text, &pf->mac, NULL);
}

static int
compare_vfs (gconstpointer a, gconstpointer b)
{
  const VfpVf *first = *(VfpVf *const *) a;
  const VfpVf *second = *(VfpVf *const *) b;

  return (first->index > second->index) - (first->index < second->index);
}

static void
add_vf (int pf_fd, VfpPf *pf, const char *link)
{
  g_autofree char *target = vfp_sysfs_link_name (pf_fd, link);
  VfpAddress address;
  guint64 index;

  if (target == NULL || !vfp_address_parse (target, &address, NULL)
      || !vfp_parse_uint (link + strlen (VF_LINK_PREFIX), 10, 0, G_MAXUINT16, link, &index, NULL))
    return;

  VfpVf *vf = g_new0 (VfpVf, 1);
  vf->pf = pf;
  vf->index = (unsigned) index;
  vf->address = address;
  vf->iommu_group = -1;
  g_ptr_array_add (pf->vfs, vf);
}

static void
add_vfs (int pf_fd, VfpPf *pf)
{
  g_autoptr (GPtrArray) names = vfp_sysfs_list (pf_fd, ".");

  for (guint i = 0; i < names->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (names, i), VF_LINK_PREFIX))
      add_vf (pf_fd, pf, g_ptr_array_index (names, i));
  g_ptr_array_sort (pf->vfs, compare_vfs);
}

VfpPf *
vfp_inventory_read_pf (int devices_fd, const char *name)
{
  g_auto (VfpFd) fd = openat (devices_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  VfpAddress address;

  if (fd < 0 || !vfp_address_parse (name, &address, NULL)
      || (!vfp_sysfs_exists (fd, "sriov_totalvfs") && !vfp_sysfs_exists (fd, "sriov_numvfs")))
    return NULL;

  VfpPf *pf = g_new0 (VfpPf, 1);
  pf->address = address;
  pf->driver = vfp_sysfs_link_name (fd, "driver");
  pf->vendor = (unsigned) vfp_sysfs_read_int (fd, "vendor", 0);
  pf->device = (unsigned) vfp_sysfs_read_int (fd, "device", 0);
  pf->class_code = (unsigned) vfp_sysfs_read_int (fd, "class", 0);
  pf->total_vfs = (unsigned) vfp_sysfs_read_int (fd, "sriov_totalvfs", 0);
  pf->num_vfs = (unsigned) vfp_sysfs_read_int (fd, "sriov_numvfs", 0);
  pf->numa_node = (int) vfp_sysfs_read_int (fd, "numa_node", -1);
  pf->up = pf->carrier = TRUE;
  pf->vfs = g_ptr_array_new_with_free_func (free_vf);
  pf->netdev = find_pf_netdev (fd);
  if (pf->netdev != NULL)
    read_mac (fd, pf);
  add_vfs (fd, pf);
  return pf;
}

static int
read_iommu_group (int device_fd)
{
  g_autofree char *name = vfp_sysfs_link_name (device_fd, "iommu_group");
  guint64 group;

  return name != NULL && vfp_parse_uint (name, 10, 0, G_MAXINT, "iommu_group", &group, NULL)
             ? (int) group
             : -1;
}

gboolean
vfp_inventory_read_vf (int devices_fd, VfpVf *vf, GHashTable *addresses)
{
  char name[VFP_ADDRESS_STRLEN];
  g_auto (VfpFd) fd = openat (devices_fd, vfp_address_format (&vf->address, name),
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return FALSE;

  g_autoptr (GPtrArray) netdevs = vfp_sysfs_list (fd, "net");
  g_free (vf->driver);
  g_free (vf->netdev);
  g_free (vf->host_use);
  vf->driver = vfp_sysfs_link_name (fd, "driver");
  vf->netdev = netdevs->len > 0 ? g_strdup (g_ptr_array_index (netdevs, 0)) : NULL;
  vf->netdev_up = FALSE;
  if (vf->netdev != NULL)
    {
      g_autofree char *path = g_strdup_printf ("net/%s/flags", vf->netdev);
      vf->netdev_up = (vfp_sysfs_read_int (fd, path, 0) & NETDEV_IS_UP) != 0;
    }
  vf->iommu_group = read_iommu_group (fd);
  vf->host_use = vfp_host_use_read (fd, vf, addresses);
  return TRUE;
}
