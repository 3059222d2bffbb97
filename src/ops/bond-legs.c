/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The legs that a bond has already. */
#include "config.h"

#include "ops/bond-legs.h"

#include "base/error.h"

/* The PF of the VF that @other has as a leg of the bond; NULL: it is none, or has no VF. */
static VfpPf *
pf_of_leg (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpSlot *other)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, other->id);
  const VfpVfView *vf = claim != NULL ? vfp_view_find_claim (snapshot->view, claim) : NULL;

  return other->id != slot->id && g_strcmp0 (other->bond, slot->bond) == 0 && vf != NULL
                 && !vf->stale
             ? vf->pf
             : NULL;
}

GPtrArray *
vfp_bond_legs_pfs (const VfpSnapshot *snapshot, const VfpSlot *slot)
{
  GPtrArray *pfs = g_ptr_array_new ();
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, slot->guest_uuid);

  for (guint i = 0; slot->bond != NULL && i < slots->len; i++)
    {
      VfpPf *pf = pf_of_leg (snapshot, slot, g_ptr_array_index (slots, i));

      if (pf != NULL)
        g_ptr_array_add (pfs, pf);
    }
  return pfs;
}

gboolean
vfp_bond_legs_check (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpPf *pf,
                     GError **error)
{
  g_autoptr (GPtrArray) taken = vfp_bond_legs_pfs (snapshot, slot);
  g_autofree char *name = vfp_pf_name (pf);

  return !g_ptr_array_find (taken, pf, NULL)
         || vfp_throw (error, VFP_ERROR_DIFFERS,
                       "%s: another leg of %s is on %s already, and would fail with it; say "
                       "another --pf for %s",
                       slot->guest_name, slot->bond, name, slot->name);
}
