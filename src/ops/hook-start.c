/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt has done its part for a guest that is about to run: what it does not set of a VF. */
#include "config.h"

#include "ops/hook-run.h"

#include "base/error.h"
#include "host/vf.h"

/* libvirt has set the MAC of an <interface>, from the XML; of a <hostdev> it knows none. */
static VfpSettings
settings_of (const VfpHookDevice *device)
{
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = device->slot->mac };
  VfpSettings settings = device->slot->settings;

  if (!device->device->is_interface)
    vfp_settings_take (&settings, &mac, VFP_SETTING_MAC);
  return settings;
}

/* libvirt has set the VLAN of the XML, which for a guest that was migrated, or restored, may be an
 * older one: it does not run in a network that is not its slot's any more. */
static gboolean
apply_vlan (VfpHookRun *run, const VfpHookDevice *device)
{
  const VfpSlot *slot = device->slot;
  const unsigned which = vfp_slot_governed (slot) & slot->settings.known & VFP_SETTING_VLAN;
  g_autoptr (GError) error = NULL;

  if (which == 0 || !device->device->is_interface || device->device->vlan == slot->settings.vlan
      || run->world->netlink == NULL || device->vf->pf->netdev == NULL
      || vfp_vf_apply (run->world->netlink, device->vf->pf->netdev, device->vf->index,
                       &slot->settings, which, slot->asked, NULL, &error))
    return TRUE;
  g_autofree char *reason
      = g_strdup_printf ("its XML has VLAN %u for %s, whose VLAN is %u, and that cannot be set: %s",
                         device->device->vlan, slot->name, slot->settings.vlan, error->message);
  vfp_hook_refuse (run, reason, TRUE);
  return FALSE;
}

static void
apply (VfpHookRun *run, const VfpHookDevice *device)
{
  const VfpSettings settings = settings_of (device);
  const VfpPf *pf = device->vf->pf;
  VfpNetlink *netlink = run->world->netlink;
  const unsigned which = settings.known & vfp_slot_governed (device->slot);
  g_autoptr (GError) error = NULL;

  if (netlink == NULL || pf->netdev == NULL || which == 0
      || vfp_vf_apply (netlink, pf->netdev, device->vf->index, &settings, which,
                       device->slot->asked, NULL, &error))
    return;
  vfp_world_warn (run->world,
                  "%s: %s starts without all of its settings: %s; 'vfpool attach %s "
                  "--slot %s --ensure' sets them again",
                  run->domxml->name, device->slot->name, error->message, run->domxml->name,
                  device->slot->name);
}

gboolean
vfp_hook_start (VfpHookRun *run, GError **error)
{
  g_autoptr (VfpInventory) inventory = NULL;
  g_autoptr (VfpRecords) records = NULL;

  if (!vfp_hook_read_host (run, &inventory, error)
      || (records = vfp_store_load (run->world->store, error)) == NULL)
    return FALSE;

  g_autoptr (VfpView) view = vfp_hook_view (run, inventory, records);
  g_autoptr (VfpHookDecision) decision = vfp_hook_decide (view, run->domxml);
  if (decision->refused != NULL)
    {
      vfp_hook_refuse (run, decision->refused, TRUE);
      return TRUE;
    }
  for (guint i = 0; i < decision->devices->len; i++)
    if (!apply_vlan (run, g_ptr_array_index (decision->devices, i)))
      return TRUE;
  for (guint i = 0; i < decision->devices->len; i++)
    apply (run, g_ptr_array_index (decision->devices, i));
  return TRUE;
}
