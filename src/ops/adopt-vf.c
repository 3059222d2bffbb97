/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF an adopted NIC has then: the one that it names, its claim's, or another. */
#include "config.h"

#include "base/error.h"
#include "ops/adopt-plan-private.h"
#include "ops/source.h"
#include "pool/policy.h"

static const char *
find_network (const VfpSnapshot *snapshot, const VfpVfView *vf)
{
  for (guint i = 0; snapshot->networks != NULL && i < snapshot->networks->len; i++)
    {
      const VfpNetwork *network = g_ptr_array_index (snapshot->networks, i);

      for (guint k = 0; k < network->pfs->len; k++)
        if (g_strcmp0 (g_ptr_array_index (network->pfs, k), vf->pf->netdev) == 0)
          return network->name;
      for (guint k = 0; k < network->addresses->len; k++)
        if (vfp_address_equal (&g_array_index (network->addresses, VfpAddress, k), &vf->address))
          return network->name;
    }
  return NULL;
}

static gboolean
names_vf (const VfpDomxml *domxml, const VfpAddress *source)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, source) != NULL;
}

static const VfpGuest *
find_other_guest (const VfpAdoptPlanning *planning, const VfpAddress *source)
{
  const GPtrArray *guests = planning->snapshot->guests;

  for (guint i = 0; i < guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (guests, i);

      if (guest != planning->guest
          && (names_vf (guest->live, source) || names_vf (guest->config, source)))
        return guest;
    }
  return NULL;
}

/* Why the VF that a device names, which no claim of its slot names, cannot become the slot's; NULL:
 * it can. */
static char *
find_conflict (const VfpAdoptPlanning *planning, const VfpAddress *source, const VfpVfView *vf)
{
  char text[VFP_ADDRESS_STRLEN];

  vfp_address_format (source, text);
  if (vf == NULL || vf->vf == NULL)
    return g_strdup_printf ("%s is not a VF of this host", text);
  if (vf->claim != NULL && vf->claim->owner != NULL)
    return g_strdup_printf ("%s is reserved for %s", text, vf->claim->owner);
  if (vf->claim != NULL)
    return g_strdup_printf ("%s is claimed for %s (%s)", text, vf->slot->guest_name,
                            vf->slot->name);

  const char *network = find_network (planning->snapshot, vf);
  if (network != NULL)
    return g_strdup_printf ("%s belongs to libvirt's network %s", text, network);
  const VfpGuest *other = find_other_guest (planning, source);
  if (other != NULL)
    return g_strdup_printf ("%s is both in %s and in %s", text, planning->guest->name, other->name);
  return NULL;
}

static gboolean
throw_conflict (const VfpAdoptPlanning *planning, const VfpAdoptFound *found, const VfpVfView *vf,
                const char *conflict, GError **error)
{
  const char *guest = planning->guest->name;
  const char *network = vf != NULL && vf->vf != NULL && vf->claim == NULL
                            ? find_network (planning->snapshot, vf)
                            : NULL;

  if (network != NULL)
    return vfp_throw (
        error, VFP_ERROR_VF_IN_USE,
        "%s: %s, which hands it out itself; 'virsh net-destroy %s' (guests that run keep "
        "their VFs), then adopt it",
        guest, conflict, network);
  if (found->live != NULL && planning->copied)
    return vfp_throw (error, VFP_ERROR_GUEST_RUNNING,
                      "%s is a running copy of %s, and %s; 'virsh shutdown %s', then adopt it",
                      guest, planning->plan->copied_from, conflict, guest);
  if (found->live != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s: %s; take it out of one of them by virsh",
                      guest, conflict);
  return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                    "%s: %s; 'vfpool adopt %s --pf PF' gives it another one", guest, conflict,
                    guest);
}

static gboolean
choose_source (const VfpAdoptPlanning *planning, const VfpSlot *slot, const VfpSlotPromise *promise,
               VfpSource *out_source, GError **error)
{
  const VfpSnapshot *snapshot = planning->snapshot;
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  const char *known[] = { slot->pool, promise != NULL ? promise->pool : NULL };

  if (!vfp_source_resolve (snapshot, planning->request->pf, planning->request->pool, NULL,
                           out_source, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (known) && out_source->pool == NULL; i++)
    if (known[i] != NULL)
      out_source->pool = vfp_pool_find (&names, known[i], NULL);
  if (out_source->pool == NULL)
    out_source->pool = vfp_pool_only (&names, "--pf or --pool", error);
  return out_source->pool != NULL;
}

/* Another VF of this host, taken in the view, so that the next one does not get it too. */
static gboolean
replace (VfpAdoptPlanning *planning, const VfpAdoptFound *found, const VfpSlotPromise *promise,
         VfpAdoptAction *action, GError **error)
{
  const char *guest = planning->guest->name;
  char text[VFP_ADDRESS_STRLEN];

  if (!found->config->is_interface)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                      "%s: %s, and another VF would have another MAC in a plain <hostdev>; make it "
                      "an <interface type='hostdev'> by 'virsh edit %s'",
                      guest, action->reason, guest);

  g_auto (VfpSource) source = { 0 };
  if (choose_source (planning, action->slot, promise, &source, error))
    {
      const VfpPolicyRequest wanted
          = { .pool = source.pool, .pf = source.pf, .guest_uuid = planning->guest->uuid };

      action->vf = vfp_policy_choose (planning->snapshot->view, &wanted, error);
    }
  if (action->vf == NULL)
    {
      g_prefix_error (error, "%s: %s needs another VF than %s: ", guest, action->slot->name,
                      vfp_address_format (&found->config->source, text));
      return FALSE;
    }

  action->kind = planning->copied ? VFP_ADOPT_COPIED : VFP_ADOPT_REPLACED;
  action->vf->state = VFP_VF_CLAIMING;
  action->vf->guest = g_strdup (guest);
  action->vf->guest_uuid = g_strdup (planning->guest->uuid);
  action->vf->used_by = g_strdup (guest);
  return TRUE;
}

static gboolean
throw_claimed (const VfpAdoptPlanning *planning, const VfpAdoptAction *action, const VfpVfView *vf,
               GError **error)
{
  const char *guest = planning->guest->name;
  const char *slot = action->slot->name;
  char text[VFP_ADDRESS_STRLEN];

  vfp_address_format (&vf->address, text);
  if (vfp_process_is_alive (&action->claim->claimer))
    return vfp_throw (error, VFP_ERROR_BUSY,
                      "%s: another vfpool (pid %" G_GINT64_FORMAT ") is at work on %s", guest,
                      action->claim->claimer.pid, slot);
  if (vf->vf == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF,
                      "%s: %s claims %s VF %u (%s), which this host does not have now; 'vfpool "
                      "detach %s --slot %s' gives it up",
                      guest, slot, vf->pf_name, vf->index, text, guest, slot);
  if (vf->state == VFP_VF_FOREIGN)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                      "%s: %s claims %s VF %u (%s), which %s has; 'vfpool detach %s --slot %s' "
                      "gives it up",
                      guest, slot, vf->pf_name, vf->index, text, vf->used_by, guest, slot);
  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s: %s claims %s VF %u (%s), and the running guest has another one; 'vfpool "
                    "detach %s --slot %s' gives the claim up",
                    guest, slot, vf->pf_name, vf->index, text, guest, slot);
}

/* Where a claim stands, the state file wins over a configuration that was put back. */
static gboolean
use_claimed (VfpAdoptPlanning *planning, const VfpAdoptFound *found, VfpAdoptAction *action,
             GError **error)
{
  VfpVfView *vf = vfp_view_find_claim (planning->snapshot->view, action->claim);
  char text[VFP_ADDRESS_STRLEN];

  if (vfp_process_is_alive (&action->claim->claimer) || vf->vf == NULL
      || vf->state == VFP_VF_FOREIGN
      || (found->live != NULL && !vfp_address_equal (&found->live->source, &vf->address)))
    return throw_claimed (planning, action, vf, error);

  action->vf = vf;
  if (found->config != NULL && !vfp_address_equal (&found->config->source, &vf->address))
    action->reason = g_strdup_printf ("the configuration named %s",
                                      vfp_address_format (&found->config->source, text));
  return TRUE;
}

gboolean
vfp_adopt_vf_choose (VfpAdoptPlanning *planning, const VfpAdoptFound *found,
                     const VfpSlotPromise *promise, VfpAdoptAction *action, GError **error)
{
  const VfpAddress *source = &vfp_adopt_device_of (found)->source;
  char text[VFP_ADDRESS_STRLEN];

  if (action->claim != NULL)
    return use_claimed (planning, found, action, error);

  VfpVfView *vf = vfp_view_find (planning->snapshot->view, source);
  g_autofree char *conflict = find_conflict (planning, source, vf);
  if (conflict == NULL)
    {
      action->vf = vf;
      if (found->config != NULL && !vfp_address_equal (&found->config->source, source))
        action->reason = g_strdup_printf ("the configuration named %s",
                                          vfp_address_format (&found->config->source, text));
      return TRUE;
    }

  const gboolean elsewhere = vf == NULL || vf->vf == NULL;
  if (found->live != NULL || (!elsewhere && !planning->copied && planning->request->pf == NULL))
    return throw_conflict (planning, found, vf, conflict, error);
  action->reason = g_steal_pointer (&conflict);
  return replace (planning, found, promise, action, error);
}
