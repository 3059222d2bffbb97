/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding, making and changing the identity that a slot is. */
#include "config.h"

#include "ops/slot.h"

#include "base/error.h"
#include "base/parse.h"
#include "guest/placement.h"

#define MAC_ATTEMPTS 100

char *
vfp_slot_alias (const char *slot_name)
{
  return g_strdup_printf ("ua-vfpool-%s", slot_name);
}

unsigned
vfp_slot_number (const VfpSlot *slot)
{
  unsigned number = 0;

  (void) vfp_parse_slot_name (slot->name, &number, NULL);
  return number;
}

VfpSlot *
vfp_slot_new (const VfpGuest *guest, const char *name)
{
  VfpSlot *slot = g_new0 (VfpSlot, 1);

  slot->guest_uuid = g_strdup (guest->uuid);
  slot->guest_name = g_strdup (guest->name);
  slot->name = g_strdup (name);
  slot->alias = vfp_slot_alias (name);
  slot->transient = !guest->persistent;
  return slot;
}

static gboolean
has_alias_of (const VfpGuest *guest, const char *name)
{
  g_autofree char *alias = vfp_slot_alias (name);

  return (guest->live != NULL && vfp_domxml_find_alias (guest->live, alias) != NULL)
         || (guest->config != NULL && vfp_domxml_find_alias (guest->config, alias) != NULL);
}

gboolean
vfp_slot_name_is_free (const VfpSnapshot *snapshot, const VfpGuest *guest, const char *name)
{
  return vfp_records_find_slot (snapshot->records, guest->uuid, name) == NULL
         && !has_alias_of (guest, name);
}

static VfpSlot *
new_numbered_slot (const VfpSnapshot *snapshot, const VfpGuest *guest)
{
  for (unsigned number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("net%u", number);

      if (vfp_slot_name_is_free (snapshot, guest, name))
        return vfp_slot_new (guest, name);
    }
}

/* What gets a VF at each start is not taken for a lasting one; and of a guest that is off it has
 * all that it can have now. */
static gboolean
is_of_kind (const VfpSlot *slot, const VfpGuest *guest, gboolean on_start)
{
  return !slot->on_start || (on_start && guest->running);
}

/* Slots without VF, as borrowed pointers. */
static GPtrArray *
empty_slots (const VfpSnapshot *snapshot, const VfpGuest *guest, gboolean on_start)
{
  GPtrArray *slots = vfp_records_slots_of (snapshot->records, guest->uuid);

  for (guint i = slots->len; i-- > 0;)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (vfp_records_find_claim_of_slot (snapshot->records, slot->id) != NULL
          || !is_of_kind (slot, guest, on_start))
        g_ptr_array_remove_index (slots, i);
    }
  return slots;
}

/* Slots of several pools: which network is meant is never guessed. */
static gboolean
hang_apart (GPtrArray *slots)
{
  for (guint i = 1; i < slots->len; i++)
    if (!g_str_equal (((const VfpSlot *) g_ptr_array_index (slots, 0))->pool,
                      ((const VfpSlot *) g_ptr_array_index (slots, i))->pool))
      return TRUE;
  return FALSE;
}

VfpSlot *
vfp_slot_choose (const VfpSnapshot *snapshot, const VfpGuest *guest,
                 const VfpAttachRequest *request, const char *pool_wanted, GError **error)
{
  if (request->slot != NULL)
    {
      if (!vfp_parse_slot_name (request->slot, NULL, error))
        return NULL;
      const VfpSlot *named = vfp_records_find_slot (snapshot->records, guest->uuid, request->slot);
      return named != NULL ? vfp_slot_copy (named) : vfp_slot_new (guest, request->slot);
    }

  g_autoptr (GPtrArray) empty = empty_slots (snapshot, guest, request->on_start);
  if (pool_wanted == NULL && request->vf == NULL && hang_apart (empty))
    {
      vfp_slot_throw_several (guest->name, empty, "say --slot or --pf", error);
      return NULL;
    }
  for (guint i = 0; i < empty->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (empty, i);

      if (pool_wanted == NULL || g_str_equal (slot->pool, pool_wanted))
        return vfp_slot_copy (slot);
    }
  if (request->vf != NULL && empty->len == 1)
    return vfp_slot_copy (g_ptr_array_index (empty, 0));
  return new_numbered_slot (snapshot, guest);
}

static gboolean
has_mac (const VfpDomxml *domxml, const VfpMac *mac)
{
  for (guint i = 0; domxml != NULL && i < domxml->macs->len; i++)
    if (vfp_mac_equal (&g_array_index (domxml->macs, VfpMac, i), mac))
      return TRUE;
  return FALSE;
}

/* Whether the device with @mac in it is another than the slot's own. */
static gboolean
has_mac_elsewhere (const VfpDomxml *domxml, const VfpSlot *slot, const VfpMac *mac)
{
  const VfpGuestDevice *own = domxml != NULL ? vfp_domxml_find_alias (domxml, slot->alias) : NULL;
  guint users = 0;

  for (guint i = 0; domxml != NULL && i < domxml->macs->len; i++)
    users += vfp_mac_equal (&g_array_index (domxml->macs, VfpMac, i), mac);
  return users > (own != NULL && own->has_mac && vfp_mac_equal (&own->mac, mac) ? 1 : 0);
}

static const char *
find_reserved_mac (const VfpRecords *records, const VfpMac *mac)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->owner != NULL && (claim->settings.known & VFP_SETTING_MAC)
          && vfp_mac_equal (&claim->settings.mac, mac))
        return claim->owner;
    }
  return NULL;
}

char *
vfp_slot_find_mac_user (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpMac *mac,
                        const VfpAddress *adopted)
{
  char key[VFP_MAC_STRLEN];
  const char *netdev = g_hash_table_lookup (snapshot->inventory->macs, vfp_mac_format (mac, key));

  if (netdev != NULL)
    return g_strdup_printf ("the host's %s", netdev);
  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *other = g_ptr_array_index (snapshot->records->slots, i);

      if (other->id != slot->id && vfp_mac_equal (&other->mac, mac))
        return g_strdup_printf ("%s (%s)", other->guest_name, other->name);
    }
  const char *owner = find_reserved_mac (snapshot->records, mac);
  if (owner != NULL)
    return g_strdup_printf ("a VF that is reserved for %s", owner);
  for (guint i = 0; snapshot->guests != NULL && i < snapshot->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (snapshot->guests, i);

      if (!g_str_equal (guest->uuid, slot->guest_uuid))
        {
          if (has_mac (guest->live, mac) || has_mac (guest->config, mac))
            return g_strdup (guest->name);
        }
      else if (adopted == NULL
               && (has_mac_elsewhere (guest->live, slot, mac)
                   || has_mac_elsewhere (guest->config, slot, mac)))
        return g_strdup_printf ("another NIC of %s", guest->name);
    }
  for (guint i = 0; i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (vf->vf != NULL && vf->state == VFP_VF_FOREIGN
          && (adopted == NULL || !vfp_address_equal (&vf->address, adopted))
          && (vf->vf->settings.known & VFP_SETTING_MAC)
          && vfp_mac_equal (&vf->vf->settings.mac, mac))
        return g_strdup_printf ("%s VF %u", vf->pf_name, vf->index);
    }
  return NULL;
}

gboolean
vfp_slot_derive_mac (VfpSlot *slot, const VfpSnapshot *snapshot, GError **error)
{
  const VfpMacPrefix prefix
      = snapshot->config != NULL ? snapshot->config->mac_prefix : vfp_mac_prefix_default ();

  for (unsigned attempt = 0; attempt < MAC_ATTEMPTS; attempt++)
    {
      const VfpMac mac = vfp_mac_derive (&prefix, slot->guest_uuid, slot->name, attempt);
      g_autofree char *user = vfp_slot_find_mac_user (snapshot, slot, &mac, NULL);

      if (user != NULL)
        continue;
      slot->mac = mac;
      return TRUE;
    }
  return vfp_throw (error, VFP_ERROR_MAC_IN_USE, "%s: no free MAC found; name one by --mac",
                    slot->guest_name);
}

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
