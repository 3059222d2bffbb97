/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of the state file, whose group's members may read. */
#include "config.h"

#include "state/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"

void
vfp_folder_share (const char *path, mode_t mode)
{
  const struct group *group = geteuid () == 0 ? getgrnam (VFP_STATE_GROUP) : NULL;

  if (group != NULL && chown (path, (uid_t) -1, group->gr_gid) != 0)
    g_debug ("%s: cannot give it to group %s, ignoring", path, VFP_STATE_GROUP);
  if (chmod (path, mode) != 0)
    g_debug ("%s: cannot set its mode, ignoring", path);
}

gboolean
vfp_folder_make (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (g_mkdir_with_parents (folder, 0750) != 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot make '%s'", folder);
  vfp_folder_share (folder, 0750);
  return TRUE;
}

gboolean
vfp_folder_sync (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot open '%s'", folder);

  const int rc = fsync (fd);
  const int errnum = errno;
  close (fd);
  return rc == 0 || vfp_throw_errno (error, VFP_ERROR_STATE, errnum, "cannot sync '%s'", folder);
}

static gboolean
write_all (int fd, const char *text)
{
  for (gsize left = strlen (text); left > 0;)
    {
      const gssize written = write (fd, text, left);

      if (written < 0 && errno != EINTR)
        return FALSE;
      if (written > 0)
        {
          text += written;
          left -= (gsize) written;
        }
    }
  return fsync (fd) == 0;
}

gboolean
vfp_folder_put_file (const char *path, const char *text, int mode, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  const int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, mode);

  if (fd < 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot write '%s'", path);

  const gboolean ok = write_all (fd, text) && rename (temporary, path) == 0;
  const int errnum = errno;
  close (fd);
  if (ok)
    return vfp_folder_sync (path, error);
  unlink (temporary);
  return vfp_throw_errno (error, VFP_ERROR_STATE, errnum, "cannot write '%s'", path);
}
