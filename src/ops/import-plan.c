/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an import is going to do. */
#include "config.h"

#include "ops/import-plan.h"

#include "base/error.h"
#include "ops/dump.h"
#include "ops/new-rows.h"

void
vfp_import_free (VfpImport *import)
{
  if (import == NULL)
    return;
  g_ptr_array_unref (import->changes);
  g_free (import);
}

static VfpRecords *
borrowed_records_new (void)
{
  VfpRecords *records = g_new0 (VfpRecords, 1);

  records->pfs = g_ptr_array_new ();
  records->guests = g_ptr_array_new ();
  records->slots = g_ptr_array_new ();
  records->claims = g_ptr_array_new ();
  return records;
}

void
vfp_import_plan_free (VfpImportPlan *plan)
{
  if (plan == NULL)
    return;
  vfp_records_free (plan->rows);
  vfp_records_free (plan->here);
  vfp_records_free (plan->file);
  vfp_import_free (plan->import);
  g_ptr_array_unref (plan->warnings);
  g_free (plan);
}

static void G_GNUC_PRINTF (2, 3) add_text (GPtrArray *texts, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (texts, g_strdup_vprintf (format, args));
  va_end (args);
}

static gboolean
check_mode (const VfpRecords *here, VfpImportMode mode, GError **error)
{
  if (mode != VFP_IMPORT_EMPTY || (here->slots->len == 0 && here->claims->len == 0))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_STATE_NOT_EMPTY,
                    "the state file has %u slots and %u claims; say --merge to keep them and add "
                    "what is new, or --replace to end them",
                    here->slots->len, here->claims->len);
}

static gboolean
check_claimers (const VfpRecords *here, GError **error)
{
  for (guint i = 0; i < here->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (here->claims, i);
      g_autofree char *name = vfp_dump_name_claim (here, claim);

      if (vfp_process_is_alive (&claim->claimer))
        return vfp_throw (error, VFP_ERROR_BUSY,
                          "another vfpool (pid %d) is at work on %s; try again when it has ended",
                          (int) claim->claimer.pid, name);
    }
  return TRUE;
}

static void
plan_pfs (VfpImportPlan *plan, const VfpRecords *kept)
{
  for (guint i = 0; i < plan->file->pfs->len; i++)
    {
      VfpPfRecord *pf = g_ptr_array_index (plan->file->pfs, i);
      const VfpPfRecord *known = vfp_records_find_pf (kept, &pf->address, &pf->mac);

      pf->id = known != NULL ? known->id : pf->id + VFP_NEW_ID;
      if (known == NULL)
        g_ptr_array_add (plan->rows->pfs, pf);
    }
}

/* What the hook has counted here goes on, also through a replacement. */
static void
plan_guests (VfpImportPlan *plan, const VfpRecords *kept)
{
  for (guint i = 0; i < plan->file->guests->len; i++)
    {
      VfpGuestRecord *guest = g_ptr_array_index (plan->file->guests, i);
      const VfpGuestRecord *counted = vfp_records_find_guest (plan->here, guest->uuid);

      if (counted != NULL)
        {
          guest->generation = MAX (guest->generation, counted->generation);
          guest->wanted = MAX (guest->wanted, counted->wanted);
          guest->settled = MAX (guest->settled, counted->settled);
        }
      if (vfp_records_find_guest (kept, guest->uuid) == NULL)
        g_ptr_array_add (plan->rows->guests, guest);
    }
}

static gboolean
plan_slot (VfpImportPlan *plan, const VfpRecords *kept, VfpSlot *slot, GError **error)
{
  const VfpSlot *known = vfp_records_find_slot (kept, slot->guest_uuid, slot->name);
  char mac[VFP_MAC_STRLEN], known_mac[VFP_MAC_STRLEN];

  vfp_mac_format (&slot->mac, mac);
  if (known == NULL)
    {
      slot->id += VFP_NEW_ID;
      g_ptr_array_add (plan->rows->slots, slot);
      plan->import->slots++;
      add_text (plan->import->changes, "%s %s: slot with MAC %s", slot->guest_name, slot->name,
                mac);
      return TRUE;
    }
  if (!vfp_mac_equal (&known->mac, &slot->mac))
    return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                      "%s %s has MAC %s here, and %s in the file; 'vfpool forget %s --slot %s' "
                      "would end the one here",
                      known->guest_name, known->name, vfp_mac_format (&known->mac, known_mac), mac,
                      known->guest_name, known->name);
  slot->id = known->id;
  plan->import->kept++;
  return TRUE;
}

/* The live part is of a boot or of a start that has ended, and so is all that belongs to it. */
static void
make_void (VfpClaim *claim)
{
  claim->live = claim->intent_live = FALSE;
  claim->generation = claim->expires = 0;
  claim->claimer = (VfpProcess){ 0 };
  claim->has_saved = FALSE;
  g_clear_pointer (&claim->boot_id, g_free);
  g_clear_pointer (&claim->saved_driver, g_free);
  if (!claim->intent_config)
    claim->intent = VFP_INTENT_NONE;
}

static gboolean
is_void (const VfpImportPlan *plan, const VfpClaim *claim, const VfpSlot *slot, const char *boot_id)
{
  const VfpGuestRecord *guest
      = slot != NULL ? vfp_records_find_guest (plan->rows, slot->guest_uuid) : NULL;

  return g_strcmp0 (claim->boot_id, boot_id) != 0 || claim->expires != 0
         || (claim->live && guest != NULL && guest->generation != claim->generation);
}

/* The slot was there: it has the VF that it has here, or none. */
static void
keep_claim (VfpImportPlan *plan, const VfpClaim *claim, const VfpSlot *slot)
{
  const VfpClaim *known = vfp_records_find_claim_of_slot (plan->here, slot->id);
  char address[VFP_ADDRESS_STRLEN], known_address[VFP_ADDRESS_STRLEN];

  vfp_address_format (&claim->address, address);
  if (known == NULL)
    add_text (plan->warnings, "%s %s has no VF here and stays so; the file has %s",
              slot->guest_name, slot->name, address);
  else if (!vfp_address_equal (&known->address, &claim->address))
    add_text (plan->warnings, "%s %s keeps VF %s; the file has %s", slot->guest_name, slot->name,
              vfp_address_format (&known->address, known_address), address);
}

static gboolean
is_kept_reservation (const VfpRecords *kept, const VfpClaim *claim)
{
  for (guint i = 0; i < kept->claims->len; i++)
    {
      const VfpClaim *known = g_ptr_array_index (kept->claims, i);

      if (known->pf_id == claim->pf_id && known->vf == claim->vf && known->owner != NULL
          && g_str_equal (known->owner, claim->owner))
        return TRUE;
    }
  return FALSE;
}

static void
plan_reservation (VfpImportPlan *plan, const VfpRecords *kept, VfpClaim *claim, const char *boot_id)
{
  char address[VFP_ADDRESS_STRLEN];

  if (is_kept_reservation (kept, claim))
    {
      plan->import->kept++;
      return;
    }
  if (is_void (plan, claim, NULL, boot_id))
    make_void (claim);
  g_ptr_array_add (plan->rows->claims, claim);
  plan->import->reservations++;
  add_text (plan->import->changes, "%s: reservation of %s",
            vfp_address_format (&claim->address, address), claim->owner);
}

static void
plan_claim (VfpImportPlan *plan, const VfpRecords *kept, VfpClaim *claim, const char *boot_id)
{
  const VfpPfRecord *pf = g_ptr_array_index (plan->file->pfs, claim->pf_id - 1);
  const VfpSlot *slot
      = claim->slot_id != 0 ? g_ptr_array_index (plan->file->slots, claim->slot_id - 1) : NULL;
  char address[VFP_ADDRESS_STRLEN];

  claim->pf_id = pf->id;
  if (slot == NULL)
    {
      plan_reservation (plan, kept, claim, boot_id);
      return;
    }

  claim->slot_id = slot->id;
  if (slot->id < VFP_NEW_ID)
    {
      keep_claim (plan, claim, slot);
      return;
    }
  if (is_void (plan, claim, slot, boot_id))
    make_void (claim);
  vfp_address_format (&claim->address, address);
  if (!claim->live && !claim->config)
    {
      add_text (plan->warnings,
                "%s %s comes without VF: %s was for a run of the guest that has ended",
                slot->guest_name, slot->name, address);
      return;
    }
  g_ptr_array_add (plan->rows->claims, claim);
  plan->import->claims++;
  add_text (plan->import->changes, "%s %s: VF %s", slot->guest_name, slot->name, address);
}

static void
extend (GPtrArray *array, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (array, g_ptr_array_index (from, i));
}

static void
count_removed (VfpImportPlan *plan)
{
  plan->import->removed = plan->here->slots->len;
  for (guint i = 0; i < plan->here->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (plan->here->slots, i);

      add_text (plan->import->changes, "%s %s: what was here goes", slot->guest_name, slot->name);
    }
  for (guint i = 0; i < plan->here->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (plan->here->claims, i);
      char address[VFP_ADDRESS_STRLEN];

      if (claim->owner == NULL)
        continue;
      plan->import->removed++;
      add_text (plan->import->changes, "%s: reservation of %s goes",
                vfp_address_format (&claim->address, address), claim->owner);
    }
}

/* Ids in @kept are those of the state file; those of the text are 1, 2, … until they are planned.
 */
static gboolean
plan_rows (VfpImportPlan *plan, const VfpRecords *kept, const char *boot_id, GError **error)
{
  extend (plan->rows->pfs, kept->pfs);
  extend (plan->rows->guests, kept->guests);
  extend (plan->rows->slots, kept->slots);
  extend (plan->rows->claims, kept->claims);
  plan_pfs (plan, kept);
  plan_guests (plan, kept);
  for (guint i = 0; i < plan->file->slots->len; i++)
    if (!plan_slot (plan, kept, g_ptr_array_index (plan->file->slots, i), error))
      return FALSE;
  for (guint i = 0; i < plan->file->claims->len; i++)
    plan_claim (plan, kept, g_ptr_array_index (plan->file->claims, i), boot_id);
  return vfp_dump_check (plan->rows, error);
}

VfpImportPlan *
vfp_import_plan (VfpRecords *here, VfpRecords *file, VfpImportMode mode, const char *name,
                 const char *boot_id, GError **error)
{
  g_autoptr (VfpImportPlan) plan = g_new0 (VfpImportPlan, 1);
  g_autoptr (VfpRecords) nothing = borrowed_records_new ();
  const gboolean replace = mode == VFP_IMPORT_REPLACE;

  plan->here = here;
  plan->file = file;
  plan->rows = borrowed_records_new ();
  plan->import = g_new0 (VfpImport, 1);
  plan->import->changes = g_ptr_array_new_with_free_func (g_free);
  plan->warnings = g_ptr_array_new_with_free_func (g_free);

  if (!check_mode (here, mode, error) || (replace && !check_claimers (here, error)))
    return NULL;
  if (replace)
    count_removed (plan);
  if (!plan_rows (plan, replace ? nothing : here, boot_id, error))
    {
      g_prefix_error (error, "%s: ", name);
      return NULL;
    }
  plan->import->changed = plan->import->changes->len > 0;
  return g_steal_pointer (&plan);
}
