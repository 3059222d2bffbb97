/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another VF for a slot, with the same identity. */
#include "config.h"

#include "ops/move.h"

#include "base/error.h"
#include "ops/bond-legs.h"
#include "ops/change.h"
#include "ops/guest-lock.h"
#include "ops/source.h"
#include "pool/policy.h"

static gboolean
throw_empty (const VfpSlot *slot, GError **error)
{
  return vfp_throw (error, VFP_ERROR_SLOT_EMPTY,
                    slot->on_start
                        ? "%s: %s has no VF now, and gets one of %s at the guest's next start; "
                          "'vfpool attach %s --slot %s --on-start --pf PF' changes of which"
                        : "%s: %s has no VF of %s now; 'vfpool attach %s --slot %s' gives it one",
                    slot->guest_name, slot->name, slot->pool, slot->guest_name, slot->name);
}

/* Where the VF is to come from: what was named, else the slot's own pool. */
static gboolean
resolve_target (const VfpChange *change, const VfpMoveRequest *request, VfpSource *source,
                GError **error)
{
  const VfpSnapshot *snapshot = change->snapshot;

  return vfp_source_resolve (snapshot, request->pf, request->pool, request->vf, source, error)
         && (request->pf != NULL || request->pool != NULL
             || vfp_source_keep_pool (snapshot, change->before->pool, source, error));
}

/* Whether the slot is already where it is to be. */
static gboolean
is_there (const VfpChange *change, const VfpMoveRequest *request, const VfpSource *source)
{
  const VfpVfView *from = change->from;

  if (source->has_vf)
    return vfp_address_equal (&source->vf, &from->address);
  if ((request->pf == NULL && request->pool == NULL) || from->pf == NULL)
    return FALSE;
  return (source->pf == NULL || source->pf == from->pf)
         && vfp_pool_has_vf (source->pool, from->pf, from->index);
}

/* Whether that is another pool than before. */
static gboolean
take_pool (VfpChange *change, const VfpSource *source)
{
  if (g_str_equal (change->after->pool, source->pool->name))
    return FALSE;
  g_free (change->after->pool);
  change->after->pool = g_strdup (source->pool->name);
  return TRUE;
}

static gboolean
choose_vf (VfpChange *change, const VfpSource *source, GError **error)
{
  const VfpGuest *guest = change->guest;
  const VfpSnapshot *snapshot = change->snapshot;
  g_autoptr (GArray) nodes = vfp_policy_nodes (snapshot->inventory, guest);
  const VfpPolicyRequest wanted = {
    .pool = source->pool,
    .pf = source->pf,
    .vf = source->has_vf ? &source->vf : NULL,
    .live = change->live,
    .has_netlink = change->world->netlink != NULL && change->before->profile_id == NULL,
    .guest_uuid = change->uuid,
    .nodes = nodes,
  };

  change->to = vfp_bond_legs_choose_for (change->world, snapshot, change->after, &wanted, error);
  return change->to != NULL;
}

static gboolean
plan (VfpChange *change, GError **error)
{
  const VfpMoveRequest *request = change->data;
  g_auto (VfpSource) source = { 0 };

  if (!vfp_change_find_slot (change, request->slot, TRUE, error))
    return FALSE;
  if (change->claimed == NULL)
    return throw_empty (change->before, error);
  change->after = vfp_slot_copy (change->before);
  change->live = change->replug = change->from->live;
  change->config = change->from->config;
  if (!resolve_target (change, request, &source, error))
    return FALSE;

  const gboolean other_pool = take_pool (change, &source);
  if (is_there (change, request, &source))
    {
      change->live = change->config = change->replug = FALSE;
      change->changes = other_pool;
      return TRUE;
    }
  if (change->live && change->guest->paused)
    return vfp_throw (error, VFP_ERROR_GUEST_PAUSED, "%s is paused; 'virsh resume %s' first",
                      change->guest->name, change->guest->name);
  change->changes = TRUE;
  return choose_vf (change, &source, error);
}

static VfpResult *
make_result (const VfpChange *change)
{
  VfpResult *result = vfp_result_new (change->after, change->to);

  result->changed = change->changes;
  result->live = change->from->live;
  result->config = change->from->config;
  if (!change->changes)
    return result;
  if (change->to == change->from)
    {
      vfp_result_add (result, "its pool is %s", change->after->pool);
      return result;
    }
  vfp_result_add (result, "moved");
  vfp_result_add (result, "it had %s VF %u", change->from->pf_name, change->from->index);
  vfp_result_add (result, "%s",
                  !change->live    ? "config"
                  : change->config ? "live + config"
                                   : "live");
  return result;
}

VfpResult *
vfp_move (VfpWorld *world, const VfpMoveRequest *request, GError **error)
{
  g_auto (VfpChange) change = {
    .world = world,
    .what = "move",
    .guest_name = request->guest,
    .timeout_ms = request->timeout_ms,
    .plan = plan,
    .data = (gpointer) request,
  };
  g_autofree char *uuid = NULL;
  g_autoptr (VfpLock) lock = NULL;

  if (request->dry_run)
    uuid = vfp_guest_find_uuid (world, request->guest, error);
  else
    lock = vfp_guest_lock_take (world, request->guest, request->timeout_ms, &uuid, error);
  if (uuid == NULL)
    return NULL;
  change.uuid = uuid;
  if (!vfp_change_run (&change, request->dry_run, error))
    return NULL;
  if (change.changes && change.config && !change.to->pf->up)
    vfp_world_warn (world,
                    "%s is administratively down; the guest will not start until 'ip link set %s "
                    "up'",
                    change.to->pf_name, change.to->pf_name);
  return make_result (&change);
}
