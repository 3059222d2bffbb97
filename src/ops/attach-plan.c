/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attach is going to do, decided from one snapshot. */
#include "config.h"

#include "ops/attach-plan.h"

#include "base/error.h"
#include "ops/attach-mark.h"
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
  g_free (plan->device_xml);
  g_free (plan);
}

static char *
join_nic_pfs (const VfpInventory *inventory, VfpPf **out_only)
{
  GString *names = g_string_new (NULL);
  unsigned count = 0;

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (pf->netdev == NULL)
        continue;
      g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", pf->netdev);
      *out_only = ++count == 1 ? pf : NULL;
    }
  return g_string_free (names, FALSE);
}

VfpPf *
vfp_attach_plan_only_pf (const VfpSnapshot *snapshot, const char *options, GError **error)
{
  VfpPf *only = NULL;
  g_autofree char *names = join_nic_pfs (snapshot->inventory, &only);

  if (only == NULL && *names == '\0')
    vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "this host has no SR-IOV network card");
  else if (only == NULL)
    vfp_throw (error, VFP_ERROR_PF_NOT_NAMED, "say %s (PFs: %s)", options, names);
  return only;
}

static gboolean
check_nic (const VfpPf *pf, GError **error)
{
  g_autofree char *name = vfp_pf_name (pf);

  if (pf->netdev != NULL)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "%s is not a network card", name);
}

/* The PF that the VF is to come from, and the VF if it was named. */
static gboolean
resolve_source (const VfpSnapshot *snapshot, const VfpAttachRequest *request, VfpPf **out_pf,
                VfpAddress *out_vf, GError **error)
{
  *out_pf = NULL;
  if (request->vf != NULL)
    {
      if (!vfp_snapshot_get_vf (snapshot, request->vf, out_vf, error))
        return FALSE;
      const VfpVfView *vf = vfp_view_find (snapshot->view, out_vf);
      *out_pf = vf != NULL ? vf->pf : NULL;
    }
  if (request->pf != NULL)
    {
      VfpPf *pf = vfp_snapshot_get_pf (snapshot, request->pf, error);

      if (pf == NULL)
        return FALSE;
      if (request->vf != NULL && pf != *out_pf)
        return vfp_throw (error, VFP_ERROR_USAGE, "%s is not a VF of %s", request->vf, request->pf);
      *out_pf = pf;
    }
  return *out_pf == NULL || check_nic (*out_pf, error);
}

/* Without a PF named, a slot that exists uses its own. */
static gboolean
complete_source (const VfpSnapshot *snapshot, const VfpSlot *slot, VfpPf **pf, GError **error)
{
  if (*pf != NULL)
    return TRUE;
  *pf = slot->id != 0 ? vfp_snapshot_get_pf (snapshot, slot->pool, error)
                      : vfp_attach_plan_only_pf (snapshot, "--pf or --vf", error);
  return *pf != NULL;
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

/* A slot that has a VF: with --ensure the parts that are lacking are added, on the same VF. */
static gboolean
plan_occupied (VfpAttachPlan *plan, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
               const VfpPf *pf, const VfpAddress *vf_named, GError **error)
{
  VfpVfView *vf = vfp_view_find_claim (snapshot->view, plan->claim);

  /* What a dead claimer left is settled first: its settings may be half done. */
  if (!request->ensure || vf->stale || vf->state != VFP_VF_ATTACHED
      || plan->claim->intent != VFP_INTENT_NONE)
    return throw_occupied (plan->slot, vf, request->ensure, error);
  if ((pf != NULL && vf->pf != pf)
      || (request->vf != NULL && !vfp_address_equal (vf_named, &vf->address)))
    return vfp_throw (error, VFP_ERROR_DIFFERS, "%s: %s is on %s VF %u; detach it first",
                      plan->slot->guest_name, plan->slot->name, vf->pf_name, vf->index);
  if (vfp_settings_differ (&request->settings, &plan->slot->settings) != 0)
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s: %s has other settings; detach it and attach it with the new ones",
                      plan->slot->guest_name, plan->slot->name);

  plan->vf = vf;
  if (vf->live && vf->vf != NULL)
    plan->drifted = vfp_settings_differ (&vf->vf->settings, &plan->slot->settings);
  if (vf->live)
    plan->affect &= ~(unsigned) VFP_AFFECT_LIVE;
  if (vf->config)
    plan->affect &= ~(unsigned) VFP_AFFECT_CONFIG;
  return TRUE;
}

static gboolean
choose_vf (VfpAttachPlan *plan, const VfpWorld *world, const VfpSnapshot *snapshot,
           const VfpAttachRequest *request, VfpPf *pf, const VfpAddress *vf_named, GError **error)
{
  const VfpPolicyRequest wanted = {
    .pf = pf,
    .vf = request->vf != NULL ? vf_named : NULL,
    .live = (plan->affect & VFP_AFFECT_LIVE) != 0,
    .has_netlink = world->netlink != NULL,
    .guest_uuid = plan->guest->uuid,
  };

  plan->vf = vfp_policy_choose (snapshot->view, &wanted, error);
  return plan->vf != NULL;
}

static gboolean
plan_source (VfpAttachPlan *plan, VfpWorld *world, const VfpSnapshot *snapshot,
             const VfpAttachRequest *request, GError **error)
{
  const VfpSlot *before;
  VfpPf *pf;
  VfpAddress vf_named;

  if (!resolve_source (snapshot, request, &pf, &vf_named, error))
    return FALSE;
  plan->slot
      = vfp_slot_choose (snapshot, plan->guest, request, pf != NULL ? pf->netdev : NULL, error);
  if (plan->slot == NULL)
    return FALSE;
  plan->claim = plan->slot->id != 0
                    ? vfp_records_find_claim_of_slot (snapshot->records, plan->slot->id)
                    : NULL;
  if (!vfp_attach_mark_plan (plan, world, snapshot, request, error))
    return FALSE;
  if (plan->claim != NULL)
    {
      if (!plan_occupied (plan, snapshot, request, pf, &vf_named, error))
        return FALSE;
      pf = plan->vf->pf;
    }
  else if (!check_alias (plan, error) || !complete_source (snapshot, plan->slot, &pf, error))
    return FALSE;

  /* Identity before choice: a wrong MAC or address is wrong on every VF. */
  if (!vfp_slot_fill (plan->slot, snapshot, plan->guest, request, pf->netdev, error))
    return FALSE;
  if (plan->claim != NULL)
    return TRUE;
  before = plan->slot->id != 0 ? vfp_records_get_slot (snapshot->records, plan->slot->id) : NULL;
  return plan->affect == 0 ? vfp_attach_mark_only (plan, before, request->ensure, error)
                           : choose_vf (plan, world, snapshot, request, pf, &vf_named, error);
}

VfpAttachPlan *
vfp_attach_plan (VfpWorld *world, const VfpSnapshot *snapshot, const VfpAttachRequest *request,
                 GError **error)
{
  g_autoptr (VfpAttachPlan) plan = g_new0 (VfpAttachPlan, 1);

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
