/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's hot-plug ports. */
#include "config.h"

#include "ops/ports.h"

#include "base/error.h"
#include "guest/placement.h"
#include "ops/guest-lock.h"

void
vfp_ports_free (VfpPorts *ports)
{
  if (ports == NULL)
    return;
  g_free (ports->guest);
  g_free (ports->uuid);
  g_free (ports);
}

static gboolean
check_can_add (const VfpGuest *guest, GError **error)
{
  if (!guest->persistent)
    return vfp_throw (error, VFP_ERROR_GUEST_TRANSIENT,
                      "%s is transient and has no configuration to add ports to", guest->name);
  if (guest->config->machine != VFP_MACHINE_Q35)
    return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                      "%s is not of machine type q35 and takes no pcie-root-port", guest->name);
  return TRUE;
}

VfpPorts *
vfp_ports (VfpWorld *world, const char *name, unsigned add, gboolean dry_run, unsigned timeout_ms,
           GError **error)
{
  g_autoptr (VfpPorts) ports = g_new0 (VfpPorts, 1);
  g_autoptr (VfpLock) lock = NULL;

  if (add > 0 && !dry_run)
    lock = vfp_guest_lock_take (world, name, timeout_ms, &ports->uuid, error);
  else
    ports->uuid = world->virt->find_guest (world->virt, name, error);
  if (ports->uuid == NULL)
    return NULL;

  g_autoptr (VfpGuest) guest = world->virt->get_guest (world->virt, ports->uuid, error);
  if (guest == NULL || (add > 0 && !check_can_add (guest, error)))
    return NULL;
  if (add > 0 && !dry_run && !world->virt->add_ports (world->virt, guest->uuid, add, error))
    return NULL;

  const VfpDomxml *present = guest->live != NULL ? guest->live : guest->config;
  ports->guest = g_strdup (guest->name);
  ports->hotplug_bus = present->machine == VFP_MACHINE_Q35;
  vfp_placement_count_ports (guest, &ports->free, &ports->total);
  ports->added = add;
  if (guest->live != NULL && guest->config != NULL
      && guest->config->ports->len + add > guest->live->ports->len)
    ports->pending = guest->config->ports->len + add - guest->live->ports->len;
  ports->power_cycle = add > 0 && guest->running;
  return g_steal_pointer (&ports);
}
