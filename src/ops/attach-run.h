/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One attach under way, for the files of its steps only. */
#pragma once

#include "ops/attach-plan.h"

typedef struct
{
  VfpWorld *world;
  const VfpAttachRequest *request;
  VfpSnapshot *snapshot;
  VfpAttachPlan *plan;      /* NULL until the VF is claimed */
  VfpClaim *claim;          /* the row as it is in the file; NULL: not there */
  VfpClaim *recorded;       /* the row as it is in a transaction that is open; NULL: none is */
  VfpSlot *slot_before;     /* the row as it was; NULL: the slot is new */
  VfpClaim *claim_before;   /* the row as it was, without the further part; NULL: none */
  gboolean marked;          /* the slot alone was written */
  gboolean connection_lost; /* during the attach: the request may still be carried out */
} VfpAttachRun;

void vfp_attach_run_clear (VfpAttachRun *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpAttachRun, vfp_attach_run_clear)

/* An attach in its parts, for commands that attach several VFs or none. The caller has the guest's
 * lock, and @run names world and request, the guest by UUID.
 * Plans and does all up to the record; a failure undoes it. */
gboolean vfp_attach_run_act (VfpAttachRun *run, GError **error);

/* Undoes it all. FALSE: not all of it could be, which is a warning. */
gboolean vfp_attach_run_undo (VfpAttachRun *run);

/* Records it, within a transaction, and what is to follow its commit. */
gboolean vfp_attach_run_put_record (VfpAttachRun *run, GError **error);
void vfp_attach_run_committed (VfpAttachRun *run);

/* What remains when it is recorded: warnings, and settings that have drifted. */
VfpResult *vfp_attach_run_end (VfpAttachRun *run, GError **error);

/* A plan on @snapshot, which is joined, that pretends that claims of the dead are settled. */
VfpAttachPlan *vfp_attach_plan_pretend (VfpWorld *world, VfpSnapshot *snapshot,
                                        const VfpAttachRequest *request, GError **error);

/* What a dry run tells of it. */
VfpResult *vfp_attach_plan_tell (VfpWorld *world, const VfpAttachPlan *plan,
                                 const VfpAttachRequest *request);

/* What libvirt leaves to us; MAC and VLAN it sets itself from the XML. */
#define VFP_ATTACH_SETTINGS_BEFORE                                                                 \
  (VFP_SETTING_RATE | VFP_SETTING_SPOOFCHK | VFP_SETTING_TRUST | VFP_SETTING_LINK_STATE)

/* Whether the live part is being added. */
gboolean vfp_attach_run_is_live (const VfpAttachRun *run);

/* Whether an attach that failed so may succeed on a fresh reading: the VF or slot is claimed, and
 * the claim may be a dead one. */
gboolean vfp_attach_may_be_stale (const GError *error);

/* For a slot that is in the configuration: only the hook re-applies at the guest's next start what
 * libvirt does not set by itself. */
void vfp_attach_warn_of_start (VfpWorld *world, const VfpSlot *slot);

/* Steps and their undos (VfpStep); @data: VfpAttachRun. */
gboolean vfp_attach_claim_act (gpointer data, GError **error);
gboolean vfp_attach_claim_undo (gpointer data, GError **error);
gboolean vfp_attach_settings_act (gpointer data, GError **error);
gboolean vfp_attach_settings_undo (gpointer data, GError **error);
gboolean vfp_attach_device_act (gpointer data, GError **error);
gboolean vfp_attach_device_undo (gpointer data, GError **error);
gboolean vfp_attach_verify_act (gpointer data, GError **error);
