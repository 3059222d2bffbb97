/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row of a PF that is to have a claim. */
#include "config.h"

#include "ops/pf-record.h"

gboolean
vfp_pf_record_put (VfpWorld *world, const VfpRecords *records, const VfpPf *pf, gint64 *out_id,
                   GError **error)
{
  const VfpPfRecord *known = vfp_records_find_pf (records, &pf->address, &pf->mac);
  g_autofree char *serial = known == NULL ? vfp_pci_serial (world->root, &pf->address) : NULL;
  VfpPfRecord record
      = { .address = pf->address, .mac = pf->mac, .serial = serial, .netdev = pf->netdev };

  if (known != NULL && g_strcmp0 (known->netdev, pf->netdev) == 0)
    {
      *out_id = known->id;
      return TRUE;
    }
  if (!vfp_store_put_pf (world->store, &record, error))
    return FALSE;
  *out_id = record.id;
  return TRUE;
}
