/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that are half of a failover pair: what an attach to one means. For attach-plan.c only. */
#pragma once

#include "ops/attach-plan.h"

/* Plans the standby of a slot that is, or is asked to be, half of a pair; plan->standby stays NULL
 * for another one. Errors: %VFP_ERROR_DIFFERS, those of vfp_standby_plan(). */
gboolean vfp_attach_pair_plan (VfpAttachPlan *plan, const VfpSnapshot *snapshot,
                               const VfpAttachRequest *request, GError **error);

/* The halves of a pair have one MAC: that of the NIC which is there, for a new slot. Error:
 * %VFP_ERROR_DIFFERS: another one was asked for. */
gboolean vfp_attach_pair_take_mac (const VfpAttachPlan *plan, VfpAttachRequest *request,
                                   GError **error);

/* For a slot that is half of a pair and has its VF @vf: the parts that are asked for and have it
 * name the slot's standby. Error: %VFP_ERROR_DIFFERS. */
gboolean vfp_attach_pair_check_parts (const VfpAttachPlan *plan, const VfpVfView *vf,
                                      GError **error);

/* For a slot that has its VF: a standby that is added must not be on the VF's own port. Error:
 * %VFP_ERROR_NO_VF_FITS. */
gboolean vfp_attach_pair_check_port (const VfpAttachPlan *plan, GError **error);
