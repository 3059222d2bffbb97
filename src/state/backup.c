/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder "backups" beside the state file. */
#include "config.h"

#include "state/backup.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "state/folder.h"

#define PREFIX "state-"
#define SUFFIX ".json"

static char *
folder_of (const char *state_path)
{
  g_autofree char *folder = g_path_get_dirname (state_path);

  return g_build_filename (folder, "backups", NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b);
}

/* Names, the oldest first. */
static GPtrArray *
list_backups (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_prefix (name, PREFIX) && g_str_has_suffix (name, SUFFIX))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

char *
vfp_backup_newest (const char *state_path)
{
  g_autofree char *folder = folder_of (state_path);
  g_autoptr (GPtrArray) names = list_backups (folder);

  return names->len > 0 ? g_build_filename (folder, g_ptr_array_index (names, names->len - 1), NULL)
                        : NULL;
}

char *
vfp_backup_hint (const char *state_path)
{
  g_autofree char *newest = vfp_backup_newest (state_path);

  return newest != NULL ? g_strdup_printf (" (newest backup: %s)", newest) : g_strdup ("");
}

/* By the calendar of the host's place, as people look for it. */
static char *
name_of_today (const char *format)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, format);
}

/* What a writer that was killed on another day has left. */
static void
remove_strays (const char *folder, const char *written)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, PREFIX) && strstr (name, SUFFIX ".") != NULL
          && !g_str_has_prefix (name, written))
        (void) g_unlink (path);
    }
}

/* The one that was just written stays, whatever day the clock says. */
static void
remove_oldest (const char *folder, const char *written)
{
  g_autoptr (GPtrArray) names = list_backups (folder);
  guint left = names->len;

  for (guint i = 0; i < names->len && left > VFP_BACKUPS_MAX; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_equal (name, written))
        continue;
      if (g_unlink (path) != 0)
        g_debug ("%s: cannot be removed, ignoring", path);
      left--;
    }
}

gboolean
vfp_backup_put (const char *state_path, const char *text, GError **error)
{
  g_autofree char *folder = folder_of (state_path);
  g_autofree char *name = name_of_today (PREFIX "%Y-%m-%d" SUFFIX);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  if (!vfp_folder_make (path, error) || !vfp_folder_put_file (path, text, 0640, error))
    return FALSE;
  vfp_folder_share (path, 0640);
  remove_oldest (folder, name);
  remove_strays (folder, name);
  return TRUE;
}

gboolean
vfp_backup_set_aside (const char *state_path, GError **error)
{
  g_autofree char *folder = folder_of (state_path);
  g_autofree char *name = name_of_today (PREFIX "%Y-%m-%d" SUFFIX);
  g_autofree char *aside = name_of_today (PREFIX "%Y-%m-%d-%H%M%S" SUFFIX);
  g_autofree char *from = g_build_filename (folder, name, NULL);
  g_autofree char *to = g_build_filename (folder, aside, NULL);

  if (g_rename (from, to) == 0 || errno == ENOENT)
    return TRUE;
  return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot rename '%s'", from);
}
