/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attach is going to do, decided from one snapshot. Pure but for the template file. */
#pragma once

#include "ops/attach.h"
#include "ops/source.h"
#include "ops/standby-plan.h"
#include "pool/policy.h"

typedef struct
{
  VfpGuest *guest;  /* borrowed from the snapshot, as the next two */
  VfpVfView *vf;    /* NULL: none now, the slot is only marked */
  VfpClaim *claim;  /* the slot's present one, which gets a further part; NULL: none */
  VfpSlot *slot;    /* as it is to be; id 0: new */
  unsigned affect;  /* VfpAffect bits: the parts to add; 0: nothing to do (--ensure) */
  gboolean marks;   /* the slot becomes one that gets a VF at each start */
  unsigned drifted; /* VfpSetting bits that an attached VF has otherwise than its slot (--ensure) */
  VfpStandbyPlan *standby; /* NULL: the slot is no half of a pair */
  VfpSource source;
  GPtrArray *verdicts; /* VfpPolicyVerdict, where they were asked for */
  char *device_xml;    /* NULL without VF */
} VfpAttachPlan;

/* Errors: see vfp_attach(). */
VfpAttachPlan *vfp_attach_plan (VfpWorld *world, const VfpSnapshot *snapshot,
                                const VfpAttachRequest *request, GError **error);
void vfp_attach_plan_free (VfpAttachPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpAttachPlan, vfp_attach_plan_free)
