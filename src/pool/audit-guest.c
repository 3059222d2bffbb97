/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of guests: devices that no claim names, and metadata. */
#include "config.h"

#include "guest/metadata.h"
#include "pool/audit-private.h"
#include "pool/promise.h"

static const VfpSlotPromise *
find_promise (GPtrArray *promises, const VfpMac *mac)
{
  for (guint i = 0; promises != NULL && i < promises->len; i++)
    {
      const VfpSlotPromise *promise = g_ptr_array_index (promises, i);

      if (vfp_mac_equal (&promise->mac, mac))
        return promise;
    }
  return NULL;
}

/* The guest's own word for a device: slot and MAC in either of its XMLs. */
static char *
find_slot_name (const VfpGuest *guest, const VfpGuestDevice *device)
{
  g_autoptr (GPtrArray) live = vfp_audit_promises (guest->live, guest->uuid);
  g_autoptr (GPtrArray) config = vfp_audit_promises (guest->config, guest->uuid);
  const VfpSlotPromise *promise = device->has_mac ? find_promise (live, &device->mac) : NULL;

  if (promise == NULL && device->has_mac)
    promise = find_promise (config, &device->mac);
  return promise != NULL ? g_strdup (promise->name) : NULL;
}

/* Whether the state file lets the slot have the device. */
static gboolean
may_have (const VfpAudit *audit, const VfpGuest *guest, const char *name, const VfpMac *mac)
{
  const VfpRecords *records = audit->facts->records;
  const VfpSlot *slot = vfp_records_find_slot (records, guest->uuid, name);

  return slot == NULL
         || (vfp_mac_equal (&slot->mac, mac)
             && vfp_records_find_claim_of_slot (records, slot->id) == NULL);
}

/* The guest but @guest that has the VF too: in its live XML, or as a slot of its own where @guest
 * does not run with it. What carries a copy of another's metadata is a finding of its own. */
static const VfpGuest *
find_rival (const VfpAudit *audit, const VfpGuest *guest, const VfpAddress *source)
{
  const VfpGuest *other = vfp_audit_other_user (audit, source, guest->uuid, FALSE);
  const gboolean runs = guest->live != NULL && vfp_domxml_find_source (guest->live, source) != NULL;

  for (guint i = 0; other == NULL && !runs && i < audit->facts->guests->len; i++)
    {
      const VfpGuest *at = g_ptr_array_index (audit->facts->guests, i);
      const VfpGuestDevice *device
          = at != guest && at->config != NULL ? vfp_domxml_find_source (at->config, source) : NULL;
      g_autofree char *name = device != NULL ? find_slot_name (at, device) : NULL;

      if (name != NULL)
        other = at;
    }
  return other;
}

/* A configuration that came from another host names by chance what is another pool's here. */
static gboolean
is_other_pools (const VfpAudit *audit, const VfpGuest *guest, const VfpSlot *slot,
                const VfpVfView *vf)
{
  const VfpPoolNames names = vfp_view_names (audit->view);
  const gboolean runs
      = guest->live != NULL && vfp_domxml_find_source (guest->live, &vf->address) != NULL;

  return slot != NULL && !runs && vfp_pool_lacks_pf (&names, slot->pool, vf->pf);
}

/* TRUE: the guest's metadata tells of the device what the state file does not. */
static gboolean
audit_device (VfpAudit *audit, const VfpGuest *guest, const VfpGuestDevice *device)
{
  const VfpVfView *vf = vfp_audit_find_vf (audit, &device->source);

  if (vf == NULL || vf->vf == NULL || vf->claim != NULL)
    return FALSE;
  g_autofree char *name = find_slot_name (guest, device);
  if (name == NULL || !may_have (audit, guest, name, &device->mac)
      || is_other_pools (audit, guest,
                         vfp_records_find_slot (audit->facts->records, guest->uuid, name), vf))
    return FALSE;

  const VfpGuest *other = find_rival (audit, guest, &device->source);
  if (other != NULL)
    {
      vfp_audit_add_vf (audit, "vf-in-two-guests", vf, guest->uuid,
                        "%s has it as its %s, and %s has it too; 'virsh edit %s' takes it out",
                        guest->name, name, other->name, guest->name);
      return TRUE;
    }
  g_autofree char *object = g_strdup_printf ("%s %s", guest->name, name);
  VfpFinding *finding
      = vfp_audit_add (audit, "device-without-claim", object, guest->uuid,
                       "the guest has %s VF %u as its %s, and the state file does not know",
                       vf->pf_name, vf->index, name);
  if (finding != NULL)
    {
      finding->address = vf->address;
      finding->has_address = TRUE;
    }
  return TRUE;
}

static gboolean
audit_devices (VfpAudit *audit, const VfpGuest *guest, const VfpDomxml *domxml)
{
  gboolean any = FALSE;

  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    any = audit_device (audit, guest, g_ptr_array_index (domxml->devices, i)) || any;
  return any;
}

static void
find_other_pool (VfpAudit *audit, const VfpGuest *guest, const VfpSlot *slot, const VfpVfView *vf)
{
  char address[VFP_ADDRESS_STRLEN];

  if (!is_other_pools (audit, guest, slot, vf))
    return;
  VfpFinding *finding = vfp_audit_add_slot (
      audit, "config-wrong-vf", slot, NULL,
      "the configuration names %s, which is not in its pool %s; take that device out and 'vfpool "
      "attach %s --slot %s', or 'vfpool adopt %s' where it is to be that one",
      vfp_address_format (&vf->address, address), slot->pool, guest->name, slot->name, guest->name);
  if (finding != NULL)
    finding->by_hand = TRUE;
}

/* A slot without claim whose device the configuration has, on a VF that is another's or gone. */
static void
audit_unclaimed_slot (VfpAudit *audit, const VfpGuest *guest, const VfpSlot *slot)
{
  const VfpGuestDevice *device = vfp_audit_slot_device (audit, guest->config, slot, NULL);
  const VfpVfView *vf = device != NULL ? vfp_audit_find_vf (audit, &device->source) : NULL;
  char address[VFP_ADDRESS_STRLEN];

  if (device == NULL)
    return;
  if (vf != NULL && vf->vf != NULL && vf->claim == NULL)
    {
      find_other_pool (audit, guest, slot, vf);
      return;
    }
  const char *owner = NULL;
  if (vf != NULL && vf->vf != NULL)
    owner = vf->slot != NULL ? vf->slot->guest_name : vf->claim->owner;
  VfpFinding *finding = vfp_audit_add_slot (
      audit, "config-wrong-vf", slot, NULL,
      "the configuration names %s, which %s%s; 'vfpool adopt %s%s' gives it another",
      vfp_address_format (&device->source, address),
      owner != NULL ? "is claimed for " : "is not on this host", owner != NULL ? owner : "",
      guest->name, owner != NULL ? " --pf PF" : "");
  if (finding != NULL)
    finding->by_hand = TRUE;
}

static gboolean
has_finding (const VfpAudit *audit, const char *id, const char *uuid)
{
  for (guint i = 0; i < audit->findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (audit->findings, i);

      if (g_str_equal (finding->kind->id, id) && g_strcmp0 (finding->guest_uuid, uuid) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_at_work (const VfpAudit *audit, GPtrArray *slots)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (vfp_audit_at_work (vfp_records_find_claim_of_slot (audit->facts->records, slot->id)))
        return TRUE;
    }
  return FALSE;
}

static void
find_copy (VfpAudit *audit, const VfpGuest *guest)
{
  g_autofree char *uuid = NULL;

  if (!vfp_audit_is_copy (guest->live, guest->uuid, &uuid)
      && !vfp_audit_is_copy (guest->config, guest->uuid, &uuid))
    return;
  const VfpGuest *original = vfp_audit_find_guest (audit, uuid);
  vfp_audit_add (audit, "copied-identity", guest->name, guest->uuid,
                 "it carries the slots of %s; 'vfpool adopt %s' gives it its own",
                 original != NULL ? original->name : uuid, guest->name);
}

/* What the metadata alone tells, that a slot was dropped or is not in the state file, is not
 * written over before it is repaired. */
static void
find_metadata (VfpAudit *audit, const VfpGuest *guest)
{
  g_autofree char *wanted = vfp_promise_render (audit->facts->records, guest->uuid);
  const gboolean live
      = guest->live == NULL || vfp_promise_is_written (guest->live, guest->uuid, wanted);
  const gboolean config
      = guest->config == NULL || vfp_promise_is_written (guest->config, guest->uuid, wanted);

  if ((live && config) || has_finding (audit, "slot-dropped", guest->uuid)
      || has_finding (audit, "claim-wrong-vf", guest->uuid))
    return;
  vfp_audit_add (audit, "metadata-differs", guest->name, guest->uuid,
                 "the metadata in its %s is not that of its slots",
                 live     ? "configuration"
                 : config ? "live XML"
                          : "XML");
}

static void
audit_guest (VfpAudit *audit, const VfpGuest *guest)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (audit->facts->records, guest->uuid);

  if (is_at_work (audit, slots))
    return;
  const gboolean told_live = audit_devices (audit, guest, guest->live);
  const gboolean told = audit_devices (audit, guest, guest->config) || told_live;
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (vfp_records_find_claim_of_slot (audit->facts->records, slot->id) == NULL)
        audit_unclaimed_slot (audit, guest, slot);
    }
  if (slots->len == 0)
    find_copy (audit, guest);
  if (!told && !has_finding (audit, "copied-identity", guest->uuid))
    find_metadata (audit, guest);
}

void
vfp_audit_guests (VfpAudit *audit)
{
  for (guint i = 0; audit->facts->guests != NULL && i < audit->facts->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (audit->facts->guests, i);

      if (vfp_audit_wants_guest (audit, guest->uuid))
        audit_guest (audit, guest);
    }
}
