/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network manager of the host has a netdev. */
#include "config.h"

#include "host/netdev-manager.h"

#include <string.h>

#include "host/sysfs.h"

#define INTERFACES "etc/network/interfaces"

/* The value of "KEY=" at the beginning of a line; NULL: there is none. */
static char *
read_value (const VfpRoot *root, const char *path, const char *key)
{
  g_autofree char *text = vfp_sysfs_read_optional (root->fd, path);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, key) && (*line)[strlen (key)] == '=')
      return g_strdup (*line + strlen (key) + 1);
  return NULL;
}

static gboolean
has_network_manager (const VfpRoot *root, gint64 ifindex)
{
  g_autofree char *path = g_strdup_printf ("run/NetworkManager/devices/%" G_GINT64_FORMAT, ifindex);
  g_autofree char *managed = read_value (root, path, "managed");

  return g_strcmp0 (managed, "true") == 0;
}

static gboolean
has_networkd (const VfpRoot *root, gint64 ifindex)
{
  g_autofree char *path = g_strdup_printf ("run/systemd/netif/links/%" G_GINT64_FORMAT, ifindex);
  g_autofree char *state = read_value (root, path, "ADMIN_STATE");

  return state != NULL && !g_str_equal (state, "unmanaged");
}

static gboolean
line_names (const char *line, const char *netdev)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);
  const gboolean iface = g_str_equal (words[0] != NULL ? words[0] : "", "iface");
  unsigned names = 0;

  if (words[0] == NULL
      || (!iface && !g_str_equal (words[0], "auto") && !g_str_has_prefix (words[0], "allow-")))
    return FALSE;
  for (char **word = words + 1; *word != NULL && !(iface && names > 0); word++)
    {
      if (g_str_equal (*word, netdev))
        return TRUE;
      names += **word != '\0';
    }
  return FALSE;
}

static gboolean
file_names (const VfpRoot *root, const char *path, const char *netdev)
{
  g_autofree char *text = vfp_sysfs_read_optional (root->fd, path);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (line_names (g_strstrip (*line), netdev))
      return TRUE;
  return FALSE;
}

static gboolean
has_ifupdown (const VfpRoot *root, const char *netdev)
{
  g_autoptr (GPtrArray) names = vfp_sysfs_list (root->fd, INTERFACES ".d");

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path
          = g_strdup_printf (INTERFACES ".d/%s", (const char *) g_ptr_array_index (names, i));

      if (file_names (root, path, netdev))
        return TRUE;
    }
  return file_names (root, INTERFACES, netdev);
}

const char *
vfp_netdev_manager (const VfpRoot *root, const char *netdev)
{
  g_autofree char *path = g_strdup_printf ("sys/class/net/%s/ifindex", netdev);
  const gint64 ifindex = vfp_sysfs_read_int (root->fd, path, 0);

  if (has_network_manager (root, ifindex))
    return "NetworkManager";
  if (has_networkd (root, ifindex))
    return "systemd-networkd";
  return has_ifupdown (root, netdev) ? "ifupdown" : NULL;
}
