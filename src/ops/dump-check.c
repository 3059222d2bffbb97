/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The invariants of the state file, over rows in memory: SQLite would not name both. */
#include "config.h"

#include "ops/dump.h"

#include "base/error.h"

char *
vfp_dump_name_slot (const VfpSlot *slot)
{
  return g_strdup_printf ("%s %s", slot->guest_name, slot->name);
}

char *
vfp_dump_name_claim (const VfpRecords *records, const VfpClaim *claim)
{
  const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);

  return slot != NULL ? vfp_dump_name_slot (slot)
                      : g_strdup_printf ("the reservation of %s", claim->owner);
}

/* What is in use (key), and by whom (value). */
typedef struct
{
  GHashTable *users;
  GError **error;
} Uses;

static void
uses_clear (Uses *uses)
{
  g_hash_table_unref (uses->users);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Uses, uses_clear)

/* @what is a sentence's object, "MAC 56:66:…"; @scope tells it from the same elsewhere. Takes
 * @what. */
static gboolean
take (Uses *uses, const char *scope, char *what, const char *who, VfpErrorCode code)
{
  g_autofree char *object = what;
  g_autofree char *key = g_strdup_printf ("%s %s", scope, object);
  const char *other = g_hash_table_lookup (uses->users, key);

  if (other != NULL)
    return vfp_throw (uses->error, code, "%s and %s both have %s", other, who, object);
  g_hash_table_insert (uses->users, g_steal_pointer (&key), g_strdup (who));
  return TRUE;
}

static char *
address_text (const char *what, const VfpAddress *address)
{
  char buffer[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("%s %s", what, vfp_address_format (address, buffer));
}

static gboolean
check_slot (Uses *uses, const VfpSlot *slot)
{
  g_autofree char *who = vfp_dump_name_slot (slot);
  char mac[VFP_MAC_STRLEN];

  return take (uses, slot->guest_uuid, g_strdup_printf ("the name %s in one guest", slot->name),
               who, VFP_ERROR_SLOT_IN_USE)
         && take (uses, "", g_strdup_printf ("MAC %s", vfp_mac_format (&slot->mac, mac)), who,
                  VFP_ERROR_MAC_IN_USE)
         && (!slot->has_guest_address
             || take (uses, slot->guest_uuid, address_text ("guest address", &slot->guest_address),
                      who, VFP_ERROR_GUEST_ADDRESS_IN_USE))
         && (slot->acpi_index == 0
             || take (uses, slot->guest_uuid, g_strdup_printf ("ACPI index %u", slot->acpi_index),
                      who, VFP_ERROR_ACPI_INDEX_IN_USE))
         && (slot->standby == NULL
             || take (uses, slot->guest_uuid, g_strdup_printf ("the standby %s", slot->standby),
                      who, VFP_ERROR_SLOT_IN_USE));
}

static gboolean
check_claim (Uses *uses, const VfpRecords *records, const VfpClaim *claim)
{
  const VfpPfRecord *pf = vfp_records_get_pf (records, claim->pf_id);
  g_autofree char *who = vfp_dump_name_claim (records, claim);
  g_autofree char *pf_id = g_strdup_printf ("%" G_GINT64_FORMAT, claim->pf_id);
  g_autofree char *slot_id = g_strdup_printf ("%" G_GINT64_FORMAT, claim->slot_id);
  char address[VFP_ADDRESS_STRLEN];
  char *vf = g_strdup_printf ("VF %u of %s", claim->vf,
                              pf->netdev != NULL ? pf->netdev
                                                 : vfp_address_format (&pf->address, address));

  return take (uses, pf_id, vf, who, VFP_ERROR_VF_IN_USE)
         && (claim->slot_id == 0
             || take (uses, slot_id, g_strdup ("a claim"), who, VFP_ERROR_SLOT_IN_USE));
}

static gboolean
check_pf (Uses *uses, const VfpPfRecord *pf)
{
  char mac[VFP_MAC_STRLEN];

  return take (uses, vfp_mac_format (&pf->mac, mac), address_text ("address", &pf->address), "a PF",
               VFP_ERROR_DIFFERS);
}

gboolean
vfp_dump_check (const VfpRecords *records, GError **error)
{
  g_auto (Uses) uses = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free), error };

  for (guint i = 0; i < records->pfs->len; i++)
    if (!check_pf (&uses, g_ptr_array_index (records->pfs, i)))
      return FALSE;
  for (guint i = 0; i < records->guests->len; i++)
    {
      const VfpGuestRecord *guest = g_ptr_array_index (records->guests, i);

      if (!take (&uses, "", g_strdup_printf ("UUID %s", guest->uuid), guest->name,
                 VFP_ERROR_DIFFERS))
        return FALSE;
    }
  for (guint i = 0; i < records->slots->len; i++)
    if (!check_slot (&uses, g_ptr_array_index (records->slots, i)))
      return FALSE;
  for (guint i = 0; i < records->claims->len; i++)
    if (!check_claim (&uses, records, g_ptr_array_index (records->claims, i)))
      return FALSE;
  return TRUE;
}
