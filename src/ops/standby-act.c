/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to the NIC that is the standby of a failover pair. */
#include "config.h"

#include "ops/standby-act.h"

#include "base/error.h"

unsigned
vfp_standby_parts (const VfpGuest *guest, const char *alias)
{
  unsigned parts = 0;

  if (guest->live != NULL && vfp_domxml_find_nic (guest->live, alias) != NULL)
    parts |= VFP_AFFECT_LIVE;
  if (guest->config != NULL && vfp_domxml_find_nic (guest->config, alias) != NULL)
    parts |= VFP_AFFECT_CONFIG;
  return parts;
}

/* What libvirt answers is a hint, what its XML says is the result; and a request outlives its
 * connection. */
static gboolean
judge_failure (VfpWorld *world, const char *uuid, const VfpStandbyPlan *plan, GError *failure,
               GError **error)
{
  VfpVirt *virt = world->virt;
  g_autoptr (GError) own = failure;
  g_autoptr (VfpGuest) guest = NULL;

  if (!g_error_matches (own, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE)
      || virt->pass_job_queue (virt, uuid, NULL))
    guest = virt->get_guest (virt, uuid, NULL);
  if (guest != NULL && (vfp_standby_parts (guest, plan->alias) & plan->adds) == plan->adds)
    {
      vfp_world_warn (world, "%s: libvirt reported '%s', yet the standby is in", guest->name,
                      own->message);
      return TRUE;
    }
  g_prefix_error (&own, "the standby %s: ", plan->alias);
  g_propagate_error (error, g_steal_pointer (&own));
  return FALSE;
}

static gboolean
change (VfpWorld *world, const char *uuid, const VfpStandbyPlan *plan, gboolean is_standby,
        GError **error)
{
  const VfpNicChange change = {
    .mac = plan->mac,
    .is_standby = is_standby,
    .alias = is_standby ? plan->alias : plan->old_alias,
  };

  return world->virt->change_nic (world->virt, uuid, &change, error);
}

gboolean
vfp_standby_act (VfpWorld *world, const char *uuid, const VfpStandbyPlan *plan, GError **error)
{
  VfpVirt *virt = world->virt;
  GError *failure = NULL;

  if (plan->marks && !change (world, uuid, plan, TRUE, error))
    return FALSE;
  if (plan->adds == 0 || virt->attach_device (virt, uuid, plan->xml, plan->adds, &failure))
    return TRUE;
  return judge_failure (world, uuid, plan, failure, error);
}

/* NULL without error: libvirt no longer knows it. */
static VfpGuest *
read_guest (VfpWorld *world, const char *uuid, GError **error)
{
  VfpVirt *virt = world->virt;
  g_autoptr (GError) local = NULL;
  VfpGuest *guest;

  /* Whatever was asked of libvirt has ended then. */
  (void) virt->pass_job_queue (virt, uuid, NULL);
  guest = virt->get_guest (virt, uuid, &local);
  if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    g_propagate_error (error, g_steal_pointer (&local));
  return guest;
}

static gboolean
remove_parts (VfpWorld *world, const char *uuid, const char *alias, unsigned parts,
              unsigned timeout_ms, GError **error)
{
  VfpVirt *virt = world->virt;

  return (!(parts & VFP_AFFECT_LIVE)
          || virt->detach_nic_live (virt, uuid, alias, timeout_ms, error))
         && (!(parts & VFP_AFFECT_CONFIG) || virt->detach_nic_config (virt, uuid, alias, error));
}

static gboolean
unmark (VfpWorld *world, const VfpGuest *guest, const VfpStandbyPlan *plan, GError **error)
{
  const VfpGuestNic *nic
      = guest->config != NULL ? vfp_domxml_find_nic (guest->config, plan->alias) : NULL;

  return !plan->marks || nic == NULL || change (world, guest->uuid, plan, FALSE, error);
}

gboolean
vfp_standby_undo (VfpWorld *world, const char *uuid, const VfpStandbyPlan *plan,
                  unsigned timeout_ms, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuest) guest = NULL;

  if (plan->adds == 0 && !plan->marks)
    return TRUE;
  world->virt->no_interrupt = TRUE;
  guest = read_guest (world, uuid, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (guest == NULL)
    return TRUE;
  return remove_parts (world, uuid, plan->alias,
                       plan->adds & vfp_standby_parts (guest, plan->alias), timeout_ms, error)
         && unmark (world, guest, plan, error);
}

gboolean
vfp_standby_remove (VfpWorld *world, const char *uuid, const char *alias, unsigned affect,
                    unsigned timeout_ms, gboolean *out_left, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuest) guest = read_guest (world, uuid, &local);
  unsigned parts;

  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  parts = guest != NULL ? vfp_standby_parts (guest, alias) : 0;
  if (!remove_parts (world, uuid, alias, parts & affect, timeout_ms, error))
    return FALSE;
  *out_left = (parts & ~affect) != 0;
  return TRUE;
}

void
vfp_standby_tell (const VfpStandbyPlan *plan, VfpResult *result)
{
  if (plan->adds != 0)
    vfp_result_add (result, "added the standby %s on %s%s", plan->alias, plan->where,
                    plan->adds == VFP_AFFECT_CONFIG ? ", in the configuration"
                    : plan->adds == VFP_AFFECT_LIVE ? ", in the running guest"
                                                    : "");
  if (plan->marks)
    vfp_result_add (result, "made the NIC %s its standby %s, in the configuration", plan->where,
                    plan->alias);
}
