/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PFs of a pool the legs of a bond go on. */
#include "config.h"

#include "pool/bond-choice.h"

#include "base/error.h"
#include "pool/card.h"

void
vfp_bond_candidate_free (VfpBondCandidate *candidate)
{
  if (candidate == NULL)
    return;
  g_free (candidate->serial);
  g_free (candidate);
}

static unsigned
count_used (const VfpView *view, const VfpPf *pf)
{
  unsigned used = 0;

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      used += vf->pf == pf && vf->state != VFP_VF_FREE;
    }
  return used;
}

static gboolean
shares_card (GPtrArray *chosen, const VfpBondCandidate *candidate)
{
  for (guint i = 0; i < chosen->len; i++)
    {
      const VfpBondCandidate *other = g_ptr_array_index (chosen, i);

      if (vfp_card_is_same (&candidate->pf->address, candidate->serial, &other->pf->address,
                            other->serial))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_far (GPtrArray *chosen, const VfpBondCandidate *candidate)
{
  const VfpBondCandidate *first = chosen->len > 0 ? g_ptr_array_index (chosen, 0) : NULL;

  return first != NULL && first->pf->numa_node != candidate->pf->numa_node;
}

/* Less is better; what weighs more is told first. */
static gboolean
better (const VfpView *view, GPtrArray *chosen, const VfpBondCandidate *a,
        const VfpBondCandidate *b)
{
  const int ranks[][2] = {
    { shares_card (chosen, a), shares_card (chosen, b) },
    { !a->pf->carrier, !b->pf->carrier },
    { is_far (chosen, a), is_far (chosen, b) },
    { (int) count_used (view, a->pf), (int) count_used (view, b->pf) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ranks); i++)
    if (ranks[i][0] != ranks[i][1])
      return ranks[i][0] < ranks[i][1];
  return FALSE;
}

/* Candidates that can give a VF, as borrowed pointers; those of @taken go to @out_chosen, so that
 * they count as cards. */
static GPtrArray *
find_able (const VfpView *view, GPtrArray *candidates, GPtrArray *taken,
           const VfpPolicyRequest *request, GPtrArray *out_chosen, GString *out_reasons)
{
  GPtrArray *able = g_ptr_array_new ();

  for (guint i = 0; i < candidates->len; i++)
    {
      VfpBondCandidate *candidate = g_ptr_array_index (candidates, i);
      VfpPolicyRequest one = *request;
      g_autoptr (GError) local = NULL;

      one.pf = candidate->pf;
      one.vf = NULL;
      if (g_ptr_array_find (taken, candidate->pf, NULL))
        g_ptr_array_add (out_chosen, candidate);
      else if (vfp_policy_choose (view, &one, &local) != NULL)
        g_ptr_array_add (able, candidate);
      else
        g_string_append_printf (out_reasons, "; %s", local->message);
    }
  return able;
}

GPtrArray *
vfp_bond_choose_pfs (const VfpView *view, GPtrArray *candidates, GPtrArray *taken, unsigned count,
                     const VfpPolicyRequest *request, GError **error)
{
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
  g_autoptr (GString) reasons = g_string_new (NULL);
  g_autoptr (GPtrArray) able = find_able (view, candidates, taken, request, chosen, reasons);
  g_autoptr (GPtrArray) pfs = g_ptr_array_new ();

  while (pfs->len < count && able->len > 0)
    {
      guint best = 0;

      for (guint i = 1; i < able->len; i++)
        if (better (view, chosen, g_ptr_array_index (able, i), g_ptr_array_index (able, best)))
          best = i;
      VfpBondCandidate *candidate = g_ptr_array_steal_index (able, best);
      g_ptr_array_add (chosen, candidate);
      g_ptr_array_add (pfs, candidate->pf);
    }
  if (pfs->len == count)
    return g_steal_pointer (&pfs);
  vfp_throw (error, VFP_ERROR_NO_VF_FITS,
             "a bond needs %u more PFs with a free VF, and %u has one%s", count, pfs->len,
             reasons->str);
  return NULL;
}
