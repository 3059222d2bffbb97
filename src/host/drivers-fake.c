/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers of a captured or generated host: links in its tree. */
#include "config.h"

#include "host/drivers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "host/fd.h"
#include "host/sysfs.h"
#include "host/vf.h"

typedef struct
{
  VfpDrivers base;
  VfpFaults *faults;
} Fake;

/* What the kernel binds to a VF by itself. */
static const struct
{
  const char *pf, *vf;
} families[] = {
  { "igb", "igbvf" },
  { "ixgbe", "ixgbevf" },
  { "i40e", "iavf" },
  { "ice", "iavf" },
};

static char *
attribute_path (const VfpAddress *address, const char *attribute)
{
  char text[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("sys/bus/pci/devices/%s/%s", vfp_address_format (address, text),
                          attribute);
}

static gboolean
write_attribute (const VfpRoot *root, const VfpAddress *address, const char *attribute,
                 const char *text, GError **error)
{
  g_autofree char *path = attribute_path (address, attribute);
  g_auto (VfpFd) fd = openat (root->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

  if (fd < 0 || dprintf (fd, "%s\n", text) < 0)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'/%s' cannot be written", path);
  return TRUE;
}

static char *
find_host_driver (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *path = attribute_path (address, "physfn/driver");
  g_autofree char *pf = vfp_sysfs_link_name (root->fd, path);

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_strcmp0 (pf, families[i].pf) == 0)
      return g_strdup (families[i].vf);
  return g_steal_pointer (&pf);
}

/* The netdev comes and goes with the driver. */
static void
move_netdev (const VfpRoot *root, const VfpAddress *address, const char *from, const char *to)
{
  g_autofree char *old = attribute_path (address, from);
  g_autofree char *new = attribute_path (address, to);

  (void) renameat (root->fd, old, root->fd, new);
}

/* Name of the first netdev of a PF; NULL: none. */
static char *
find_pf_netdev (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *path = attribute_path (address, "physfn/net");
  g_autoptr (GPtrArray) names = vfp_sysfs_list (root->fd, path);

  return names->len > 0 ? g_strdup (g_ptr_array_index (names, 0)) : NULL;
}

/* One that was never there before: as much of it as is read. */
static gboolean
make_netdev (const VfpRoot *root, const VfpAddress *address, GError **error)
{
  g_autofree char *pf = find_pf_netdev (root, address);
  g_autofree char *net = attribute_path (address, "net");
  g_autofree char *name = g_strdup_printf ("%sf%02x%u", pf, address->slot, address->function);
  g_autofree char *folder = g_build_filename (net, name, NULL);
  g_autofree char *flags = g_strdup_printf ("net/%s/flags", name);

  if (pf == NULL || vfp_sysfs_exists (root->fd, net))
    return TRUE;
  if (mkdirat (root->fd, net, 0755) < 0 || mkdirat (root->fd, folder, 0755) < 0)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'/%s'", folder);
  return write_attribute (root, address, flags, "0x1002", error);
}

static gboolean
fake_set_override (VfpDrivers *drivers, const VfpAddress *address, const char *driver,
                   GError **error)
{
  Fake *fake = (Fake *) drivers;

  return vfp_faults_pass (fake->faults, "driver_override", error)
         && write_attribute (drivers->root, address, "driver_override",
                             driver != NULL ? driver : "(null)", error);
}

static gboolean
fake_unbind (VfpDrivers *drivers, const VfpAddress *address, GError **error)
{
  Fake *fake = (Fake *) drivers;
  g_autofree char *path = attribute_path (address, "driver");

  if (!vfp_faults_pass (fake->faults, "unbind", error))
    return FALSE;
  if (vfp_vf_vfio_open (drivers->root, address))
    return vfp_throw (error, VFP_ERROR_HOST, "'/%s/unbind': the kernel has not answered", path);
  if (unlinkat (drivers->root->fd, path, 0) < 0)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'/%s/unbind' cannot be written", path);
  move_netdev (drivers->root, address, "net", ".net");
  return write_attribute (drivers->root, address, "enable", "0", error);
}

static gboolean
fake_probe (VfpDrivers *drivers, const VfpAddress *address, GError **error)
{
  Fake *fake = (Fake *) drivers;
  const VfpRoot *root = drivers->root;
  g_autofree char *override = vfp_drivers_override (root, address);
  g_autofree char *host = find_host_driver (root, address);
  const char *driver = override != NULL ? override : host;
  g_autofree char *folder = g_strdup_printf ("sys/bus/pci/drivers/%s", driver);
  g_autofree char *path = attribute_path (address, "driver");
  g_autofree char *target = g_strdup_printf ("../../drivers/%s", driver);

  if (!vfp_faults_pass (fake->faults, "probe", error))
    return FALSE;
  if (driver == NULL || !vfp_sysfs_exists (root->fd, folder) || vfp_sysfs_exists (root->fd, path))
    return TRUE;
  if (symlinkat (target, root->fd, path) < 0)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'/%s'", path);
  if (vfp_vf_driver_is_vfio (driver))
    return TRUE;
  move_netdev (root, address, ".net", "net");
  return make_netdev (root, address, error)
         && write_attribute (root, address, "enable", "1", error);
}

VfpDrivers *
vfp_drivers_fake_new (const VfpRoot *root, VfpFaults *faults)
{
  Fake *fake = g_new0 (Fake, 1);

  fake->base = (VfpDrivers){ .root = root,
                             .set_override = fake_set_override,
                             .unbind = fake_unbind,
                             .probe = fake_probe,
                             .free = (void (*) (VfpDrivers *)) g_free };
  fake->faults = faults;
  return &fake->base;
}
