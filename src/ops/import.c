/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of an export, into the state file. */
#include "config.h"

#include "ops/import.h"

#include "base/error.h"
#include "ops/dump.h"
#include "ops/import-plan.h"
#include "ops/new-rows.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

static VfpImportPlan *
make_plan (VfpWorld *world, const VfpImportRequest *request, GError **error)
{
  VfpRecords *file = vfp_dump_parse (request->text, request->length, request->name, error);

  if (file == NULL)
    return NULL;
  VfpRecords *here = vfp_store_load (world->store, error);
  if (here == NULL)
    {
      vfp_records_free (file);
      return NULL;
    }
  return vfp_import_plan (here, file, request->mode, request->name, world->boot_id, error);
}

static gboolean
note_removed (VfpWorld *world, const VfpRecords *here, GError **error)
{
  for (guint i = 0; i < here->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (here->claims, i);

      if (!vfp_world_note (world, "replace", vfp_records_get_slot (here, claim->slot_id), claim,
                           NULL, error))
        return FALSE;
    }
  return vfp_store_clear (world->store, error);
}

/* The locks of all guests that have slots here, by UUID and taken in its order, as the slots come.
 * A command ends with the promise in the guest's metadata, which is what a replacement leaves to
 * reconcile; until then its guest is its own. */
static GHashTable *
lock_guests (VfpWorld *world, const VfpRecords *here, unsigned timeout_ms, GError **error)
{
  g_autoptr (GHashTable) locks
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) vfp_lock_free);

  for (guint i = 0; i < here->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (here->slots, i);

      if (g_hash_table_contains (locks, slot->guest_uuid))
        continue;
      VfpLock *lock = vfp_lock_take (world->state_path, slot->guest_uuid, timeout_ms, error);
      if (lock == NULL)
        {
          g_prefix_error (error, "%s: ", slot->guest_name);
          return NULL;
        }
      g_hash_table_insert (locks, g_strdup (slot->guest_uuid), lock);
    }
  return g_steal_pointer (&locks);
}

static gboolean
check_locked (const VfpRecords *here, GHashTable *locks, GError **error)
{
  for (guint i = 0; i < here->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (here->slots, i);

      if (!g_hash_table_contains (locks, slot->guest_uuid))
        return vfp_throw (error, VFP_ERROR_BUSY,
                          "another vfpool has just given %s a slot; try again", slot->guest_name);
    }
  return TRUE;
}

/* The plan is made once more of what is there now that nobody else can write. */
static gboolean
write_all (VfpWorld *world, const VfpImportRequest *request, GHashTable *locks, GError **error)
{
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpTransaction) transaction
      = lock != NULL ? vfp_store_begin (world->store, error) : NULL;
  g_autoptr (VfpImportPlan) plan = transaction != NULL ? make_plan (world, request, error) : NULL;

  if (plan == NULL)
    return FALSE;
  if (request->mode == VFP_IMPORT_REPLACE
      && (!check_locked (plan->here, locks, error) || !note_removed (world, plan->here, error)))
    return FALSE;
  return vfp_new_rows_write (world, plan->rows, "import", error)
         && vfp_transaction_commit (transaction, error);
}

static const VfpPf *
find_pf (const VfpInventory *inventory, const VfpPfRecord *record)
{
  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (vfp_address_equal (&pf->address, &record->address)
          && vfp_mac_equal (&pf->mac, &record->mac))
        return pf;
    }
  return NULL;
}

static gboolean
has_claim (const VfpRecords *records, const VfpPfRecord *pf)
{
  for (guint i = 0; i < records->claims->len; i++)
    if (((VfpClaim *) g_ptr_array_index (records->claims, i))->pf_id == pf->id)
      return TRUE;
  return FALSE;
}

static gboolean
warn_of_pfs (VfpWorld *world, const VfpRecords *rows, GError **error)
{
  g_autoptr (VfpInventory) inventory = vfp_inventory_read (world->root, world->netlink, error);

  if (inventory == NULL)
    return FALSE;
  for (guint i = 0; i < rows->pfs->len; i++)
    {
      const VfpPfRecord *pf = g_ptr_array_index (rows->pfs, i);
      char address[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];

      if (pf->id >= VFP_NEW_ID && has_claim (rows, pf) && find_pf (inventory, pf) == NULL)
        vfp_world_warn (world, "this host has no PF %s with MAC %s (%s): its VFs will be missing",
                        vfp_address_format (&pf->address, address), vfp_mac_format (&pf->mac, mac),
                        pf->netdev != NULL ? pf->netdev : "-");
    }
  return TRUE;
}

static gboolean
lock_and_write (VfpWorld *world, const VfpImportRequest *request, const VfpImportPlan *plan,
                GError **error)
{
  g_autoptr (GHashTable) locks = NULL;

  if (request->mode == VFP_IMPORT_REPLACE)
    {
      locks = lock_guests (world, plan->here, request->timeout_ms, error);
      if (locks == NULL)
        return FALSE;
    }
  return write_all (world, request, locks, error);
}

VfpImport *
vfp_import (VfpWorld *world, const VfpImportRequest *request, GError **error)
{
  g_autoptr (VfpImportPlan) plan = make_plan (world, request, error);

  if (plan == NULL || !warn_of_pfs (world, plan->rows, error))
    return NULL;
  for (guint i = 0; i < plan->warnings->len; i++)
    vfp_world_warn (world, "%s", (char *) g_ptr_array_index (plan->warnings, i));
  if (!request->dry_run && plan->import->changed && !lock_and_write (world, request, plan, error))
    return NULL;
  return g_steal_pointer (&plan->import);
}
