/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reading for the time when libvirt answers nobody. */
#include "config.h"

#include <fcntl.h>

#include "base/error.h"
#include "host/fd.h"
#include "host/sysfs.h"
#include "ops/world.h"

/* configDir and autostartDir of the system's QEMU and network drivers (src/qemu/qemu_conf.c,
 * src/network/bridge_driver.c). */
#define GUEST_DIR "etc/libvirt/qemu"
#define NETWORK_DIR "etc/libvirt/qemu/networks"

static char *
read_xml (const VfpWorld *world, const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_auto (VfpFd) fd = openat (world->root->fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

  if (fd >= 0)
    return vfp_domxml_read (fd, error);
  vfp_throw (error, VFP_ERROR_HOST, "it cannot be opened");
  return NULL;
}

static VfpGuest *
read_guest (const VfpWorld *world, const char *name, GError **error)
{
  g_autofree char *xml = read_xml (world, GUEST_DIR, name, error);
  g_autoptr (VfpDomxml) domxml = xml != NULL ? vfp_domxml_parse (xml, error) : NULL;

  if (domxml == NULL)
    return NULL;
  return vfp_guest_new (domxml->uuid != NULL ? domxml->uuid : "", domxml->name, NULL, xml, error);
}

/* libvirt leaves out what it cannot read, too. */
static GPtrArray *
read_guests (VfpWorld *world)
{
  GPtrArray *guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (world->root->fd, GUEST_DIR);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autoptr (GError) error = NULL;
      VfpGuest *guest = g_str_has_suffix (name, ".xml") ? read_guest (world, name, &error) : NULL;

      if (guest != NULL)
        g_ptr_array_add (guests, guest);
      else if (error != NULL)
        vfp_world_warn (world, "/" GUEST_DIR "/%s is not looked at: %s", name, error->message);
    }
  return guests;
}

/* Those that are going to be active. */
static GPtrArray *
read_networks (VfpWorld *world)
{
  GPtrArray *networks = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_network_free);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (world->root->fd, NETWORK_DIR "/autostart");

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autoptr (GError) error = NULL;
      g_autofree char *xml = read_xml (world, NETWORK_DIR, name, &error);
      VfpNetwork *network = xml != NULL ? vfp_network_parse (xml, &error) : NULL;

      if (network != NULL)
        g_ptr_array_add (networks, network);
      else if (error != NULL)
        vfp_world_warn (world, "/" NETWORK_DIR "/%s is not looked at: %s", name, error->message);
    }
  return networks;
}

VfpSnapshot *
vfp_snapshot_read_files (VfpWorld *world, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = g_new0 (VfpSnapshot, 1);

  snapshot->root = world->root;
  snapshot->config = world->config;
  snapshot->inventory = vfp_inventory_read (world->root, world->netlink, error);
  if (snapshot->inventory == NULL)
    return NULL;
  snapshot->guests = read_guests (world);
  snapshot->networks = read_networks (world);
  return g_steal_pointer (&snapshot);
}
