/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attach is going to do, decided from one snapshot. */
#include "config.h"

#include "ops/attach-plan.h"

#include "base/error.h"
#include "ops/attach-mark.h"
#include "ops/attach-pair.h"
#include "ops/bond-legs.h"
#include "ops/device.h"
#include "ops/memory.h"
#include "ops/slot.h"
#include "pool/policy.h"

void
vfp_attach_plan_free (VfpAttachPlan *plan)
{
  if (plan == NULL)
    return;
  vfp_slot_free (plan->slot);
  vfp_standby_plan_free (plan->standby);
  vfp_source_clear (&plan->source);
  g_ptr_array_unref (plan->verdicts);
  g_free (plan->device_xml);
  g_free (plan);
}

static gboolean
resolve_source (VfpAttachPlan *plan, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
                GError **error)
{
  return vfp_source_resolve (snapshot, request->pf, request->pool, request->vf, &plan->source,
                             error);
}

/* A slot that exists keeps its own pool where nothing else was named, or a VF of it alone. */
static gboolean
complete_source (VfpAttachPlan *plan, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
                 GError **error)
{
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  VfpSource *source = &plan->source;

  if (request->pf != NULL || request->pool != NULL)
    return TRUE;
  if (plan->slot->id != 0
      && vfp_source_keep_pool (snapshot, plan->slot->pool, source,
                               plan->claim == NULL ? error : NULL))
    return TRUE;
  if (plan->slot->id == 0 && source->pool == NULL)
    source->pool = vfp_pool_only (&names, "--pf, --pool or --vf", error);
  else if (plan->claim != NULL && plan->vf->pf != NULL)
    source->pool = vfp_pool_new_of_pf (&names, plan->vf->pf);
  return source->pool != NULL;
}

static gboolean
throw_occupied (const VfpSlot *slot, const VfpVfView *vf, gboolean ensure, GError **error)
{
  if (vf->state == VFP_VF_ATTACHED && !vf->stale && !ensure)
    return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                      "%s: %s is already attached (%s VF %u); --ensure accepts that",
                      slot->guest_name, slot->name, vf->pf_name, vf->index);
  return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                    "%s: %s has %s VF %u (%s); 'vfpool detach %s --slot %s' first",
                    slot->guest_name, slot->name, vf->pf_name, vf->index,
                    vfp_vf_state_to_string (vf->state), slot->guest_name, slot->name);
}

/* Somebody's device has the slot's alias, and no claim says that it is ours: a copied or reverted
 * guest, or a lost state file. */
static gboolean
check_alias (const VfpAttachPlan *plan, GError **error)
{
  const VfpGuest *guest = plan->guest;
  const char *alias = plan->slot->alias;

  if ((guest->live == NULL || vfp_domxml_find_alias (guest->live, alias) == NULL)
      && (guest->config == NULL || vfp_domxml_find_alias (guest->config, alias) == NULL))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                    "%s: a device that vfpool has no claim for is called %s; 'vfpool adopt %s' "
                    "takes it over, 'virsh detach-device-alias %s %s' takes it out",
                    guest->name, alias, guest->name, guest->name, alias);
}

static gboolean
has_other_settings (const VfpSlot *slot, const VfpAttachRequest *request)
{
  VfpSettings wanted = slot->settings;

  return !vfp_settings_ask (&wanted, &request->settings, request->rates, NULL)
         || vfp_settings_differ (&wanted, &slot->settings) != 0
         || (request->has_virtualport && g_strcmp0 (request->profile_id, slot->profile_id) != 0);
}

/* A slot that has a VF: with --ensure the parts that are lacking are added, on the same VF. */
static gboolean
plan_occupied (VfpAttachPlan *plan, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
               GError **error)
{
  const VfpSource *source = &plan->source;
  VfpVfView *vf = vfp_view_find_claim (snapshot->view, plan->claim);

  /* What a dead claimer left is settled first: its settings may be half done. */
  if (!request->ensure || vf->stale || vf->state != VFP_VF_ATTACHED
      || plan->claim->intent != VFP_INTENT_NONE)
    return throw_occupied (plan->slot, vf, request->ensure, error);
  if ((source->pf != NULL && vf->pf != source->pf)
      || (source->pool != NULL && !vfp_pool_has_vf (source->pool, vf->pf, vf->index))
      || (source->has_vf && !vfp_address_equal (&source->vf, &vf->address)))
    return vfp_throw (error, VFP_ERROR_DIFFERS, "%s: %s is on %s VF %u; detach it first",
                      plan->slot->guest_name, plan->slot->name, vf->pf_name, vf->index);
  if (has_other_settings (plan->slot, request))
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s: %s has other settings; 'vfpool set %s --slot %s' changes them",
                      plan->slot->guest_name, plan->slot->name, plan->slot->guest_name,
                      plan->slot->name);
  if (request->has_driver_model && g_strcmp0 (request->driver_model, plan->slot->driver_model) != 0)
    return vfp_throw (error, VFP_ERROR_DIFFERS, "%s: %s has %s%s; detach it first",
                      plan->slot->guest_name, plan->slot->name,
                      plan->slot->driver_model != NULL ? "driver model " : "no driver model",
                      plan->slot->driver_model != NULL ? plan->slot->driver_model : "");
  if (!vfp_attach_pair_check_parts (plan, vf, error))
    return FALSE;

  plan->vf = vf;
  if (vf->live && vf->vf != NULL)
    plan->drifted = vfp_settings_differ (&vf->vf->settings, &plan->slot->settings)
                    & vfp_slot_governed (plan->slot);
  if (vf->live)
    plan->affect &= ~(unsigned) VFP_AFFECT_LIVE;
  if (vf->config)
    plan->affect &= ~(unsigned) VFP_AFFECT_CONFIG;
  return TRUE;
}

static gboolean
choose_vf (VfpAttachPlan *plan, const VfpWorld *world, const VfpSnapshot *snapshot,
           const VfpAttachRequest *request, GError **error)
{
  const VfpSource *source = &plan->source;
  const VfpGuest *guest = plan->guest;
  g_autoptr (GArray) nodes = vfp_policy_nodes (snapshot->inventory, guest);
  const VfpPolicyRequest wanted = {
    .pool = source->pool,
    .pf = source->pf,
    .vf = source->has_vf ? &source->vf : NULL,
    .live = (plan->affect & VFP_AFFECT_LIVE) != 0,
    .has_netlink = world->netlink != NULL && plan->slot->profile_id == NULL,
    .guest_uuid = guest->uuid,
    .slot = plan->slot,
    .nodes = nodes,
    .standby = plan->standby != NULL ? plan->standby->pf : NULL,
    .verdicts = request->explain ? plan->verdicts : NULL,
  };

  plan->vf = vfp_bond_legs_choose_for (world, snapshot, plan->slot, &wanted, error);
  return plan->vf != NULL;
}

/* What the slot is filled by: for one that has a VF, the pool that the VF is of. */
static gboolean
fill_slot (VfpAttachPlan *plan, const VfpWorld *world, const VfpSnapshot *snapshot,
           const VfpAttachRequest *request, GError **error)
{
  VfpAttachRequest filled = *request;

  /* Identity before choice: a wrong MAC or address is wrong on every VF. */
  return complete_source (plan, snapshot, request, error)
         && vfp_attach_pair_plan (plan, snapshot, request, error)
         && vfp_attach_pair_take_mac (plan, &filled, error)
         && vfp_slot_fill (plan->slot, snapshot, plan->guest, &filled, plan->source.pool, error)
         && (plan->claim != NULL || plan->slot->driver_model == NULL
             || vfp_device_check_driver_model (world->virt, plan->guest->name, plan->slot->name,
                                               error))
         && (plan->standby == NULL
             || vfp_standby_plan_place (plan->standby, world, snapshot, plan->guest, plan->slot,
                                        &request->standby, error));
}

static gboolean
plan_source (VfpAttachPlan *plan, VfpWorld *world, const VfpSnapshot *snapshot,
             const VfpAttachRequest *request, GError **error)
{
  const VfpPool *pool;
  const VfpSlot *before;

  if (!resolve_source (plan, snapshot, request, error))
    return FALSE;
  pool = plan->source.pool;
  plan->slot
      = vfp_slot_choose (snapshot, plan->guest, request, pool != NULL ? pool->name : NULL, error);
  if (plan->slot == NULL)
    return FALSE;
  if (plan->slot->bond != NULL && request->bond == NULL
      && !vfp_bond_legs_check_settings (plan->slot->bond_mac, &request->settings, error))
    return FALSE;
  plan->claim = plan->slot->id != 0
                    ? vfp_records_find_claim_of_slot (snapshot->records, plan->slot->id)
                    : NULL;
  if (!vfp_attach_mark_plan (plan, world, snapshot, request, error))
    return FALSE;
  if (plan->claim != NULL ? !plan_occupied (plan, snapshot, request, error)
                          : !check_alias (plan, error))
    return FALSE;
  if (!fill_slot (plan, world, snapshot, request, error))
    return FALSE;
  if (plan->claim != NULL)
    return vfp_attach_pair_check_port (plan, error);
  before = plan->slot->id != 0 ? vfp_records_get_slot (snapshot->records, plan->slot->id) : NULL;
  return plan->affect == 0 ? vfp_attach_mark_only (plan, before, request->ensure, error)
                           : choose_vf (plan, world, snapshot, request, error);
}

VfpAttachPlan *
vfp_attach_plan (VfpWorld *world, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
                 GError **error)
{
  g_autoptr (VfpAttachPlan) plan = g_new0 (VfpAttachPlan, 1);

  plan->verdicts = vfp_policy_verdicts_new ();
  if (request->ensure && request->slot == NULL)
    {
      vfp_throw (error, VFP_ERROR_USAGE, "--ensure needs --slot, for which there is a promise");
      return NULL;
    }
  if (!vfp_attach_mark_check (request, error))
    return NULL;
  plan->guest = vfp_snapshot_get_guest (snapshot, request->guest, error);
  if (plan->guest == NULL || !vfp_attach_mark_affect (plan->guest, request, &plan->affect, error)
      || !plan_source (plan, world, snapshot, request, error))
    return NULL;
  if ((plan->affect & VFP_AFFECT_LIVE) && !request->force
      && !vfp_memory_check (world->root, plan->guest, error))
    return NULL;

  if (plan->vf != NULL
      && (plan->device_xml = vfp_device_render (world, plan->slot, &plan->vf->address, error))
             == NULL)
    return NULL;
  return g_steal_pointer (&plan);
}
