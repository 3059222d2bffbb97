/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file as JSON. */
#include "config.h"

#include "ops/export.h"

#include "base/error.h"
#include "ops/dump.h"
#include "state/backup.h"
#include "state/history.h"

char *
vfp_export_json (VfpWorld *world, GError **error)
{
  if (vfp_store_is_missing (world->store))
    {
      g_autofree char *hint = vfp_backup_hint (world->state_path);

      vfp_throw (error, VFP_ERROR_STATE_MISSING, "%s is missing: there is nothing to export%s",
                 world->state_path, hint);
      return NULL;
    }

  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  return records != NULL ? vfp_dump_render (records, vfp_world_now ()) : NULL;
}

gboolean
vfp_backup_write (VfpWorld *world, GError **error)
{
  if (vfp_store_is_missing (world->store))
    return TRUE;

  g_autofree char *text = vfp_export_json (world, error);
  return text != NULL && vfp_backup_put (world->state_path, text, error)
         && vfp_store_trim_history (world->store, vfp_world_now (), error);
}
