/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new state file in place of one that is no good. */
#include "config.h"

#include "state/swap.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "state/folder.h"

/* Those of a file of another program in WAL mode too (sqlite.org, "Temporary Files Used By
 * SQLite"). */
static const char *const journals[] = { "-journal", "-wal", "-shm" };

#define NAMES_MAX 100

/* A name that no earlier one has. */
static char *
choose_name (const char *path)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y%m%d-%H%M%S");
  char *name = g_strdup_printf ("%s.bad-%s", path, date);

  for (unsigned i = 2; i < NAMES_MAX && g_file_test (name, G_FILE_TEST_EXISTS); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s.bad-%s-%u", path, date, i);
    }
  return name;
}

static gboolean
link_journals (const char *path, const char *kept, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (journals); i++)
    {
      g_autofree char *from = g_strconcat (path, journals[i], NULL);
      g_autofree char *to = g_strconcat (kept, journals[i], NULL);

      if (link (from, to) != 0 && errno != ENOENT)
        return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot keep '%s' as '%s'", from,
                                to);
    }
  return vfp_folder_sync (path, error);
}

gboolean
vfp_swap_keep (const char *path, char **out_kept, GError **error)
{
  struct stat status;

  *out_kept = NULL;
  if (stat (path, &status) == 0 ? status.st_size == 0 : errno == ENOENT)
    return TRUE;

  g_autofree char *kept = choose_name (path);
  if (link (path, kept) != 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot keep '%s' as '%s'", path, kept);
  if (!link_journals (path, kept, error))
    {
      vfp_swap_unkeep (path, kept);
      return FALSE;
    }
  *out_kept = g_steal_pointer (&kept);
  return TRUE;
}

void
vfp_swap_unkeep (const char *path, const char *kept)
{
  for (gsize i = 0; i < G_N_ELEMENTS (journals); i++)
    {
      g_autofree char *to = g_strconcat (path, journals[i], NULL);
      g_autofree char *from = g_strconcat (kept, journals[i], NULL);

      /* Nothing happens where both are one file (rename(2)). */
      (void) rename (from, to);
      (void) unlink (from);
    }
  (void) unlink (kept);
}

gboolean
vfp_swap_place (const char *path, const char *new_path, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (journals); i++)
    {
      g_autofree char *journal = g_strconcat (path, journals[i], NULL);

      if (unlink (journal) != 0 && errno != ENOENT)
        return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot remove '%s'", journal);
    }
  if (!vfp_folder_sync (path, error))
    return FALSE;
  if (rename (new_path, path) != 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot rename '%s' to '%s'", new_path,
                            path);
  return vfp_folder_sync (path, error);
}

void
vfp_swap_remove (const char *new_path)
{
  g_autofree char *journal = g_strconcat (new_path, journals[0], NULL);

  (void) unlink (new_path);
  (void) unlink (journal);
}
