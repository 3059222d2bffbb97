/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a claim's parts: the VF is given back as it was. */
#include "config.h"

#include "ops/release.h"

#include "base/error.h"
#include "host/vf.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

static gboolean
has_device (const VfpDomxml *domxml, const VfpSlot *slot, const VfpClaim *claim)
{
  return domxml != NULL
         && (vfp_domxml_find_alias (domxml, slot->alias) != NULL
             || vfp_domxml_find_source (domxml, &claim->address) != NULL);
}

void
vfp_release_look (const VfpGuest *guest, const VfpSlot *slot, const VfpClaim *claim,
                  gboolean *out_live, gboolean *out_config)
{
  *out_live = guest != NULL && has_device (guest->live, slot, claim);
  *out_config = guest != NULL && has_device (guest->config, slot, claim);
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

static const char *
find_netdev (const VfpInventory *inventory, const VfpClaim *claim)
{
  const VfpVf *vf = vfp_inventory_find_vf (inventory, &claim->address);

  return vf != NULL ? vf->pf->netdev : NULL;
}

/* Some PFs refuse the zero MAC that they showed before one was set (libvirt's altZeroMAC in
 * virnetdev.c is for them): the VF then keeps the MAC that libvirt left. */
gboolean
vfp_release_restore (VfpWorld *world, const char *netdev, const VfpClaim *claim, GError **error)
{
  const VfpSettings *saved = &claim->saved;
  g_autoptr (GError) local = NULL;

  if (!vfp_vf_apply (world->netlink, netdev, claim->vf, saved,
                     saved->known & ~(unsigned) VFP_SETTING_MAC, 0, NULL, error))
    return FALSE;
  if (vfp_vf_apply (world->netlink, netdev, claim->vf, saved, saved->known & VFP_SETTING_MAC, 0,
                    NULL, &local))
    return TRUE;
  if (!vfp_mac_is_zero (&saved->mac) || !g_error_matches (local, VFP_ERROR, VFP_ERROR_HOST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  vfp_world_warn (world, "%s, ignoring", local->message);
  return TRUE;
}

/* What the VF had before the live part. Where that is not known (the guest was started with it):
 * what libvirt left for MAC and VLAN, and the drivers' defaults for the rest. Originals of an
 * earlier boot mean nothing now. */
static gboolean
restore (VfpWorld *world, const VfpInventory *inventory, const VfpClaim *claim, GError **error)
{
  const gboolean known = claim->has_saved && g_strcmp0 (claim->boot_id, world->boot_id) == 0;
  const VfpSettings defaults = vfp_settings_default ();
  const char *netdev = find_netdev (inventory, claim);

  if (netdev == NULL || world->netlink == NULL)
    return TRUE;
  if (known)
    return vfp_release_restore (world, netdev, claim, error);
  return vfp_vf_apply (world->netlink, netdev, claim->vf, &defaults,
                       VFP_SETTING_ALL & ~(VFP_SETTING_MAC | VFP_SETTING_VLAN), 0, NULL, error);
}

/* Whoever took the VF in between owns its settings now. */
static gboolean
restore_if_idle (VfpWorld *world, const VfpInventory *inventory, const VfpClaim *claim,
                 GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN];

  if (!vfp_vf_vfio_open (world->root, &claim->address))
    return restore (world, inventory, claim, error);
  vfp_world_warn (world, "%s is in use by another process already; its settings stay as they are",
                  vfp_address_format (&claim->address, buffer));
  return TRUE;
}

static gboolean
commit (VfpWorld *world, const VfpSlot *slot, VfpClaim *claim, const char *what, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  if (transaction == NULL)
    return FALSE;
  if (!(claim->live || claim->config ? vfp_store_put_claim (world->store, claim, error)
                                     : vfp_store_delete_claim (world->store, claim, error)))
    return FALSE;
  return vfp_world_note (world, what, slot, claim, NULL, error)
         && vfp_transaction_commit (transaction, error);
}

/* The row as it is now, if it is still the one that the caller knows. */
static VfpClaim *
read_again (VfpWorld *world, const VfpClaim *claim, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);

  if (records == NULL)
    return NULL;
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *now = g_ptr_array_index (records->claims, i);

      if (now->id == claim->id && now->revision == claim->revision)
        return vfp_claim_copy (now);
    }
  vfp_throw (error, VFP_ERROR_BUSY,
             "the claim was changed by another vfpool meanwhile; run the command again");
  return NULL;
}

gboolean
vfp_release_parts (VfpWorld *world, const VfpInventory *inventory, const VfpSlot *slot,
                   const VfpClaim *claim, gboolean keep_live, gboolean keep_config,
                   const char *what, GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpClaim) now = lock != NULL ? read_again (world, claim, error) : NULL;

  if (now == NULL)
    return FALSE;
  if (now->live && !keep_live && !restore_if_idle (world, inventory, now, error))
    return FALSE;

  now->intent = VFP_INTENT_NONE;
  now->intent_live = now->intent_config = FALSE;
  now->claimer = (VfpProcess){ 0 };
  now->live = keep_live;
  now->config = keep_config;
  if (!keep_live)
    now->has_saved = FALSE;
  return commit (world, slot, now, what, error);
}
