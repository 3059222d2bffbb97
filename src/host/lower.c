/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a netdev of the host stands on. */
#include "config.h"

#include "host/lower.h"

#include <string.h>

#include "host/sysfs.h"

#define NETDEVS "sys/class/net"
#define LOWER_PREFIX "lower_"

/* A bridge on a bond on a VLAN on …; the kernel allows eight (MAX_NEST_DEV in netdevice.h). */
#define DEPTH_MAX 8

static VfpPf *
find_pf (const VfpInventory *inventory, const char *netdev)
{
  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (g_strcmp0 (pf->netdev, netdev) == 0)
        return pf;
      for (guint k = 0; k < pf->vfs->len; k++)
        if (g_strcmp0 (((const VfpVf *) g_ptr_array_index (pf->vfs, k))->netdev, netdev) == 0)
          return pf;
    }
  return NULL;
}

/* TRUE for hardware: the taps of guests on a bridge are none. */
static gboolean
is_port (const VfpRoot *root, const char *netdev)
{
  g_autofree char *path = g_strdup_printf (NETDEVS "/%s/device", netdev);

  return vfp_sysfs_exists (root->fd, path);
}

/* Adds the PFs of the ports to @pfs; NULL for a port that is no PF's. Each once. */
static void
collect (const VfpRoot *root, const VfpInventory *inventory, const char *netdev, unsigned depth,
         GPtrArray *pfs)
{
  g_autofree char *path = g_strdup_printf (NETDEVS "/%s", netdev);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (root->fd, path);
  VfpPf *pf = find_pf (inventory, netdev);

  if ((pf != NULL || is_port (root, netdev)) && !g_ptr_array_find (pfs, pf, NULL))
    g_ptr_array_add (pfs, pf);
  for (guint i = 0; depth > 0 && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (g_str_has_prefix (name, LOWER_PREFIX))
        collect (root, inventory, name + strlen (LOWER_PREFIX), depth - 1, pfs);
    }
}

/* Another host may have named it. */
static gboolean
is_name (const char *netdev)
{
  return *netdev != '\0' && *netdev != '.' && strchr (netdev, '/') == NULL;
}

gboolean
vfp_lower_exists (const VfpRoot *root, const char *netdev)
{
  g_autofree char *path = g_strdup_printf (NETDEVS "/%s", netdev);

  return is_name (netdev) && vfp_sysfs_exists (root->fd, path);
}

VfpPf *
vfp_lower_only_pf (const VfpRoot *root, const VfpInventory *inventory, const char *netdev)
{
  g_autoptr (GPtrArray) pfs = g_ptr_array_new ();

  if (!is_name (netdev))
    return NULL;
  collect (root, inventory, netdev, DEPTH_MAX, pfs);
  return pfs->len == 1 ? g_ptr_array_index (pfs, 0) : NULL;
}
