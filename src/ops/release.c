/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a claim's parts: the VF is given back as it was. */
#include "config.h"

#include "ops/release.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/claim-settings.h"
#include "state/history.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

/* By the VF and not by the alias, which a copied or reverted guest may have for another VF. */
static gboolean
has_device (const VfpDomxml *domxml, const VfpClaim *claim)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, &claim->address) != NULL;
}

void
vfp_release_look (const VfpGuest *guest, const VfpClaim *claim, gboolean *out_live,
                  gboolean *out_config)
{
  *out_live = guest != NULL && has_device (guest->live, claim);
  *out_config = guest != NULL && has_device (guest->config, claim);
}

gboolean
vfp_release_wait (VfpWorld *world, const VfpClaim *claim, unsigned timeout_ms, GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN];
  const char *former = claim->has_saved ? claim->saved_driver : NULL;

  if (vfp_vf_wait_back (world->root, &claim->address, former, timeout_ms))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_HOST,
                    "%s has left the guest but is not back on its driver (%s) after %u s",
                    vfp_address_format (&claim->address, buffer), former != NULL ? former : "none",
                    timeout_ms / 1000);
}

/* The netdev of the PF that the claim is of, by its identity: the address may be another card's by
 * now. NULL: that PF or its VF is not here. */
static const char *
find_netdev (const VfpInventory *inventory, const VfpRecords *records, const VfpClaim *claim)
{
  const VfpPfRecord *record = vfp_records_get_pf (records, claim->pf_id);

  for (guint i = 0; record != NULL && i < inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (vfp_address_equal (&pf->address, &record->address)
          && vfp_mac_equal (&pf->mac, &record->mac))
        return vfp_pf_find_vf (pf, claim->vf) != NULL ? pf->netdev : NULL;
    }
  return NULL;
}

/* What the kernel or the driver refuses to take back stays as it is, and is told: some PFs refuse
 * the zero MAC that they showed before one was set (libvirt's altZeroMAC in virnetdev.c is for
 * them), igb a rate while its link is down. The next user gets a full set of settings anyway, and
 * keeping the claim would keep the VF for ever. */
static gboolean
restore_settings (VfpWorld *world, const char *netdev, const VfpClaim *claim,
                  const VfpSettings *settings, unsigned which, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (which == 0
      || vfp_vf_apply (world->netlink, netdev, claim->vf, settings, which, 0, NULL, &local))
    return TRUE;
  if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_HOST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if ((which & (which - 1)) == 0)
    {
      vfp_world_warn (world, "%s, ignoring", local->message);
      return TRUE;
    }

  /* One of several was refused: the others are set one by one. */
  for (unsigned bit = 1; bit <= VFP_SETTING_LAST; bit <<= 1)
    if (!restore_settings (world, netdev, claim, settings, which & bit, error))
      return FALSE;
  return TRUE;
}

gboolean
vfp_release_restore (VfpWorld *world, const char *netdev, const VfpClaim *claim, GError **error)
{
  return restore_settings (world, netdev, claim, &claim->saved, claim->saved.known, error);
}

/* What the VF had before the live part. Where that is not known (the guest was started with it):
 * what libvirt left for MAC and VLAN, and the drivers' defaults for the rest. Originals of an
 * earlier boot mean nothing now. */
static gboolean
restore (VfpWorld *world, const VfpInventory *inventory, const VfpRecords *records,
         const VfpClaim *claim, GError **error)
{
  const gboolean known = claim->has_saved && g_strcmp0 (claim->boot_id, world->boot_id) == 0;
  const VfpSettings defaults = vfp_settings_default ();
  const char *netdev = find_netdev (inventory, records, claim);

  if (netdev == NULL || world->netlink == NULL)
    return TRUE;
  if (known)
    return vfp_release_restore (world, netdev, claim, error);
  return restore_settings (world, netdev, claim, &defaults, defaults.known & ~VFP_SETTING_VLAN,
                           error);
}

/* What the host does with a VF that had left its guest when @inventory was read; NULL: nothing. */
static const char *
find_host_use (const VfpInventory *inventory, const VfpClaim *claim)
{
  const VfpVf *vf = vfp_inventory_find_vf (inventory, &claim->address);

  if (vf == NULL || (vf->driver != NULL && vfp_vf_driver_is_vfio (vf->driver)))
    return NULL;
  return vf->host_use;
}

/* Bound to VFIO, and not before: libvirt has taken it for a guest that is about to open it, and has
 * set MAC and VLAN by then; or it could not bind the VF to its driver again. */
static gboolean
is_taken (VfpWorld *world, const VfpClaim *claim)
{
  g_autofree char *driver = vfp_vf_driver (world->root, &claim->address);

  return vfp_vf_vfio_open (world->root, &claim->address)
         || (claim->has_saved && vfp_vf_driver_is_vfio (driver)
             && g_strcmp0 (driver, claim->saved_driver) != 0);
}

/* Whoever took the VF in between owns its settings now. */
static gboolean
restore_if_idle (VfpWorld *world, const VfpInventory *inventory, const VfpRecords *records,
                 const VfpClaim *claim, GError **error)
{
  const char *user = is_taken (world, claim) ? "another process" : find_host_use (inventory, claim);
  char buffer[VFP_ADDRESS_STRLEN];

  if (user == NULL)
    return restore (world, inventory, records, claim, error);
  vfp_world_warn (world, "%s is in use by %s already; its settings stay as they are",
                  vfp_address_format (&claim->address, buffer), user);
  return TRUE;
}

gboolean
vfp_release_settings (VfpWorld *world, const VfpInventory *inventory, const VfpClaim *claim,
                      GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpRecords) records = lock != NULL ? vfp_store_load (world->store, error) : NULL;
  g_autoptr (VfpClaim) now = records != NULL ? vfp_claim_read_again (records, claim, error) : NULL;

  return now != NULL && restore_if_idle (world, inventory, records, now, error);
}

/* What the history says of it: a part that stays means that the slot still has the VF. */
static const char *
result_of (const VfpClaim *claim)
{
  if (claim->live && claim->config)
    return VFP_RESULT_BOTH_STAY;
  if (claim->live)
    return VFP_RESULT_LIVE_STAYS;
  return claim->config ? VFP_RESULT_CONFIG_STAYS : NULL;
}

static gboolean
commit (VfpWorld *world, const VfpSlot *slot, VfpClaim *claim, const char *what, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  if (transaction == NULL)
    return FALSE;
  if (!vfp_store_delete_held (world->store, claim->id, error))
    return FALSE;
  if (!(claim->live || claim->config ? vfp_store_put_claim (world->store, claim, error)
                                     : vfp_store_delete_claim (world->store, claim, error)))
    return FALSE;
  return vfp_world_note (world, what, slot, claim, result_of (claim), error)
         && vfp_transaction_commit (transaction, error);
}

void
vfp_release_note_live (const VfpWorld *world, const VfpRecords *records, const VfpSlot *slot,
                       VfpClaim *claim)
{
  claim->live = TRUE;
  claim->has_saved = FALSE;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (world->boot_id);
  claim->generation = vfp_records_generation (records, slot->guest_uuid);
}

gboolean
vfp_release_parts_locked (VfpWorld *world, const VfpInventory *inventory, const VfpSlot *slot,
                          const VfpClaim *claim, gboolean keep_live, gboolean keep_config,
                          const char *what, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autoptr (VfpClaim) now = records != NULL ? vfp_claim_read_again (records, claim, error) : NULL;

  if (now == NULL)
    return FALSE;
  /* Nobody has touched the VF of a guest that has not arrived. */
  if (now->live && !keep_live && now->expires == 0
      && !restore_if_idle (world, inventory, records, now, error))
    return FALSE;

  now->intent = VFP_INTENT_NONE;
  now->intent_live = now->intent_config = FALSE;
  now->claimer = (VfpProcess){ 0 };
  now->expires = 0;
  /* The guest was started with it while somebody else worked on the claim. */
  if (keep_live && !now->live)
    vfp_release_note_live (world, records, slot, now);
  now->live = keep_live;
  now->config = keep_config;
  if (!keep_live)
    now->has_saved = FALSE;
  return commit (world, slot, now, what, error);
}

gboolean
vfp_release_parts (VfpWorld *world, const VfpInventory *inventory, const VfpSlot *slot,
                   const VfpClaim *claim, gboolean keep_live, gboolean keep_config,
                   const char *what, GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  return lock != NULL
         && vfp_release_parts_locked (world, inventory, slot, claim, keep_live, keep_config, what,
                                      error);
}
