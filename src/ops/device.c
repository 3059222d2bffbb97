/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of a slot as XML. */
#include "config.h"

#include "ops/device.h"

#include "guest/template.h"

char *
vfp_device_render (const VfpWorld *world, const VfpSlot *slot, const VfpAddress *source,
                   GError **error)
{
  const VfpDeviceSpec spec = {
    .source = *source,
    .mac = slot->mac,
    .alias = slot->alias,
    .placement = { slot->guest_address, slot->has_guest_address, slot->acpi_index },
    .vlan = slot->settings.vlan,
    .profile_id = slot->profile_id,
    .driver_model = slot->driver_model,
    .standby = slot->standby,
  };
  g_autofree char *path
      = vfp_template_find (world->user_template_dir, world->template_dir, "interface.xml");

  return vfp_template_interface (path, &spec, error);
}
