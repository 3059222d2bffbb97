/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that are half of a failover pair: what an attach to one means. */
#include "config.h"

#include "ops/attach-pair.h"

#include "base/error.h"

/* The parts that need the standby: it stays when the VF of an on-start slot goes. */
static unsigned
standby_parts (const VfpAttachPlan *plan, const VfpAttachRequest *request)
{
  const VfpGuest *guest = plan->guest;

  if (!plan->slot->on_start && request->ensure && plan->vf != NULL)
    return (plan->affect & VFP_AFFECT_LIVE || plan->vf->live ? VFP_AFFECT_LIVE : 0u)
           | (plan->affect & VFP_AFFECT_CONFIG || plan->vf->config ? VFP_AFFECT_CONFIG : 0u);
  if (!plan->slot->on_start)
    return plan->affect;
  return (guest->running ? VFP_AFFECT_LIVE : 0u) | (guest->config != NULL ? VFP_AFFECT_CONFIG : 0u);
}

gboolean
vfp_attach_pair_plan (VfpAttachPlan *plan, const VfpSnapshot *snapshot,
                      const VfpAttachRequest *request, GError **error)
{
  const VfpSlot *slot = plan->slot;

  if (!request->failover && slot->standby == NULL)
    return TRUE;
  if (slot->bond != NULL)
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s: %s is a leg of %s, and no half of a failover pair; a guest has one of "
                      "the two for a link",
                      plan->guest->name, slot->name, slot->bond);
  if (slot->standby == NULL && plan->claim != NULL)
    return vfp_throw (
        error, VFP_ERROR_DIFFERS,
        "%s: %s has a VF that is no half of a pair; 'vfpool detach %s --slot %s' first",
        plan->guest->name, slot->name, plan->guest->name, slot->name);
  plan->standby = vfp_standby_plan (snapshot, plan->guest, request, standby_parts (plan, request),
                                    plan->slot, error);
  return plan->standby != NULL;
}

gboolean
vfp_attach_pair_take_mac (const VfpAttachPlan *plan, VfpAttachRequest *request, GError **error)
{
  char asked[VFP_MAC_STRLEN], own[VFP_MAC_STRLEN];

  if (plan->standby == NULL || plan->standby->nic == NULL)
    return TRUE;
  if (request->has_mac && !vfp_mac_equal (&request->mac, &plan->standby->mac))
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "--mac %s: the standby %s has the MAC %s, and the halves of a pair have one; "
                      "leave the option out",
                      vfp_mac_format (&request->mac, asked), plan->standby->alias,
                      vfp_mac_format (&plan->standby->mac, own));
  if (plan->slot->id == 0)
    {
      request->has_mac = TRUE;
      request->mac = plan->standby->mac;
    }
  return TRUE;
}

/* What libvirt has of it is made of the slot: another <teaming> was edited in. */
static gboolean
check_part (const VfpAttachPlan *plan, const VfpVfView *vf, const VfpDomxml *domxml,
            const char *where, GError **error)
{
  const VfpSlot *slot = plan->slot;
  const VfpGuestDevice *device = vfp_domxml_find_source (domxml, &vf->address);

  if (device == NULL || !device->is_interface || g_strcmp0 (device->standby, slot->standby) == 0)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s: the VF of %s in the %s names %s, and not %s, as its standby; 'vfpool "
                    "detach %s --slot %s' and attach it again",
                    slot->guest_name, slot->name, where,
                    device->standby != NULL ? device->standby : "none", slot->standby,
                    slot->guest_name, slot->name);
}

gboolean
vfp_attach_pair_check_parts (const VfpAttachPlan *plan, const VfpVfView *vf, GError **error)
{
  const VfpGuest *guest = plan->guest;

  if (plan->slot->standby == NULL)
    return TRUE;
  return (!vf->live || !(plan->affect & VFP_AFFECT_LIVE)
          || check_part (plan, vf, guest->live, "running guest", error))
         && (!vf->config || !(plan->affect & VFP_AFFECT_CONFIG)
             || check_part (plan, vf, guest->config, "configuration", error));
}

gboolean
vfp_attach_pair_check_port (const VfpAttachPlan *plan, GError **error)
{
  const VfpStandbyPlan *standby = plan->standby;

  return standby == NULL || standby->adds == 0 || standby->pf == NULL || standby->pf != plan->vf->pf
         || vfp_throw (error, VFP_ERROR_NO_VF_FITS,
                       "%s: %s has a VF of %s, where a standby on %s would be too, and both would "
                       "fail with it; name another bridge or network",
                       plan->guest->name, plan->slot->name, plan->vf->pf_name, standby->where);
}
