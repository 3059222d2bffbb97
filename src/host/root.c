/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory that stands for "/": the machine's own, or a captured host. */
#include "config.h"

#include "host/root.h"

#include <errno.h>
#include <fcntl.h>

#include "base/error.h"
#include "host/fd.h"
#include "host/sysfs.h"

VfpRoot *
vfp_root_open (const char *sysroot, GError **error)
{
  const gboolean is_system = sysroot == NULL || g_str_equal (sysroot, "/");
  g_autofree char *path = g_canonicalize_filename (is_system ? "/" : sysroot, NULL);
  g_auto (VfpFd) fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    {
      vfp_throw_errno (error, VFP_ERROR_USAGE, errno,
                       "the captured host '%s' cannot be opened; name its directory", path);
      return NULL;
    }

  VfpRoot *root = g_new0 (VfpRoot, 1);
  root->fd = fd;
  root->path = g_steal_pointer (&path);
  root->is_system = is_system;
  fd = -1;
  return root;
}

void
vfp_root_free (VfpRoot *root)
{
  if (root == NULL)
    return;
  close (root->fd);
  g_free (root->path);
  g_free (root);
}

char *
vfp_root_boot_id (const VfpRoot *root)
{
  char *boot_id = vfp_sysfs_read_optional (root->fd, "proc/sys/kernel/random/boot_id");

  return boot_id != NULL ? boot_id : g_strdup ("");
}
