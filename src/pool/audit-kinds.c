/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of findings. What changes here moves with doc/findings.md and doc/vfpool.8.scd. */
#include "config.h"

#include "pool/audit.h"

const VfpFindingKind vfp_finding_kinds[] = {
  /* The state file. */
  { "dead-intent", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE, "a command died in the middle",
    "--fix finishes or undoes it" },
  { "claim-without-device", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE,
    "a claim has a part that is not in the guest's XML", "--fix ends that part; the slot stays" },
  { "claim-of-gone-guest", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE,
    "a claim is of a guest that libvirt does not know", "--fix ends the claim; the slot stays" },
  { "claim-wrong-vf", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE,
    "the running guest has the slot's device on another VF than the state file says",
    "--fix lets the claim follow the guest" },
  { "device-without-claim", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE,
    "a guest has the device of one of its slots, and no claim says so",
    "--fix claims the VF for the slot" },
  { "part-not-recorded", VFP_LEVEL_NOTE, VFP_CLASS_BOOK, FALSE,
    "the guest has the VF of its slot in an XML where the claim does not say so",
    "--fix records it; a guest started without vfpool's hook gives this" },
  { "metadata-differs", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE,
    "the metadata in the guest's XML is not that of its slots", "--fix writes it again" },
  { "slot-of-gone-transient", VFP_LEVEL_NOTE, VFP_CLASS_BOOK, FALSE,
    "a transient guest has ended, and its slot has not", "--fix ends the slot" },
  { "hook-blind", VFP_LEVEL_WARN, VFP_CLASS_BOOK, FALSE,
    "the hook let a guest start without looking", "--fix looks now, and ends the finding" },

  /* VFs that nobody has. */
  { "vf-left-over", VFP_LEVEL_WARN, VFP_CLASS_HOST, FALSE,
    "a free VF has the MAC of a slot, a VLAN or trust", "--fix gives it default settings" },
  { "reservation-missing", VFP_LEVEL_WARN, VFP_CLASS_HOST, FALSE,
    "a configured reservation has fewer VFs than it is to have",
    "--fix reserves those that are free" },
  { "reservation-not-applied", VFP_LEVEL_WARN, VFP_CLASS_HOST, FALSE,
    "a reserved VF has another driver or other settings than it was reserved with",
    "--fix makes it so again, if nobody has it in use" },
  { "reservation-expired", VFP_LEVEL_WARN, VFP_CLASS_HOST, FALSE,
    "the time that a VF was reserved for is over",
    "--fix gives the VF back as it was, if nobody has it in use" },
  { "stale-libvirt-record", VFP_LEVEL_NOTE, VFP_CLASS_HOST, FALSE,
    "libvirt keeps the former settings of a VF that no guest has", "--fix removes the file" },

  /* Persistent XML. */
  { "config-wrong-vf", VFP_LEVEL_FAIL, VFP_CLASS_CONFIG, FALSE,
    "the configuration has the slot's device on another VF than its claim",
    "--fix makes it name the claim's VF; without a claim, 'vfpool adopt' gives it one" },
  { "slot-dropped", VFP_LEVEL_WARN, VFP_CLASS_CONFIG, FALSE,
    "the guest was defined anew without its slot",
    "--fix puts the device back into the configuration" },
  { "pf-moved", VFP_LEVEL_WARN, VFP_CLASS_CONFIG, FALSE,
    "a card with claimed VFs has another address",
    "--fix follows it, in the state file and then in configurations" },

  /* Running guests. */
  { "unplugged", VFP_LEVEL_WARN, VFP_CLASS_LIVE, FALSE,
    "somebody took the VF out of the running guest without vfpool",
    "--fix ends the live part of the claim, --fix --live plugs it in again" },
  { "settings-drifted", VFP_LEVEL_WARN, VFP_CLASS_LIVE, FALSE,
    "an attached VF has other settings than its slot", "--fix --live sets them again" },
  { "detach-unfinished", VFP_LEVEL_WARN, VFP_CLASS_LIVE, FALSE,
    "a guest still has a VF that was to be detached", "--fix --live asks the guest again" },
  { "waiting-on-start", VFP_LEVEL_WARN, VFP_CLASS_LIVE, TRUE,
    "a running guest has a slot without VF that is to have one now",
    "--fix gives it one when one is free" },

  /* For people. */
  { "vf-missing", VFP_LEVEL_FAIL, VFP_CLASS_NEVER, FALSE, "a claimed VF is not on this host",
    "make the VFs again, or detach the slot and attach it on another PF" },
  { "pf-replaced", VFP_LEVEL_FAIL, VFP_CLASS_NEVER, FALSE,
    "another card is where one with claimed VFs was",
    "put the card back, or detach the slots and attach them again" },
  { "vf-in-two-guests", VFP_LEVEL_FAIL, VFP_CLASS_NEVER, FALSE, "two guests name one VF",
    "take it out of the one that vfpool does not know: 'virsh edit'" },
  { "duplicate-mac", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE,
    "something else on this host has a slot's MAC", "give one of them another MAC" },
  { "copied-identity", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE,
    "a guest carries the metadata of another guest: a clone, or a template",
    "'vfpool adopt' makes it a guest of its own" },
  { "vanished-pool", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE, "a slot's pool names no PF here",
    "attach or move the slot with --pf, or forget it" },
  { "slot-of-gone-guest", VFP_LEVEL_NOTE, VFP_CLASS_NEVER, FALSE,
    "a slot without VF is of a guest that libvirt does not know",
    "'vfpool forget' ends it, if the guest is gone for good" },
  { "pf-no-carrier", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE,
    "a PF has no carrier, and running guests are on it", "look at the cable and at the switch" },
  { "bond-degraded", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE,
    "a bond that is in use has a leg without VF or without carrier",
    "look at the cable, or 'vfpool attach GUEST --bond --ensure'" },
  { "bond-same-card", VFP_LEVEL_NOTE, VFP_CLASS_NEVER, FALSE,
    "two legs of a bond are ports of one card", "attach one of them with --pf of another card" },
  { "pair-broken", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE,
    "the VF of a failover pair has no standby that belongs to it",
    "'vfpool attach GUEST --slot netN --failover --standby KIND=NAME --ensure'" },
  { "spoofchk-without-mac", VFP_LEVEL_WARN, VFP_CLASS_NEVER, FALSE,
    "a VF in a running guest has spoof checking on and no MAC",
    "give the VF a MAC ('vfpool adopt'), or turn spoofchk off" },
  { NULL, VFP_LEVEL_NOTE, VFP_CLASS_NEVER, FALSE, NULL, NULL },
};

const VfpFindingKind *
vfp_finding_kind (const char *id)
{
  for (const VfpFindingKind *kind = vfp_finding_kinds; kind->id != NULL; kind++)
    if (g_str_equal (kind->id, id))
      return kind;
  return NULL;
}

const char *
vfp_level_to_string (VfpLevel level)
{
  static const char *const strings[] = {
    [VFP_LEVEL_NOTE] = "note",
    [VFP_LEVEL_WARN] = "warn",
    [VFP_LEVEL_FAIL] = "fail",
  };

  return strings[level];
}

const char *
vfp_class_to_string (VfpClass class)
{
  switch (class)
    {
    case VFP_CLASS_BOOK:
      return "book";
    case VFP_CLASS_HOST:
      return "host";
    case VFP_CLASS_CONFIG:
      return "config";
    case VFP_CLASS_LIVE:
      return "live";
    default:
      return "never";
    }
}
