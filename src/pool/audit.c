/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does not agree: the audit as a whole, and what its parts share. */
#include "config.h"

#include "pool/audit.h"

#include <string.h>

#include "guest/metadata.h"
#include "pool/audit-private.h"

void
vfp_finding_free (VfpFinding *finding)
{
  if (finding == NULL)
    return;
  g_free (finding->object);
  g_free (finding->detail);
  g_free (finding->guest_uuid);
  g_free (finding);
}

gboolean
vfp_finding_equal (const VfpFinding *a, const VfpFinding *b)
{
  return a->kind == b->kind && g_str_equal (a->object, b->object)
         && g_str_equal (a->detail, b->detail) && a->slot_id == b->slot_id
         && a->claim_id == b->claim_id && a->has_address == b->has_address
         && (!a->has_address || vfp_address_equal (&a->address, &b->address));
}

gboolean
vfp_finding_is_among (GPtrArray *findings, const VfpFinding *finding)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *other = g_ptr_array_index (findings, i);

      if (other->kind == finding->kind && g_str_equal (other->object, finding->object))
        return TRUE;
    }
  return FALSE;
}

static VfpFinding *G_GNUC_PRINTF (5, 0)
    add (VfpAudit *audit, const char *id, const char *object, const char *guest_uuid,
         const char *format, va_list args)
{
  g_autoptr (VfpFinding) finding = g_new0 (VfpFinding, 1);

  finding->kind = vfp_finding_kind (id);
  finding->object = g_strdup (object);
  if (vfp_finding_is_among (audit->findings, finding))
    return NULL;
  finding->detail = g_strdup_vprintf (format, args);
  finding->guest_uuid = g_strdup (guest_uuid);
  g_ptr_array_add (audit->findings, finding);
  return g_steal_pointer (&finding);
}

VfpFinding *
vfp_audit_add (VfpAudit *audit, const char *id, const char *object, const char *guest_uuid,
               const char *format, ...)
{
  va_list args;

  va_start (args, format);
  VfpFinding *finding = add (audit, id, object, guest_uuid, format, args);
  va_end (args);
  return finding;
}

VfpFinding *
vfp_audit_add_slot (VfpAudit *audit, const char *id, const VfpSlot *slot, const VfpClaim *claim,
                    const char *format, ...)
{
  g_autofree char *object = g_strdup_printf ("%s %s", slot->guest_name, slot->name);
  va_list args;

  va_start (args, format);
  VfpFinding *finding = add (audit, id, object, slot->guest_uuid, format, args);
  va_end (args);
  if (finding == NULL)
    return NULL;

  finding->slot_id = slot->id;
  if (claim != NULL)
    {
      finding->claim_id = claim->id;
      finding->address = claim->address;
      finding->has_address = TRUE;
    }
  return finding;
}

VfpFinding *
vfp_audit_add_vf (VfpAudit *audit, const char *id, const VfpVfView *vf, const char *guest_uuid,
                  const char *format, ...)
{
  g_autofree char *object = g_strdup_printf ("%s VF %u", vf->pf_name, vf->index);
  va_list args;

  va_start (args, format);
  VfpFinding *finding = add (audit, id, object, guest_uuid, format, args);
  va_end (args);
  if (finding == NULL)
    return NULL;

  finding->claim_id = vf->claim != NULL ? vf->claim->id : 0;
  finding->address = vf->address;
  finding->has_address = TRUE;
  return finding;
}

gboolean
vfp_audit_at_work (const VfpClaim *claim)
{
  return claim != NULL && claim->claimer.pid != 0 && vfp_process_is_alive (&claim->claimer);
}

gboolean
vfp_audit_wants_guest (const VfpAudit *audit, const char *uuid)
{
  return audit->uuid == NULL || g_str_equal (audit->uuid, uuid);
}

VfpGuest *
vfp_audit_find_guest (const VfpAudit *audit, const char *uuid)
{
  return audit->guests != NULL ? g_hash_table_lookup (audit->guests, uuid) : NULL;
}

VfpVfView *
vfp_audit_find_vf (const VfpAudit *audit, const VfpAddress *address)
{
  char key[VFP_ADDRESS_STRLEN];

  return g_hash_table_lookup (audit->vfs, vfp_address_format (address, key));
}

static gboolean
has_source (const VfpDomxml *domxml, const VfpAddress *address)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, address) != NULL;
}

VfpGuest *
vfp_audit_other_user (const VfpAudit *audit, const VfpAddress *address, const char *uuid,
                      gboolean config_too)
{
  char key[VFP_ADDRESS_STRLEN];
  GPtrArray *users = audit->users != NULL
                         ? g_hash_table_lookup (audit->users, vfp_address_format (address, key))
                         : NULL;

  for (guint i = 0; users != NULL && i < users->len; i++)
    {
      VfpGuest *guest = g_ptr_array_index (users, i);

      if (!g_str_equal (guest->uuid, uuid) && (config_too || has_source (guest->live, address)))
        return guest;
    }
  return NULL;
}

GPtrArray *
vfp_audit_promises (const VfpDomxml *domxml, const char *uuid)
{
  g_autofree char *owner = NULL;

  if (domxml == NULL || domxml->metadata == NULL)
    return NULL;
  g_autoptr (GPtrArray) promises = vfp_metadata_parse (domxml->metadata, &owner, NULL);
  return promises != NULL && g_str_equal (owner, uuid) ? g_steal_pointer (&promises) : NULL;
}

gboolean
vfp_audit_is_copy (const VfpDomxml *domxml, const char *uuid, char **out_uuid)
{
  g_autofree char *owner = NULL;

  if (domxml == NULL || domxml->metadata == NULL)
    return FALSE;
  g_autoptr (GPtrArray) promises = vfp_metadata_parse (domxml->metadata, &owner, NULL);
  if (promises == NULL || g_str_equal (owner, uuid))
    return FALSE;
  if (out_uuid != NULL)
    *out_uuid = g_steal_pointer (&owner);
  return TRUE;
}

VfpPfPlace
vfp_audit_place_pf (const VfpInventory *inventory, const VfpPfRecord *record, VfpPf **out_pf)
{
  VfpPf *ignored, **found = out_pf != NULL ? out_pf : &ignored;
  VfpPf *at_address = NULL, *with_mac = NULL;
  unsigned with_mac_count = 0;

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (vfp_address_equal (&pf->address, &record->address))
        at_address = pf;
      if (!vfp_mac_is_zero (&record->mac) && vfp_mac_equal (&pf->mac, &record->mac))
        {
          with_mac = pf;
          with_mac_count++;
        }
    }

  *found = at_address;
  if (at_address != NULL && vfp_mac_equal (&at_address->mac, &record->mac))
    return VFP_PF_HERE;
  if (with_mac_count == 1)
    {
      *found = with_mac;
      return VFP_PF_MOVED;
    }
  return at_address != NULL ? VFP_PF_REPLACED : VFP_PF_GONE;
}

static void
note_users (VfpAudit *audit, VfpGuest *guest, const VfpDomxml *domxml)
{
  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);
      g_autofree char *key = vfp_address_to_string (&device->source);
      GPtrArray *users = g_hash_table_lookup (audit->users, key);

      if (users == NULL)
        {
          users = g_ptr_array_new ();
          g_hash_table_insert (audit->users, g_steal_pointer (&key), users);
        }
      if (users->len == 0 || g_ptr_array_index (users, users->len - 1) != guest)
        g_ptr_array_add (users, guest);
    }
}

static void
audit_init (VfpAudit *audit, const VfpView *view)
{
  audit->view = view;
  audit->facts = &view->facts;
  audit->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_finding_free);
  audit->vfs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      /* The VF that is here before a missing one that had its address. */
      if (vf->vf != NULL || vfp_audit_find_vf (audit, &vf->address) == NULL)
        g_hash_table_insert (audit->vfs, vfp_address_to_string (&vf->address), vf);
    }
  if (audit->facts->guests == NULL)
    return;

  audit->guests = g_hash_table_new (g_str_hash, g_str_equal);
  audit->users
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; i < audit->facts->guests->len; i++)
    {
      VfpGuest *guest = g_ptr_array_index (audit->facts->guests, i);

      g_hash_table_insert (audit->guests, guest->uuid, guest);
      note_users (audit, guest, guest->live);
      note_users (audit, guest, guest->config);
    }
}

static void
audit_clear (VfpAudit *audit)
{
  g_clear_pointer (&audit->findings, g_ptr_array_unref);
  g_clear_pointer (&audit->vfs, g_hash_table_unref);
  g_clear_pointer (&audit->guests, g_hash_table_unref);
  g_clear_pointer (&audit->users, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpAudit, audit_clear)

static int
compare_findings (gconstpointer a, gconstpointer b)
{
  const VfpFinding *first = *(VfpFinding *const *) a;
  const VfpFinding *second = *(VfpFinding *const *) b;
  const int by_object = strcmp (first->object, second->object);

  return by_object != 0 ? by_object : (first->kind > second->kind) - (first->kind < second->kind);
}

GPtrArray *
vfp_audit (const VfpView *view, const char *uuid)
{
  g_auto (VfpAudit) audit = { .uuid = uuid };

  audit_init (&audit, view);
  vfp_audit_claims (&audit);
  vfp_audit_slots (&audit);
  vfp_audit_bonds (&audit);
  vfp_audit_pairs (&audit);
  /* Behind the claims: what they miss in an XML may be why its metadata differs. */
  vfp_audit_guests (&audit);
  vfp_audit_reserve_groups (&audit);
  if (uuid == NULL)
    vfp_audit_host (&audit);
  g_ptr_array_sort (audit.findings, compare_findings);
  return g_steal_pointer (&audit.findings);
}
