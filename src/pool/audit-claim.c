/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of claims: state file against live XML, persistent XML and the VF itself. */
#include "config.h"

#include "guest/metadata.h"
#include "pool/audit-private.h"

/* One claim of a guest's slot, and what its guest has of it. */
typedef struct
{
  const VfpVfView *vf;
  const VfpClaim *claim;
  const VfpSlot *slot;
  const VfpGuest *guest;
  gboolean live;   /* the VF is in the live XML */
  gboolean config; /* the VF is in the configuration, as this slot's */
  const VfpGuestDevice *other_live, *other_config; /* the slot's device on another VF; or NULL */
} Look;

static char *
name_vf (const VfpVfView *vf)
{
  char address[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("%s VF %u (%s)", vf->pf_name, vf->index,
                          vfp_address_format (&vf->address, address));
}

static gboolean
has_source (const VfpDomxml *domxml, const VfpAddress *address)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, address) != NULL;
}

static void
find_dead_intent (VfpAudit *audit, const VfpVfView *vf)
{
  const VfpClaim *claim = vf->claim;
  const VfpGuest *guest = vfp_audit_find_guest (audit, vf->slot->guest_uuid);
  g_autofree char *name = name_vf (vf);

  if (claim->expires != 0)
    {
      vfp_audit_add_slot (audit, "dead-intent", vf->slot, claim,
                          "%s was for the guest's arrival, which %s", name,
                          vf->live                                ? "the hook has not seen"
                          : vfp_view_is_defined (vf->slot, guest) ? "has made no start of it"
                                                                  : "has not come");
      return;
    }
  if (claim->intent == VFP_INTENT_CLAIMING)
    {
      vfp_audit_add_slot (audit, "dead-intent", vf->slot, claim,
                          "a command that was giving it %s has died", name);
      return;
    }
  if (claim->intent == VFP_INTENT_CHANGING)
    {
      vfp_audit_add_slot (audit, "dead-intent", vf->slot, claim,
                          "a command that was changing it on %s has died", name);
      return;
    }
  if (guest == NULL || !claim->intent_live || !has_source (guest->live, &claim->address))
    {
      vfp_audit_add_slot (audit, "dead-intent", vf->slot, claim,
                          "the detach of %s was not finished", name);
      return;
    }
  vfp_audit_add_slot (audit, "detach-unfinished", vf->slot, claim,
                      "%s was to be detached, and the guest still has it; 'vfpool detach %s --slot "
                      "%s' asks it again",
                      name, vf->slot->guest_name, vf->slot->name);
}

/* Whether the live part is of this start of the guest: only then has somebody unplugged the VF. */
static gboolean
is_of_this_start (const VfpAudit *audit, const Look *look)
{
  return look->guest->running && g_strcmp0 (look->claim->boot_id, audit->facts->boot_id) == 0
         && look->claim->generation
                == vfp_records_generation (audit->facts->records, look->guest->uuid);
}

/* The running guest is right about which VF it has, if nobody else has a word in it. */
static gboolean
find_wrong_vf (VfpAudit *audit, const Look *look)
{
  const VfpVfView *other
      = look->other_live != NULL ? vfp_audit_find_vf (audit, &look->other_live->source) : NULL;
  char address[VFP_ADDRESS_STRLEN];

  if (look->live || other == NULL || other->vf == NULL || other->claim != NULL
      || vfp_audit_other_user (audit, &other->address, look->guest->uuid, FALSE) != NULL)
    return FALSE;

  g_autofree char *name = name_vf (other);
  vfp_audit_add_slot (audit, "claim-wrong-vf", look->slot, look->claim,
                      "the running guest has %s, the claim is of %s", name,
                      vfp_address_format (&look->claim->address, address));
  return TRUE;
}

static gboolean
names_slot (const VfpGuest *guest, const VfpSlot *slot)
{
  g_autoptr (GPtrArray) promises = vfp_audit_promises (guest->config, guest->uuid);

  for (guint i = 0; promises != NULL && i < promises->len; i++)
    if (g_str_equal (((VfpSlotPromise *) g_ptr_array_index (promises, i))->name, slot->name))
      return TRUE;
  return FALSE;
}

/* TRUE: the configuration is in order again when this finding is repaired. */
static gboolean
find_wrong_config (VfpAudit *audit, const Look *look)
{
  g_autofree char *name = name_vf (look->vf);
  char address[VFP_ADDRESS_STRLEN];

  if (look->config || look->guest->config == NULL)
    return FALSE;
  if (look->other_config != NULL)
    {
      VfpFinding *finding
          = vfp_audit_add_slot (audit, "config-wrong-vf", look->slot, look->claim,
                                "the configuration names %s, the claim is of %s",
                                vfp_address_format (&look->other_config->source, address), name);
      if (finding != NULL)
        finding->address = look->other_config->source;
      return TRUE;
    }
  if (!look->claim->config || names_slot (look->guest, look->slot))
    return FALSE;
  vfp_audit_add_slot (
      audit, "slot-dropped", look->slot, look->claim,
      "the guest was defined anew without the device and without vfpool's metadata");
  return TRUE;
}

static void
find_lost_parts (VfpAudit *audit, const Look *look, gboolean live, gboolean config)
{
  g_autofree char *name = name_vf (look->vf);
  VfpFinding *finding;

  if (!live && !config)
    return;
  finding = vfp_audit_add_slot (audit, "claim-without-device", look->slot, look->claim,
                                "%s is claimed, and not in the guest's %s", name,
                                live && config ? "XML"
                                : live         ? "live XML"
                                               : "configuration");
  if (finding != NULL)
    {
      finding->lost_live = live;
      finding->lost_config = config;
    }
}

static void
find_unrecorded_part (VfpAudit *audit, const Look *look)
{
  const VfpClaim *claim = look->claim;
  const gboolean live
      = look->live && (!claim->live || g_strcmp0 (claim->boot_id, audit->facts->boot_id) != 0);
  g_autofree char *name = name_vf (look->vf);

  if (live || (look->config && !claim->config))
    vfp_audit_add_slot (audit, "part-not-recorded", look->slot, claim,
                        "the %s has %s, and the claim does not say so",
                        live ? "running guest" : "configuration", name);
}

static void
find_parts (VfpAudit *audit, const Look *look)
{
  const VfpClaim *claim = look->claim;
  gboolean lost_live = claim->live && !look->live;
  g_autofree char *name = name_vf (look->vf);

  if (find_wrong_vf (audit, look))
    return;
  if (lost_live && is_of_this_start (audit, look))
    {
      vfp_audit_add_slot (audit, "unplugged", look->slot, claim,
                          "%s was taken out of the running guest, not by vfpool; --fix ends the "
                          "live part, --fix --live plugs it in again",
                          name);
      lost_live = FALSE;
    }
  find_lost_parts (audit, look, lost_live,
                   !find_wrong_config (audit, look) && claim->config && !look->config);
  find_unrecorded_part (audit, look);
}

VfpSettings
vfp_audit_wanted_settings (const VfpSlot *slot, const VfpSettings *now)
{
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = slot->mac };
  VfpSettings wanted = slot->settings;
  const gboolean is_guests = slot->settings.trust && (now->known & VFP_SETTING_TRUST) && now->trust
                             && (now->known & VFP_SETTING_MAC) && !vfp_mac_is_zero (&now->mac);

  vfp_settings_take (&wanted, is_guests ? now : &mac, VFP_SETTING_MAC);
  wanted.known &= vfp_slot_governed (slot);
  return wanted;
}

static void
find_drift (VfpAudit *audit, const Look *look)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!look->live || look->vf->vf == NULL)
    return;
  const VfpSettings wanted = vfp_audit_wanted_settings (look->slot, &look->vf->vf->settings);
  const unsigned differ = vfp_settings_differ (&wanted, &look->vf->vf->settings);
  for (unsigned bit = 1; bit <= VFP_SETTING_LAST; bit <<= 1)
    if (differ & bit)
      {
        g_autofree char *now = vfp_setting_value (&look->vf->vf->settings, (VfpSetting) bit);
        g_autofree char *should = vfp_setting_value (&wanted, (VfpSetting) bit);

        g_string_append_printf (text, "%s%s %s instead of %s", text->len > 0 ? ", " : "",
                                vfp_setting_name ((VfpSetting) bit), now, should);
      }
  if (differ != 0)
    {
      g_autofree char *name = name_vf (look->vf);

      vfp_audit_add_slot (audit, "settings-drifted", look->slot, look->claim, "%s has %s", name,
                          text->str);
    }
}

/* Its configuration has it for a slot of its own, which is a finding there. */
static gboolean
is_of_own_slot (const VfpAudit *audit, const VfpGuest *guest, const VfpAddress *source)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (audit->facts->records, guest->uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpGuestDevice *device
          = vfp_audit_slot_device (audit, guest->config, g_ptr_array_index (slots, i), NULL);

      if (device != NULL && vfp_address_equal (&device->source, source))
        return TRUE;
    }
  return FALSE;
}

/* A guest that only carries a copy of ours is a finding of its own. */
static void
find_second_guest (VfpAudit *audit, const Look *look)
{
  const VfpGuest *other
      = vfp_audit_other_user (audit, &look->claim->address, look->guest->uuid, TRUE);
  const gboolean live = other != NULL && has_source (other->live, &look->claim->address);

  if (other == NULL
      || (!live
          && (vfp_audit_is_copy (other->config, other->uuid, NULL)
              || is_of_own_slot (audit, other, &look->claim->address))))
    return;
  vfp_audit_add_vf (audit, "vf-in-two-guests", look->vf, look->guest->uuid,
                    "%s has it by %s, and it is in the %s of %s too; 'virsh edit %s' takes it out",
                    look->guest->name, look->slot->name, live ? "live XML" : "configuration",
                    other->name, other->name);
}

static void
find_missing (VfpAudit *audit, const VfpVfView *vf)
{
  const VfpPfRecord *record = vfp_records_get_pf (audit->facts->records, vf->claim->pf_id);
  char address[VFP_ADDRESS_STRLEN];
  VfpPf *pf = NULL;

  if (vf->vf != NULL || record == NULL)
    return;
  const VfpPfPlace place = vfp_audit_place_pf (audit->facts->inventory, record, &pf);
  if (place == VFP_PF_REPLACED || (place == VFP_PF_MOVED && vfp_pf_find_vf (pf, vf->index) != NULL))
    return;

  vfp_address_format (&vf->address, address);
  if (vf->slot != NULL)
    vfp_audit_add_slot (audit, "vf-missing", vf->slot, vf->claim,
                        "%s VF %u (%s) is not on this host%s; make it again, or 'vfpool detach %s "
                        "--slot %s' and attach another",
                        vf->pf_name, vf->index, address,
                        place == VFP_PF_GONE ? ", nor is its PF" : "", vf->slot->guest_name,
                        vf->slot->name);
  else if (audit->uuid == NULL)
    vfp_audit_add_vf (audit, "vf-missing", vf, NULL,
                      "it (%s) is set aside for %s, and not on this host", address,
                      vf->claim->owner);
}

static void
audit_guest_claim (VfpAudit *audit, const VfpVfView *vf)
{
  Look look = { .vf = vf, .claim = vf->claim, .slot = vf->slot };

  look.guest = vfp_audit_find_guest (audit, vf->slot->guest_uuid);
  if (look.guest == NULL)
    {
      g_autofree char *name = name_vf (vf);

      vfp_audit_add_slot (audit, "claim-of-gone-guest", vf->slot, vf->claim,
                          "%s is claimed, and libvirt does not know the guest", name);
      return;
    }

  look.live = has_source (look.guest->live, &look.claim->address);
  look.config = vfp_audit_slot_has (audit, look.guest->config, look.slot, look.claim);
  look.other_live = vfp_audit_slot_device (audit, look.guest->live, look.slot, look.claim);
  look.other_config = vfp_audit_slot_device (audit, look.guest->config, look.slot, look.claim);
  find_parts (audit, &look);
  find_drift (audit, &look);
  find_second_guest (audit, &look);
  if (look.live || look.config || look.other_config != NULL)
    find_missing (audit, vf);
}

static void
audit_claim (VfpAudit *audit, const VfpVfView *vf)
{
  /* What is kept for another claim is told of there. */
  if (vfp_audit_at_work (vf->claim) || vf->claim->held_for != 0)
    return;
  if (vf->slot == NULL)
    {
      vfp_audit_reservation (audit, vf);
      find_missing (audit, vf);
    }
  else if (!vfp_audit_wants_guest (audit, vf->slot->guest_uuid)
           || (vfp_claim_is_awaited (vf->claim, audit->facts->boot_id) && !vf->live
               && !vf->arrived))
    return;
  else if (vf->claim->intent != VFP_INTENT_NONE)
    find_dead_intent (audit, vf);
  else if (audit->guests == NULL)
    find_missing (audit, vf);
  else
    audit_guest_claim (audit, vf);
}

void
vfp_audit_claims (VfpAudit *audit)
{
  for (guint i = 0; i < audit->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (audit->view->vfs, i);

      if (vf->claim != NULL)
        audit_claim (audit, vf);
    }
}
