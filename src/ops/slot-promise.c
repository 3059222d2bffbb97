/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slot out of the guest's own word for it. */
#include "config.h"

#include "ops/slot.h"

VfpSlot *
vfp_slot_from_promise (const VfpGuest *guest, const VfpSlotPromise *promise,
                       const char *fallback_pool)
{
  const VfpSettings defaults = vfp_settings_default ();
  VfpSlot *slot = vfp_slot_new (guest, promise->name);

  if (promise->alias != NULL)
    {
      g_free (slot->alias);
      slot->alias = g_strdup (promise->alias);
    }
  slot->pool = g_strdup (promise->pool != NULL ? promise->pool : fallback_pool);
  slot->mac = promise->mac;
  slot->guest_address = promise->placement.address;
  slot->has_guest_address = promise->placement.has_address;
  slot->acpi_index = promise->placement.acpi_index;
  slot->settings = defaults;
  vfp_settings_take (&slot->settings, &promise->settings, promise->settings.known);
  slot->asked = vfp_settings_differ (&slot->settings, &defaults);
  slot->profile_id = g_strdup (promise->profile_id);
  slot->driver_model = g_strdup (promise->driver_model);
  slot->on_start = promise->on_start;
  slot->bond = g_strdup (promise->bond);
  slot->bond_mac = promise->bond_mac;
  slot->arrive = promise->arrive;
  slot->standby = g_strdup (promise->standby);
  slot->created = vfp_world_now ();
  return slot;
}
