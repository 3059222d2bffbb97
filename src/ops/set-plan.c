/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a set is going to do, decided from one snapshot. */
#include "config.h"

#include "ops/set-plan.h"

#include "base/error.h"
#include "guest/placement.h"
#include "ops/attach-run.h"
#include "ops/bond-legs.h"
#include "ops/change-run.h"
#include "ops/slot.h"
#include "ops/standby-plan.h"

static gboolean
check_mac (const VfpChange *change, const VfpAttachRequest *asked, GError **error)
{
  char buffer[VFP_MAC_STRLEN];
  g_autofree char *user
      = vfp_slot_find_mac_user (change->snapshot, change->before, &asked->mac, NULL);

  return user == NULL
         || vfp_throw (error, VFP_ERROR_MAC_IN_USE, "MAC %s is in use by %s",
                       vfp_mac_format (&asked->mac, buffer), user);
}

/* libvirt's documentation wants one MAC in both halves of a pair, and nobody checks it. */
static gboolean
check_pair (const VfpChange *change, GError **error)
{
  const VfpSlot *slot = change->before;
  g_autofree char *end = NULL;

  if (slot->standby == NULL)
    return TRUE;
  end = vfp_standby_tell_end (
      slot, change->guest != NULL ? vfp_standby_find_present (change->guest, slot) : NULL);
  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s: the MAC of %s is that of its standby %s, and both keep it; %s",
                    slot->guest_name, slot->name, slot->standby, end);
}

/* What the guest's other slots own, though no XML may show it now. */
static gboolean
check_placement (const VfpChange *change, const VfpAddress *address, int acpi_index, GError **error)
{
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const VfpPlacementRequest wanted = {
    .slot_number = vfp_slot_number (change->before),
    .address = address,
    .acpi_index = acpi_index,
    .taken_addresses = addresses,
    .taken_indexes = indexes,
  };

  vfp_slot_collect_taken (change->before, change->snapshot, addresses, indexes);
  return change->guest == NULL || vfp_placement_check (change->guest, &wanted, error);
}

static gboolean
take_identity (VfpChange *change, const VfpAttachRequest *asked, GError **error)
{
  VfpSlot *slot = change->after;
  const gboolean mac = asked->has_mac && !vfp_mac_equal (&asked->mac, &slot->mac);
  const gboolean address = asked->has_guest_address
                           && (!slot->has_guest_address
                               || !vfp_address_equal (&asked->guest_address, &slot->guest_address));
  const gboolean index = asked->acpi_index >= 0 && (unsigned) asked->acpi_index != slot->acpi_index;

  if ((mac && !check_pair (change, error)) || (mac && !check_mac (change, asked, error))
      || ((address || index)
          && !check_placement (change, address ? &asked->guest_address : NULL,
                               index ? asked->acpi_index : 0, error)))
    return FALSE;
  if (mac)
    slot->mac = asked->mac;
  if (address)
    slot->guest_address = asked->guest_address;
  slot->has_guest_address = slot->has_guest_address || address;
  if (index)
    slot->acpi_index = (unsigned) asked->acpi_index;
  if (!address || slot->standby == NULL || change->guest == NULL)
    return TRUE;
  return vfp_standby_check_place (change->guest, vfp_standby_find_present (change->guest, slot),
                                  slot, error);
}

/* What only a new device has, as a text; NULL: nothing. */
static const char *
find_new_identity (const VfpSlot *before, const VfpSlot *after)
{
  if (!vfp_mac_equal (&before->mac, &after->mac))
    return "another MAC";
  if (before->has_guest_address != after->has_guest_address
      || !vfp_address_equal (&before->guest_address, &after->guest_address))
    return "another guest address";
  if (before->acpi_index != after->acpi_index)
    return "another ACPI index";
  return g_strcmp0 (before->profile_id, after->profile_id) != 0 ? "another virtualport" : NULL;
}

/* Through the PF nothing is asked of the guest: it may be paused. */
static gboolean
choose_affect (const VfpChange *change, const VfpAffectFlags *flags, unsigned *out_affect,
               GError **error)
{
  VfpGuest answering;

  *out_affect = 0;
  if (change->guest == NULL)
    return TRUE;
  answering = *change->guest;
  answering.paused = FALSE;
  return vfp_affect_choose (&answering, flags, out_affect, error);
}

static gboolean
choose_parts (VfpChange *change, const VfpAffectFlags *flags, GError **error)
{
  const gboolean in_live = change->from != NULL && change->from->live;
  const gboolean in_config = change->from != NULL && change->from->config;
  unsigned affect;

  if (!choose_affect (change, flags, &affect, error))
    return FALSE;
  if (flags->live && !in_live)
    return vfp_throw (error, VFP_ERROR_SLOT_EMPTY,
                      "%s: %s has no VF in the running guest; leave --live out to change the slot",
                      change->before->guest_name, change->before->name);
  change->live = in_live && (affect & VFP_AFFECT_LIVE);
  change->config = in_config && (affect & VFP_AFFECT_CONFIG);
  change->keeps_slot = in_config && affect == VFP_AFFECT_LIVE;
  return TRUE;
}

static gboolean
is_old_in_live_xml (const VfpChange *change)
{
  const VfpGuestDevice *device
      = vfp_domxml_find_source (change->guest->live, &change->from->address);

  return device != NULL && device->is_interface && device->vlan != change->after->settings.vlan;
}

static gboolean
choose_replug (VfpChange *change, const VfpSetRequest *request, GError **error)
{
  const VfpSlot *slot = change->before;
  const char *identity = find_new_identity (slot, change->after);

  if (change->from == NULL || !change->from->live)
    return TRUE;
  if (identity != NULL && !request->replug)
    return vfp_throw (error, VFP_ERROR_GUEST_RUNNING,
                      "%s runs with %s, which gets %s only when it is plugged in anew; --replug "
                      "does that, and the guest is without it for a moment",
                      slot->guest_name, slot->name, identity);
  change->replug = request->replug && (identity != NULL || is_old_in_live_xml (change));
  return !change->replug || !change->guest->paused
         || vfp_throw (error, VFP_ERROR_GUEST_PAUSED, "%s is paused; 'virsh resume %s' first",
                       slot->guest_name, slot->guest_name);
}

unsigned
vfp_set_plan_lacking (const VfpChange *change)
{
  const VfpSettings wanted = vfp_change_wanted (change);
  const VfpSettings *now;
  unsigned unread;

  if (change->bits == 0 || change->from->vf == NULL)
    return 0;
  now = &change->from->vf->settings;
  unread = change->bits & ~now->known;
  return (vfp_settings_differ (&wanted, now) & change->bits)
         | (unread
            & (vfp_settings_differ (&wanted, &change->before->settings) | ~change->before->asked));
}

gboolean
vfp_set_plan_config_differs (const VfpChange *change)
{
  const VfpGuestDevice *now
      = change->config ? vfp_domxml_find_source (change->guest->config, &change->from->address)
                       : NULL;

  return now != NULL && vfp_change_config_differs (change->after, now, &change->to->address);
}

static gboolean
slot_differs (const VfpChange *change)
{
  return !change->keeps_slot
         && (vfp_settings_differ (&change->before->settings, &change->after->settings) != 0
             || change->before->asked != change->after->asked
             || find_new_identity (change->before, change->after) != NULL);
}

gboolean
vfp_set_plan (VfpChange *change, GError **error)
{
  const VfpSetRequest *request = change->data;

  if (!vfp_change_find_slot (change, request->asked.slot, FALSE, error))
    return FALSE;
  change->after = vfp_slot_copy (change->before);
  if (change->before->bond != NULL
      && !vfp_bond_legs_check_settings (change->before->bond_mac, &request->asked.settings, error))
    return FALSE;
  if (!take_identity (change, &request->asked, error)
      || !vfp_slot_ask (change->after, &request->asked, error)
      || !choose_parts (change, &request->asked.affect, error)
      || !choose_replug (change, request, error))
    return FALSE;
  if (change->live)
    change->bits = (request->asked.settings.known | (request->asked.has_mac ? VFP_SETTING_MAC : 0))
                   & vfp_slot_governed (change->after);
  /* What a driver lacks is found out while the guest still has its NIC. */
  if (change->replug)
    change->bits &= VFP_ATTACH_SETTINGS_BEFORE;
  change->changes = change->replug || vfp_set_plan_lacking (change) != 0
                    || vfp_set_plan_config_differs (change) || slot_differs (change);
  return TRUE;
}
