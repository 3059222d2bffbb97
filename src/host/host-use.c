/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the host itself uses a VF. A netdev that is merely up, or has a link-local address, is no
 * use: network managers do that to every netdev. */
#include "config.h"

#include "host/inventory-private.h"

#include <string.h>

#include "host/sysfs.h"
#include "host/vf.h"

#define UPPER_PREFIX "upper_"
#define PROBE_MS 300
#define POLL_MS 20

/* Drivers that hold a device for somebody and show no netdev for it. */
static const char *const holding_drivers[]
    = { "igb_uio", "uio_pci_generic", "pci-stub", "pciback", "xen-pciback", NULL };

static gboolean
is_holding_driver (const char *driver)
{
  return g_strv_contains (holding_drivers, driver);
}

/* What the netdev is a part of, or what stands on top of it; both are shown as upper_NAME. */
static char *
find_upper (int vf_fd, const char *netdev)
{
  g_autofree char *directory = g_strdup_printf ("net/%s", netdev);
  g_autofree char *master_path = g_strdup_printf ("net/%s/master", netdev);
  g_autofree char *master = vfp_sysfs_link_name (vf_fd, master_path);

  if (master != NULL)
    return g_strdup_printf ("%s in %s", netdev, master);

  g_autoptr (GPtrArray) names = vfp_sysfs_list (vf_fd, directory);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (g_str_has_prefix (name, UPPER_PREFIX))
        return g_strdup_printf ("%s under %s", netdev, name + strlen (UPPER_PREFIX));
    }
  return NULL;
}

static char *
read_netdev_use (int vf_fd, const char *netdev, GHashTable *addresses)
{
  char *upper = find_upper (vf_fd, netdev);

  if (upper != NULL)
    return upper;

  const char *address = addresses != NULL ? g_hash_table_lookup (addresses, netdev) : NULL;
  return address != NULL ? g_strdup_printf ("%s %s", netdev, address) : NULL;
}

char *
vfp_host_use_read (int vf_fd, const VfpVf *vf, GHashTable *addresses)
{
  if (vf->netdev != NULL)
    return read_netdev_use (vf_fd, vf->netdev, addresses);
  if (vf->driver == NULL)
    return NULL;
  if (vfp_vf_driver_is_vfio (vf->driver))
    return vfp_sysfs_read_int (vf_fd, "enable", 0) != 0 ? g_strdup ("vfio device open") : NULL;
  return is_holding_driver (vf->driver) ? g_strdup_printf ("driver %s", vf->driver) : NULL;
}

static gboolean
lacks_netdev (const VfpVf *vf)
{
  return vf->pf->netdev != NULL && vf->driver != NULL && vf->netdev == NULL
         && !vfp_vf_driver_is_vfio (vf->driver) && !is_holding_driver (vf->driver);
}

static GPtrArray *
collect_suspects (const VfpInventory *inventory)
{
  GPtrArray *suspects = g_ptr_array_new ();

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      for (guint j = 0; j < pf->vfs->len; j++)
        if (lacks_netdev (g_ptr_array_index (pf->vfs, j)))
          g_ptr_array_add (suspects, g_ptr_array_index (pf->vfs, j));
    }
  return suspects;
}

/* Drops those that have got a netdev, or another driver, meanwhile. */
static void
look_again (int devices_fd, GPtrArray *suspects, GHashTable *addresses)
{
  for (guint i = suspects->len; i > 0; i--)
    {
      VfpVf *vf = g_ptr_array_index (suspects, i - 1);

      if (!vfp_inventory_read_vf (devices_fd, vf, addresses) || !lacks_netdev (vf))
        g_ptr_array_remove_index_fast (suspects, i - 1);
    }
}

void
vfp_host_use_find_moved (int devices_fd, const VfpInventory *inventory, GHashTable *addresses,
                         gboolean may_wait)
{
  g_autoptr (GPtrArray) suspects = collect_suspects (inventory);
  const gint64 end = g_get_monotonic_time () + PROBE_MS * 1000;

  while (may_wait && suspects->len > 0 && g_get_monotonic_time () < end)
    {
      g_usleep (POLL_MS * 1000);
      look_again (devices_fd, suspects, addresses);
    }

  for (guint i = 0; i < suspects->len; i++)
    {
      VfpVf *vf = g_ptr_array_index (suspects, i);

      vf->host_use = g_strdup_printf ("netdev of %s in another network namespace", vf->driver);
    }
}
