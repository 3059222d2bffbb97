/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the row of a reservation says that a request asks for. */
#include "config.h"

#include "ops/reserve-claim.h"

#include "base/error.h"
#include "ops/slot.h"

#define MAC_ATTEMPTS 16

static unsigned
asked_of (const VfpReserveRequest *request)
{
  return request->settings.known | (request->auto_mac ? VFP_SETTING_MAC : 0);
}

static char *
find_mac_user (const VfpSnapshot *snapshot, const VfpMac *mac)
{
  const VfpSlot nobody = { .guest_uuid = (char *) "", .alias = (char *) "" };

  return vfp_slot_find_mac_user (snapshot, &nobody, mac, NULL);
}

static gboolean
derive_mac (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
            VfpClaim *claim, GError **error)
{
  for (unsigned attempt = 0; attempt < MAC_ATTEMPTS; attempt++)
    {
      const VfpMac mac = vfp_mac_derive_reserved (&world->config->mac_prefix, claim->owner,
                                                  &vf->pf->mac, vf->index, attempt);
      g_autofree char *user = find_mac_user (snapshot, &mac);

      if (user != NULL)
        continue;
      claim->settings.mac = mac;
      claim->settings.known |= VFP_SETTING_MAC;
      return TRUE;
    }
  return vfp_throw (error, VFP_ERROR_MAC_IN_USE, "%s VF %u: no free MAC found; name one by --mac",
                    vf->pf_name, vf->index);
}

static gboolean
check_mac (const VfpSnapshot *snapshot, const VfpMac *mac, GError **error)
{
  g_autofree char *user = find_mac_user (snapshot, mac);
  char text[VFP_MAC_STRLEN];

  return user == NULL
         || vfp_throw (error, VFP_ERROR_MAC_IN_USE, "MAC %s is in use by %s",
                       vfp_mac_format (mac, text), user);
}

/* A full set, so that nothing is inherited from whoever had the VF last. */
static gboolean
fill_settings (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpReserveRequest *request,
               const VfpVfView *vf, VfpClaim *claim, GError **error)
{
  claim->asked = asked_of (request);
  if (vf->pf->netdev == NULL)
    return claim->asked == 0
           || vfp_throw (error, VFP_ERROR_NO_SUCH_PF,
                         "%s is not a network card: its VFs have no MAC, VLAN or trust",
                         vf->pf_name);
  claim->settings = vfp_settings_default ();
  vfp_settings_take (&claim->settings, &request->settings, request->settings.known);
  if (request->settings.known & VFP_SETTING_MAC)
    return check_mac (snapshot, &request->settings.mac, error);
  return !request->auto_mac || derive_mac (world, snapshot, vf, claim, error);
}

VfpClaim *
vfp_reserve_claim_new (const VfpWorld *world, const VfpSnapshot *snapshot,
                       const VfpReserveRequest *request, const VfpVfView *vf, GError **error)
{
  g_autoptr (VfpClaim) claim = g_new0 (VfpClaim, 1);

  claim->owner = g_strdup (request->owner);
  claim->vf = vf->index;
  claim->address = vf->address;
  claim->since = vfp_world_now ();
  claim->by = g_strdup (world->by);
  claim->driver = g_strdup (request->driver);
  claim->until = request->until;
  return fill_settings (world, snapshot, request, vf, claim, error) ? g_steal_pointer (&claim)
                                                                    : NULL;
}

static gboolean
has_derived_mac (const VfpWorld *world, const VfpVfView *vf)
{
  const VfpClaim *claim = vf->claim;

  if (vf->pf == NULL)
    return TRUE;
  for (unsigned attempt = 0; attempt < MAC_ATTEMPTS; attempt++)
    {
      const VfpMac mac = vfp_mac_derive_reserved (&world->config->mac_prefix, claim->owner,
                                                  &vf->pf->mac, vf->index, attempt);

      if (vfp_mac_equal (&mac, &claim->settings.mac))
        return TRUE;
    }
  return FALSE;
}

gboolean
vfp_reserve_claim_check (const VfpWorld *world, const VfpReserveRequest *request,
                         const VfpVfView *vf, GError **error)
{
  const VfpClaim *claim = vf->claim;
  g_autofree char *settings = vfp_settings_to_string (&claim->settings);
  char address[VFP_ADDRESS_STRLEN];

  if (g_strcmp0 (claim->driver, request->driver) == 0 && claim->asked == asked_of (request)
      && vfp_settings_differ (&claim->settings, &request->settings) == 0
      && (!request->auto_mac || has_derived_mac (world, vf)))
    return TRUE;
  vfp_address_format (&vf->address, address);
  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s is reserved for %s otherwise (driver %s, %s); 'vfpool unreserve %s' first",
                    address, claim->owner, claim->driver != NULL ? claim->driver : "as it was",
                    settings, address);
}
