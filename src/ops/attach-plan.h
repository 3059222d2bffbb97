/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attach is going to do, decided from one snapshot. Pure but for the template file. */
#pragma once

#include "ops/attach.h"

typedef struct
{
  VfpGuest *guest;  /* borrowed from the snapshot, as the next two */
  VfpVfView *vf;    /* NULL: none now, the slot is only marked */
  VfpClaim *claim;  /* the slot's present one, which gets a further part; NULL: none */
  VfpSlot *slot;    /* as it is to be; id 0: new */
  unsigned affect;  /* VfpAffect bits: the parts to add; 0: nothing to do (--ensure) */
  gboolean marks;   /* the slot becomes one that gets a VF at each start */
  unsigned drifted; /* VfpSetting bits that an attached VF has otherwise than its slot (--ensure) */
  char *device_xml; /* NULL without VF */
} VfpAttachPlan;

/* Errors: see vfp_attach(). */
VfpAttachPlan *vfp_attach_plan (VfpWorld *world, const VfpSnapshot *snapshot,
                                const VfpAttachRequest *request, GError **error);
void vfp_attach_plan_free (VfpAttachPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpAttachPlan, vfp_attach_plan_free)

/* The PF that needs no naming: the only one that is a NIC. PFs hang on different networks, so one
 * of several is never guessed. @options: what to say then. Errors: %VFP_ERROR_PF_NOT_NAMED,
 * %VFP_ERROR_NO_SUCH_PF. */
VfpPf *vfp_attach_plan_only_pf (const VfpSnapshot *snapshot, const char *options, GError **error);
