/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF a slot gets. Pure. */
#pragma once

#include <glib.h>

#include "pool/view.h"

typedef struct
{
  VfpPf *pf;              /* the pool: every PF is one of its own; NULL with @vf */
  const VfpAddress *vf;   /* NULL: choose one of @pf */
  gboolean live;          /* for a running guest: the PF must be up, the VF in an IOMMU group */
  gboolean has_netlink;   /* settings can be read: a VF whose are not told is not given live */
  const char *guest_uuid; /* whose VFs may share the IOMMU group */
} VfpPolicyRequest;

/* Chooses among the free VFs: those whose netdev is not up first, then the lowest index. A VF
 * whose claim is stale is not chosen: settle it first. Errors: %VFP_ERROR_NO_VF_FITS with every
 * reason, grouped; %VFP_ERROR_NO_VFS; %VFP_ERROR_PF_DOWN; %VFP_ERROR_IOMMU (no IOMMU group at all);
 * with @vf also %VFP_ERROR_VF_IN_USE (by whom), %VFP_ERROR_NO_SUCH_VF. */
VfpVfView *vfp_policy_choose (const VfpView *view, const VfpPolicyRequest *request, GError **error);

/* Why the VF cannot be given, as a stable word ("attached", "foreign", "iommu-group", …); NULL: it
 * can. @out_detail (may be NULL): who or what, owned by the caller; may be set to NULL. */
const char *vfp_policy_refusal (const VfpView *view, const VfpVfView *vf, const char *guest_uuid,
                                char **out_detail);
