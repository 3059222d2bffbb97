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
  VfpSlot *slot_before;     /* the row as it was; NULL: the slot is new */
  VfpClaim *claim_before;   /* the row as it was, without the further part; NULL: none */
  gboolean marked;          /* the slot alone was written */
  gboolean connection_lost; /* during the attach: the request may still be carried out */
} VfpAttachRun;

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
