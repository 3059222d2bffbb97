/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF a slot gets. Pure. */
#pragma once

#include <glib.h>

#include "pool/pool.h"
#include "pool/view.h"

/* Why a VF was not the one. */
typedef struct
{
  VfpVfView *vf;      /* of the view */
  const char *reason; /* a stable word: of vfp_policy_refusal(), or what another one was better in:
                         "no-carrier", "not-last", "numa", "netdev-up", "spread", "pack", "order" */
  char *detail;       /* who or what; NULL: the word says it */
} VfpPolicyVerdict;

typedef struct
{
  const VfpPool *pool;    /* NULL: any */
  const VfpPf *pf;        /* only this one's; NULL: those of @pool */
  const VfpAddress *vf;   /* NULL: choose one */
  gboolean live;          /* for a running guest: the PF must be up, the VF in an IOMMU group */
  gboolean has_netlink;   /* settings can be read: a VF whose are not told is not given live */
  const char *guest_uuid; /* whose VFs may share the IOMMU group */
  const VfpSlot *slot;    /* gets the VF again that it had last; NULL: none */
  const GArray *nodes;    /* VfpRange: NUMA nodes that the guest is bound to; NULL: to none */
  const GPtrArray *avoid; /* VfpPf: the guest's bond has legs there; NULL: none */
  const VfpPf *standby; /* the standby of the slot's pair is on its port alone, and would fail with
                           it; NULL: it is on none */
  GPtrArray *verdicts;  /* NULL, or vfp_policy_verdicts_new(): gets one of each VF that is not
                           chosen */
} VfpPolicyRequest;

GPtrArray *vfp_policy_verdicts_new (void);

/* Chooses among the free VFs: those of a PF with carrier before those without; then the one that
 * the slot had last; then those near the guest's memory and processors, as the pool says; then
 * those whose netdev on the host is not up; then those of the PF that has the fewest VFs in use, or
 * the most, as the pool says; then in the order of the PFs and of the VFs. A VF whose claim is
 * stale is not chosen: settle it first. Errors: %VFP_ERROR_NO_VF_FITS with every reason, grouped;
 * %VFP_ERROR_NO_VFS; %VFP_ERROR_PF_DOWN (the only PF); %VFP_ERROR_IOMMU (no IOMMU group at all);
 * with @vf also %VFP_ERROR_VF_IN_USE (by whom), %VFP_ERROR_NO_SUCH_VF. */
VfpVfView *vfp_policy_choose (const VfpView *view, const VfpPolicyRequest *request, GError **error);

/* Why the VF cannot be given, as a stable word ("attached", "foreign", "iommu-group", …); NULL: it
 * can. @out_detail (may be NULL): who or what, owned by the caller; may be set to NULL. */
const char *vfp_policy_refusal (const VfpView *view, const VfpVfView *vf, const char *guest_uuid,
                                char **out_detail);

/* "5 attached (web1, web2), 2 foreign (db1)" */
char *vfp_policy_format (const GPtrArray *verdicts);

/* The NUMA nodes that the guest's memory is bound to, else those of the processors that it is bound
 * to, as it is now, or is to be; NULL: it is bound to none, or the host tells none. */
GArray *vfp_policy_nodes (const VfpInventory *inventory, const VfpGuest *guest);
