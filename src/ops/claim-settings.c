/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a VF that somebody has already. */
#include "config.h"

#include "ops/claim-settings.h"

#include "base/error.h"
#include "host/vf.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

VfpClaim *
vfp_claim_read_again (const VfpRecords *records, const VfpClaim *claim, GError **error)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *now = g_ptr_array_index (records->claims, i);

      if (now->id == claim->id && now->revision == claim->revision)
        return vfp_claim_copy (now);
    }
  vfp_throw (error, VFP_ERROR_BUSY,
             "the claim was changed by another vfpool meanwhile; run the command again");
  return NULL;
}

gboolean
vfp_claim_apply (VfpWorld *world, const VfpClaim *claim, const char *netdev,
                 const VfpSettings *settings, unsigned which, unsigned asked, GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpRecords) records = lock != NULL ? vfp_store_load (world->store, error) : NULL;
  g_autoptr (VfpClaim) now = records != NULL ? vfp_claim_read_again (records, claim, error) : NULL;

  return now != NULL
         && vfp_vf_apply (world->netlink, netdev, claim->vf, settings, which, asked, NULL, error);
}
