/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the audit looks at. */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "host/sysfs.h"
#include "ops/world.h"
#include "pool/audit.h"

/* libvirt writes such a file before the XML of a guest that is being started shows the VF. */
#define YOUNG_S 60

static gboolean
is_young (const VfpWorld *world, const char *name)
{
  g_autofree char *path = g_build_filename (VFP_NET_RECORDS_DIR, name, NULL);
  struct stat file;

  return world->root->is_system && fstatat (world->root->fd, path, &file, AT_SYMLINK_NOFOLLOW) == 0
         && vfp_world_now () - file.st_mtim.tv_sec < YOUNG_S;
}

static GPtrArray *
list_net_records (const VfpWorld *world)
{
  g_autoptr (GPtrArray) names = vfp_sysfs_list (world->root->fd, VFP_NET_RECORDS_DIR);
  GPtrArray *records = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < names->len; i++)
    if (!is_young (world, g_ptr_array_index (names, i)))
      g_ptr_array_add (records, g_strdup (g_ptr_array_index (names, i)));
  return records;
}

gboolean
vfp_snapshot_read_notes (VfpWorld *world, VfpSnapshot *snapshot, GError **error)
{
  g_clear_pointer (&snapshot->net_records, g_ptr_array_unref);
  g_clear_pointer (&snapshot->meta, g_hash_table_unref);
  snapshot->meta = vfp_store_list_meta (world->store, error);
  if (snapshot->meta == NULL)
    return FALSE;
  snapshot->net_records = list_net_records (world);
  vfp_snapshot_refresh (world, snapshot);
  return TRUE;
}
