/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bond of a guest is meant, and whose MAC it has. */
#include "config.h"

#include "ops/bond-plan-private.h"

#include "base/error.h"
#include "ops/bond-legs.h"

static void
count_legs (const VfpBondPlanning *planning, const char *bond, guint *out_legs, guint *out_claimed)
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
new_bond (const VfpBondPlanning *planning)
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
list_bonds (const VfpBondPlanning *planning)
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
throw_in_use (const VfpBondPlanning *planning, const char *bond, GError **error)
{
  return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                    "%s: %s has VFs already; --ensure --bond-name %s attaches what it lacks",
                    planning->guest->name, bond, bond);
}

/* Without a name and without ensure: a bond that is whole is left alone, and one that is not must
 * be named. */
static char *
choose_empty (const VfpBondPlanning *planning, GPtrArray *bonds, GError **error)
{
  char *empty = NULL;

  for (guint i = 0; i < bonds->len; i++)
    {
      char *bond = g_ptr_array_index (bonds, i);
      guint legs, claimed;

      count_legs (planning, bond, &legs, &claimed);
      if (claimed > 0 && (claimed < legs || legs < VFP_BOND_LEGS_MIN))
        {
          throw_in_use (planning, bond, error);
          return NULL;
        }
      if (claimed == 0 && empty == NULL)
        empty = bond;
    }
  return empty != NULL ? g_strdup (empty) : new_bond (planning);
}

char *
vfp_bond_plan_name (const VfpBondPlanning *planning, GError **error)
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

gboolean
vfp_bond_plan_mac (const VfpBondPlanning *planning, GError **error)
{
  const VfpBondRequest *request = planning->request;
  VfpBondPlan *plan = planning->plan;
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
  return vfp_bond_legs_check_settings (plan->mac, &request->leg.settings, error);
}
