/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the state file as values. */
#include "config.h"

#include "state/records.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

void
vfp_pf_record_free (VfpPfRecord *pf)
{
  if (pf == NULL)
    return;
  g_free (pf->serial);
  g_free (pf->netdev);
  g_free (pf->former_netdevs);
  g_free (pf);
}

void
vfp_slot_free (VfpSlot *slot)
{
  if (slot == NULL)
    return;
  g_free (slot->guest_uuid);
  g_free (slot->guest_name);
  g_free (slot->name);
  g_free (slot->pool);
  g_free (slot->alias);
  g_free (slot->profile_id);
  g_free (slot->driver_model);
  g_free (slot->bond);
  g_free (slot->standby);
  g_free (slot);
}

void
vfp_claim_free (VfpClaim *claim)
{
  if (claim == NULL)
    return;
  g_free (claim->owner);
  g_free (claim->boot_id);
  g_free (claim->saved_driver);
  g_free (claim->saved_override);
  g_free (claim->driver);
  g_free (claim->by);
  g_free (claim);
}

void
vfp_guest_record_free (VfpGuestRecord *guest)
{
  if (guest == NULL)
    return;
  g_free (guest->uuid);
  g_free (guest->name);
  g_free (guest->refused);
  g_free (guest->refused_boot_id);
  g_free (guest);
}

VfpSlot *
vfp_slot_copy (const VfpSlot *slot)
{
  VfpSlot *copy = g_memdup2 (slot, sizeof *slot);

  copy->guest_uuid = g_strdup (slot->guest_uuid);
  copy->guest_name = g_strdup (slot->guest_name);
  copy->name = g_strdup (slot->name);
  copy->pool = g_strdup (slot->pool);
  copy->alias = g_strdup (slot->alias);
  copy->profile_id = g_strdup (slot->profile_id);
  copy->driver_model = g_strdup (slot->driver_model);
  copy->bond = g_strdup (slot->bond);
  copy->standby = g_strdup (slot->standby);
  return copy;
}

VfpClaim *
vfp_claim_copy (const VfpClaim *claim)
{
  VfpClaim *copy = g_memdup2 (claim, sizeof *claim);

  copy->owner = g_strdup (claim->owner);
  copy->boot_id = g_strdup (claim->boot_id);
  copy->saved_driver = g_strdup (claim->saved_driver);
  copy->saved_override = g_strdup (claim->saved_override);
  copy->driver = g_strdup (claim->driver);
  copy->by = g_strdup (claim->by);
  return copy;
}

VfpRecords *
vfp_records_new (void)
{
  VfpRecords *records = g_new0 (VfpRecords, 1);

  records->pfs = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_pf_record_free);
  records->guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_record_free);
  records->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_slot_free);
  records->claims = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_claim_free);
  return records;
}

void
vfp_records_free (VfpRecords *records)
{
  if (records == NULL)
    return;
  g_ptr_array_unref (records->pfs);
  g_ptr_array_unref (records->guests);
  g_ptr_array_unref (records->slots);
  g_ptr_array_unref (records->claims);
  g_free (records);
}

VfpPfRecord *
vfp_records_find_pf (const VfpRecords *records, const VfpAddress *address, const VfpMac *mac)
{
  for (guint i = 0; i < records->pfs->len; i++)
    {
      VfpPfRecord *pf = g_ptr_array_index (records->pfs, i);

      if (vfp_address_equal (&pf->address, address) && vfp_mac_equal (&pf->mac, mac))
        return pf;
    }
  return NULL;
}

VfpPfRecord *
vfp_records_get_pf (const VfpRecords *records, gint64 id)
{
  for (guint i = 0; i < records->pfs->len; i++)
    {
      VfpPfRecord *pf = g_ptr_array_index (records->pfs, i);

      if (pf->id == id)
        return pf;
    }
  return NULL;
}

VfpGuestRecord *
vfp_records_find_guest (const VfpRecords *records, const char *uuid)
{
  for (guint i = 0; i < records->guests->len; i++)
    {
      VfpGuestRecord *guest = g_ptr_array_index (records->guests, i);

      if (g_str_equal (guest->uuid, uuid))
        return guest;
    }
  return NULL;
}

VfpClaim *
vfp_records_find_held (const VfpRecords *records, gint64 claim_id)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->held_for != 0 && claim->held_for == claim_id)
        return claim;
    }
  return NULL;
}

VfpSlot *
vfp_records_slot_of_claim (const VfpRecords *records, const VfpClaim *claim)
{
  for (guint i = 0; claim->held_for != 0 && i < records->claims->len; i++)
    {
      const VfpClaim *other = g_ptr_array_index (records->claims, i);

      if (other->id == claim->held_for)
        return vfp_records_get_slot (records, other->slot_id);
    }
  return vfp_records_get_slot (records, claim->slot_id);
}

gint64
vfp_boot_seconds (void)
{
  struct timespec now = { 0 };

  (void) clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec;
}

gboolean
vfp_claim_is_awaited (const VfpClaim *claim, const char *boot_id)
{
  return claim->expires != 0 && g_strcmp0 (claim->boot_id, boot_id) == 0
         && vfp_boot_seconds () < claim->expires;
}

unsigned
vfp_slot_governed (const VfpSlot *slot)
{
  return slot->profile_id == NULL ? VFP_SETTING_ALL
                                  : slot->asked & ~(unsigned) (VFP_SETTING_MAC | VFP_SETTING_VLAN);
}

gint64
vfp_records_generation (const VfpRecords *records, const char *uuid)
{
  const VfpGuestRecord *guest = vfp_records_find_guest (records, uuid);

  return guest != NULL ? guest->generation : 0;
}

gboolean
vfp_records_slot_rests (const VfpRecords *records, const VfpSlot *slot)
{
  return vfp_records_generation (records, slot->guest_uuid) < slot->rests_until;
}

VfpSlot *
vfp_records_get_slot (const VfpRecords *records, gint64 id)
{
  for (guint i = 0; i < records->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (slot->id == id)
        return slot;
    }
  return NULL;
}

VfpSlot *
vfp_records_find_slot (const VfpRecords *records, const char *guest_uuid, const char *name)
{
  for (guint i = 0; i < records->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (g_str_equal (slot->guest_uuid, guest_uuid) && g_str_equal (slot->name, name))
        return slot;
    }
  return NULL;
}

VfpClaim *
vfp_records_find_claim_of_slot (const VfpRecords *records, gint64 slot_id)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->slot_id == slot_id)
        return claim;
    }
  return NULL;
}

GPtrArray *
vfp_records_slots_of (const VfpRecords *records, const char *guest_uuid)
{
  GPtrArray *slots = g_ptr_array_new ();

  for (guint i = 0; i < records->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (g_str_equal (slot->guest_uuid, guest_uuid))
        g_ptr_array_add (slots, slot);
    }
  return slots;
}

const char *
vfp_intent_to_string (VfpIntent intent)
{
  static const char *const strings[] = {
    [VFP_INTENT_NONE] = "none",
    [VFP_INTENT_CLAIMING] = "claiming",
    [VFP_INTENT_CHANGING] = "changing",
    [VFP_INTENT_DETACHING] = "detaching",
  };

  return strings[intent];
}

/* Field 22 of /proc/PID/stat, counted from behind the last ')' since the name may hold blanks and
 * parentheses (proc(5)). 0 when there is no such process. */
static guint64
read_start_ticks (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *stat = NULL;

  if (!g_file_get_contents (path, &stat, NULL, NULL))
    return 0;

  const char *rest = strrchr (stat, ')');
  if (rest == NULL || strlen (rest) < 2)
    return 0;

  g_auto (GStrv) fields = g_strsplit (rest + 2, " ", 21);
  guint64 ticks = 0;
  if (g_strv_length (fields) > 19)
    (void) g_ascii_string_to_unsigned (fields[19], 10, 0, G_MAXUINT64, &ticks, NULL);
  return ticks;
}

const char *
vfp_via_to_string (VfpVia via)
{
  static const char *const strings[] = {
    [VFP_VIA_COMMAND] = "command",
    [VFP_VIA_HOOK] = "hook",
    [VFP_VIA_UNIT] = "unit",
  };

  return strings[via];
}

VfpProcess
vfp_process_self (void)
{
  const gint64 pid = getpid ();

  return (VfpProcess){ pid, read_start_ticks (pid) };
}

gboolean
vfp_process_is_alive (const VfpProcess *process)
{
  return process->pid != 0 && read_start_ticks (process->pid) == process->start_ticks
         && process->start_ticks != 0;
}
