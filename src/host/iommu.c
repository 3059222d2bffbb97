/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of IOMMU groups that keep a VF from going to a guest: VFIO opens a group only when no
 * member is bound to a host driver (Documentation/driver-api/vfio.rst). */
#include "config.h"

#include "host/inventory-private.h"

#include "base/parse.h"
#include "host/sysfs.h"
#include "host/vf.h"

#define CLASS_BRIDGE 0x0604

/* Of each group the first two members with a host driver: a VF's own is no conflict for it. */
typedef struct
{
  unsigned n_members;
  VfpAddress address[2];
  char *driver[2];
} Group;

static void
free_group (gpointer data)
{
  Group *group = data;

  for (unsigned i = 0; i < group->n_members; i++)
    g_free (group->driver[i]);
  g_free (group);
}

static gboolean
is_host_driver (const char *driver)
{
  return driver != NULL && !vfp_vf_driver_is_vfio (driver) && !g_str_equal (driver, "pcieport")
         && !g_str_equal (driver, "pci-stub");
}

static void
add_member (Group *group, const VfpAddress *address, const char *driver)
{
  if (group->n_members == G_N_ELEMENTS (group->address) || !is_host_driver (driver))
    return;
  group->address[group->n_members] = *address;
  group->driver[group->n_members] = g_strdup (driver);
  group->n_members++;
}

static Group *
find_group (GHashTable *groups, int number)
{
  return g_hash_table_lookup (groups, GINT_TO_POINTER (number));
}

static void
add_group (GHashTable *groups, const VfpVf *vf)
{
  if (vf->iommu_group >= 0 && find_group (groups, vf->iommu_group) == NULL)
    g_hash_table_insert (groups, GINT_TO_POINTER (vf->iommu_group), g_new0 (Group, 1));
}

static void
add_vf (GHashTable *groups, const VfpVf *vf)
{
  if (vf->iommu_group >= 0)
    add_member (find_group (groups, vf->iommu_group), &vf->address, vf->driver);
}

/* A device that is no VF counts where it shares a group with one. */
static void
add_other (int devices_fd, GHashTable *groups, const char *name)
{
  g_autofree char *group_path = g_strdup_printf ("%s/iommu_group", name);
  g_autofree char *driver_path = g_strdup_printf ("%s/driver", name);
  g_autofree char *class_path = g_strdup_printf ("%s/class", name);
  g_autofree char *number_text = vfp_sysfs_link_name (devices_fd, group_path);
  guint64 number;
  VfpAddress address;

  if (number_text == NULL
      || !vfp_parse_uint (number_text, 10, 0, G_MAXINT, group_path, &number, NULL)
      || !vfp_address_parse (name, &address, NULL))
    return;

  Group *group = find_group (groups, (int) number);
  if (group == NULL || vfp_sysfs_read_int (devices_fd, class_path, 0) >> 8 == CLASS_BRIDGE)
    return;

  g_autofree char *driver = vfp_sysfs_link_name (devices_fd, driver_path);
  add_member (group, &address, driver);
}

static void
add_vfs (GHashTable *groups, const VfpInventory *inventory,
         void (*add) (GHashTable *groups, const VfpVf *vf))
{
  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      for (guint j = 0; j < pf->vfs->len; j++)
        add (groups, g_ptr_array_index (pf->vfs, j));
    }
}

static void
set_conflict (GHashTable *groups, VfpVf *vf)
{
  const Group *group = vf->iommu_group < 0 ? NULL : find_group (groups, vf->iommu_group);

  for (unsigned i = 0; group != NULL && i < group->n_members; i++)
    if (!vfp_address_equal (&group->address[i], &vf->address))
      {
        g_autofree char *address = vfp_address_to_string (&group->address[i]);
        vf->iommu_conflict = g_strdup_printf ("%s (%s)", address, group->driver[i]);
        return;
      }
}

void
vfp_iommu_find_conflicts (int devices_fd, const VfpInventory *inventory, GPtrArray *others)
{
  g_autoptr (GHashTable) groups = g_hash_table_new_full (NULL, NULL, NULL, free_group);
  GHashTableIter iterator;
  gpointer vf;

  add_vfs (groups, inventory, add_group);
  for (guint i = 0; i < others->len; i++)
    add_other (devices_fd, groups, g_ptr_array_index (others, i));
  add_vfs (groups, inventory, add_vf); /* last, so that the PF is named rather than its VF */

  g_hash_table_iter_init (&iterator, inventory->by_address);
  while (g_hash_table_iter_next (&iterator, NULL, &vf))
    set_conflict (groups, vf);
}
