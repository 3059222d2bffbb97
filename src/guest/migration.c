/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a guest may take to let go of the VFs of its pairs when it is migrated. */
#include "config.h"

#include "guest/migration.h"

#include "base/error.h"

#define KIB_PER_MS 1024

VfpUnplugWait
vfp_unplug_wait_new (const VfpMigration *migration, guint64 memory_kib)
{
  VfpUnplugWait wait = { 0 };

  if (migration->unplug_timeout_ms > 0)
    wait.limit_ms = migration->unplug_timeout_ms + (unsigned) (memory_kib / KIB_PER_MS);
  return wait;
}

gboolean
vfp_unplug_wait_is_over (VfpUnplugWait *wait, const VfpProgress *progress, gboolean awaited,
                         gint64 now_us)
{
  if (progress->memory_sent > 0)
    wait->has_let_go = TRUE;
  else if (!awaited || progress->disks_left > 0)
    wait->end_us = 0;
  else if (wait->end_us == 0)
    wait->end_us = now_us + (gint64) wait->limit_ms * 1000;
  return wait->limit_ms > 0 && !wait->has_let_go && wait->end_us != 0 && now_us >= wait->end_us;
}

gboolean
vfp_unplug_wait_throw (const VfpUnplugWait *wait, GError **error)
{
  return vfp_throw (error, VFP_ERROR_GUEST_TIMEOUT,
                    "the migration was aborted, the guest has not let go of the VFs of its pairs "
                    "within %u s",
                    wait->limit_ms / 1000);
}
