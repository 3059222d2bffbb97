/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of failover pairs: libvirt checks neither that there are two halves nor their MACs. */
#include "config.h"

#include "guest/pair.h"
#include "pool/audit-private.h"

static gboolean
find_broken (VfpAudit *audit, const VfpSlot *slot, const VfpClaim *claim, const VfpDomxml *domxml,
             const char *where)
{
  const VfpGuestDevice *device
      = domxml != NULL ? vfp_domxml_find_source (domxml, &claim->address) : NULL;
  g_autofree char *why = NULL;

  if (device == NULL || !device->is_interface || vfp_pair_standby (domxml, device, &why) != NULL)
    return FALSE;
  vfp_audit_add_slot (audit, "pair-broken", slot, NULL, "its VF in the %s is no half of a pair: %s",
                      where, why);
  return TRUE;
}

void
vfp_audit_pairs (VfpAudit *audit)
{
  const VfpRecords *records = audit->facts->records;

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);
      const VfpGuest *guest = vfp_audit_find_guest (audit, slot->guest_uuid);

      if (slot->standby == NULL || claim == NULL || guest == NULL
          || !vfp_audit_wants_guest (audit, slot->guest_uuid) || vfp_audit_at_work (claim))
        continue;
      if (!find_broken (audit, slot, claim, guest->live, "running guest"))
        (void) find_broken (audit, slot, claim, guest->config, "configuration");
    }
}
