/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of the state file, whose group's members may read. */
#include "config.h"

#include "state/folder.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

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
