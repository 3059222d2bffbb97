/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reservation: made to be on its VF, and taken from it. */
#include "config.h"

#include "ops/reservation.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/claim-settings.h"
#include "ops/release.h"

#define RESERVATIONS_LOCK "reservations"

VfpLock *
vfp_reservation_lock (VfpWorld *world, unsigned timeout_ms, GError **error)
{
  return vfp_lock_take (world->state_path, RESERVATIONS_LOCK, timeout_ms, error);
}

static gboolean
names_vf (const VfpDomxml *domxml, const VfpAddress *address)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, address) != NULL;
}

char *
vfp_reservation_find_user (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf)
{
  for (guint i = 0; snapshot->guests != NULL && i < snapshot->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (snapshot->guests, i);

      if (names_vf (guest->live, &vf->address) || names_vf (guest->config, &vf->address))
        return g_strdup (guest->name);
    }
  if (vf->vf == NULL)
    return NULL;
  if (vfp_vf_vfio_open (world->root, &vf->address))
    return g_strdup ("a process that has its VFIO device open");
  if (vf->vf->host_use != NULL && !vfp_vf_driver_is_vfio (vf->vf->driver))
    return g_strdup_printf ("the host (%s)", vf->vf->host_use);
  return NULL;
}

gboolean
vfp_reservation_save (VfpWorld *world, const VfpPf *pf, VfpClaim *claim, GError **error)
{
  g_free (claim->saved_override);
  claim->saved_override = vfp_drivers_override (world->root, &claim->address);
  claim->saved = (VfpSettings){ 0 };
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (world->boot_id);
  return vfp_claim_save (world, pf, claim, error);
}

static gboolean
apply_settings (VfpWorld *world, const VfpPf *pf, const VfpClaim *claim, unsigned *out_changed,
                GError **error)
{
  *out_changed = 0;
  /* What is not told can be neither set nor checked, and nobody has asked for it. */
  if (world->netlink == NULL || pf->netdev == NULL
      || (claim->asked == 0 && (claim->saved.known == 0 || claim->settings.known == 0)))
    return TRUE;
  return vfp_vf_apply (world->netlink, pf->netdev, claim->vf, &claim->settings,
                       claim->settings.known, claim->asked, out_changed, error);
}

static const char *
override_of (const VfpClaim *claim)
{
  if (g_str_equal (claim->driver, VFP_DRIVER_NONE))
    return claim->saved_override;
  return g_str_equal (claim->driver, VFP_DRIVER_HOST) ? NULL : claim->driver;
}

/* Binding and unbinding resets the VF, and some PF drivers forget settings then: they are looked at
 * again. */
gboolean
vfp_reservation_apply (VfpWorld *world, const VfpPf *pf, const VfpClaim *claim, GError **error)
{
  unsigned changed, ignored;

  if (!apply_settings (world, pf, claim, &changed, error))
    return FALSE;
  if (claim->driver == NULL)
    return TRUE;
  const gboolean again
      = g_str_equal (claim->driver, VFP_DRIVER_HOST) && (changed & VFP_SETTING_MAC);
  return vfp_drivers_bind (world->drivers, &claim->address, claim->driver, override_of (claim),
                           again, error)
         && apply_settings (world, pf, claim, &ignored, error);
}

static gboolean
has_other_mac (const VfpClaim *claim)
{
  return (vfp_settings_differ (&claim->settings, &claim->saved) & VFP_SETTING_MAC) != 0;
}

/* A module that was unloaded meanwhile is no reason to keep the VF for ever. */
static gboolean
give_back_driver (VfpWorld *world, const VfpClaim *claim, GError **error)
{
  const char *former = claim->saved_driver != NULL ? claim->saved_driver : VFP_DRIVER_NONE;
  const gboolean again = claim->saved_driver != NULL && !vfp_vf_driver_is_vfio (claim->saved_driver)
                         && has_other_mac (claim);
  g_autoptr (GError) local = NULL;
  char address[VFP_ADDRESS_STRLEN];

  if (vfp_drivers_bind (world->drivers, &claim->address, former, claim->saved_override, again,
                        &local))
    return TRUE;
  if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_UNSUPPORTED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  vfp_world_warn (world, "%s is left without a driver: %s",
                  vfp_address_format (&claim->address, address), local->message);
  return vfp_drivers_bind (world->drivers, &claim->address, VFP_DRIVER_NONE, claim->saved_override,
                           FALSE, error);
}

/* What a driver makes of the MAC when it is bound is its own. */
static gboolean
verify_settings (VfpWorld *world, const VfpPf *pf, const VfpClaim *claim, GError **error)
{
  const unsigned which = claim->saved.known & ~(unsigned) VFP_SETTING_MAC;

  return vfp_vf_apply (world->netlink, pf->netdev, claim->vf, &claim->saved, which, 0, NULL, error);
}

gboolean
vfp_reservation_give_back (VfpWorld *world, const VfpPf *pf, const VfpClaim *claim, GError **error)
{
  const gboolean has_settings
      = pf != NULL && pf->netdev != NULL && world->netlink != NULL && claim->saved.known != 0;

  if (pf == NULL || !claim->has_saved || g_strcmp0 (claim->boot_id, world->boot_id) != 0)
    return TRUE;
  if (has_settings && !vfp_release_restore (world, pf->netdev, claim, error))
    return FALSE;
  if (claim->driver == NULL)
    return TRUE;
  if (!give_back_driver (world, claim, error))
    return FALSE;

  g_autoptr (GError) local = NULL;
  if (has_settings && !verify_settings (world, pf, claim, &local))
    vfp_world_warn (world, "%s, ignoring", local->message);
  return TRUE;
}
