/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standby of a slot that is half of a failover pair: its MAC, its place, its XML. */
#include "config.h"

#include "base/error.h"
#include "guest/template.h"
#include "ops/slot.h"
#include "ops/standby-plan.h"

static gboolean
check_mac (const VfpStandbyPlan *plan, const VfpSnapshot *snapshot, const VfpSlot *slot,
           GError **error)
{
  char own[VFP_MAC_STRLEN], other[VFP_MAC_STRLEN];
  g_autofree char *detach = NULL;

  if (plan->nic == NULL || vfp_mac_equal (&plan->nic->mac, &slot->mac))
    return TRUE;
  if (slot->id != 0 && vfp_records_find_claim_of_slot (snapshot->records, slot->id) != NULL)
    detach = g_strdup_printf ("'vfpool detach %s --slot %s' and ", slot->guest_name, slot->name);
  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s: %s has the MAC %s and its standby %s; the halves of a pair have one; "
                    "%s'vfpool forget %s --slot %s' first, or another --slot",
                    slot->guest_name, slot->name, vfp_mac_format (&slot->mac, own),
                    vfp_mac_format (&plan->nic->mac, other), detach != NULL ? detach : "",
                    slot->guest_name, slot->name);
}

static gboolean
is_bridge (const VfpDomxml *domxml, unsigned bus)
{
  for (guint i = 0; domxml != NULL && i < domxml->bridges->len; i++)
    if (g_array_index (domxml->bridges, unsigned, i) == bus)
      return TRUE;
  return FALSE;
}

gboolean
vfp_standby_check_place (const VfpGuest *guest, const VfpGuestNic *nic, const VfpSlot *slot,
                         GError **error)
{
  const VfpAddress *place = &slot->guest_address;
  char text[VFP_ADDRESS_STRLEN];

  if (!slot->has_guest_address)
    return TRUE;
  vfp_address_format (place, text);
  if (is_bridge (guest->live, place->bus) || is_bridge (guest->config, place->bus))
    return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                      "%s: %s is at %s, on a bridge without PCI Express, where a failover pair "
                      "cannot be",
                      guest->name, slot->name, text);
  if (place->function != 0
      || (nic != NULL && nic->has_address && nic->address.domain == place->domain
          && nic->address.bus == place->bus && nic->address.slot == place->slot))
    return vfp_throw (
        error, VFP_ERROR_GUEST_REFUSED,
        "%s: %s is at %s, which is no PCI slot of its own; a failover pair needs that", guest->name,
        slot->name, text);
  return TRUE;
}

/* Where it is already, in the other part; else where there is room besides the VF. */
static gboolean
find_place (const VfpStandbyPlan *plan, const VfpSnapshot *snapshot, const VfpGuest *guest,
            const VfpSlot *slot, VfpPlacement *out_placement, GError **error)
{
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const VfpPlacementRequest wanted = { .taken_addresses = addresses, .taken_indexes = indexes };

  if (plan->nic != NULL)
    {
      *out_placement = (VfpPlacement){ plan->nic->address, plan->nic->has_address, 0 };
      return TRUE;
    }
  vfp_slot_collect_taken (slot, snapshot, addresses, indexes);
  if (slot->has_guest_address)
    g_array_append_val (addresses, slot->guest_address);
  return vfp_placement_plan (guest, &wanted, out_placement, error);
}

gboolean
vfp_standby_plan_place (VfpStandbyPlan *plan, const VfpWorld *world, const VfpSnapshot *snapshot,
                        const VfpGuest *guest, const VfpSlot *slot, const VfpStandbyWish *wish,
                        GError **error)
{
  VfpStandbySpec spec = {
    .bridge = wish->kind == VFP_STANDBY_BRIDGE ? wish->name : NULL,
    .network = wish->kind == VFP_STANDBY_NETWORK ? wish->name : NULL,
    .mac = slot->mac,
    .alias = plan->alias,
  };

  plan->mac = slot->mac;
  if (!check_mac (plan, snapshot, slot, error)
      || !vfp_standby_check_place (guest, plan->nic, slot, error))
    return FALSE;
  if (plan->adds == 0)
    return TRUE;
  if (!find_place (plan, snapshot, guest, slot, &spec.placement, error))
    return FALSE;
  spec.placement.acpi_index = 0;
  g_autofree char *path
      = vfp_template_find (world->user_template_dir, world->template_dir, "standby.xml");
  plan->xml = vfp_template_standby (path, &spec, error);
  return plan->xml != NULL;
}
