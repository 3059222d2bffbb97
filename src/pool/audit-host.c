/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of the host: VFs that nobody has, and cards. */
#include "config.h"

#include <string.h>

#include "base/parse.h"
#include "host/vf.h"
#include "pool/audit-private.h"
#include "state/store.h"

static const VfpSlot *
find_slot_with_mac (const VfpRecords *records, const VfpMac *mac)
{
  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (vfp_mac_equal (&slot->mac, mac))
        return slot;
    }
  return NULL;
}

/* What is bound for user space was given its settings by hand: they are those of whoever opens it
 * next, and not left over. */
static gboolean
is_for_user_space (const VfpVf *vf)
{
  return vf->driver != NULL && vfp_vf_driver_is_vfio (vf->driver);
}

static void
find_left_over (VfpAudit *audit, const VfpVfView *vf)
{
  const VfpSettings *settings = &vf->vf->settings;
  g_autoptr (GString) text = g_string_new (NULL);
  const VfpSlot *slot = settings->known & VFP_SETTING_MAC
                            ? find_slot_with_mac (audit->facts->records, &settings->mac)
                            : NULL;

  if (slot == NULL && is_for_user_space (vf->vf))
    return;
  if (slot != NULL)
    g_string_append_printf (text, ", the MAC of %s %s", slot->guest_name, slot->name);
  if ((settings->known & VFP_SETTING_VLAN) && settings->vlan != 0)
    g_string_append_printf (text, ", VLAN %u", settings->vlan);
  if ((settings->known & VFP_SETTING_TRUST) && settings->trust)
    g_string_append (text, ", trust on");
  if (text->len > 0)
    vfp_audit_add_vf (audit, "vf-left-over", vf, NULL, "it is free, and still has %s",
                      text->str + 2);
}

static void
find_spoofchk (VfpAudit *audit, const VfpVfView *vf)
{
  const VfpSettings *settings = &vf->vf->settings;

  if (vf->live && (settings->known & VFP_SETTING_MAC) && vfp_mac_is_zero (&settings->mac)
      && (settings->known & VFP_SETTING_SPOOFCHK) && settings->spoofchk)
    vfp_audit_add_vf (
        audit, "spoofchk-without-mac", vf, vf->guest_uuid,
        "%s has it with spoof checking and without a MAC: what the guest sends may be "
        "dropped; give it a MAC",
        vf->guest);
}

static void
audit_vfs (VfpAudit *audit)
{
  for (guint i = 0; i < audit->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (audit->view->vfs, i);

      if (vf->vf == NULL || vfp_audit_at_work (vf->claim))
        continue;
      if (vf->claim == NULL && vf->state == VFP_VF_FREE)
        find_left_over (audit, vf);
      find_spoofchk (audit, vf);
    }
}

static void
append_name (GString *names, const char *name)
{
  g_auto (GStrv) known = g_strsplit (names->str, ", ", -1);

  if (name != NULL && !g_strv_contains ((const char *const *) known, name))
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name);
}

static void
find_no_carrier (VfpAudit *audit, const VfpPf *pf)
{
  g_autofree char *name = vfp_pf_name (pf);
  g_autoptr (GString) guests = g_string_new (NULL);

  if (pf->up && pf->carrier)
    return;
  for (guint i = 0; i < audit->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (audit->view->vfs, i);

      if (vf->pf == pf && vf->live && vf->slot != NULL && !vf->stale)
        append_name (guests, vf->guest);
    }
  if (guests->len > 0)
    vfp_audit_add (audit, "pf-no-carrier", name, NULL, "it %s, and is used by %s",
                   pf->up ? "has no carrier" : "is administratively down", guests->str);
}

static gboolean
has_claims (const VfpRecords *records, const VfpPfRecord *pf)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->pf_id == pf->id && !vfp_audit_at_work (claim))
        return TRUE;
    }
  return FALSE;
}

static void
audit_pf_record (VfpAudit *audit, const VfpPfRecord *record)
{
  char then[VFP_ADDRESS_STRLEN], now[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];
  VfpPf *pf;
  const VfpPfPlace place = vfp_audit_place_pf (audit->facts->inventory, record, &pf);

  if ((place != VFP_PF_MOVED && place != VFP_PF_REPLACED)
      || !has_claims (audit->facts->records, record))
    return;
  vfp_address_format (&record->address, then);
  g_autofree char *name = record->netdev != NULL ? g_strdup (record->netdev) : g_strdup (then);
  vfp_mac_format (&record->mac, mac);
  if (place == VFP_PF_REPLACED)
    {
      vfp_audit_add (audit, "pf-replaced", name, NULL,
                     "at %s, where the card with MAC %s was, is another card; put it back, or "
                     "detach its slots and attach them again",
                     then, mac);
      return;
    }
  VfpFinding *finding = vfp_audit_add (audit, "pf-moved", name, NULL,
                                       "the card with MAC %s was at %s, and is at %s", mac, then,
                                       vfp_address_format (&pf->address, now));
  if (finding != NULL)
    {
      finding->address = record->address;
      finding->has_address = TRUE;
    }
}

static void
audit_pfs (VfpAudit *audit)
{
  for (guint i = 0; i < audit->facts->inventory->pfs->len; i++)
    find_no_carrier (audit, g_ptr_array_index (audit->facts->inventory->pfs, i));
  for (guint i = 0; i < audit->facts->records->pfs->len; i++)
    audit_pf_record (audit, g_ptr_array_index (audit->facts->records->pfs, i));
}

/* libvirt names the file NETDEV_vfN (virNetDevSaveNetConfig() in its virnetdev.c) and removes it
 * when it has put the settings back. */
static void
audit_net_record (VfpAudit *audit, const char *file)
{
  const char *mark = g_strrstr (file, "_vf");
  guint64 index;

  if (audit->guests == NULL || mark == NULL
      || !vfp_parse_uint (mark + strlen ("_vf"), 10, 0, G_MAXUINT16, "VF", &index, NULL))
    return;

  g_autofree char *netdev = g_strndup (file, (gsize) (mark - file));
  const VfpPf *pf = vfp_inventory_find_pf (audit->facts->inventory, netdev);
  const VfpVf *present = pf != NULL ? vfp_pf_find_vf (pf, (unsigned) index) : NULL;
  const VfpVfView *vf = present != NULL ? vfp_audit_find_vf (audit, &present->address) : NULL;
  if (vf != NULL && (vf->claim != NULL || vf->state != VFP_VF_FREE))
    return;

  VfpFinding *finding
      = vfp_audit_add (audit, "stale-libvirt-record", file, NULL,
                       "libvirt keeps settings to be put back on %s VF %u, which %s", netdev,
                       (unsigned) index, vf != NULL ? "no guest has" : "is not on this host");
  if (finding != NULL && vf != NULL)
    {
      finding->address = vf->address;
      finding->has_address = TRUE;
    }
}

void
vfp_audit_host (VfpAudit *audit)
{
  const char *blind = audit->facts->meta != NULL
                          ? g_hash_table_lookup (audit->facts->meta, VFP_META_HOOK_BLIND)
                          : NULL;

  audit_vfs (audit);
  audit_pfs (audit);
  for (guint i = 0; audit->facts->net_records != NULL && i < audit->facts->net_records->len; i++)
    audit_net_record (audit, g_ptr_array_index (audit->facts->net_records, i));
  if (blind != NULL)
    vfp_audit_add (audit, "hook-blind", "hook", NULL, "%s", blind);
}
