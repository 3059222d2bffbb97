/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a slot becomes by what was asked for. */
#include "config.h"

#include "ops/slot.h"

#include "base/error.h"
#include "guest/placement.h"

static gboolean
fill_mac (VfpSlot *slot, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
          GError **error)
{
  char buffer[VFP_MAC_STRLEN];

  if (request->has_mac)
    {
      g_autofree char *user = vfp_slot_find_mac_user (snapshot, slot, &request->mac, NULL);

      if (user != NULL)
        return vfp_throw (error, VFP_ERROR_MAC_IN_USE, "MAC %s is in use by %s",
                          vfp_mac_format (&request->mac, buffer), user);
      slot->mac = request->mac;
      return TRUE;
    }

  return vfp_slot_derive_mac (slot, snapshot, error);
}

void
vfp_slot_collect_taken (const VfpSlot *slot, const VfpSnapshot *snapshot, GArray *addresses,
                        GArray *indexes)
{
  g_autoptr (GPtrArray) others = vfp_records_slots_of (snapshot->records, slot->guest_uuid);

  for (guint i = 0; i < others->len; i++)
    {
      const VfpSlot *other = g_ptr_array_index (others, i);

      if (other->id == slot->id)
        continue;
      if (other->has_guest_address)
        g_array_append_val (addresses, other->guest_address);
      if (other->acpi_index != 0)
        g_array_append_val (indexes, other->acpi_index);
    }
}

/* Plans for a new slot; for an existing one makes sure that what it owns is still free. */
static gboolean
fill_placement (VfpSlot *slot, const VfpSnapshot *snapshot, const VfpGuest *guest,
                const VfpAttachRequest *request, const VfpConfigPool *config, GError **error)
{
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const gboolean exists = slot->id != 0;
  const VfpAddress *asked = request->has_guest_address ? &request->guest_address : NULL;
  VfpPlacement placement;

  vfp_slot_collect_taken (slot, snapshot, addresses, indexes);
  if (exists)
    asked = slot->has_guest_address ? &slot->guest_address : NULL;

  const VfpPlacementRequest wanted = {
    .slot_number = vfp_slot_number (slot),
    .address = asked,
    .acpi_index = exists ? (int) slot->acpi_index : request->acpi_index,
    .taken_addresses = addresses,
    .taken_indexes = indexes,
    .bus = config != NULL ? config->guest_bus : 0,
    .slot_base = config != NULL ? config->guest_pci_slot_base : 0,
  };
  if (!vfp_placement_plan (guest, &wanted, &placement, error))
    return FALSE;

  slot->guest_address = placement.address;
  slot->has_guest_address = placement.has_address;
  slot->acpi_index = placement.acpi_index;
  return TRUE;
}

static gboolean
throw_differs (const VfpSlot *slot, const char *what, GError **error)
{
  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s: %s has another %s already; leave the option out, or 'vfpool forget %s "
                    "--slot %s' first",
                    slot->guest_name, slot->name, what, slot->guest_name, slot->name);
}

/* What a slot owns never changes silently: another MAC, address or index is another NIC. */
static gboolean
check_identity (const VfpSlot *slot, const VfpAttachRequest *request, GError **error)
{
  if (request->has_mac && !vfp_mac_equal (&request->mac, &slot->mac))
    return throw_differs (slot, "MAC", error);
  if (request->has_guest_address
      && (!slot->has_guest_address
          || !vfp_address_equal (&request->guest_address, &slot->guest_address)))
    return throw_differs (slot, "guest address", error);
  if (request->acpi_index >= 0 && (unsigned) request->acpi_index != slot->acpi_index)
    return throw_differs (slot, "ACPI index", error);
  return TRUE;
}

/* libvirt refuses the two together (virHostdevNetConfigReplace() in virhostdev.c). */
static gboolean
check_virtualport (const VfpSlot *slot, GError **error)
{
  if (slot->profile_id == NULL || slot->settings.vlan == 0)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_USAGE,
                    "%s: %s would have VLAN %u and a virtualport; libvirt: direct setting of the "
                    "vlan tag is not allowed for hostdev devices using 802.1Qbh mode",
                    slot->guest_name, slot->name, slot->settings.vlan);
}

gboolean
vfp_slot_ask (VfpSlot *slot, const VfpAttachRequest *request, GError **error)
{
  if (!vfp_settings_ask (&slot->settings, &request->settings, request->rates, error))
    {
      g_prefix_error (error, "%s: %s: ", slot->guest_name, slot->name);
      return FALSE;
    }
  slot->asked |= request->settings.known;
  if (request->has_virtualport)
    {
      g_free (slot->profile_id);
      slot->profile_id = g_strdup (request->profile_id);
    }
  if (request->has_driver_model)
    {
      g_free (slot->driver_model);
      slot->driver_model = g_strdup (request->driver_model);
    }
  return check_virtualport (slot, error);
}

static void
take_defaults (VfpSlot *slot, const VfpConfigPool *config)
{
  const VfpSettings *settings = &config->vfs.settings;

  vfp_settings_take (&slot->settings, settings, settings->known);
  slot->asked |= settings->known;
  slot->profile_id = g_strdup (config->profile_id);
}

/* Above what the pool says: with another link-state the guest would not see a dead uplink, and
 * trust is for legs that get the bond's MAC. What was asked for of the leg itself stays. */
static void
join_bond (VfpSlot *slot, const VfpAttachRequest *request, gboolean empty)
{
  const gboolean had_own_mac = slot->bond != NULL && slot->bond_mac == VFP_BOND_MAC_ACTIVE;

  g_free (slot->bond);
  slot->bond = g_strdup (request->bond);
  slot->bond_mac = request->bond_mac;
  if (!empty)
    return;
  slot->settings.link_state = VFP_LINK_STATE_AUTO;
  if (request->bond_mac == VFP_BOND_MAC_ACTIVE && !had_own_mac)
    {
      slot->settings.trust = FALSE;
      slot->asked &= ~(unsigned) VFP_SETTING_TRUST;
    }
}

gboolean
vfp_slot_fill (VfpSlot *slot, const VfpSnapshot *snapshot, const VfpGuest *guest,
               const VfpAttachRequest *request, const VfpPool *pool, GError **error)
{
  const VfpConfigPool *config = pool->config;
  const VfpClaim *claim
      = slot->id != 0 ? vfp_records_find_claim_of_slot (snapshot->records, slot->id) : NULL;

  if (slot->id == 0)
    {
      slot->settings = vfp_settings_default ();
      slot->created = vfp_world_now ();
      if (config != NULL)
        take_defaults (slot, config);
      if (!fill_mac (slot, snapshot, request, error))
        return FALSE;
    }
  else if (!check_identity (slot, request, error))
    return FALSE;
  /* With a claim the slot's own device is where the slot says. */
  if (claim == NULL && !fill_placement (slot, snapshot, guest, request, config, error))
    return FALSE;

  g_free (slot->guest_name);
  slot->guest_name = g_strdup (guest->name);
  g_free (slot->pool);
  slot->pool = g_strdup (pool->name);
  if (request->bond != NULL)
    join_bond (slot, request, claim == NULL);
  return vfp_slot_ask (slot, request, error);
}
