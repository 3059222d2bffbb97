/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which legs a bond is to have. */
#include "config.h"

#include "ops/bond-plan.h"

#include "base/error.h"
#include "ops/attach-plan.h"
#include "ops/bond-pfs.h"
#include "ops/slot.h"

#define LEGS_MIN 2

typedef struct
{
  VfpWorld *world;
  const VfpSnapshot *snapshot;
  const VfpGuest *guest;
  const VfpBondRequest *request;
  GPtrArray *slots; /* VfpSlot of the guest */
  GPtrArray *bound; /* those of them that are the bond's */
  VfpBondPlan *plan;
} Planning;

static void
leg_plan_free (VfpBondLegPlan *leg)
{
  g_free (leg->slot);
  g_free (leg);
}

void
vfp_bond_plan_free (VfpBondPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->bond);
  g_free (plan->pool);
  g_ptr_array_unref (plan->legs);
  g_free (plan);
}

/* The PF of the VF that the slot has; NULL: it has none. */
static VfpPf *
pf_of (const Planning *planning, const VfpSlot *slot)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (planning->snapshot->records, slot->id);
  const VfpVfView *vf
      = claim != NULL ? vfp_view_find_claim (planning->snapshot->view, claim) : NULL;

  return vf != NULL && !vf->stale ? vf->pf : NULL;
}

static void
count_legs (const Planning *planning, const char *bond, guint *out_legs, guint *out_claimed)
{
  *out_legs = *out_claimed = 0;
  for (guint i = 0; i < planning->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (planning->slots, i);

      if (g_strcmp0 (slot->bond, bond) != 0)
        continue;
      (*out_legs)++;
      *out_claimed
          += vfp_records_find_claim_of_slot (planning->snapshot->records, slot->id) != NULL;
    }
}

/* The first number that no bond of the guest has. */
static char *
new_bond (const Planning *planning)
{
  for (unsigned number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("bond%u", number);
      guint legs, claimed;

      count_legs (planning, name, &legs, &claimed);
      if (legs == 0)
        return g_steal_pointer (&name);
    }
}

static GPtrArray *
list_bonds (const Planning *planning)
{
  GPtrArray *bonds = g_ptr_array_new ();

  for (guint i = 0; i < planning->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (planning->slots, i);

      if (slot->bond != NULL
          && !g_ptr_array_find_with_equal_func (bonds, slot->bond, g_str_equal, NULL))
        g_ptr_array_add (bonds, slot->bond);
    }
  return bonds;
}

static gboolean
throw_in_use (const Planning *planning, const char *bond, GError **error)
{
  return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                    "%s: %s has VFs already; --ensure --bond-name %s attaches what it lacks",
                    planning->guest->name, bond, bond);
}

/* Without a name and without ensure: a bond that is whole is left alone, and one that is not must
 * be named. */
static char *
choose_empty (const Planning *planning, GPtrArray *bonds, GError **error)
{
  char *empty = NULL;

  for (guint i = 0; i < bonds->len; i++)
    {
      char *bond = g_ptr_array_index (bonds, i);
      guint legs, claimed;

      count_legs (planning, bond, &legs, &claimed);
      if (claimed > 0 && (claimed < legs || legs < LEGS_MIN))
        {
          throw_in_use (planning, bond, error);
          return NULL;
        }
      if (claimed == 0 && empty == NULL)
        empty = bond;
    }
  return empty != NULL ? g_strdup (empty) : new_bond (planning);
}

static char *
choose_bond (const Planning *planning, GError **error)
{
  const VfpBondRequest *request = planning->request;
  g_autoptr (GPtrArray) bonds = list_bonds (planning);
  guint legs, claimed;

  if (request->bond != NULL)
    {
      count_legs (planning, request->bond, &legs, &claimed);
      if (claimed == 0 || request->leg.ensure)
        return g_strdup (request->bond);
      throw_in_use (planning, request->bond, error);
      return NULL;
    }
  if (!request->leg.ensure)
    return choose_empty (planning, bonds, error);
  if (bonds->len <= 1)
    return bonds->len == 1 ? g_strdup (g_ptr_array_index (bonds, 0)) : new_bond (planning);
  vfp_throw (error, VFP_ERROR_USAGE, "%s has several bonds; say --bond-name",
             planning->guest->name);
  return NULL;
}

/* The MAC is one of all legs: a bond that has VFs keeps it. */
static gboolean
choose_mac (const Planning *planning, GError **error)
{
  const VfpBondRequest *request = planning->request;
  VfpBondPlan *plan = planning->plan;
  const VfpSettings *settings = &request->leg.settings;
  guint legs, claimed;

  count_legs (planning, plan->bond, &legs, &claimed);
  plan->mac = legs > 0 ? ((VfpSlot *) g_ptr_array_index (planning->bound, 0))->bond_mac
                       : VFP_BOND_MAC_ALL;
  if (request->has_mac && request->mac != plan->mac && claimed > 0)
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s: %s has --bond-mac %s; detach its legs to change that",
                      planning->guest->name, plan->bond, vfp_bond_mac_to_string (plan->mac));
  if (request->has_mac)
    plan->mac = request->mac;
  if (plan->mac == VFP_BOND_MAC_ALL && (settings->known & VFP_SETTING_TRUST) && !settings->trust)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--trust off: a bond that has one MAC on all legs needs trust; say "
                      "--bond-mac active");
  if ((settings->known & VFP_SETTING_LINK_STATE) && settings->link_state != VFP_LINK_STATE_AUTO)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--link-state %s: a bond sees a dead uplink only with auto",
                      vfp_link_state_to_string (settings->link_state));
  return TRUE;
}

/* Of slots that are there, without a PF named: each on its own pool again. */
static GPtrArray *
own_pfs (const Planning *planning, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < planning->bound->len; i++)
    g_ptr_array_add (names, ((VfpSlot *) g_ptr_array_index (planning->bound, i))->pool);
  g_ptr_array_add (names, NULL);
  return vfp_bond_pfs_named (planning->snapshot, (const char *const *) names->pdata, error);
}

static GPtrArray *
pool_pfs (const Planning *planning, GError **error)
{
  const VfpBondRequest *request = planning->request;
  const guint wanted = request->legs != 0 ? request->legs : MAX (LEGS_MIN, planning->bound->len);
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();

  for (guint i = 0; i < planning->bound->len; i++)
    {
      VfpPf *pf = pf_of (planning, g_ptr_array_index (planning->bound, i));

      if (pf != NULL)
        g_ptr_array_add (taken, pf);
    }
  if (taken->len >= wanted)
    return g_steal_pointer (&taken);

  g_autoptr (GPtrArray) more
      = vfp_bond_pfs_of_pool (planning->world, planning->snapshot, planning->guest,
                              planning->plan->pool, taken, wanted - taken->len, error);
  if (more == NULL)
    return NULL;
  g_ptr_array_extend (taken, more, NULL, NULL);
  return g_steal_pointer (&taken);
}

/* What was named; else the configured one that all legs were of. */
static char *
find_pool (const Planning *planning)
{
  const VfpBondRequest *request = planning->request;
  const VfpSlot *first = planning->bound->len > 0 ? g_ptr_array_index (planning->bound, 0) : NULL;

  if (request->pool != NULL || request->pfs != NULL || first == NULL
      || vfp_inventory_find_pf (planning->snapshot->inventory, first->pool) != NULL)
    return g_strdup (request->pool);
  for (guint i = 1; i < planning->bound->len; i++)
    if (!g_str_equal (((VfpSlot *) g_ptr_array_index (planning->bound, i))->pool, first->pool))
      return NULL;
  return g_strdup (first->pool);
}

static GPtrArray *
choose_pfs (const Planning *planning, GError **error)
{
  const VfpBondRequest *request = planning->request;

  if (request->pfs != NULL)
    return vfp_bond_pfs_named (planning->snapshot, request->pfs, error);
  if (planning->plan->pool != NULL)
    return pool_pfs (planning, error);
  if (planning->bound->len > 0)
    return own_pfs (planning, error);
  const VfpPoolNames names = vfp_view_names (planning->snapshot->view);
  g_autoptr (VfpPool) only = vfp_pool_only (&names, "--pool, or --pf twice", error);
  if (only == NULL)
    return NULL;
  planning->plan->pool = g_strdup (only->name);
  return pool_pfs (planning, error);
}

static gboolean
check_count (const Planning *planning, GPtrArray *pfs, GError **error)
{
  const char *guest = planning->guest->name;

  if (pfs->len < LEGS_MIN)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "%s: a bond on one PF ends with it; name another one by a second --pf",
                      guest);
  return pfs->len >= planning->bound->len
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "%s: %s has %u legs; name as many PFs, or 'vfpool forget' a slot", guest,
                       planning->plan->bond, planning->bound->len);
}

static gboolean
is_planned (const Planning *planning, const char *name)
{
  for (guint i = 0; i < planning->plan->legs->len; i++)
    if (g_str_equal (((VfpBondLegPlan *) g_ptr_array_index (planning->plan->legs, i))->slot, name))
      return TRUE;
  return FALSE;
}

static char *
new_slot_name (const Planning *planning)
{
  for (unsigned number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("net%u", number);

      if (!is_planned (planning, name)
          && vfp_slot_name_is_free (planning->snapshot, planning->guest, name))
        return g_steal_pointer (&name);
    }
}

static void
add_leg (const Planning *planning, const char *slot, VfpPf *pf, gboolean untrust)
{
  VfpBondLegPlan *leg = g_new0 (VfpBondLegPlan, 1);

  leg->slot = g_strdup (slot);
  leg->pf = pf;
  leg->untrust = untrust;
  g_ptr_array_add (planning->plan->legs, leg);
}

/* Takes @pf out of @pfs, if it is there. */
static VfpPf *
take (GPtrArray *pfs, VfpPf *pf)
{
  return pf != NULL && g_ptr_array_remove (pfs, pf) ? pf : NULL;
}

/* First who has a VF, then who was on one of the PFs, then whoever is left, in order. */
static void
assign (const Planning *planning, GPtrArray *pfs)
{
  g_autofree VfpPf **of = g_new0 (VfpPf *, planning->bound->len);
  const gboolean may_trust = planning->request->leg.settings.known & VFP_SETTING_TRUST;

  for (guint i = 0; i < planning->bound->len; i++)
    of[i] = take (pfs, pf_of (planning, g_ptr_array_index (planning->bound, i)));
  for (guint i = 0; i < planning->bound->len; i++)
    if (of[i] == NULL)
      of[i] = take (
          pfs, vfp_inventory_find_pf (planning->snapshot->inventory,
                                      ((VfpSlot *) g_ptr_array_index (planning->bound, i))->pool));
  for (guint i = 0; i < planning->bound->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (planning->bound, i);

      if (of[i] == NULL)
        of[i] = g_ptr_array_steal_index (pfs, 0);
      add_leg (planning, slot->name, of[i],
               planning->plan->mac == VFP_BOND_MAC_ACTIVE && slot->settings.trust && !may_trust);
    }
  while (pfs->len > 0)
    {
      g_autofree char *name = new_slot_name (planning);

      add_leg (planning, name, g_ptr_array_steal_index (pfs, 0), FALSE);
    }
}

static gboolean
plan_legs (Planning *planning, GError **error)
{
  planning->plan->bond = choose_bond (planning, error);
  if (planning->plan->bond == NULL)
    return FALSE;
  for (guint i = 0; i < planning->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (planning->slots, i);

      if (g_strcmp0 (slot->bond, planning->plan->bond) == 0)
        g_ptr_array_add (planning->bound, slot);
    }
  if (!choose_mac (planning, error))
    return FALSE;

  planning->plan->pool = find_pool (planning);
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) pfs = choose_pfs (planning, &local);
  if (pfs == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!check_count (planning, pfs, error))
    return FALSE;
  if (vfp_bond_pfs_share_card (planning->world, pfs))
    vfp_world_warn (planning->world, "%s: legs of %s are ports of one card, and fail with it",
                    planning->guest->name, planning->plan->bond);
  assign (planning, pfs);
  return TRUE;
}

VfpBondPlan *
vfp_bond_plan (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
               const VfpBondRequest *request, GError **error)
{
  g_autoptr (VfpBondPlan) plan = g_new0 (VfpBondPlan, 1);
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, guest->uuid);
  g_autoptr (GPtrArray) bound = g_ptr_array_new ();
  Planning planning = { world, snapshot, guest, request, slots, bound, plan };

  plan->legs = g_ptr_array_new_with_free_func ((GDestroyNotify) leg_plan_free);
  return plan_legs (&planning, error) ? g_steal_pointer (&plan) : NULL;
}
