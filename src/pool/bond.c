/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bonds of a guest, and which of their legs are up. */
#include "config.h"

#include "pool/bond.h"

static void
leg_free (VfpBondLeg *leg)
{
  g_free (leg->why);
  g_free (leg);
}

static void
bond_free (VfpBond *bond)
{
  g_ptr_array_unref (bond->legs);
  g_free (bond);
}

static gboolean
is_running (const VfpView *view, const char *uuid)
{
  const VfpGuest *guest
      = view->facts.guests != NULL ? vfp_guest_find (view->facts.guests, uuid) : NULL;

  return guest != NULL && guest->running;
}

static char *
explain_leg (const VfpBondLeg *leg)
{
  const VfpPf *pf = leg->vf != NULL ? leg->vf->pf : NULL;

  if (leg->vf == NULL)
    return g_strdup ("no VF");
  if (pf == NULL)
    return g_strdup ("its VF is missing");
  if (!leg->vf->live)
    return g_strdup ("not in the running guest");
  if (!pf->up)
    return g_strdup_printf ("%s is administratively down", leg->vf->pf_name);
  if (!pf->carrier)
    return g_strdup_printf ("%s has no carrier", leg->vf->pf_name);
  return leg->slot->settings.link_state == VFP_LINK_STATE_DISABLE ? g_strdup ("link-state disable")
                                                                  : NULL;
}

static void
add_leg (VfpBond *bond, const VfpView *view, const VfpSlot *slot)
{
  VfpBondLeg *leg = g_new0 (VfpBondLeg, 1);
  const VfpClaim *claim = vfp_records_find_claim_of_slot (view->facts.records, slot->id);
  const VfpVfView *vf = claim != NULL ? vfp_view_find_claim (view, claim) : NULL;

  leg->slot = slot;
  leg->vf = vf != NULL && !vf->stale ? vf : NULL;
  leg->why = bond->running ? explain_leg (leg) : NULL;
  bond->up += bond->running && leg->why == NULL;
  g_ptr_array_add (bond->legs, leg);
}

static VfpBond *
get_bond (GPtrArray *bonds, const VfpSlot *slot, gboolean running)
{
  for (guint i = 0; i < bonds->len; i++)
    {
      VfpBond *bond = g_ptr_array_index (bonds, i);

      if (g_str_equal (bond->name, slot->bond))
        return bond;
    }

  VfpBond *bond = g_new0 (VfpBond, 1);
  bond->name = slot->bond;
  bond->mac = slot->bond_mac;
  bond->running = running;
  bond->legs = g_ptr_array_new_with_free_func ((GDestroyNotify) leg_free);
  g_ptr_array_add (bonds, bond);
  return bond;
}

GPtrArray *
vfp_bonds_of (const VfpView *view, const char *uuid)
{
  GPtrArray *bonds = g_ptr_array_new_with_free_func ((GDestroyNotify) bond_free);
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (view->facts.records, uuid);
  const gboolean running = is_running (view, uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (slot->bond != NULL)
        add_leg (get_bond (bonds, slot, running), view, slot);
    }
  return bonds;
}

char *
vfp_bond_explain (const VfpBond *bond)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLeg *leg = g_ptr_array_index (bond->legs, i);

      if (leg->why != NULL)
        g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "; " : "", leg->slot->name,
                                leg->why);
    }
  return g_string_free (text, FALSE);
}
