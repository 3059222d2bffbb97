/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of VFs in links.conf, as libvirt changes them. */
#include "config.h"

#include "guest/virt-fake-private.h"

#include <string.h>

#include "base/settings.h"
#include "host/sysfs.h"

/* The group of links.conf that has the VF's settings: "NETDEV INDEX"; NULL where the PF is no NIC.
 */
char *
vfp_fake_links_group (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *physfn = vfp_fake_device_path (address, "physfn");
  g_autofree char *net = vfp_fake_device_path (address, "physfn/net");
  g_autoptr (GPtrArray) netdevs = vfp_sysfs_list (root->fd, net);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (root->fd, physfn);
  g_autofree char *own = vfp_address_to_string (address);

  for (unsigned i = 0; netdevs->len > 0 && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_build_filename (physfn, name, NULL);
      g_autofree char *target
          = g_str_has_prefix (name, "virtfn") ? vfp_sysfs_link_name (root->fd, path) : NULL;

      if (g_strcmp0 (target, own) == 0)
        return g_strdup_printf ("%s %s", (const char *) g_ptr_array_index (netdevs, 0),
                                name + strlen ("virtfn"));
    }
  return NULL;
}

/* Replaces the settings text of the VF in links.conf by what @change makes of it. */
typedef char *(*SettingsChange) (const char *old, gconstpointer data);

static gboolean
change_settings (const VfpRoot *root, const VfpAddress *address, SettingsChange change,
                 gconstpointer data, GError **error)
{
  g_autoptr (GKeyFile) links = g_key_file_new ();
  g_autofree char *path = vfp_fake_path (root, "links.conf");
  g_autofree char *group = vfp_fake_links_group (root, address);

  if (group == NULL || !g_key_file_load_from_file (links, path, G_KEY_FILE_KEEP_COMMENTS, NULL))
    return TRUE;

  g_autofree char *old = g_key_file_get_string (links, group, "settings", NULL);
  g_autofree char *changed = change (old, data);
  if (g_strcmp0 (old, changed) == 0)
    return TRUE;
  if (changed != NULL)
    g_key_file_set_string (links, group, "settings", changed);
  else
    g_key_file_remove_key (links, group, "settings", NULL);
  return vfp_fake_write_key_file (links, path, error);
}

/* MAC and VLAN as libvirt sets them for a hostdev interface: priority 0, 802.1Q. */
static char *
take_device (const char *old, gconstpointer data)
{
  const VfpGuestDevice *device = data;
  VfpSettings settings = { 0 };

  if (!device->is_interface || (old != NULL && !vfp_settings_from_string (old, &settings, NULL)))
    return g_strdup (old);
  if (device->has_mac)
    {
      settings.mac = device->mac;
      settings.known |= VFP_SETTING_MAC;
    }
  settings.vlan = (guint16) device->vlan;
  settings.vlan_qos = 0;
  settings.vlan_proto = VFP_VLAN_PROTO_8021Q;
  settings.known |= VFP_SETTING_VLAN;
  return vfp_settings_to_string (&settings);
}

/* MAC and VLAN of what was saved, zero where that had none; the rest stays as it is now. */
static char *
take_saved (const char *old, gconstpointer data)
{
  const char *saved = data;
  const unsigned taken = VFP_SETTING_MAC | (unsigned) VFP_SETTING_VLAN;
  VfpSettings settings = { 0 }, former = { .vlan_proto = VFP_VLAN_PROTO_8021Q };

  if ((old != NULL && !vfp_settings_from_string (old, &settings, NULL))
      || (saved != NULL && !vfp_settings_from_string (saved, &former, NULL)))
    return g_strdup (old);
  vfp_settings_take (&settings, &former, taken);
  return vfp_settings_to_string (&settings);
}

gboolean
vfp_fake_links_take (const VfpRoot *root, const VfpAddress *address, const VfpGuestDevice *device,
                     GError **error)
{
  return change_settings (root, address, take_device, device, error);
}

gboolean
vfp_fake_links_give_back (const VfpRoot *root, const VfpAddress *address, const char *settings,
                          GError **error)
{
  return change_settings (root, address, take_saved, settings, error);
}
