/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of a slot as XML. */
#include "config.h"

#include "ops/device.h"

#include "base/error.h"
#include "guest/template.h"

/* <driver model=…> of an <interface> (formatdomain, "since 10.0.0"). */
#define DRIVER_MODEL_SINCE 10000000ul

gboolean
vfp_device_check_driver_model (VfpVirt *virt, const char *guest, const char *slot, GError **error)
{
  unsigned long version;

  return virt->get_version (virt, &version, error)
         && (version >= DRIVER_MODEL_SINCE
             || vfp_throw (error, VFP_ERROR_UNSUPPORTED,
                           "%s: %s has a driver model, for which libvirt must be 10.0 or later; it "
                           "is %lu.%lu",
                           guest, slot, version / 1000000, version / 1000 % 1000));
}

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
