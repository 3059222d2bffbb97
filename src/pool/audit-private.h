/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One audit under way, for the files of the audit only. */
#pragma once

#include "pool/audit.h"

typedef struct
{
  const VfpView *view;
  const VfpFacts *facts; /* the view's */
  const char *uuid;      /* the guest that it is about; NULL: everything */
  GHashTable *guests;    /* UUID → VfpGuest; NULL: libvirt did not answer */
  GHashTable *users;     /* VF address → GPtrArray of VfpGuest that name it in an XML */
  GHashTable *vfs;       /* VF address → VfpVfView */
  GPtrArray *findings;
} VfpAudit;

/* Adds a finding, unless there is one of that kind and object. NULL: it was there. */
VfpFinding *vfp_audit_add (VfpAudit *audit, const char *id, const char *object,
                           const char *guest_uuid, const char *format, ...) G_GNUC_PRINTF (5, 6);

/* The same for a slot, "web1 net0"; @claim: its claim, or NULL. */
VfpFinding *vfp_audit_add_slot (VfpAudit *audit, const char *id, const VfpSlot *slot,
                                const VfpClaim *claim, const char *format, ...)
    G_GNUC_PRINTF (5, 6);

/* The same for a VF, "enp1s0f0 VF 3". */
VfpFinding *vfp_audit_add_vf (VfpAudit *audit, const char *id, const VfpVfView *vf,
                              const char *guest_uuid, const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Whether a living process is at work on the claim; NULL: no. */
gboolean vfp_audit_at_work (const VfpClaim *claim);

gboolean vfp_audit_wants_guest (const VfpAudit *audit, const char *uuid);
VfpGuest *vfp_audit_find_guest (const VfpAudit *audit, const char *uuid);
VfpVfView *vfp_audit_find_vf (const VfpAudit *audit, const VfpAddress *address);

/* The guest but @uuid that has the VF in its live XML, or with @config_too in either; NULL: none.
 */
VfpGuest *vfp_audit_other_user (const VfpAudit *audit, const VfpAddress *address, const char *uuid,
                                gboolean config_too);

/* The device in @domxml (may be NULL) that is the slot's by its alias, else by its MAC, though it
 * is not the VF of its claim. @claim may be NULL. */
VfpGuestDevice *vfp_audit_slot_device (const VfpAudit *audit, const VfpDomxml *domxml,
                                       const VfpSlot *slot, const VfpClaim *claim);

/* Whether @domxml (may be NULL) has the VF of the slot's claim, as a device that is not another
 * slot's of the guest: after a migration a configuration names the VFs of the host that the guest
 * comes from, and such an address may be of any of its slots here. */
gboolean vfp_audit_slot_has (const VfpAudit *audit, const VfpDomxml *domxml, const VfpSlot *slot,
                             const VfpClaim *claim);

/* Promises (VfpSlotPromise) of the guest's own in @domxml (may be NULL); NULL: none. */
GPtrArray *vfp_audit_promises (const VfpDomxml *domxml, const char *uuid);

/* Whether the XML carries the metadata of another guest. @out_uuid (may be NULL): whose. */
gboolean vfp_audit_is_copy (const VfpDomxml *domxml, const char *uuid, char **out_uuid);

typedef enum
{
  VFP_PF_HERE,
  VFP_PF_MOVED,    /* its MAC is at exactly one other address */
  VFP_PF_REPLACED, /* another card is at its address */
  VFP_PF_GONE,
} VfpPfPlace;

/* @out_pf (may be NULL): the PF that is here, or where it has moved to, or what replaced it. */
VfpPfPlace vfp_audit_place_pf (const VfpInventory *inventory, const VfpPfRecord *record,
                               VfpPf **out_pf);

/* The parts of the audit. */
void vfp_audit_claims (VfpAudit *audit);
void vfp_audit_reservation (VfpAudit *audit, const VfpVfView *vf);
void vfp_audit_reserve_groups (VfpAudit *audit);
void vfp_audit_slots (VfpAudit *audit);
void vfp_audit_guests (VfpAudit *audit);
void vfp_audit_bonds (VfpAudit *audit);
void vfp_audit_pairs (VfpAudit *audit);
void vfp_audit_host (VfpAudit *audit);
