/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of a slot that changes: plugged in, and in the persistent XML. */
#include "config.h"

#include "base/error.h"
#include "ops/attach-run.h"
#include "ops/change-run.h"
#include "ops/claim-settings.h"
#include "ops/device.h"
#include "ops/release.h"

static gboolean
apply (VfpWorld *world, const VfpSlot *slot, const VfpClaim *claim, const char *netdev,
       unsigned which, GError **error)
{
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = slot->mac };
  VfpSettings wanted = slot->settings;

  which &= vfp_slot_governed (slot);
  if (world->netlink == NULL || which == 0)
    return TRUE;
  vfp_settings_take (&wanted, &mac, VFP_SETTING_MAC);
  return vfp_claim_apply (world, claim, netdev, &wanted, which, slot->asked | VFP_SETTING_MAC,
                          error);
}

static gboolean
is_live (VfpWorld *world, const char *uuid, const VfpClaim *claim)
{
  g_autoptr (VfpGuest) guest = NULL;
  gboolean live, config;

  if (!world->virt->pass_job_queue (world->virt, uuid, NULL))
    return FALSE;
  guest = world->virt->get_guest (world->virt, uuid, NULL);
  vfp_release_look (guest, claim, &live, &config);
  return live;
}

static gboolean
attach_device (VfpWorld *world, const VfpSlot *slot, const VfpClaim *claim, GError **error)
{
  VfpVirt *virt = world->virt;
  g_autoptr (GError) local = NULL;
  g_autofree char *xml = vfp_device_render (world, slot, &claim->address, error);

  if (xml == NULL)
    return FALSE;
  if (virt->attach_device (virt, slot->guest_uuid, xml, VFP_AFFECT_LIVE, &local))
    return TRUE;
  if (is_live (world, slot->guest_uuid, claim))
    {
      vfp_world_warn (world, "%s: libvirt reported '%s', yet the device is in", slot->guest_name,
                      local->message);
      return TRUE;
    }
  g_prefix_error (&local, "%s: ", slot->guest_name);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
vfp_change_plug (VfpWorld *world, const VfpSlot *slot, const VfpClaim *claim, const char *netdev,
                 GError **error)
{
  return apply (world, slot, claim, netdev, VFP_ATTACH_SETTINGS_BEFORE, error)
         && attach_device (world, slot, claim, error)
         && apply (world, slot, claim, netdev, VFP_SETTING_ALL, error);
}

/* MAC, VLAN, port profile and the pair: a <hostdev> has none of them here. */
static gboolean
compare_network (const VfpGuestDevice *now, const VfpGuestDevice *wanted, VfpDeviceChange *change)
{
  if (!now->is_interface)
    return FALSE;
  if (!now->has_mac || !vfp_mac_equal (&now->mac, &wanted->mac))
    change->new_mac = &wanted->mac;
  if (now->vlan != wanted->vlan)
    change->new_vlan = &wanted->vlan;
  if (g_strcmp0 (now->profile_id, wanted->profile_id) != 0)
    change->new_profile_id = wanted->profile_id != NULL ? wanted->profile_id : "";
  if (g_strcmp0 (now->standby, wanted->standby) != 0)
    change->new_standby = wanted->standby != NULL ? wanted->standby : "";
  return change->new_mac != NULL || change->new_vlan != NULL || change->new_profile_id != NULL
         || change->new_standby != NULL;
}

static gboolean
compare (const VfpGuestDevice *now, const VfpGuestDevice *wanted, VfpDeviceChange *change)
{
  *change = (VfpDeviceChange){ .source = now->source };
  if (!vfp_address_equal (&now->source, &wanted->source))
    change->new_source = &wanted->source;
  if (wanted->has_address
      && (!now->has_address || !vfp_address_equal (&now->address, &wanted->address)))
    change->new_address = &wanted->address;
  if (now->acpi_index != wanted->acpi_index)
    change->new_acpi_index = &wanted->acpi_index;
  return compare_network (now, wanted, change) || change->new_source != NULL
         || change->new_address != NULL || change->new_acpi_index != NULL;
}

static gboolean
write_device (VfpWorld *world, const char *uuid, const VfpGuestDevice *now,
              const VfpGuestDevice *wanted, GError **error)
{
  VfpDeviceChange change;

  return !compare (now, wanted, &change)
         || world->virt->change_config (world->virt, uuid, &change, error);
}

static VfpGuestDevice
device_of (const VfpSlot *slot, const VfpAddress *source)
{
  return (VfpGuestDevice){
    .source = *source,
    .mac = slot->mac,
    .vlan = slot->settings.vlan,
    .profile_id = slot->profile_id,
    .standby = slot->standby,
    .address = slot->guest_address,
    .has_address = slot->has_guest_address,
    .acpi_index = slot->acpi_index,
  };
}

gboolean
vfp_change_config_differs (const VfpSlot *slot, const VfpGuestDevice *now, const VfpAddress *source)
{
  const VfpGuestDevice wanted = device_of (slot, source);
  VfpDeviceChange change;

  return compare (now, &wanted, &change);
}

gboolean
vfp_change_write_config (VfpWorld *world, const VfpSlot *slot, const VfpGuestDevice *now,
                         const VfpAddress *source, GError **error)
{
  const VfpGuestDevice wanted = device_of (slot, source);

  return write_device (world, slot->guest_uuid, now, &wanted, error);
}

/* What libvirt answers is a hint here too. */
gboolean
vfp_change_config_act (gpointer data, GError **error)
{
  VfpChange *change = data;
  const VfpGuestDevice *now
      = change->config ? vfp_domxml_find_source (change->guest->config, &change->from->address)
                       : NULL;

  if (!change->changes || now == NULL)
    return TRUE;
  return vfp_change_write_config (change->world, change->after, now, &change->to->address, error);
}

/* As it was read, not as the slot says: somebody may have edited it. */
gboolean
vfp_change_config_undo (gpointer data, GError **error)
{
  VfpChange *change = data;
  VfpVirt *virt = change->world->virt;
  const VfpGuestDevice *before
      = change->config ? vfp_domxml_find_source (change->guest->config, &change->from->address)
                       : NULL;
  const VfpGuestDevice *now;

  if (!change->changes || before == NULL)
    return TRUE;
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, change->uuid, error);
  if (guest == NULL)
    return FALSE;
  now = guest->config != NULL ? vfp_domxml_find_source (guest->config, &change->to->address) : NULL;
  return now == NULL || write_device (change->world, change->uuid, now, before, error);
}
