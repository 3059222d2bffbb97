/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standby of a slot that is half of a failover pair: what is to be done to it. */
#include "config.h"

#include "ops/standby-plan-private.h"

#include "base/error.h"
#include "host/sysfs.h"
#include "ops/slot.h"
#include "ops/standby-port.h"

void
vfp_standby_plan_free (VfpStandbyPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->alias);
  g_free (plan->xml);
  g_free (plan->old_alias);
  g_free (plan->where);
  g_free (plan);
}

char *
vfp_standby_alias (const char *slot_name)
{
  g_autofree char *alias = vfp_slot_alias (slot_name);

  return g_strconcat (alias, "-standby", NULL);
}

/* QEMU: "failover primary device must be on PCIExpress bus" (hw/pci/pci.c). */
static gboolean
check_machine (const VfpStandbyPlanning *planning, GError **error)
{
  const VfpDomxml *const xmls[] = { planning->guest->live, planning->guest->config };

  for (gsize i = 0; i < G_N_ELEMENTS (xmls); i++)
    if (xmls[i] != NULL && xmls[i]->machine == VFP_MACHINE_I440FX)
      return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                        "%s is of machine type i440fx, which has no PCI Express; a failover pair "
                        "needs q35",
                        planning->guest->name);
  return TRUE;
}

static gboolean
can_add (const VfpStandbyPlanning *planning)
{
  return planning->wish.kind == VFP_STANDBY_BRIDGE || planning->wish.kind == VFP_STANDBY_NETWORK;
}

static gboolean
throw_absent (const VfpStandbyPlanning *planning, const VfpStandbyPlan *plan, VfpAffect part,
              GError **error)
{
  const char *guest = planning->guest->name;

  return vfp_throw (error, VFP_ERROR_NO_STANDBY,
                    "%s: the standby %s of %s is not in the %s; 'vfpool attach %s --slot %s "
                    "--failover --standby bridge=BR' (or network=NET) adds it",
                    guest, plan->alias, planning->slot->name,
                    part == VFP_AFFECT_LIVE ? "running guest" : "configuration", guest,
                    planning->slot->name);
}

/* QEMU's failover=on, and the alias, are given when the NIC is plugged in, and stay. */
static gboolean
throw_running (const VfpStandbyPlanning *planning, const VfpGuestNic *nic, GError **error)
{
  const char *guest = planning->guest->name;
  g_autofree char *name = vfp_standby_describe (nic);

  return vfp_throw (error, VFP_ERROR_GUEST_RUNNING,
                    "%s runs with its NIC %s as no standby, which only a NIC that is plugged in as "
                    "one can be; 'vfpool attach %s --failover --config' makes it one at the next "
                    "start, --standby with another bridge or network adds one now",
                    guest, name, guest);
}

static gboolean
plan_live (const VfpStandbyPlanning *planning, VfpStandbyPlan *plan, GError **error)
{
  const VfpGuestNic *nic
      = plan->nic != NULL ? vfp_standby_find_mac (planning->guest->live, &plan->nic->mac) : NULL;

  if (nic == NULL)
    {
      plan->adds |= VFP_AFFECT_LIVE;
      return can_add (planning) || throw_absent (planning, plan, VFP_AFFECT_LIVE, error);
    }
  return (nic->is_standby && g_strcmp0 (nic->alias, plan->alias) == 0)
         || throw_running (planning, nic, error);
}

static gboolean
plan_config (const VfpStandbyPlanning *planning, VfpStandbyPlan *plan, GError **error)
{
  const VfpGuestNic *nic
      = plan->nic != NULL ? vfp_standby_find_mac (planning->guest->config, &plan->nic->mac) : NULL;

  if (nic == NULL)
    {
      plan->adds |= VFP_AFFECT_CONFIG;
      return can_add (planning) || throw_absent (planning, plan, VFP_AFFECT_CONFIG, error);
    }
  plan->marks = !nic->is_standby || g_strcmp0 (nic->alias, plan->alias) != 0;
  plan->old_alias = plan->marks ? g_strdup (nic->alias) : NULL;
  return TRUE;
}

static gboolean
check_new_source (const VfpStandbyPlanning *planning, GError **error)
{
  const char *name = planning->wish.name;
  g_autofree char *path = g_strdup_printf ("sys/class/net/%s/bridge", name);
  const GPtrArray *networks = planning->snapshot->networks;

  if (planning->wish.kind == VFP_STANDBY_BRIDGE)
    return vfp_sysfs_exists (planning->snapshot->root->fd, path)
           || vfp_throw (error, VFP_ERROR_HOST,
                         "--standby bridge=%s: that is no bridge of this host; 'ip link show type "
                         "bridge' lists them",
                         name);
  for (guint i = 0; networks != NULL && i < networks->len; i++)
    if (g_str_equal (((const VfpNetwork *) g_ptr_array_index (networks, i))->name, name))
      return TRUE;
  return vfp_throw (error, VFP_ERROR_HOST,
                    "--standby network=%s: libvirt has no active network of that name; 'virsh "
                    "net-list --all' lists them",
                    name);
}

static const char *
network_bridge (const GPtrArray *networks, const char *name)
{
  const VfpGuestNic like = { .network = (char *) name };

  return vfp_standby_bridge (&like, networks);
}

static void
tell_place (const VfpStandbyPlanning *planning, VfpStandbyPlan *plan)
{
  const VfpSnapshot *snapshot = planning->snapshot;
  const VfpStandbyWish *wish = &planning->wish;

  if (plan->nic != NULL)
    {
      plan->pf = vfp_standby_port (snapshot, plan->nic);
      plan->where = vfp_standby_describe (plan->nic);
      return;
    }
  const char *bridge = wish->kind == VFP_STANDBY_BRIDGE
                           ? wish->name
                           : network_bridge (snapshot->networks, wish->name);
  plan->pf = bridge != NULL ? vfp_standby_bridge_port (snapshot, bridge) : NULL;
  plan->where = g_strdup_printf ("%s %s", wish->kind == VFP_STANDBY_BRIDGE ? "bridge" : "network",
                                 wish->name);
}

/* Another slot's, though its NIC may not be in an XML now. */
static gboolean
check_alias (const VfpStandbyPlanning *planning, const char *alias, GError **error)
{
  g_autoptr (GPtrArray) slots
      = vfp_records_slots_of (planning->snapshot->records, planning->guest->uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *other = g_ptr_array_index (slots, i);

      if (other->id != planning->slot->id && g_strcmp0 (other->standby, alias) == 0)
        return vfp_throw (error, VFP_ERROR_SLOT_IN_USE, "%s: %s is the standby of %s already",
                          planning->guest->name, alias, other->name);
    }
  return TRUE;
}

/* What is added must not clash with another NIC's alias. */
static gboolean
check_new (const VfpStandbyPlanning *planning, const VfpStandbyPlan *plan, GError **error)
{
  const VfpDomxml *const xmls[]
      = { plan->adds & VFP_AFFECT_LIVE ? planning->guest->live : NULL,
          plan->adds & VFP_AFFECT_CONFIG ? planning->guest->config : NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (xmls); i++)
    if (xmls[i] != NULL && vfp_domxml_find_nic (xmls[i], plan->alias) != NULL)
      return vfp_throw (
          error, VFP_ERROR_SLOT_IN_USE,
          "%s has another NIC that is called %s; '--standby alias=%s' takes it, 'virsh "
          "detach-device-alias %s %s' takes it out",
          planning->guest->name, plan->alias, plan->alias, planning->guest->name, plan->alias);
  return plan->adds == 0 || check_new_source (planning, error);
}

VfpStandbyPlan *
vfp_standby_plan (const VfpSnapshot *snapshot, const VfpGuest *guest,
                  const VfpAttachRequest *request, unsigned affect, VfpSlot *slot, GError **error)
{
  const VfpStandbyPlanning planning = { snapshot, guest, slot, request->standby, affect };
  g_autoptr (VfpStandbyPlan) plan = g_new0 (VfpStandbyPlan, 1);

  if (!check_machine (&planning, error) || !vfp_standby_find_nic (&planning, &plan->nic, error))
    return NULL;
  plan->alias = vfp_standby_choose_alias (&planning, plan->nic);
  if (!check_alias (&planning, plan->alias, error)
      || ((affect & VFP_AFFECT_LIVE) && !plan_live (&planning, plan, error))
      || ((affect & VFP_AFFECT_CONFIG) && !plan_config (&planning, plan, error))
      || !check_new (&planning, plan, error))
    return NULL;
  if (plan->nic != NULL)
    plan->mac = plan->nic->mac;
  tell_place (&planning, plan);
  g_free (slot->standby);
  slot->standby = g_strdup (plan->alias);
  return g_steal_pointer (&plan);
}

VfpPf *
vfp_standby_pf (const VfpSnapshot *snapshot, const VfpSlot *slot)
{
  const VfpGuest *guest = slot->standby != NULL && snapshot->guests != NULL
                              ? vfp_guest_find (snapshot->guests, slot->guest_uuid)
                              : NULL;
  const VfpDomxml *const xmls[]
      = { guest != NULL ? guest->live : NULL, guest != NULL ? guest->config : NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (xmls); i++)
    {
      const VfpGuestNic *nic
          = xmls[i] != NULL ? vfp_domxml_find_nic (xmls[i], slot->standby) : NULL;

      if (nic != NULL)
        return vfp_standby_port (snapshot, nic);
    }
  return NULL;
}
