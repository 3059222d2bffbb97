/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of slots: whose they are, what they wait for, and their MACs. */
#include "config.h"

#include "pool/audit-private.h"
#include "pool/pool.h"

static void
find_gone_guest (VfpAudit *audit, const VfpSlot *slot, const VfpClaim *claim)
{
  if (audit->guests == NULL || claim != NULL
      || vfp_audit_find_guest (audit, slot->guest_uuid) != NULL)
    return;
  if (slot->transient)
    vfp_audit_add_slot (audit, "slot-of-gone-transient", slot, NULL,
                        "the transient guest has ended");
  else
    vfp_audit_add_slot (audit, "slot-of-gone-guest", slot, NULL,
                        "libvirt does not know the guest (%s); 'vfpool forget %s --all' if it is "
                        "gone for good",
                        slot->guest_uuid, slot->guest_uuid);
}

static void
find_vanished_pool (VfpAudit *audit, const VfpSlot *slot, const VfpClaim *claim)
{
  const VfpFacts *facts = audit->facts;
  const VfpPoolNames names = { facts->config, facts->inventory, facts->records };
  g_autoptr (VfpPool) pool = vfp_pool_find (&names, slot->pool, NULL);

  if (pool != NULL
      || (audit->guests != NULL && vfp_audit_find_guest (audit, slot->guest_uuid) == NULL))
    return;
  vfp_audit_add_slot (audit, "vanished-pool", slot, NULL,
                      "its pool %s is no PF of this host, nor configured for it; 'vfpool %s %s "
                      "--slot %s --pf PF' gives it another",
                      slot->pool, claim != NULL ? "move" : "attach", slot->guest_name, slot->name);
}

static void
find_waiting (VfpAudit *audit, const VfpSlot *slot, const VfpClaim *claim)
{
  const VfpGuest *guest = vfp_audit_find_guest (audit, slot->guest_uuid);
  const gboolean has_vf = claim != NULL && claim->live && claim->expires == 0;

  if (slot->arrive != VFP_ARRIVE_NO && guest != NULL && guest->running && !guest->paused)
    vfp_audit_add_slot (audit, "waiting-on-start", slot, NULL,
                        has_vf ? "a migration that was to take its VF out has left its mark"
                               : "its VF was taken out for a migration, and the guest runs here "
                                 "without");
  else if (slot->on_start && claim == NULL && guest != NULL && guest->running
           && !vfp_records_slot_rests (audit->facts->records, slot))
    vfp_audit_add_slot (audit, "waiting-on-start", slot, NULL, "the guest runs and has no VF of %s",
                        slot->pool);
}

/* Whether the guest has the MAC on a NIC that is no VF: the standby of a pair, whose macvtap on the
 * host has it too. */
static gboolean
has_standby (const VfpDomxml *domxml, const VfpMac *mac)
{
  guint nics = 0, vfs = 0;

  for (guint i = 0; domxml != NULL && i < domxml->macs->len; i++)
    nics += vfp_mac_equal (&g_array_index (domxml->macs, VfpMac, i), mac);
  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      vfs += device->is_interface && device->has_mac && vfp_mac_equal (&device->mac, mac);
    }
  return nics > vfs;
}

/* Copies are findings of their own. The guest itself is passed over: the standby of a slot has its
 * MAC by rule. */
static char *
find_guest_with_mac (const VfpAudit *audit, const VfpSlot *slot)
{
  for (guint i = 0; audit->facts->guests != NULL && i < audit->facts->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (audit->facts->guests, i);

      if (!g_str_equal (guest->uuid, slot->guest_uuid) && vfp_guest_has_mac (guest, &slot->mac)
          && !vfp_audit_is_copy (guest->live, guest->uuid, NULL)
          && !vfp_audit_is_copy (guest->config, guest->uuid, NULL))
        return g_strdup_printf ("guest %s", guest->name);
    }
  return NULL;
}

/* A free VF with the MAC is left over, and not in anybody's way. */
static char *
find_vf_with_mac (const VfpAudit *audit, const VfpSlot *slot)
{
  for (guint i = 0; i < audit->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (audit->view->vfs, i);

      if (vf->vf != NULL && vf->state != VFP_VF_FREE && vf->state != VFP_VF_UNKNOWN
          && (vf->slot == NULL || vf->slot->id != slot->id)
          && g_strcmp0 (vf->guest_uuid, slot->guest_uuid) != 0
          && (vf->vf->settings.known & VFP_SETTING_MAC)
          && vfp_mac_equal (&vf->vf->settings.mac, &slot->mac))
        return g_strdup_printf ("%s VF %u", vf->pf_name, vf->index);
    }
  return NULL;
}

static void
find_duplicate_mac (VfpAudit *audit, const VfpSlot *slot)
{
  char mac[VFP_MAC_STRLEN];
  const VfpGuest *guest = vfp_audit_find_guest (audit, slot->guest_uuid);
  const char *netdev
      = guest != NULL && has_standby (guest->live, &slot->mac)
            ? NULL
            : g_hash_table_lookup (audit->facts->inventory->macs, vfp_mac_format (&slot->mac, mac));

  vfp_mac_format (&slot->mac, mac);
  g_autofree char *user = netdev != NULL ? g_strdup_printf ("the host's %s", netdev)
                                         : find_guest_with_mac (audit, slot);

  if (user == NULL)
    user = find_vf_with_mac (audit, slot);
  if (user != NULL)
    vfp_audit_add_slot (audit, "duplicate-mac", slot, NULL,
                        "%s has its MAC %s too; give one of them another", user, mac);
}

void
vfp_audit_slots (VfpAudit *audit)
{
  const VfpRecords *records = audit->facts->records;

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      if (!vfp_audit_wants_guest (audit, slot->guest_uuid) || vfp_audit_at_work (claim))
        continue;
      find_gone_guest (audit, slot, claim);
      find_vanished_pool (audit, slot, claim);
      find_waiting (audit, slot, claim);
      find_duplicate_mac (audit, slot);
    }
}
