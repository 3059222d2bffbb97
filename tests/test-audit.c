/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the audit finds, and what it does not: for each kind a world that has it, and one that
 * nearly has it. */
#include "config.h"

#include "pool/audit.h"

#include <string.h>

#include "guest/domxml-edit.h"
#include "pool/promise.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"
#define VF2 "0000:01:10.4"
#define GONE "0000:77:10.0"
#define OWN VF0 "=net0"
#define OFF "off"

static const HostPf pfs[] = {
  { .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 3 },
  { .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 1, .driver = "ixgbe" },
};

/* What is changed of a host on which web1, which runs, has VF 0 as its net0, and all agree. */
typedef struct
{
  Facts *facts;
  VfpSlot *slot;
  VfpClaim *claim;
  VfpGuestRecord *guest;
  VfpSettings *settings; /* of VF 0 */
  GHashTable *meta;
  GPtrArray *net_records;
} Base;

typedef enum
{
  META_OWN,
  META_NONE,
  META_CLONE, /* of another guest */
  META_EXTRA, /* with a slot net7 that the state file does not know, MAC 56:66:00:00:01:07 */
} Meta;

typedef struct
{
  const char *name;
  const char *live, *config; /* "VF=ALIAS VF=ALIAS"; NULL: VF 0 as net0; OFF: no such XML */
  Meta live_meta, config_meta;
  gboolean gone;                         /* libvirt does not know web1 */
  const char *other_live, *other_config; /* of web2; both NULL: there is no web2 */
  Meta other_meta;
  void (*change) (Base *base);
  gboolean no_libvirt;
  const char *wanted; /* "KIND OBJECT" by object, with "; " between them */
  const char *text;   /* in the detail of the first; NULL: whatever */
} AuditCase;

static void
die (VfpClaim *claim, VfpIntent intent)
{
  claim->intent = intent;
  claim->intent_live = TRUE;
  claim->claimer = (VfpProcess){ .pid = 1, .start_ticks = 1 };
}

static void
dead_attach (Base *base)
{
  die (base->claim, VFP_INTENT_CLAIMING);
}

static void
dead_detach (Base *base)
{
  die (base->claim, VFP_INTENT_DETACHING);
}

static void
living_attach (Base *base)
{
  dead_attach (base);
  base->claim->claimer = vfp_process_self ();
}

static void
no_live_part (Base *base)
{
  base->claim->live = FALSE;
}

static void
no_config_part (Base *base)
{
  base->claim->config = FALSE;
}

static void
earlier_boot (Base *base)
{
  g_free (base->claim->boot_id);
  base->claim->boot_id = g_strdup ("earlier-boot");
}

static void
earlier_start (Base *base)
{
  base->guest->generation = 8;
}

static void
no_claim (Base *base)
{
  g_ptr_array_remove (base->facts->records->claims, base->claim);
  *base->settings = (VfpSettings){ 0 };
}

static void
no_slot (Base *base)
{
  no_claim (base);
  g_ptr_array_remove (base->facts->records->slots, base->slot);
}

static void
other_slot_mac (Base *base)
{
  no_claim (base);
  base->slot->mac.octet[5] = 99;
}

static void
claimed_by_web2 (Base *base)
{
  const VfpSlot *slot = facts_add_slot (base->facts, "web2", "net0");

  facts_add_claim (base->facts, slot, "enp1s0f0", 1);
}

static void
unclaimed_beside_web2 (Base *base)
{
  no_claim (base);
  claimed_by_web2 (base);
}

static void
transient_no_claim (Base *base)
{
  no_claim (base);
  base->slot->transient = TRUE;
}

static void
blind (Base *base)
{
  g_hash_table_insert (base->meta, g_strdup ("hook-blind"), g_strdup ("web1 started unseen"));
}

static VfpSettings *
settings_of (Base *base, const char *address)
{
  return &facts_vf (base->facts, address)->settings;
}

static void
vf1_with_own_mac (Base *base)
{
  settings_of (base, VF1)->mac = base->slot->mac;
}

static void
vf1_with_other_mac (Base *base)
{
  settings_of (base, VF1)->mac = (VfpMac){ { 0x52, 0x54, 0, 1, 2, 3 } };
}

static void
vf1_with_vlan (Base *base)
{
  settings_of (base, VF1)->vlan = 42;
}

static void
vf1_with_trust (Base *base)
{
  settings_of (base, VF1)->trust = TRUE;
}

static void
vf1_untold (Base *base)
{
  *settings_of (base, VF1) = (VfpSettings){ .vlan = 42, .trust = TRUE };
}

static void
vf1_reserved_with_vlan (Base *base)
{
  vf1_with_vlan (base);
  facts_add_claim (base->facts, NULL, "enp1s0f0", 1);
}

static VfpClaim *
reserve_vf1 (Base *base)
{
  VfpClaim *claim = facts_add_claim (base->facts, NULL, "enp1s0f0", 1);

  claim->settings = vfp_settings_default ();
  return claim;
}

static void
vf1_to_be_reserved (Base *base)
{
  facts_configure (base->facts, "[reserve dpdk]\npf = enp1s0f0\nvfs = 1\n");
}

static void
vf1_reserved (Base *base)
{
  reserve_vf1 (base)->until = FACTS_NOW + 1;
}

static void
vf1_reserved_for_vfio (Base *base)
{
  reserve_vf1 (base)->driver = g_strdup ("vfio-pci");
}

static void
vf1_reserved_without_vlan (Base *base)
{
  vf1_with_vlan (base);
  reserve_vf1 (base);
}

/* Whoever has it was trusted to change its MAC. */
static void
vf1_reserved_with_trust (Base *base)
{
  VfpClaim *claim = reserve_vf1 (base);

  vf1_with_other_mac (base);
  vf1_with_trust (base);
  claim->settings.trust = TRUE;
  claim->settings.known |= VFP_SETTING_MAC;
}

static void
vf1_reserved_once (Base *base)
{
  reserve_vf1 (base)->until = FACTS_NOW;
}

static void
vf1_half_reserved (Base *base)
{
  reserve_vf1 (base)->intent = VFP_INTENT_CLAIMING;
}

static void
bind_vf1_to_vfio (Base *base)
{
  VfpVf *vf = facts_vf (base->facts, VF1);

  g_free (vf->driver);
  vf->driver = g_strdup ("vfio-pci");
}

static void
vf1_on_vfio_with_vlan (Base *base)
{
  vf1_with_vlan (base);
  vf1_with_trust (base);
  bind_vf1_to_vfio (base);
}

static void
vf1_on_vfio_with_own_mac (Base *base)
{
  vf1_with_own_mac (base);
  bind_vf1_to_vfio (base);
}

static void
record_of_vf1 (Base *base)
{
  g_ptr_array_add (base->net_records, g_strdup ("enp1s0f0_vf1"));
}

static void
records_of_others (Base *base)
{
  g_ptr_array_add (base->net_records, g_strdup ("enp1s0f0_vf0"));
  g_ptr_array_add (base->net_records, g_strdup ("macvtap0"));
  g_ptr_array_add (base->net_records, g_strdup ("enp1s0f0_vfx"));
}

static void
record_of_no_vf (Base *base)
{
  g_ptr_array_add (base->net_records, g_strdup ("enp9s0f0_vf3"));
}

static VfpPfRecord *
pf_record (Base *base)
{
  return vfp_records_get_pf (base->facts->records, base->claim->pf_id);
}

static void
moved (Base *base)
{
  pf_record (base)->address.bus = 0x21;
  base->claim->address.bus = 0x21;
  *base->settings = (VfpSettings){ 0 };
}

static void
moved_with_slower_claimer (Base *base)
{
  moved (base);
  living_attach (base);
}

static void
replaced (Base *base)
{
  pf_record (base)->mac.octet[5] ^= 0xff;
}

static void
two_cards_with_its_mac (Base *base)
{
  moved (base);
  facts_pf (base->facts, "enp2s0f0")->mac = pf_record (base)->mac;
}

static void
missing_vf (Base *base)
{
  base->claim->vf = 9;
  VfpAddress gone = { .bus = 0x77, .slot = 0x10 };
  base->claim->address = gone;
  *base->settings = (VfpSettings){ 0 };
}

static void
vlan_drifted (Base *base)
{
  base->settings->vlan = 7;
}

static void
mac_drifted_to_zero (Base *base)
{
  base->settings->mac = (VfpMac){ { 0 } };
}

static void
mac_drifted (Base *base)
{
  base->settings->mac = (VfpMac){ { 0x52, 0x54, 0, 1, 2, 3 } };
}

static void
guest_changed_mac (Base *base)
{
  mac_drifted (base);
  base->slot->settings.trust = base->settings->trust = TRUE;
}

static void
trusted_mac_gone (Base *base)
{
  guest_changed_mac (base);
  base->settings->mac = (VfpMac){ { 0 } };
  base->settings->spoofchk = base->slot->settings.spoofchk = FALSE;
}

static void
trust_untold (Base *base)
{
  base->settings->trust = TRUE;
  base->settings->known &= ~(unsigned) VFP_SETTING_TRUST;
}

static void
on_start (Base *base)
{
  no_claim (base);
  base->slot->on_start = TRUE;
}

/* The guest is in its seventh start. */
static void
on_start_rests (Base *base)
{
  on_start (base);
  base->slot->rests_until = 8;
}

static void
on_start_rested (Base *base)
{
  on_start (base);
  base->slot->rests_until = 7;
}

static void
arrives (Base *base)
{
  no_claim (base);
  base->slot->arrive = VFP_ARRIVE_LIVE;
}

/* A migration has died before it took the VF out. */
static void
arrive_mark_left (Base *base)
{
  base->slot->arrive = VFP_ARRIVE_BOTH;
}

/* The claim is for a guest that is on its way. */
static void
awaited (Base *base)
{
  base->claim->intent = VFP_INTENT_CLAIMING;
  base->claim->live = base->claim->intent_live = TRUE;
  base->claim->config = FALSE;
  base->claim->expires = vfp_boot_seconds () + 60;
}

static void
not_awaited_any_more (Base *base)
{
  awaited (base);
  base->claim->expires = 1;
}

static void
mac_on_host (Base *base)
{
  g_hash_table_insert (base->facts->inventory->macs, vfp_mac_to_string (&base->slot->mac),
                       g_strdup ("br0"));
}

static void
no_such_pool (Base *base)
{
  g_free (base->slot->pool);
  base->slot->pool = g_strdup ("enp9s0f0");
}

static void
no_carrier (Base *base)
{
  facts_pf (base->facts, "enp1s0f0")->carrier = FALSE;
}

static void
other_pf_no_carrier (Base *base)
{
  facts_pf (base->facts, "enp2s0f0")->carrier = FALSE;
}

static void
one_leg (Base *base)
{
  base->slot->bond = g_strdup ("bond0");
}

static void
half_of_pair (Base *base)
{
  base->slot->standby = g_strdup ("ua-lan");
}

static void
two_legs_on_one_card (Base *base)
{
  VfpSlot *second = facts_add_slot (base->facts, "web1", "net1");
  VfpClaim *claim = facts_add_claim (base->facts, second, "enp1s0f0", 1);

  one_leg (base);
  second->bond = g_strdup ("bond0");
  claim->config = TRUE;
  settings_of (base, VF1)->mac = second->mac;
}

static VfpClaim *
second_slot (Base *base, unsigned vf)
{
  VfpSlot *second = facts_add_slot (base->facts, "web1", "net1");
  VfpClaim *claim = facts_add_claim (base->facts, second, "enp1s0f0", vf);

  claim->config = TRUE;
  claim->generation = 7;
  facts_vf (base->facts, vf == 1 ? VF1 : VF2)->settings.mac = second->mac;
  return claim;
}

static void
two_slots (Base *base)
{
  second_slot (base, 1);
}

/* As after a migration: net0 on the VF whose address net1 has had, net1 on a third, and neither
 * claim knows the configuration yet. */
static void
two_slots_moved_up (Base *base)
{
  facts_vf (base->facts, VF1)->settings.mac = base->slot->mac;
  second_slot (base, 2)->config = FALSE;
  *base->settings = vfp_settings_default ();
  base->claim->vf = 1;
  base->claim->address = facts_vf (base->facts, VF1)->address;
  base->claim->config = FALSE;
}

static void
vf1_spoofchk (Base *base)
{
  VfpSettings *settings = settings_of (base, VF1);

  settings->mac = (VfpMac){ { 0 } };
  settings->spoofchk = TRUE;
  settings->known = VFP_SETTING_ALL;
}

static void
vf1_no_spoofchk (Base *base)
{
  vf1_spoofchk (base);
  settings_of (base, VF1)->spoofchk = FALSE;
}

static const AuditCase cases[] = {
  { .name = "all agree", .wanted = "" },
  { .name = "all agree, off", .live = OFF, .change = no_live_part, .wanted = "" },
  { .name = "another guest, not ours", .other_live = VF1, .wanted = "" },

  { .name = "dead attach", .change = dead_attach, .wanted = "dead-intent web1 net0" },
  { .name = "dead attach, no device",
    .live = "",
    .config = "",
    .change = dead_attach,
    .wanted = "dead-intent web1 net0" },
  { .name = "dead detach", .change = dead_detach, .wanted = "detach-unfinished web1 net0" },
  { .name = "dead detach, device is out",
    .live = "",
    .change = dead_detach,
    .wanted = "dead-intent web1 net0" },
  { .name = "dead attach, no libvirt",
    .change = dead_attach,
    .no_libvirt = TRUE,
    .wanted = "dead-intent web1 net0" },
  { .name = "living attach", .live = "", .config = "", .change = living_attach, .wanted = "" },
  { .name = "living attach, metadata to come",
    .live_meta = META_NONE,
    .config_meta = META_NONE,
    .change = living_attach,
    .wanted = "" },

  { .name = "taken out of the configuration",
    .config = "",
    .wanted = "claim-without-device web1 net0" },
  { .name = "guest has ended", .live = OFF, .wanted = "claim-without-device web1 net0" },
  { .name = "live part of an earlier boot",
    .live = "",
    .change = earlier_boot,
    .wanted = "claim-without-device web1 net0" },
  { .name = "live part of an earlier start",
    .live = "",
    .change = earlier_start,
    .wanted = "claim-without-device web1 net0" },
  { .name = "undefined while it runs", .config = OFF, .wanted = "claim-without-device web1 net0" },

  { .name = "gone guest", .gone = TRUE, .wanted = "claim-of-gone-guest web1 net0" },
  { .name = "gone guest, no libvirt", .gone = TRUE, .no_libvirt = TRUE, .wanted = "" },

  { .name = "runs on another VF", .live = VF1 "=net0", .wanted = "claim-wrong-vf web1 net0" },
  { .name = "runs on another VF, which is claimed",
    .live = VF1 "=net0",
    .change = claimed_by_web2,
    .other_live = VF2,
    .wanted = "vf-in-two-guests enp1s0f0 VF 1; unplugged web1 net0; unplugged web2 net0" },

  { .name = "device without claim",
    .change = no_claim,
    .wanted = "device-without-claim web1 net0" },
  { .name = "device without claim, off",
    .live = OFF,
    .change = no_claim,
    .wanted = "device-without-claim web1 net0" },
  { .name = "device without claim, no such slot",
    .live = VF1 "=net7/7",
    .config = "",
    .live_meta = META_EXTRA,
    .config_meta = META_EXTRA,
    .change = no_slot,
    .wanted = "device-without-claim web1 net7" },
  { .name = "device without claim, metadata of another guest",
    .live_meta = META_CLONE,
    .config_meta = META_CLONE,
    .change = no_slot,
    .wanted = "copied-identity web1" },
  { .name = "device without claim, no metadata",
    .live_meta = META_NONE,
    .config_meta = META_NONE,
    .change = no_slot,
    .wanted = "" },
  { .name = "device without claim, another MAC", .change = other_slot_mac, .wanted = "" },
  { .name = "device without claim, two guests have it as a slot",
    .live = OFF,
    .change = no_claim,
    .other_config = VF0 "=net7/7",
    .other_meta = META_EXTRA,
    .wanted = "vf-in-two-guests enp1s0f0 VF 0" },
  { .name = "device without claim, two have it, one runs",
    .change = no_claim,
    .other_config = VF0 "=net7/7",
    .other_meta = META_EXTRA,
    .wanted = "vf-in-two-guests enp1s0f0 VF 0; device-without-claim web1 net0" },
  { .name = "device without claim, a copy has it too",
    .live = OFF,
    .change = no_claim,
    .other_config = OWN,
    .other_meta = META_CLONE,
    .wanted = "device-without-claim web1 net0; copied-identity web2" },
  { .name = "device without claim, in another guest",
    .live = OFF,
    .change = no_claim,
    .other_live = VF0,
    .wanted = "vf-in-two-guests enp1s0f0 VF 0" },

  { .name = "started unseen", .change = no_live_part, .wanted = "part-not-recorded web1 net0" },
  { .name = "started unseen, earlier boot",
    .change = earlier_boot,
    .wanted = "part-not-recorded web1 net0" },
  { .name = "configuration not recorded",
    .change = no_config_part,
    .wanted = "part-not-recorded web1 net0" },

  { .name = "no metadata in the live XML",
    .live_meta = META_NONE,
    .wanted = "metadata-differs web1" },
  { .name = "metadata with a slot too many",
    .config_meta = META_EXTRA,
    .wanted = "metadata-differs web1" },

  { .name = "transient guest gone",
    .gone = TRUE,
    .change = transient_no_claim,
    .wanted = "slot-of-gone-transient web1 net0" },
  { .name = "slot of gone guest",
    .gone = TRUE,
    .change = no_claim,
    .wanted = "slot-of-gone-guest web1 net0" },
  { .name = "slot without VF", .live = "", .config = "", .change = no_claim, .wanted = "" },

  { .name = "hook blind", .change = blind, .wanted = "hook-blind hook" },

  { .name = "left MAC", .change = vf1_with_own_mac, .wanted = "vf-left-over enp1s0f0 VF 1" },
  { .name = "left VLAN", .change = vf1_with_vlan, .wanted = "vf-left-over enp1s0f0 VF 1" },
  { .name = "left trust", .change = vf1_with_trust, .wanted = "vf-left-over enp1s0f0 VF 1" },
  { .name = "VLAN and trust, for user space", .change = vf1_on_vfio_with_vlan, .wanted = "" },
  { .name = "left MAC, on vfio-pci",
    .change = vf1_on_vfio_with_own_mac,
    .wanted = "vf-left-over enp1s0f0 VF 1" },
  { .name = "some MAC", .change = vf1_with_other_mac, .wanted = "" },
  { .name = "settings not told", .change = vf1_untold, .wanted = "" },
  { .name = "VLAN of a reserved VF", .change = vf1_reserved_with_vlan, .wanted = "" },
  { .name = "VLAN of a foreign VF", .change = vf1_with_vlan, .other_config = VF1, .wanted = "" },
  { .name = "left VLAN, no libvirt", .change = vf1_with_vlan, .no_libvirt = TRUE, .wanted = "" },

  { .name = "to be reserved",
    .change = vf1_to_be_reserved,
    .wanted = "reservation-missing reserve dpdk" },
  { .name = "to be reserved, a guest has it",
    .change = vf1_to_be_reserved,
    .other_config = VF1,
    .wanted = "reservation-missing reserve dpdk (by hand)" },
  { .name = "to be reserved, no libvirt",
    .change = vf1_to_be_reserved,
    .no_libvirt = TRUE,
    .wanted = "reservation-missing reserve dpdk" },
  { .name = "reserved", .change = vf1_reserved, .wanted = "" },
  { .name = "reserved, other driver",
    .change = vf1_reserved_for_vfio,
    .wanted = "reservation-not-applied enp1s0f0 VF 1" },
  { .name = "reserved, other driver, no libvirt",
    .change = vf1_reserved_for_vfio,
    .no_libvirt = TRUE,
    .wanted = "reservation-not-applied enp1s0f0 VF 1" },
  { .name = "reserved, other VLAN",
    .change = vf1_reserved_without_vlan,
    .wanted = "reservation-not-applied enp1s0f0 VF 1" },
  { .name = "reserved, with trust and another MAC",
    .change = vf1_reserved_with_trust,
    .wanted = "" },
  { .name = "reserved, expired",
    .change = vf1_reserved_once,
    .wanted = "reservation-expired enp1s0f0 VF 1" },
  { .name = "reserved, claimer dead",
    .change = vf1_half_reserved,
    .wanted = "dead-intent enp1s0f0 VF 1" },

  { .name = "stale record",
    .change = record_of_vf1,
    .wanted = "stale-libvirt-record enp1s0f0_vf1" },
  { .name = "stale record of no VF",
    .change = record_of_no_vf,
    .wanted = "stale-libvirt-record enp9s0f0_vf3" },
  { .name = "records in use", .change = records_of_others, .wanted = "" },
  { .name = "record of a foreign VF", .change = record_of_vf1, .other_live = VF1, .wanted = "" },

  { .name = "configuration on another VF",
    .config = VF1 "=net0",
    .wanted = "config-wrong-vf web1 net0" },
  { .name = "configuration on a VF that is gone",
    .config = GONE "=net0",
    .wanted = "config-wrong-vf web1 net0" },
  { .name = "configuration on another VF, alias edited away",
    .config = VF1 "=",
    .wanted = "config-wrong-vf web1 net0" },
  { .name = "configuration on another VF, claim is live only",
    .config = VF1 "=net0",
    .change = no_config_part,
    .wanted = "config-wrong-vf web1 net0" },
  { .name = "no claim, configuration on a VF of another",
    .live = "",
    .config = VF1 "=net0",
    .change = unclaimed_beside_web2,
    .other_live = VF1 "=net0/1",
    .wanted = "config-wrong-vf web1 net0 (by hand); settings-drifted web2 net0" },
  { .name = "no claim, configuration on a VF that is gone",
    .live = "",
    .config = GONE "=net0",
    .change = no_claim,
    .wanted = "config-wrong-vf web1 net0 (by hand)" },
  { .name = "two slots, the configuration names each other's VF",
    .live = OWN " " VF1 "=net1/1",
    .config = VF1 "=net0 " VF0 "=net1/1",
    .change = two_slots,
    .wanted = "config-wrong-vf web1 net0; config-wrong-vf web1 net1" },
  { .name = "the same, by MAC alone",
    .live = OWN " " VF1 "=net1/1",
    .config = VF1 "= " VF0 "=/1",
    .change = two_slots,
    .wanted = "config-wrong-vf web1 net0; config-wrong-vf web1 net1" },
  { .name = "two slots, the configuration names one VF twice",
    .live = OWN " " VF1 "=net1/1",
    .config = VF1 "=net0 " VF1 "=net1/1",
    .change = two_slots,
    .wanted = "config-wrong-vf web1 net0" },
  { .name = "two slots, the configuration names the VFs of before",
    .live = VF1 "=net0 " VF2 "=net1/1",
    .config = OWN " " VF1 "=net1/1",
    .change = two_slots_moved_up,
    .wanted = "config-wrong-vf web1 net0; config-wrong-vf web1 net1" },
  { .name = "the same, where another guest has one of them",
    .live = VF1 "=net0 " VF2 "=net1/1",
    .config = OWN " " VF1 "=net1/1",
    .change = two_slots_moved_up,
    .other_live = VF0,
    .wanted = "config-wrong-vf web1 net0; config-wrong-vf web1 net1" },
  { .name = "its device has neither alias nor MAC of the slot", .config = VF0 "=/9", .wanted = "" },
  { .name = "another device of the guest",
    .live = OWN " " VF1 "=nic/9",
    .config = OWN " " VF1 "=nic/9",
    .wanted = "" },

  { .name = "defined anew",
    .config = "",
    .config_meta = META_NONE,
    .wanted = "slot-dropped web1 net0" },
  { .name = "defined anew, off",
    .live = OFF,
    .config = "",
    .config_meta = META_NONE,
    .change = no_live_part,
    .wanted = "slot-dropped web1 net0" },
  { .name = "live only, no metadata in the configuration",
    .config = "",
    .config_meta = META_NONE,
    .change = no_config_part,
    .wanted = "metadata-differs web1" },

  { .name = "moved",
    .live = OFF,
    .config = "0000:21:10.0=net0",
    .change = moved,
    .wanted = "pf-moved enp1s0f0; claim-without-device web1 net0" },
  { .name = "moved, at work", .live = OFF, .change = moved_with_slower_claimer, .wanted = "" },
  { .name = "moved, its MAC is at two places",
    .config = "0000:21:10.0=net0",
    .live = OFF,
    .change = two_cards_with_its_mac,
    .wanted = "claim-without-device web1 net0; vf-missing web1 net0" },
  { .name = "moved, no libvirt",
    .change = moved,
    .no_libvirt = TRUE,
    .wanted = "pf-moved enp1s0f0" },

  { .name = "unplugged", .live = "", .wanted = "unplugged web1 net0" },

  { .name = "VLAN drifted", .change = vlan_drifted, .wanted = "settings-drifted web1 net0" },
  { .name = "MAC drifted", .change = mac_drifted, .wanted = "settings-drifted web1 net0" },
  { .name = "MAC changed by a guest with trust", .change = guest_changed_mac, .wanted = "" },
  { .name = "MAC gone in spite of trust",
    .change = trusted_mac_gone,
    .wanted = "settings-drifted web1 net0" },
  { .name = "trust not told", .change = trust_untold, .wanted = "" },
  { .name = "VLAN differs, off", .live = OFF, .change = no_live_part, .wanted = "" },

  { .name = "waiting",
    .live = "",
    .config = "",
    .change = on_start,
    .wanted = "waiting-on-start web1 net0" },
  { .name = "taken out for a migration",
    .live = "",
    .config = "",
    .change = arrives,
    .wanted = "waiting-on-start web1 net0" },
  { .name = "to be taken out",
    .change = arrive_mark_left,
    .wanted = "waiting-on-start web1 net0",
    .text = "has left its mark" },
  { .name = "taken out, off", .live = OFF, .config = "", .change = arrives, .wanted = "" },
  { .name = "on its way", .live = OFF, .config = "", .change = awaited, .wanted = "" },
  { .name = "has not come",
    .live = OFF,
    .config = "",
    .change = not_awaited_any_more,
    .wanted = "dead-intent web1 net0" },
  { .name = "not waiting: off", .live = OFF, .config = "", .change = on_start, .wanted = "" },
  { .name = "not waiting: taken away",
    .live = "",
    .config = "",
    .change = on_start_rests,
    .wanted = "" },
  { .name = "waiting: taken away before its start",
    .live = "",
    .config = "",
    .change = on_start_rested,
    .wanted = "waiting-on-start web1 net0" },

  { .name = "VF missing",
    .live = OFF,
    .config = GONE "=net0",
    .change = missing_vf,
    .wanted = "claim-without-device web1 net0; vf-missing web1 net0" },
  { .name = "VF missing, no libvirt",
    .change = missing_vf,
    .no_libvirt = TRUE,
    .wanted = "vf-missing web1 net0" },

  { .name = "another card",
    .live = OFF,
    .change = replaced,
    .wanted = "pf-replaced enp1s0f0; claim-without-device web1 net0" },

  { .name = "two guests", .other_config = VF0, .wanted = "vf-in-two-guests enp1s0f0 VF 0" },
  { .name = "a clone",
    .other_config = OWN "/1",
    .other_meta = META_CLONE,
    .wanted = "copied-identity web2" },
  { .name = "a copy with the MAC",
    .other_config = OWN,
    .other_meta = META_CLONE,
    .wanted = "copied-identity web2" },

  { .name = "MAC on the host", .change = mac_on_host, .wanted = "duplicate-mac web1 net0" },
  { .name = "MAC on the host, the standby's macvtap",
    .live = OWN " standby",
    .config = OWN " standby",
    .change = mac_on_host,
    .wanted = "" },
  { .name = "half of a pair",
    .live = OWN "/0/standby standby",
    .config = OWN "/0/standby standby",
    .change = half_of_pair,
    .wanted = "" },
  { .name = "half of a pair, the other is gone",
    .live = OWN "/0/standby",
    .config = OWN "/0/standby standby",
    .change = half_of_pair,
    .wanted = "pair-broken web1 net0" },
  { .name = "half of a pair, the configuration does not say so",
    .live = OWN "/0/standby standby",
    .config = OWN " standby",
    .change = half_of_pair,
    .wanted = "pair-broken web1 net0" },
  { .name = "MAC in another guest",
    .other_live = VF1 "=nic/0",
    .wanted = "duplicate-mac web1 net0" },
  { .name = "MAC in the guest itself", .live = OWN " " VF1 "=nic/9", .wanted = "" },

  { .name = "vanished pool", .change = no_such_pool, .wanted = "vanished-pool web1 net0" },
  { .name = "no carrier", .change = no_carrier, .wanted = "pf-no-carrier enp1s0f0" },
  { .name = "no carrier, nobody runs on it",
    .live = OFF,
    .change = other_pf_no_carrier,
    .wanted = "claim-without-device web1 net0" },

  { .name = "bond of one leg", .change = one_leg, .wanted = "bond-degraded web1 bond0" },
  { .name = "bond on one card",
    .live = OWN " " VF1 "=net1/1",
    .config = OWN " " VF1 "=net1/1",
    .change = two_legs_on_one_card,
    .wanted = "bond-same-card web1 bond0" },

  { .name = "foreign VF without MAC",
    .other_live = VF1,
    .change = vf1_spoofchk,
    .wanted = "spoofchk-without-mac enp1s0f0 VF 1" },
  { .name = "own VF without MAC",
    .change = mac_drifted_to_zero,
    .wanted = "spoofchk-without-mac enp1s0f0 VF 0; settings-drifted web1 net0" },
  { .name = "foreign VF without MAC and spoofchk",
    .other_live = VF1,
    .change = vf1_no_spoofchk,
    .wanted = "" },
};

/* "standby": a virtio interface with the MAC of net0, which could be half of a pair.
 * "VF=ALIAS[/N[/standby]]": an interface with that alias, if it is not empty, and the MAC
 * 56:66:00:00:01:N (0), the other half; without "=" a hostdev. */
static void
append_device (GString *xml, const char *token)
{
  g_auto (GStrv) parts = g_strsplit_set (token, "=/", 4);
  const char *alias = parts[1], *number = alias != NULL ? parts[2] : NULL;
  VfpAddress source;

  if (g_str_equal (token, "standby"))
    {
      g_string_append (xml, "<interface type='network'><mac address='56:66:00:00:01:00'/>"
                            "<model type='virtio'/><teaming type='persistent'/>"
                            "<alias name='ua-lan'/></interface>");
      return;
    }
  assert_true (vfp_address_parse (parts[0], &source, NULL));
  g_autofree char *address = g_strdup_printf (
      "<source><address type='pci' domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>"
      "</source>",
      source.domain, source.bus, source.slot, source.function);
  if (alias == NULL)
    {
      g_string_append_printf (xml, "<hostdev mode='subsystem' type='pci'>%s</hostdev>", address);
      return;
    }
  g_string_append_printf (xml, "<interface type='hostdev'><mac address='56:66:00:00:01:0%s'/>%s",
                          number != NULL ? number : "0", address);
  if (number != NULL && parts[3] != NULL)
    g_string_append (xml, "<teaming type='transient' persistent='ua-lan'/>");
  if (*alias != '\0')
    g_string_append_printf (xml, "<alias name='ua-vfpool-%s'/>", alias);
  g_string_append (xml, "</interface>");
}

static char *
make_metadata (Base *base, const char *uuid, Meta meta)
{
  g_autofree char *other = facts_uuid ("web9");
  char *text;

  if (meta == META_NONE)
    return NULL;
  text = vfp_promise_render (base->facts->records, uuid);
  if (meta == META_CLONE)
    {
      g_free (text);
      return g_strdup_printf (
          "<slots version='1' uuid='%s'><slot name='net0' mac='56:66:00:00:01:00'/></slots>",
          other);
    }
  if (meta == META_EXTRA)
    {
      GString *more = g_string_new (NULL);

      if (text == NULL)
        g_string_printf (more, "<slots version='1' uuid='%s'></slots>", uuid);
      else
        g_string_assign (more, text);
      g_free (text);
      g_string_replace (more, "</slots>", "<slot name='net7' mac='56:66:00:00:01:07'/></slots>", 1);
      return g_string_free (more, FALSE);
    }
  return text;
}

static char *
make_xml (Base *base, const char *name, const char *devices, Meta meta)
{
  g_autofree char *uuid = facts_uuid (name);
  g_autofree char *metadata = make_metadata (base, uuid, meta);
  g_auto (GStrv) tokens = g_strsplit (devices, " ", -1);
  g_autoptr (GString) xml = g_string_new (NULL);

  g_string_append_printf (xml, "<domain><name>%s</name><uuid>%s</uuid><devices>", name, uuid);
  for (char **token = tokens; *token != NULL; token++)
    if (**token != '\0')
      append_device (xml, *token);
  g_string_append (xml, "</devices></domain>");
  if (metadata == NULL)
    return g_string_free (g_steal_pointer (&xml), FALSE);
  char *with = vfp_domxml_set_metadata (xml->str, metadata, NULL);
  assert_non_null (with);
  return with;
}

static void
add_guest (Base *base, const char *name, const char *live, const char *config, Meta live_meta,
           Meta config_meta)
{
  g_autofree char *uuid = facts_uuid (name);
  g_autofree char *live_xml
      = g_strcmp0 (live, OFF) == 0 ? NULL : make_xml (base, name, live, live_meta);
  g_autofree char *config_xml
      = g_strcmp0 (config, OFF) == 0 ? NULL : make_xml (base, name, config, config_meta);
  VfpGuest *guest = vfp_guest_new (uuid, name, live_xml, config_xml, NULL);

  assert_non_null (guest);
  g_ptr_array_add (base->facts->guests, guest);
}

static void
base_init (Base *base)
{
  const VfpSettings defaults = vfp_settings_default ();

  base->facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  base->slot = facts_add_slot (base->facts, "web1", "net0");
  base->claim = facts_add_claim (base->facts, base->slot, "enp1s0f0", 0);
  base->claim->config = TRUE;
  base->claim->generation = 7;
  base->guest = g_new0 (VfpGuestRecord, 1);
  base->guest->uuid = facts_uuid ("web1");
  base->guest->name = g_strdup ("web1");
  base->guest->generation = 7;
  g_ptr_array_add (base->facts->records->guests, base->guest);
  base->meta = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  base->net_records = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < 3; i++)
    {
      VfpVf *vf = vfp_pf_find_vf (facts_pf (base->facts, "enp1s0f0"), i);

      vf->settings = defaults;
      vf->settings.known = VFP_SETTING_ALL;
      vf->settings.mac = i == 0 ? base->slot->mac : (VfpMac){ { 0x02, 0, 0, 0, 0, (guint8) i } };
    }
  base->settings = &facts_vf (base->facts, VF0)->settings;
}

static void
base_clear (Base *base)
{
  g_hash_table_unref (base->meta);
  g_ptr_array_unref (base->net_records);
  facts_free (base->facts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Base, base_clear)

static void
add_guests (Base *base, const AuditCase *with)
{
  if (!with->gone)
    add_guest (base, "web1", with->live != NULL ? with->live : OWN,
               with->config != NULL ? with->config : OWN, with->live_meta, with->config_meta);
  if (with->other_live != NULL || with->other_config != NULL)
    add_guest (base, "web2", with->other_live != NULL ? with->other_live : OFF,
               with->other_config != NULL ? with->other_config : OFF, with->other_meta,
               with->other_meta);
}

static char *
tell (GPtrArray *findings, const char *name)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      g_string_append_printf (text, "%s%s %s%s", i > 0 ? "; " : "", finding->kind->id,
                              finding->object, finding->by_hand ? " (by hand)" : "");
      check_case (name, finding->detail != NULL && !g_str_has_suffix (finding->detail, "."));
      check_case (name, !finding->fixed && finding->first_seen == 0);
    }
  return g_string_free (text, FALSE);
}

static void
look (Base *base, const AuditCase *with)
{
  if (with->no_libvirt)
    {
      g_clear_pointer (&base->facts->guests, g_ptr_array_unref);
      g_clear_pointer (&base->facts->networks, g_ptr_array_unref);
    }
  VfpView *view = facts_view (base->facts);
  view->facts.meta = base->meta;
  view->facts.net_records = base->net_records;
}

static void
test_findings (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const AuditCase *with = &cases[i];
      g_auto (Base) base = { 0 };

      base_init (&base);
      if (with->change != NULL)
        with->change (&base);
      add_guests (&base, with);
      look (&base, with);
      g_autoptr (GPtrArray) findings = vfp_audit (base.facts->view, NULL);
      g_autofree char *got = tell (findings, with->name);
      check_case_string (with->name, got, with->wanted);
      check_case (
          with->name,
          with->text == NULL
              || strstr (((VfpFinding *) g_ptr_array_index (findings, 0))->detail, with->text)
                     != NULL);
    }
}

/* Of one guest: what is another's, or the host's, is left out. */
static void
test_one_guest (void **state)
{
  g_auto (Base) base = { 0 };
  const AuditCase with
      = { .live = "", .other_live = VF2 "=net0/1", .other_meta = META_NONE, .no_libvirt = FALSE };

  base_init (&base);
  claimed_by_web2 (&base);
  blind (&base);
  add_guests (&base, &with);
  look (&base, &with);
  g_autofree char *web1 = facts_uuid ("web1");
  g_autoptr (GPtrArray) of_web1 = vfp_audit (base.facts->view, web1);
  g_autofree char *got = tell (of_web1, "web1");
  assert_string_equal (got, "unplugged web1 net0");

  g_autoptr (GPtrArray) all = vfp_audit (base.facts->view, NULL);
  g_autofree char *got_all = tell (all, "all");
  assert_string_equal (got_all, "hook-blind hook; unplugged web1 net0; claim-wrong-vf web2 net0");
}

/* The table is whole, and each kind is found by one of the cases. */
static void
test_kinds (void **state)
{
  for (const VfpFindingKind *kind = vfp_finding_kinds; kind->id != NULL; kind++)
    {
      gboolean found = FALSE;

      assert_ptr_equal (vfp_finding_kind (kind->id), kind);
      check_case (kind->id, kind->meaning != NULL && kind->cure != NULL);
      check_case (kind->id, !kind->asked_for || kind->class == VFP_CLASS_LIVE);
      for (gsize i = 0; i < G_N_ELEMENTS (cases) && !found; i++)
        {
          g_auto (GStrv) wanted = g_strsplit (cases[i].wanted, "; ", -1);

          for (char **one = wanted; *one != NULL; one++)
            found
                = found || (g_str_has_prefix (*one, kind->id) && (*one)[strlen (kind->id)] == ' ');
        }
      check_case (kind->id, found);
    }
  assert_null (vfp_finding_kind ("no-such-kind"));
  assert_string_equal (vfp_class_to_string (VFP_CLASS_NEVER), "never");
  assert_string_equal (vfp_class_to_string (VFP_CLASS_HOST), "host");
  assert_string_equal (vfp_level_to_string (VFP_LEVEL_FAIL), "fail");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_findings),
    cmocka_unit_test (test_one_guest),
    cmocka_unit_test (test_kinds),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
