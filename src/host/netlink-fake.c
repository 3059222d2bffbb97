/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink of a captured or generated host: a key file. */
#include "config.h"

#include "host/netlink-fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"
#include "host/fd.h"
#include "host/sysfs.h"

#define LINKS_FILE VFP_FAKE_DIR "/links.conf"
#define ADDRESSES_GROUP "addresses"
#define ANNOUNCED_GROUP "announced"

/* What the kernel tells of a driver that lacks them; the others it tells as "none". */
#define UNTOLD_WHEN_LACKING (VFP_SETTING_SPOOFCHK | VFP_SETTING_TRUST)

typedef struct
{
  VfpNetlink base;
  const VfpRoot *root;
  VfpFaults *faults;
  GKeyFile *links; /* as last read; NULL: not yet */
  VfpFd links_fd;  /* the file that it was read from: while it is open its inode is not reused */
} Fake;

static char *
read_all (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[16384];
  ssize_t got;

  while ((got = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, got);
  return got < 0 ? NULL : g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
is_current (const Fake *fake)
{
  struct stat now, then;

  return fake->links != NULL && fstatat (fake->root->fd, LINKS_FILE, &now, 0) == 0
         && fstat (fake->links_fd, &then) == 0 && now.st_ino == then.st_ino
         && now.st_size == then.st_size && now.st_mtim.tv_sec == then.st_mtim.tv_sec
         && now.st_mtim.tv_nsec == then.st_mtim.tv_nsec;
}

static gboolean
load_links (Fake *fake, GError **error)
{
  g_autoptr (GKeyFile) links = g_key_file_new ();
  g_autoptr (GError) local = NULL;

  if (is_current (fake))
    return TRUE;

  g_auto (VfpFd) fd = openat (fake->root->fd, LINKS_FILE, O_RDONLY | O_CLOEXEC);
  g_autofree char *text = fd < 0 ? NULL : read_all (fd);
  if (text == NULL)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'%s' cannot be read", LINKS_FILE);
  if (!g_key_file_load_from_data (links, text, strlen (text), G_KEY_FILE_NONE, &local))
    return vfp_throw (error, VFP_ERROR_HOST, "'%s': %s", LINKS_FILE, local->message);

  g_clear_pointer (&fake->links, g_key_file_unref);
  if (fake->links_fd >= 0)
    close (fake->links_fd);
  fake->links = g_steal_pointer (&links);
  fake->links_fd = fd;
  fd = -1;
  return TRUE;
}

static gboolean
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      const ssize_t written = write (fd, text, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      text += written;
      length -= (gsize) written;
    }
  return TRUE;
}

/* Under the lock, so that one name for the new file will do. What is in memory is not the file's
 * content any more. */
static gboolean
save_links (Fake *fake, GError **error)
{
  static const char new_file[] = LINKS_FILE ".new";
  gsize length;
  g_autofree char *text = g_key_file_to_data (fake->links, &length, NULL);

  g_clear_pointer (&fake->links, g_key_file_unref);
  g_auto (VfpFd) fd
      = openat (fake->root->fd, new_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

  if (fd < 0 || !write_all (fd, text, length)
      || renameat (fake->root->fd, new_file, fake->root->fd, LINKS_FILE) != 0)
    return vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'%s' cannot be written", LINKS_FILE);
  return TRUE;
}

/* Closing the descriptor gives the lock back. -1 with @error set. */
static VfpFd
lock_folder (const Fake *fake, GError **error)
{
  g_auto (VfpFd) fd = openat (fake->root->fd, VFP_FAKE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = -1;

  if (fd >= 0)
    do
      result = flock (fd, LOCK_EX);
    while (result != 0 && errno == EINTR);
  if (result != 0)
    {
      vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'%s' cannot be locked", VFP_FAKE_DIR);
      return -1;
    }

  const VfpFd locked = fd;
  fd = -1;
  return locked;
}

static gboolean
check_netdev (const Fake *fake, const char *netdev, GError **error)
{
  if (g_key_file_has_group (fake->links, netdev))
    return TRUE;
  return vfp_throw_errno (error, VFP_ERROR_HOST, ENODEV, "netdev '%s' cannot be read", netdev);
}

static unsigned
count_vfs (const Fake *fake, const char *netdev)
{
  const int vfs = g_key_file_get_integer (fake->links, netdev, "vfs", NULL);

  return (unsigned) MAX (vfs, 0);
}

/* The settings that a key of the PF names. */
static unsigned
named_settings (const Fake *fake, const char *netdev, const char *key)
{
  g_auto (GStrv) names = g_key_file_get_string_list (fake->links, netdev, key, NULL, NULL);
  unsigned named = 0;

  for (unsigned which = 1; which <= VFP_SETTING_LAST && names != NULL; which <<= 1)
    if (g_strv_contains ((const char *const *) names, vfp_setting_name ((VfpSetting) which)))
      named |= which;
  return named;
}

/* A VF of which the file says nothing is as the kernel creates it. */
static gboolean
read_vf (const Fake *fake, const char *netdev, unsigned index, VfpSettings *out_settings,
         GError **error)
{
  g_autofree char *group = g_strdup_printf ("%s %u", netdev, index);
  g_autofree char *text = g_key_file_get_string (fake->links, group, "settings", NULL);
  VfpSettings settings = vfp_settings_default ();
  VfpSettings written = { 0 };

  settings.known = VFP_SETTING_ALL;
  if (text != NULL && !vfp_settings_from_string (text, &written, error))
    return FALSE;

  vfp_settings_take (&settings, &written, written.known);
  settings.known &= ~(named_settings (fake, netdev, "unsupported") & UNTOLD_WHEN_LACKING);
  *out_settings = settings;
  return TRUE;
}

static gboolean
get_boolean (const Fake *fake, const char *netdev, const char *key)
{
  g_autoptr (GError) local = NULL;
  const gboolean value = g_key_file_get_boolean (fake->links, netdev, key, &local);

  return local != NULL || value;
}

static VfpLink *
fake_get_link (VfpNetlink *netlink, const char *netdev, GError **error)
{
  Fake *fake = (Fake *) netlink;

  if (!load_links (fake, error) || !check_netdev (fake, netdev, error))
    return NULL;

  g_autoptr (VfpLink) link = g_new0 (VfpLink, 1);
  g_autofree char *mac = g_key_file_get_string (fake->links, netdev, "mac", NULL);
  link->vfs = g_array_new (FALSE, TRUE, sizeof (VfpSettings));
  link->up = get_boolean (fake, netdev, "up");
  link->carrier = get_boolean (fake, netdev, "carrier");
  link->altnames = g_key_file_get_string_list (fake->links, netdev, "altnames", NULL, NULL);
  if (mac != NULL && !vfp_mac_parse (mac, &link->mac, error))
    return NULL;

  g_array_set_size (link->vfs, count_vfs (fake, netdev));
  for (unsigned i = 0; i < link->vfs->len; i++)
    if (!read_vf (fake, netdev, i, &g_array_index (link->vfs, VfpSettings, i), error))
      return NULL;
  return g_steal_pointer (&link);
}

static gboolean
change_vf (Fake *fake, const char *netdev, unsigned index, VfpSetting which,
           const VfpSettings *settings, GError **error)
{
  VfpSettings now;

  if (!check_netdev (fake, netdev, error))
    return FALSE;
  if (index >= count_vfs (fake, netdev))
    return vfp_throw_errno (error, VFP_ERROR_HOST, EINVAL, "%s of VF %u of PF '%s' cannot be set",
                            vfp_setting_name (which), index, netdev);
  if (named_settings (fake, netdev, "refused") & which)
    return vfp_throw_errno (error, VFP_ERROR_HOST, EIO, "%s of VF %u of PF '%s' cannot be set",
                            vfp_setting_name (which), index, netdev);
  if (named_settings (fake, netdev, "unsupported") & which)
    return vfp_throw (error, VFP_ERROR_UNSUPPORTED,
                      "%s of VF %u of PF '%s' cannot be set; the driver of the PF has no such "
                      "operation, leave it out",
                      vfp_setting_name (which), index, netdev);
  if (!read_vf (fake, netdev, index, &now, error))
    return FALSE;

  vfp_settings_take (&now, settings, which);
  g_autofree char *group = g_strdup_printf ("%s %u", netdev, index);
  g_autofree char *text = vfp_settings_to_string (&now);
  g_key_file_set_string (fake->links, group, "settings", text);
  return save_links (fake, error);
}

static gboolean
fake_set_vf (VfpNetlink *netlink, const char *netdev, unsigned index, VfpSetting which,
             const VfpSettings *settings, GError **error)
{
  Fake *fake = (Fake *) netlink;
  g_autofree char *call = g_strdup_printf ("set %s", vfp_setting_name (which));

  if (!vfp_faults_pass (fake->faults, call, error))
    return FALSE;

  g_auto (VfpFd) lock = lock_folder (fake, error);
  if (lock < 0 || !load_links (fake, error))
    return FALSE;
  return change_vf (fake, netdev, index, which, settings, error);
}

static gboolean
fake_set_up (VfpNetlink *netlink, const char *netdev, GError **error)
{
  Fake *fake = (Fake *) netlink;

  if (!vfp_faults_pass (fake->faults, "set up", error))
    return FALSE;

  g_auto (VfpFd) lock = lock_folder (fake, error);
  if (lock < 0 || !load_links (fake, error) || !check_netdev (fake, netdev, error))
    return FALSE;
  g_key_file_set_boolean (fake->links, netdev, "up", TRUE);
  return save_links (fake, error);
}

static gboolean
keep_word (Fake *fake, const char *key, const VfpMac *mac, GError **error)
{
  char text[VFP_MAC_STRLEN];
  g_auto (VfpFd) lock = lock_folder (fake, error);

  if (lock < 0 || !load_links (fake, error))
    return FALSE;
  g_key_file_set_string (fake->links, ANNOUNCED_GROUP, key, vfp_mac_format (mac, text));
  return save_links (fake, error);
}

static gboolean
fake_forget_mac (VfpNetlink *netlink, const char *bridge, const VfpMac *mac, GError **error)
{
  Fake *fake = (Fake *) netlink;
  g_autofree char *key = g_strconcat (bridge, " forgets", NULL);

  return vfp_faults_pass (fake->faults, "forget mac", error) && keep_word (fake, key, mac, error);
}

static gboolean
fake_announce (VfpNetlink *netlink, const char *netdev, const VfpMac *mac, guint16 vlan,
               guint16 proto, GError **error)
{
  Fake *fake = (Fake *) netlink;

  return vfp_faults_pass (fake->faults, "announce", error) && keep_word (fake, netdev, mac, error);
}

static GHashTable *
fake_get_addresses (VfpNetlink *netlink, GError **error)
{
  Fake *fake = (Fake *) netlink;

  if (!load_links (fake, error))
    return NULL;

  GHashTable *addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) netdevs = g_key_file_get_keys (fake->links, ADDRESSES_GROUP, NULL, NULL);
  for (char **netdev = netdevs; netdev != NULL && *netdev != NULL; netdev++)
    g_hash_table_insert (addresses, g_strdup (*netdev),
                         g_key_file_get_string (fake->links, ADDRESSES_GROUP, *netdev, NULL));
  return addresses;
}

static char *
fake_get_driver (VfpNetlink *netlink, const char *netdev)
{
  g_autofree char *path = g_strdup_printf ("sys/class/net/%s/device/driver", netdev);

  return vfp_sysfs_link_name (((Fake *) netlink)->root->fd, path);
}

static void
fake_free (VfpNetlink *netlink)
{
  Fake *fake = (Fake *) netlink;

  g_clear_pointer (&fake->links, g_key_file_unref);
  if (fake->links_fd >= 0)
    close (fake->links_fd);
  g_free (fake);
}

VfpNetlink *
vfp_netlink_fake_new (const VfpRoot *root, VfpFaults *faults)
{
  if (!vfp_sysfs_exists (root->fd, LINKS_FILE))
    return NULL;

  Fake *fake = g_new0 (Fake, 1);
  fake->base = (VfpNetlink){ .get_link = fake_get_link,
                             .set_vf = fake_set_vf,
                             .set_up = fake_set_up,
                             .forget_mac = fake_forget_mac,
                             .announce = fake_announce,
                             .get_driver = fake_get_driver,
                             .get_addresses = fake_get_addresses,
                             .free = fake_free };
  fake->root = root;
  fake->faults = faults;
  fake->links_fd = -1;
  return &fake->base;
}
