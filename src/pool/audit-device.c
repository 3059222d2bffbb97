/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device of a guest's XML is which slot's. */
#include "config.h"

#include "pool/audit-private.h"

/* The slot of the guest @uuid that the device is of: by its alias, else by its MAC; NULL: none. */
static const VfpSlot *
find_owner (const VfpAudit *audit, const char *uuid, const VfpGuestDevice *device)
{
  const GPtrArray *slots = audit->facts->records->slots;
  const VfpSlot *with_mac = NULL;

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (!g_str_equal (slot->guest_uuid, uuid))
        continue;
      if (g_strcmp0 (device->alias, slot->alias) == 0)
        return slot;
      if (device->has_mac && vfp_mac_equal (&device->mac, &slot->mac))
        with_mac = slot;
    }
  return with_mac;
}

VfpGuestDevice *
vfp_audit_slot_device (const VfpAudit *audit, const VfpDomxml *domxml, const VfpSlot *slot,
                       const VfpClaim *claim)
{
  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    {
      VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if ((claim == NULL || !vfp_address_equal (&device->source, &claim->address))
          && find_owner (audit, slot->guest_uuid, device) == slot)
        return device;
    }
  return NULL;
}

gboolean
vfp_audit_slot_has (const VfpAudit *audit, const VfpDomxml *domxml, const VfpSlot *slot,
                    const VfpClaim *claim)
{
  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);
      const VfpSlot *owner = find_owner (audit, slot->guest_uuid, device);

      if (vfp_address_equal (&device->source, &claim->address) && (owner == NULL || owner == slot))
        return TRUE;
    }
  return FALSE;
}
