/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change that was cut short, brought back to what claim and slot say. */
#include "config.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/change-run.h"
#include "ops/claim-settings.h"
#include "ops/release.h"

/* Only into the start of the guest that it was taken out of. */
static gboolean
is_to_be_plugged (const VfpWorld *world, const VfpRecords *records, const VfpVfView *vf,
                  const VfpGuest *guest)
{
  const VfpClaim *claim = vf->claim;

  return guest != NULL && guest->live != NULL && claim->intent_live && claim->live
         && g_strcmp0 (claim->boot_id, world->boot_id) == 0
         && claim->generation == vfp_records_generation (records, vf->slot->guest_uuid);
}

static gboolean
settle_live (VfpWorld *world, const VfpRecords *records, const VfpVfView *vf, const VfpGuest *guest,
             gboolean *live, GError **error)
{
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = vf->slot->mac };
  const unsigned which = vfp_slot_governed (vf->slot);
  VfpSettings wanted = vf->slot->settings;

  if (vf->pf == NULL || vf->pf->netdev == NULL)
    return TRUE;
  if (!*live)
    {
      if (!is_to_be_plugged (world, records, vf, guest))
        return TRUE;
      *live = vfp_change_plug (world, vf->slot, vf->claim, vf->pf->netdev, error);
      return *live;
    }
  if (!vf->claim->intent_live || world->netlink == NULL || which == 0)
    return TRUE;
  vfp_settings_take (&wanted, &mac, VFP_SETTING_MAC);
  return vfp_claim_apply (world, vf->claim, vf->pf->netdev, &wanted, which,
                          vf->slot->asked | VFP_SETTING_MAC, error);
}

/* The configuration may name the one VF or the other. */
static gboolean
settle_config (VfpWorld *world, const VfpVfView *vf, const VfpClaim *held, const VfpGuest *guest,
               gboolean *config, GError **error)
{
  const VfpDomxml *xml = guest != NULL ? guest->config : NULL;
  const VfpGuestDevice *now
      = xml != NULL ? vfp_domxml_find_source (xml, &vf->claim->address) : NULL;

  if (now == NULL && xml != NULL && held != NULL)
    now = vfp_domxml_find_source (xml, &held->address);
  if (now == NULL || !vf->claim->intent_config)
    return TRUE;
  *config = vfp_change_write_config (world, vf->slot, now, &vf->claim->address, error);
  return *config;
}

gboolean
vfp_change_settle (VfpWorld *world, const VfpInventory *inventory, const VfpVfView *vf,
                   const VfpGuest *guest, gboolean *live, gboolean *config, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  const VfpClaim *held = records != NULL ? vfp_records_find_held (records, vf->claim->id) : NULL;

  return records != NULL && settle_live (world, records, vf, guest, live, error)
         && settle_config (world, vf, held, guest, config, error)
         && (held == NULL || !held->has_saved
             || vfp_release_settings (world, inventory, held, error));
}
