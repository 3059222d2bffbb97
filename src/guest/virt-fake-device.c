/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What attaching and detaching does to the tree of a fake host. */
#include "config.h"

#include "guest/virt-fake-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "host/sysfs.h"

#define SAVED_GROUP "saved"

int
vfp_fake_lock (const VfpRoot *root)
{
  const int fd = openat (root->fd, VFP_FAKE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return -1;
  while (flock (fd, LOCK_EX) < 0)
    if (errno != EINTR)
      {
        close (fd);
        return -1;
      }
  return fd;
}

char *
vfp_fake_path (const VfpRoot *root, const char *name)
{
  return g_build_filename (root->path, VFP_FAKE_DIR, name, NULL);
}

gboolean
vfp_fake_write (const char *path, const char *text, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *fresh = g_strconcat (path, ".new", NULL);

  if (!g_file_set_contents_full (fresh, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, &local))
    return vfp_throw (error, VFP_ERROR_FAILED, "fake host: %s", local->message);
  if (g_rename (fresh, path) < 0)
    return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", path);
  return TRUE;
}

gboolean
vfp_fake_write_key_file (GKeyFile *file, const char *path, GError **error)
{
  g_autofree char *text = g_key_file_to_data (file, NULL, NULL);

  return vfp_fake_write (path, text, error);
}

char *
vfp_fake_device_path (const VfpAddress *address, const char *name)
{
  char text[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("sys/bus/pci/devices/%s/%s", vfp_address_format (address, text), name);
}

static char *
saved_path (const VfpRoot *root, const VfpAddress *address)
{
  char text[VFP_ADDRESS_STRLEN];

  return g_build_filename (root->path, VFP_FAKE_DIR, "saved", vfp_address_format (address, text),
                           NULL);
}

/* Where the link "driver" points to; NULL: no driver. */
static char *
read_driver (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *path = vfp_fake_device_path (address, "driver");
  char target[PATH_MAX];
  const ssize_t length = readlinkat (root->fd, path, target, sizeof target);

  return length < 0 ? NULL : g_strndup (target, (gsize) length);
}

static gboolean
write_driver (const VfpRoot *root, const VfpAddress *address, const char *target, GError **error)
{
  g_autofree char *path = vfp_fake_device_path (address, "driver");
  g_autofree char *fresh = vfp_fake_device_path (address, ".driver.new");

  if (target == NULL)
    {
      if (unlinkat (root->fd, path, 0) < 0 && errno != ENOENT)
        return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", path);
      return TRUE;
    }
  unlinkat (root->fd, fresh, 0);
  if (symlinkat (target, root->fd, fresh) < 0 || renameat (root->fd, fresh, root->fd, path) < 0)
    return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", path);
  return TRUE;
}

static gboolean
write_enable (const VfpRoot *root, const VfpAddress *address, const char *value, GError **error)
{
  g_autofree char *name = vfp_fake_device_path (address, "enable");
  g_autofree char *path = g_build_filename (root->path, name, NULL);
  g_autofree char *text = g_strconcat (value, "\n", NULL);

  return vfp_fake_write (path, text, error);
}

static GKeyFile *
load_saved (const VfpRoot *root, const VfpAddress *address)
{
  g_autoptr (GKeyFile) saved = g_key_file_new ();
  g_autofree char *path = saved_path (root, address);

  return g_key_file_load_from_file (saved, path, G_KEY_FILE_NONE, NULL) ? g_steal_pointer (&saved)
                                                                        : NULL;
}

static void
save_string (GKeyFile *saved, const char *key, const char *value)
{
  if (value != NULL)
    g_key_file_set_string (saved, SAVED_GROUP, key, value);
}

/* Keeps the first state when the VF was saved already. */
static gboolean
save_vf (const VfpRoot *root, const VfpAddress *address, const char *uuid, GError **error)
{
  g_autoptr (GKeyFile) known = load_saved (root, address);
  if (known != NULL)
    return TRUE;

  g_autoptr (GKeyFile) saved = g_key_file_new ();
  g_autoptr (GKeyFile) links = g_key_file_new ();
  g_autofree char *folder = vfp_fake_path (root, "saved");
  g_autofree char *path = saved_path (root, address);
  g_autofree char *links_path = vfp_fake_path (root, "links.conf");
  g_autofree char *enable_path = vfp_fake_device_path (address, "enable");
  g_autofree char *group = vfp_fake_links_group (root, address);
  g_autofree char *driver = read_driver (root, address);
  g_autofree char *enable = vfp_sysfs_read_optional (root->fd, enable_path);

  save_string (saved, "guest", uuid);
  save_string (saved, "driver", driver);
  save_string (saved, "enable", enable);
  if (group != NULL && g_key_file_load_from_file (links, links_path, G_KEY_FILE_NONE, NULL))
    {
      g_autofree char *settings = g_key_file_get_string (links, group, "settings", NULL);
      save_string (saved, "settings", settings);
    }
  if (g_mkdir_with_parents (folder, 0755) < 0)
    return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", folder);
  return vfp_fake_write_key_file (saved, path, error);
}

static gboolean
take_vf (const VfpRoot *root, const VfpAddress *source, const VfpGuestDevice *device,
         const char *uuid, GError **error)
{
  if (!save_vf (root, source, uuid, error))
    return FALSE;

  g_autofree char *driver = read_driver (root, source);
  g_autofree char *folder = driver != NULL ? g_path_get_dirname (driver) : NULL;
  g_autofree char *vfio
      = g_build_filename (folder != NULL ? folder : "../../drivers", "vfio-pci", NULL);

  return write_driver (root, source, vfio, error) && write_enable (root, source, "1", error)
         && vfp_fake_links_take (root, source, device, error);
}

static gboolean
give_back_vf (const VfpRoot *root, const VfpAddress *source, GError **error)
{
  g_autoptr (GKeyFile) saved = load_saved (root, source);
  if (saved == NULL)
    return TRUE;

  g_autofree char *path = saved_path (root, source);
  g_autofree char *driver = g_key_file_get_string (saved, SAVED_GROUP, "driver", NULL);
  g_autofree char *enable = g_key_file_get_string (saved, SAVED_GROUP, "enable", NULL);
  g_autofree char *settings = g_key_file_get_string (saved, SAVED_GROUP, "settings", NULL);

  if (!vfp_fake_links_give_back (root, source, settings, error)
      || !write_enable (root, source, enable != NULL ? enable : "0", error)
      || !write_driver (root, source, driver, error))
    return FALSE;
  if (g_unlink (path) < 0)
    return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", path);
  return TRUE;
}

gboolean
vfp_fake_place_vf (const VfpRoot *root, const VfpAddress *source, const VfpGuestDevice *device,
                   const char *uuid, GError **error)
{
  g_autofree char *name = vfp_fake_device_path (source, "");

  if (!vfp_sysfs_exists (root->fd, name))
    return device == NULL
           || vfp_throw (error, VFP_ERROR_LIBVIRT,
                         "libvirt: Device %s not found: could not access it",
                         name + strlen ("sys/bus/pci/devices/"));
  return device != NULL ? take_vf (root, source, device, uuid, error)
                        : give_back_vf (root, source, error);
}

char *
vfp_fake_vf_user (const VfpRoot *root, const VfpAddress *source)
{
  g_autoptr (GKeyFile) saved = load_saved (root, source);

  return saved == NULL ? NULL : g_key_file_get_string (saved, SAVED_GROUP, "guest", NULL);
}

gboolean
vfp_fake_vf_open (const VfpRoot *root, const VfpAddress *source)
{
  g_autofree char *enable = vfp_fake_device_path (source, "enable");
  g_autofree char *link = vfp_fake_device_path (source, "driver");
  g_autofree char *driver = vfp_sysfs_link_name (root->fd, link);

  return driver != NULL && g_strrstr (driver, "vfio") != NULL
         && vfp_sysfs_read_int (root->fd, enable, 0) == 1;
}
