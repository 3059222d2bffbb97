/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MACs: who has one, and one that nobody has. */
#include "config.h"

#include "ops/slot.h"

#include "base/error.h"
#include "guest/standby.h"

#define MAC_ATTEMPTS 100

/* The other half of the slot's pair: it may have no alias yet. */
static const VfpGuestNic *
find_standby (const VfpDomxml *domxml, const VfpSlot *slot, const VfpMac *mac)
{
  return domxml != NULL && slot->standby != NULL ? vfp_standby_find_mac (domxml, mac) : NULL;
}

/* Whether the device with @mac in it is another than the slot's own. */
static gboolean
has_mac_elsewhere (const VfpDomxml *domxml, const VfpSlot *slot, const VfpMac *mac)
{
  const VfpGuestDevice *own = domxml != NULL ? vfp_domxml_find_alias (domxml, slot->alias) : NULL;
  guint users = 0;

  for (guint i = 0; domxml != NULL && i < domxml->macs->len; i++)
    users += vfp_mac_equal (&g_array_index (domxml->macs, VfpMac, i), mac);
  return users > (own != NULL && own->has_mac && vfp_mac_equal (&own->mac, mac) ? 1u : 0u)
                     + (find_standby (domxml, slot, mac) != NULL ? 1u : 0u);
}

/* The macvtap of a standby has the MAC of the pair. */
static gboolean
is_own_tap (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpMac *mac, const char *netdev)
{
  const VfpGuest *guest
      = snapshot->guests != NULL ? vfp_guest_find (snapshot->guests, slot->guest_uuid) : NULL;
  const VfpGuestNic *nic = guest != NULL ? find_standby (guest->live, slot, mac) : NULL;

  return nic != NULL && g_strcmp0 (nic->target, netdev) == 0;
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

  if (netdev != NULL && !is_own_tap (snapshot, slot, mac, netdev))
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
          if (vfp_guest_has_mac (guest, mac))
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
