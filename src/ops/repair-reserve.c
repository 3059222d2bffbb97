/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs of reservations. */
#include "config.h"

#include <string.h>

#include "ops/repair-private.h"
#include "ops/reservation.h"
#include "ops/reserve-group.h"

#define LOCK_TIMEOUT_MS 10000

static const VfpVfView *
find_vf (const VfpRepair *repair)
{
  const VfpView *view = repair->snapshot->view;

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->claim != NULL && vf->claim->id == repair->finding->claim_id)
        return vf;
    }
  return NULL;
}

/* The row of the finding is read again by both, and must be the same. */
static gboolean
with_lock (VfpRepair *repair,
           gboolean (*act) (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
                            const char *what, GError **error),
           GError **error)
{
  const VfpVfView *vf = find_vf (repair);
  g_autoptr (VfpLock) lock = vfp_reservation_lock (repair->world, LOCK_TIMEOUT_MS, error);

  repair->skipped = lock != NULL && vf == NULL;
  return lock != NULL
         && (vf == NULL || act (repair->world, repair->snapshot, vf, repair->scope->what, error));
}

gboolean
vfp_repair_reservation_over (VfpRepair *repair, GError **error)
{
  return with_lock (repair, vfp_reservation_end, error);
}

gboolean
vfp_repair_reservation_not_applied (VfpRepair *repair, GError **error)
{
  return with_lock (repair, vfp_reservation_renew, error);
}

gboolean
vfp_repair_reservation_missing (VfpRepair *repair, GError **error)
{
  const char *name = repair->finding->object + strlen ("reserve ");
  const int made = vfp_reserve_group_make (repair->world, name, LOCK_TIMEOUT_MS, error);

  repair->skipped = made == 0;
  return made >= 0;
}
