/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standby of a slot that is half of a failover pair: which NIC it is, and what is to be done to
 * it. Pure but for the template file and for what bridges stand on. */
#pragma once

#include "ops/attach.h"

typedef struct
{
  const VfpGuestNic *nic; /* of the snapshot; NULL: a new one in all parts */
  VfpMac mac;             /* of @nic, else of the slot */
  char *alias;
  unsigned adds;   /* VfpAffect bits: the parts that get a NIC */
  char *xml;       /* of that; NULL: nothing is added */
  gboolean marks;  /* the NIC of the configuration becomes a standby, with the alias */
  char *old_alias; /* … which it has now; NULL: none */
  VfpPf *pf;       /* it is on the port of this one alone; NULL: it is not */
  char *where;     /* for people: "bridge br0" */
} VfpStandbyPlan;

void vfp_standby_plan_free (VfpStandbyPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpStandbyPlan, vfp_standby_plan_free)

/* "ua-vfpool-net0-standby": of one that vfpool adds, or of one that has none of its user's. */
char *vfp_standby_alias (const char *slot_name);

/* Decides for the parts @affect (VfpAffect bits) of @slot, that is to be half of a pair: it is
 * asked for, or was so before. Sets slot->standby. MAC and place of the slot are not looked at.
 * Errors: %VFP_ERROR_USAGE, %VFP_ERROR_NO_STANDBY, %VFP_ERROR_SLOT_IN_USE (another slot's or VF's),
 * %VFP_ERROR_DIFFERS (the slot has another one), %VFP_ERROR_GUEST_RUNNING (the running NIC was
 * plugged in as none), %VFP_ERROR_GUEST_REFUSED (i440fx), %VFP_ERROR_HOST (no such bridge or
 * network). */
VfpStandbyPlan *vfp_standby_plan (const VfpSnapshot *snapshot, const VfpGuest *guest,
                                  const VfpAttachRequest *request, unsigned affect, VfpSlot *slot,
                                  GError **error);

/* The rest, when the slot has MAC and place. Errors: %VFP_ERROR_DIFFERS (another MAC),
 * %VFP_ERROR_GUEST_REFUSED (the VF's place is no PCIe port of its own), those of
 * vfp_placement_plan(). */
gboolean vfp_standby_plan_place (VfpStandbyPlan *plan, const VfpWorld *world,
                                 const VfpSnapshot *snapshot, const VfpGuest *guest,
                                 const VfpSlot *slot, const VfpStandbyWish *wish, GError **error);

/* The NIC of the slot's standby, of the first XML that has it: by its alias; or by its MAC, where
 * it has not got that yet: a process died before, or the guest was defined anew without. NULL: it
 * is in none. */
const VfpGuestNic *vfp_standby_find_present (const VfpGuest *guest, const VfpSlot *slot);

/* How the pair of @slot is ended, and what becomes of its standby @nic (NULL: it is in no XML), as
 * a clause of a message. Owned by the caller. */
char *vfp_standby_tell_end (const VfpSlot *slot, const VfpGuestNic *nic);

/* Whether the place of @slot can be that of half of a pair with the standby @nic (may be NULL).
 * QEMU: "failover primary device must be on PCIExpress bus", "primary device must be in its own PCI
 * slot" (hw/pci/pci.c). Error: %VFP_ERROR_GUEST_REFUSED. */
gboolean vfp_standby_check_place (const VfpGuest *guest, const VfpGuestNic *nic,
                                  const VfpSlot *slot, GError **error);

/* The PF on whose port alone the present standby of @slot is; NULL: on none. */
VfpPf *vfp_standby_pf (const VfpSnapshot *snapshot, const VfpSlot *slot);
