/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs of a guest's XML, and of what it sees while it runs. */
#include "config.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/device.h"
#include "ops/promise.h"
#include "ops/release.h"
#include "ops/repair-private.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

gboolean
vfp_repair_metadata_differs (VfpRepair *repair, GError **error)
{
  return vfp_promise_write (repair->world, repair->guest, error) && vfp_repair_note (repair, error);
}

/* The claim is there before and after, so that a crash leaves a part that is not recorded at
 * worst. */
static gboolean
record_config (VfpRepair *repair, GError **error)
{
  VfpStore *store = repair->world->store;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);

  if (transaction == NULL || !vfp_repair_add_note (repair, error))
    return FALSE;
  if (!repair->claim->config)
    {
      repair->claim->config = TRUE;
      if (!vfp_store_put_claim (store, repair->claim, error))
        return FALSE;
    }
  return vfp_transaction_commit (transaction, error);
}

gboolean
vfp_repair_config_wrong_vf (VfpRepair *repair, GError **error)
{
  VfpVirt *virt = repair->world->virt;
  const VfpDeviceChange change = {
    .source = repair->finding->address,
    .alias = repair->slot->alias,
    .mac = &repair->slot->mac,
    .new_source = &repair->claim->address,
    .new_mac = &repair->slot->mac,
  };

  return virt->change_config (virt, repair->guest->uuid, &change, error)
         && record_config (repair, error);
}

/* What libvirt answers is a hint, what its XML says is the result. */
static gboolean
is_in (const VfpRepair *repair, VfpAffect part)
{
  VfpVirt *virt = repair->world->virt;
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, repair->guest->uuid, NULL);
  gboolean live, config;

  vfp_release_look (guest, repair->claim, &live, &config);
  return part == VFP_AFFECT_LIVE ? live : config;
}

static gboolean
plug (VfpRepair *repair, VfpAffect part, GError **error)
{
  VfpVirt *virt = repair->world->virt;
  g_autofree char *xml
      = vfp_device_render (repair->world, repair->slot, &repair->claim->address, error);
  g_autoptr (GError) local = NULL;

  if (xml == NULL)
    return FALSE;
  if (!virt->attach_device (virt, repair->guest->uuid, xml, part, &local) && !is_in (repair, part))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return vfp_repair_note (repair, error);
}

gboolean
vfp_repair_slot_dropped (VfpRepair *repair, GError **error)
{
  return plug (repair, VFP_AFFECT_CONFIG, error);
}

/* Whoever took the VF out does not want it back before the next start. */
static gboolean
rest (VfpRepair *repair, GError **error)
{
  VfpStore *store = repair->world->store;

  if (!repair->slot->on_start || vfp_records_slot_rests (repair->records, repair->slot))
    return TRUE;
  repair->slot->rests_until = repair->claim->generation + 1;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  return transaction != NULL && vfp_store_put_slot (store, repair->slot, error)
         && vfp_transaction_commit (transaction, error);
}

/* Plugged in, it lacks what libvirt does not set: that has drifted, and is repaired next. */
gboolean
vfp_repair_unplugged (VfpRepair *repair, GError **error)
{
  if (!(repair->scope->classes & VFP_CLASS_LIVE))
    return rest (repair, error)
           && vfp_release_parts (repair->world, repair->snapshot->inventory, repair->slot,
                                 repair->claim, FALSE, repair->claim->config, repair->scope->what,
                                 error);
  if (repair->guest->paused)
    return vfp_throw (error, VFP_ERROR_GUEST_PAUSED, "%s is paused; 'virsh resume %s' first",
                      repair->guest->name, repair->guest->name);
  const VfpVfView *vf = vfp_view_find_claim (repair->view, repair->claim);
  if (vf != NULL && vf->vf != NULL && vf->vf->host_use != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                      "%s VF %u is in use by the host now (%s); 'vfpool reconcile --fix' lets the "
                      "claim go",
                      vf->pf_name, vf->index, vf->vf->host_use);
  return plug (repair, VFP_AFFECT_LIVE, error);
}

/* Under the claim lock nobody else is given the VF meanwhile. */
gboolean
vfp_repair_settings_drifted (VfpRepair *repair, GError **error)
{
  VfpWorld *world = repair->world;
  const VfpVfView *vf = vfp_view_find_claim (repair->view, repair->claim);
  const VfpSettings wanted = vfp_audit_wanted_settings (repair->slot, &vf->vf->settings);
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);

  if (lock == NULL)
    return FALSE;
  if (world->netlink == NULL || vf->pf == NULL || vf->pf->netdev == NULL)
    {
      repair->skipped = TRUE;
      return TRUE;
    }
  if (!vfp_repair_owns_claim (repair, error))
    return repair->skipped;
  return vfp_vf_apply (world->netlink, vf->pf->netdev, vf->index, &wanted, VFP_SETTING_ALL,
                       repair->slot->asked | VFP_SETTING_MAC, NULL, error)
         && vfp_repair_note (repair, error);
}
