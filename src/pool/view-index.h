/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read, to be looked up by VF. Only for the view. */
#pragma once

#include "pool/view.h"

/* One guest that names a VF in an XML of its. */
typedef struct
{
  VfpGuest *guest;
  gboolean live;
  gboolean config;
} VfpViewUse;

typedef struct
{
  GHashTable *guests;   /* VF address, or netdev → GArray of VfpViewUse */
  GHashTable *networks; /* VF address, or PF netdev → name of an active hostdev network */
  GHashTable *claims;   /* "PF id/index" → VfpClaim */
  GHashTable *slots;    /* id → VfpSlot */
} VfpViewIndex;

/* Borrows from @facts. */
void vfp_view_index_init (VfpViewIndex *index, const VfpFacts *facts);
void vfp_view_index_clear (VfpViewIndex *index);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpViewIndex, vfp_view_index_clear)

/* The key of the claim on a VF, in claims. */
char *vfp_view_claim_key (gint64 pf_id, unsigned vf);

/* How the guest (@uuid NULL: any) names the VF; NULL: it does not. */
const VfpViewUse *vfp_view_find_use (const VfpViewIndex *index, const VfpAddress *address,
                                     const char *uuid);

/* The first guest but @except_uuid (may be NULL) that has the VF, a running one before those that
 * only name it. */
const VfpViewUse *vfp_view_find_foreign_use (const VfpViewIndex *index, const VfpVfView *view,
                                             const char *except_uuid);
