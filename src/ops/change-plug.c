/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running guest's part of a change: the device out, and in again, on the same VF or on another.
 * Both VFs are the slot's meanwhile: the claim is of the one, a second row holds the other. */
#include "config.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/attach-run.h"
#include "ops/change-run.h"
#include "ops/claim-settings.h"
#include "ops/release.h"

#define BACK_TIMEOUT_MS 10000

gboolean
vfp_change_moves (const VfpChange *change)
{
  return change->to != change->from;
}

VfpClaim *
vfp_change_make_held (const VfpChange *change, const VfpVfView *vf, GError **error)
{
  VfpWorld *world = change->world;
  g_autoptr (VfpClaim) held = g_new0 (VfpClaim, 1);
  char buffer[VFP_ADDRESS_STRLEN];

  if (vfp_vf_vfio_open (world->root, &vf->address))
    {
      vfp_throw (error, VFP_ERROR_VF_IN_USE,
                 "%s was taken meanwhile, and not by vfpool; 'vfpool show %s' tells by whom",
                 vfp_address_format (&vf->address, buffer), buffer);
      return NULL;
    }
  held->vf = vf->index;
  held->address = vf->address;
  held->intent = VFP_INTENT_CHANGING;
  held->boot_id = g_strdup (world->boot_id);
  held->claimer = vfp_process_self ();
  held->since = vfp_world_now ();
  held->by = g_strdup (world->by);
  if (!change->live)
    return g_steal_pointer (&held);

  held->has_saved = TRUE;
  held->saved_driver = vfp_vf_driver (world->root, &vf->address);
  if (world->netlink == NULL)
    return g_steal_pointer (&held);
  g_autoptr (VfpLink) link = world->netlink->get_link (world->netlink, vf->pf->netdev, error);
  if (link == NULL)
    return NULL;
  if (held->vf < link->vfs->len)
    held->saved = g_array_index (link->vfs, VfpSettings, held->vf);
  return g_steal_pointer (&held);
}

/* What a driver lacks is found out while the guest still has its VF. */
gboolean
vfp_change_prepare_act (gpointer data, GError **error)
{
  VfpChange *change = data;
  const unsigned which
      = change->changes ? VFP_ATTACH_SETTINGS_BEFORE & vfp_slot_governed (change->after) : 0;

  if (!change->changes || !change->replug || !vfp_change_moves (change)
      || change->world->netlink == NULL || which == 0)
    return TRUE;
  return vfp_claim_apply (change->world, change->held, change->to->pf->netdev,
                          &change->after->settings, which, change->after->asked, error);
}

gboolean
vfp_change_prepare_undo (gpointer data, GError **error)
{
  VfpChange *change = data;

  return !change->changes || !change->replug || !vfp_change_moves (change)
         || vfp_release_settings (change->world, change->snapshot->inventory, change->held, error);
}

static gboolean
throw_stays (const VfpChange *change, GError *refusal, GError **error)
{
  g_autoptr (GError) own = refusal;

  if (g_error_matches (own, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT))
    return vfp_throw (error, VFP_ERROR_GUEST_TIMEOUT,
                      "%s: %s did not leave within %u s; the guest keeps it, unless it lets go "
                      "later: then 'vfpool reconcile --fix --live' plugs it in again",
                      change->before->guest_name, change->before->name, change->timeout_ms / 1000);
  g_prefix_error (&own, "%s: %s: ", change->before->guest_name, change->before->name);
  g_propagate_error (error, g_steal_pointer (&own));
  return FALSE;
}

gboolean
vfp_change_unplug_act (gpointer data, GError **error)
{
  VfpChange *change = data;
  VfpVirt *virt = change->world->virt;
  GError *refusal = NULL;

  if (!change->changes || !change->replug)
    return TRUE;
  if (!virt->detach_live (virt, change->uuid, &change->from->address, change->timeout_ms, &refusal))
    return throw_stays (change, refusal, error);
  return vfp_release_wait (change->world, change->claim, BACK_TIMEOUT_MS, error)
         && (!vfp_change_moves (change)
             || vfp_release_settings (change->world, change->snapshot->inventory, change->claim,
                                      error));
}

/* Whether the guest runs, and has the VF of the claim. */
static gboolean
look (const VfpChange *change, gboolean *out_runs, gboolean *out_live, GError **error)
{
  VfpVirt *virt = change->world->virt;
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuest) guest = NULL;
  gboolean config;

  virt->no_interrupt = TRUE;
  guest = virt->get_guest (virt, change->uuid, &local);
  if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *out_runs = guest != NULL && guest->live != NULL;
  vfp_release_look (guest, change->claim, out_live, &config);
  return TRUE;
}

gboolean
vfp_change_unplug_undo (gpointer data, GError **error)
{
  VfpChange *change = data;
  gboolean runs, live;

  if (!change->changes || !change->replug)
    return TRUE;
  if (!look (change, &runs, &live, error))
    return FALSE;
  return !runs || live
         || vfp_change_plug (change->world, change->before, change->claim, change->from->pf->netdev,
                             error);
}

static void
take_place (VfpClaim *claim, const VfpClaim *target)
{
  claim->pf_id = target->pf_id;
  claim->vf = target->vf;
  claim->address = target->address;
  claim->has_saved = target->has_saved;
  claim->saved = target->saved;
  g_free (claim->saved_driver);
  claim->saved_driver = g_strdup (target->saved_driver);
}

static gboolean
put_places (VfpStore *store, VfpClaim *claim, VfpClaim *held, GError **error)
{
  held->id = held->revision = 0;
  held->held_for = claim->id;
  return vfp_store_delete_held (store, claim->id, error)
         && vfp_store_put_claim (store, claim, error) && vfp_store_put_claim (store, held, error);
}

/* The claim becomes one of the VF of @target (NULL: stays), and @keep holds the other. One
 * transaction, so that both VFs are the slot's at any time, and the slot is always what the
 * device is that is plugged in, or would be by settle. */
static gboolean
swap (VfpChange *change, const VfpSlot *slot, const VfpClaim *target, const VfpClaim *keep,
      GError **error)
{
  VfpStore *store = change->world->store;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, error);
  g_autoptr (VfpSlot) row = vfp_slot_copy (slot);
  g_autoptr (VfpClaim) claim = vfp_claim_copy (change->claim);
  g_autoptr (VfpClaim) held = target != NULL ? vfp_claim_copy (keep) : NULL;

  if (target != NULL)
    take_place (claim, target);
  if (transaction == NULL || !vfp_store_put_slot (store, row, error)
      || (target != NULL && !put_places (store, claim, held, error))
      || !vfp_transaction_commit (transaction, error))
    return FALSE;
  if (target == NULL)
    return TRUE;
  vfp_claim_free (change->claim);
  change->claim = g_steal_pointer (&claim);
  vfp_claim_free (change->held);
  change->held = g_steal_pointer (&held);
  return TRUE;
}

/* The VF that is given up is as it was by now. */
static VfpClaim *
make_former (const VfpChange *change)
{
  VfpClaim *former = vfp_claim_copy (change->held);

  former->pf_id = change->claim->pf_id;
  former->vf = change->claim->vf;
  former->address = change->claim->address;
  former->has_saved = FALSE;
  g_clear_pointer (&former->saved_driver, g_free);
  return former;
}

gboolean
vfp_change_swap_act (gpointer data, GError **error)
{
  VfpChange *change = data;
  g_autoptr (VfpClaim) former = NULL;

  if (!change->changes || (!change->replug && !vfp_change_moves (change)))
    return TRUE;
  if (vfp_change_moves (change))
    {
      former = make_former (change);
      change->origin = vfp_claim_copy (change->claim);
      change->spare = vfp_claim_copy (change->held);
    }
  change->swapped = swap (change, change->after, change->spare, former, error);
  return change->swapped;
}

gboolean
vfp_change_swap_undo (gpointer data, GError **error)
{
  VfpChange *change = data;

  return !change->swapped || swap (change, change->before, change->origin, change->spare, error);
}

gboolean
vfp_change_plug_act (gpointer data, GError **error)
{
  VfpChange *change = data;

  return !change->changes || !change->replug
         || vfp_change_plug (change->world, change->after, change->claim, change->to->pf->netdev,
                             error);
}

gboolean
vfp_change_plug_undo (gpointer data, GError **error)
{
  VfpChange *change = data;
  VfpVirt *virt = change->world->virt;
  gboolean runs, live;

  if (!change->changes || !change->replug)
    return TRUE;
  if (!look (change, &runs, &live, error)
      || (live
          && !virt->detach_live (virt, change->uuid, &change->claim->address, change->timeout_ms,
                                 error)))
    return FALSE;
  return vfp_release_wait (change->world, change->claim, BACK_TIMEOUT_MS, error);
}
