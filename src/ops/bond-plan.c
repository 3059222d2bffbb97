/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which legs a bond is to have. */
#include "config.h"

#include "ops/bond-plan-private.h"

#include "base/error.h"
#include "ops/attach-mark.h"
#include "ops/bond-legs.h"
#include "ops/slot.h"

static void
leg_plan_free (VfpBondLegPlan *leg)
{
  g_free (leg->slot);
  g_free (leg->pool);
  g_free (leg);
}

void
vfp_bond_plan_free (VfpBondPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->bond);
  g_ptr_array_unref (plan->legs);
  g_free (plan);
}

/* The PF of the VF that the slot has; NULL: it has none. */
static VfpPf *
pf_of (const VfpBondPlanning *planning, const VfpSlot *slot)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (planning->snapshot->records, slot->id);
  const VfpVfView *vf
      = claim != NULL ? vfp_view_find_claim (planning->snapshot->view, claim) : NULL;

  return vf != NULL && !vf->stale ? vf->pf : NULL;
}

static gboolean
check_count (const VfpBondPlanning *planning, guint legs, GError **error)
{
  const char *guest = planning->guest->name;

  if (legs < VFP_BOND_LEGS_MIN)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "%s: a bond on one PF ends with it; name another one by a second --pf",
                      guest);
  return legs >= planning->bound->len
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "%s: %s has %u legs; name as many PFs, or 'vfpool forget' a slot", guest,
                       planning->plan->bond, planning->bound->len);
}

static gboolean
is_planned (const VfpBondPlanning *planning, const char *name)
{
  for (guint i = 0; i < planning->plan->legs->len; i++)
    if (g_str_equal (((VfpBondLegPlan *) g_ptr_array_index (planning->plan->legs, i))->slot, name))
      return TRUE;
  return FALSE;
}

static char *
new_slot_name (const VfpBondPlanning *planning)
{
  for (unsigned number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("net%u", number);

      if (!is_planned (planning, name)
          && vfp_slot_name_is_free (planning->snapshot, planning->guest, name))
        return g_steal_pointer (&name);
    }
}

/* @slot NULL: a new one. */
static void
add_leg (const VfpBondPlanning *planning, const VfpSlot *slot, const VfpPf *pf, const char *pool)
{
  VfpBondLegPlan *leg = g_new0 (VfpBondLegPlan, 1);

  leg->slot = slot != NULL ? g_strdup (slot->name) : new_slot_name (planning);
  leg->pool = g_strdup (pool);
  leg->pf = pf;
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
assign (const VfpBondPlanning *planning, GPtrArray *pfs)
{
  const char *pool = planning->request->pool;
  g_autofree VfpPf **of = g_new0 (VfpPf *, planning->bound->len);

  for (guint i = 0; i < planning->bound->len; i++)
    of[i] = take (pfs, pf_of (planning, g_ptr_array_index (planning->bound, i)));
  for (guint i = 0; i < planning->bound->len; i++)
    if (of[i] == NULL)
      of[i] = take (
          pfs, vfp_inventory_find_pf (planning->snapshot->inventory,
                                      ((VfpSlot *) g_ptr_array_index (planning->bound, i))->pool));
  for (guint i = 0; i < planning->bound->len; i++)
    {
      if (of[i] == NULL)
        of[i] = g_ptr_array_steal_index (pfs, 0);
      add_leg (planning, g_ptr_array_index (planning->bound, i), of[i], pool);
    }
  while (pfs->len > 0)
    add_leg (planning, NULL, g_ptr_array_steal_index (pfs, 0), pool);
}

static gboolean
plan_named (const VfpBondPlanning *planning, GError **error)
{
  g_autoptr (GPtrArray) pfs
      = vfp_bond_legs_named (planning->snapshot, planning->request->pfs, error);

  if (pfs == NULL || !check_count (planning, pfs->len, error))
    return FALSE;
  g_ptr_array_extend (planning->taken, pfs, NULL, NULL);
  assign (planning, pfs);
  return TRUE;
}

/* The pool that was named, else the slot's own; of a further leg, that of the first. */
static VfpPool *
find_pool (const VfpBondPlanning *planning, const VfpSlot *slot, guint legs, GError **error)
{
  const VfpPoolNames names = vfp_view_names (planning->snapshot->view);
  const char *named = planning->request->pool;
  const VfpSlot *like = slot;

  if (like == NULL && planning->bound->len > 0)
    like = g_ptr_array_index (planning->bound, 0);
  g_autoptr (VfpPool) pool
      = named == NULL && like == NULL
            ? vfp_pool_only (&names, "--pool, or --pf twice", error)
            : vfp_pool_find (&names, named != NULL ? named : like->pool, error);
  if (pool == NULL || (named == NULL && slot != NULL) || pool->pfs->len >= legs)
    return g_steal_pointer (&pool);
  vfp_throw (error, VFP_ERROR_NO_VF_FITS,
             "pool %s has %u PF%s; a bond of %u legs needs as many, say --pf PF --pf PF",
             pool->name, pool->pfs->len, pool->pfs->len == 1 ? "" : "s", legs);
  return NULL;
}

/* @slot NULL: of a new one. */
static gboolean
choose_leg (const VfpBondPlanning *planning, const VfpSlot *slot, guint legs, GError **error)
{
  const VfpGuest *guest = planning->guest;
  const VfpSnapshot *snapshot = planning->snapshot;
  g_autoptr (VfpPool) pool = find_pool (planning, slot, legs, error);
  g_autoptr (GArray) nodes = vfp_policy_nodes (snapshot->inventory, guest);
  const VfpPolicyRequest request = {
    .pool = pool,
    .live = (planning->affect & VFP_AFFECT_LIVE) != 0,
    .has_netlink = planning->world->netlink != NULL && (slot == NULL || slot->profile_id == NULL)
                   && planning->request->leg.profile_id == NULL,
    .guest_uuid = guest->uuid,
    .slot = slot,
    .nodes = nodes,
  };
  const VfpVfView *vf = NULL;

  if (pool == NULL)
    return FALSE;
  if (planning->affect != 0)
    {
      vf = vfp_bond_legs_choose (planning->world, snapshot, planning->taken, &request, error);
      if (vf == NULL)
        return FALSE;
      g_ptr_array_add (planning->taken, vf->pf);
    }
  add_leg (planning, slot, vf != NULL ? vf->pf : NULL, pool->name);
  return TRUE;
}

/* Legs that have VFs come before the choice: the others keep away from them. */
static gboolean
plan_by_policy (const VfpBondPlanning *planning, GError **error)
{
  const VfpBondRequest *request = planning->request;
  const guint bound = planning->bound->len;
  const guint legs = request->legs != 0 ? request->legs : MAX (VFP_BOND_LEGS_MIN, bound);

  if (!check_count (planning, legs, error))
    return FALSE;
  for (guint i = 0; i < bound; i++)
    {
      VfpPf *pf = pf_of (planning, g_ptr_array_index (planning->bound, i));

      if (pf != NULL)
        g_ptr_array_add (planning->taken, pf);
    }
  for (guint i = 0; i < legs; i++)
    {
      const VfpSlot *slot = i < bound ? g_ptr_array_index (planning->bound, i) : NULL;

      if (slot != NULL && pf_of (planning, slot) != NULL)
        add_leg (planning, slot, NULL, request->pool);
      else if (!choose_leg (planning, slot, legs, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
plan_legs (VfpBondPlanning *planning, GError **error)
{
  planning->plan->bond = vfp_bond_plan_name (planning, error);
  if (planning->plan->bond == NULL)
    return FALSE;
  for (guint i = 0; i < planning->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (planning->slots, i);

      if (g_strcmp0 (slot->bond, planning->plan->bond) == 0)
        g_ptr_array_add (planning->bound, slot);
    }
  if (!vfp_bond_plan_mac (planning, error)
      || !vfp_attach_mark_affect (planning->guest, &planning->request->leg, &planning->affect,
                                  error))
    return FALSE;
  if (!(planning->request->pfs != NULL ? plan_named (planning, error)
                                       : plan_by_policy (planning, error)))
    return FALSE;
  if (vfp_bond_legs_share_card (planning->world, planning->taken))
    vfp_world_warn (planning->world, "%s: legs of %s are ports of one card, and fail with it",
                    planning->guest->name, planning->plan->bond);
  return TRUE;
}

VfpBondPlan *
vfp_bond_plan (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
               const VfpBondRequest *request, GError **error)
{
  g_autoptr (VfpBondPlan) plan = g_new0 (VfpBondPlan, 1);
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, guest->uuid);
  g_autoptr (GPtrArray) bound = g_ptr_array_new ();
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();
  VfpBondPlanning planning = {
    .world = world,
    .snapshot = snapshot,
    .guest = guest,
    .request = request,
    .slots = slots,
    .bound = bound,
    .taken = taken,
    .plan = plan,
  };

  plan->legs = g_ptr_array_new_with_free_func ((GDestroyNotify) leg_plan_free);
  return plan_legs (&planning, error) ? g_steal_pointer (&plan) : NULL;
}
