/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a pool is left. */
#include "config.h"

#include "pool/capacity.h"

static void
count_vf (VfpCapacity *capacity, const VfpVfView *vf)
{
  capacity->total++;
  switch (vf->state)
    {
    case VFP_VF_FREE:
      capacity->free++;
      break;
    case VFP_VF_RESERVED:
      capacity->reserved++;
      break;
    case VFP_VF_FOREIGN:
      capacity->foreign++;
      break;
    case VFP_VF_UNKNOWN:
      capacity->unknown++;
      break;
    case VFP_VF_ATTACHED:
      if (vf->live)
        capacity->attached++;
      else
        capacity->off++;
      break;
    case VFP_VF_CLAIMING:
    case VFP_VF_DETACHING:
    case VFP_VF_MISSING:
      capacity->attached++;
      break;
    }
}

static gboolean
is_waiting (const VfpView *view, const VfpSlot *slot)
{
  const VfpFacts *facts = &view->facts;
  const VfpGuest *guest = slot->on_start && facts->guests != NULL
                              ? vfp_guest_find (facts->guests, slot->guest_uuid)
                              : NULL;

  return guest != NULL && guest->running
         && vfp_records_find_claim_of_slot (facts->records, slot->id) == NULL
         && !vfp_records_slot_rests (facts->records, slot);
}

VfpCapacity
vfp_capacity_count (const VfpView *view, const VfpPool *pool)
{
  const GPtrArray *slots = view->facts.records->slots;
  VfpCapacity capacity = { 0 };

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->pf != NULL && vfp_pool_has_vf (pool, vf->pf, vf->index))
        count_vf (&capacity, vf);
    }
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      capacity.waiting += g_str_equal (slot->pool, pool->name) && is_waiting (view, slot);
    }
  return capacity;
}
