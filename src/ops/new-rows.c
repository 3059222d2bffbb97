/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that were made in memory, into the state file. */
#include "config.h"

#include "ops/new-rows.h"

static void
change_pf (VfpRecords *rows, gint64 from, gint64 to)
{
  for (guint i = 0; i < rows->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (rows->claims, i);

      if (claim->pf_id == from)
        claim->pf_id = to;
    }
}

static gboolean
write_pfs (VfpWorld *world, VfpRecords *rows, GError **error)
{
  for (guint i = 0; i < rows->pfs->len; i++)
    {
      VfpPfRecord *pf = g_ptr_array_index (rows->pfs, i);
      const gint64 before = pf->id;

      if (before < VFP_NEW_ID)
        continue;
      if (!vfp_store_put_pf (world->store, pf, error))
        return FALSE;
      change_pf (rows, before, pf->id);
    }
  return TRUE;
}

static gboolean
write_slot (VfpWorld *world, VfpRecords *rows, VfpSlot *slot, GError **error)
{
  VfpClaim *claim = vfp_records_find_claim_of_slot (rows, slot->id);

  slot->id = 0;
  if (!vfp_store_put_slot (world->store, slot, error))
    return FALSE;
  if (claim != NULL)
    claim->slot_id = slot->id;
  return TRUE;
}

/* A process that has read the file before must not take a new row for one that it knows: revisions
 * begin where none has been. */
static gboolean
write_claim (VfpWorld *world, VfpRecords *rows, VfpClaim *claim, const char *what, GError **error)
{
  claim->revision = vfp_world_now ();
  return vfp_store_put_claim (world->store, claim, error)
         && vfp_world_note (world, what, vfp_records_get_slot (rows, claim->slot_id), claim, NULL,
                            error);
}

gboolean
vfp_new_rows_write (VfpWorld *world, VfpRecords *rows, const char *what, GError **error)
{
  if (!write_pfs (world, rows, error))
    return FALSE;
  for (guint i = 0; i < rows->guests->len; i++)
    if (!vfp_store_put_guest (world->store, g_ptr_array_index (rows->guests, i), error))
      return FALSE;
  for (guint i = 0; i < rows->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (rows->slots, i);

      if (slot->id >= VFP_NEW_ID && !write_slot (world, rows, slot, error))
        return FALSE;
    }
  for (guint i = 0; i < rows->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (rows->claims, i);

      if (claim->id == 0 && !write_claim (world, rows, claim, what, error))
        return FALSE;
    }
  return TRUE;
}
