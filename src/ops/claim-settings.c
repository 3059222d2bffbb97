/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a VF that is claimed. */
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

gboolean
vfp_claim_save (VfpWorld *world, const VfpPf *pf, VfpClaim *claim, GError **error)
{
  g_free (claim->saved_driver);
  claim->saved_driver = vfp_vf_driver (world->root, &claim->address);
  claim->has_saved = TRUE;
  if (world->netlink == NULL || pf->netdev == NULL)
    return TRUE;

  g_autoptr (VfpLink) link = world->netlink->get_link (world->netlink, pf->netdev, error);
  if (link == NULL)
    return FALSE;
  if (claim->vf < link->vfs->len)
    claim->saved = g_array_index (link->vfs, VfpSettings, claim->vf);
  return TRUE;
}
