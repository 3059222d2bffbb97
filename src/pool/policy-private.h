/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the policy, for its files only. */
#pragma once

#include "pool/policy.h"

/* IOMMU group → VfpVfView array of the VFs in it that a guest has. */
GHashTable *vfp_policy_groups_new (const VfpView *view);

/* vfp_policy_refusal() with @groups. */
const char *vfp_policy_refusal_of (GHashTable *groups, const VfpVfView *vf, const char *guest_uuid,
                                   char **out_detail);

/* Appends; @detail is taken. @verdicts may be NULL. */
void vfp_policy_tell (GPtrArray *verdicts, VfpVfView *vf, const char *reason, char *detail);

/* Above some 200 VFs the kernel leaves VFs out of its list without a word (see VfpLink): what such
 * a VF is set to could neither be saved nor checked. Error: %VFP_ERROR_HOST. */
gboolean vfp_policy_check_told (const VfpVfView *vf, const VfpPolicyRequest *request,
                                GError **error);

/* The best of @fitting (VfpVfView, at least one); the others get their verdicts. */
VfpVfView *vfp_policy_rank (const VfpView *view, const VfpPolicyRequest *request,
                            const GPtrArray *fitting);
