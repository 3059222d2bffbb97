/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [reserve NAME] of the configuration, as it stands on this host. Pure. */
#pragma once

#include "pool/view.h"

/* Sets VFs aside in @view (wanted_by) for groups that have fewer than they are to have: those that
 * are free, first those that have the group's driver, then in the order of the group's PFs and of
 * the VFs. So nobody else is given them. For vfp_view_new(). */
void vfp_reserve_groups_mark (VfpView *view);

/* Frees in @view what is set aside for the group @name, for whoever reserves as it. */
void vfp_reserve_groups_unmark (VfpView *view, const char *name);

typedef struct
{
  gboolean here;   /* one of its PFs is on this host */
  unsigned there;  /* VFs of its PFs and ranges that there are now */
  unsigned wanted; /* that it is to have; 0 where none of its PFs is here */
  unsigned made;   /* that are reserved in its name, those that are missing now too */
  unsigned marked; /* that are set aside for it */
} VfpReserveGroup;

VfpReserveGroup vfp_reserve_group_count (const VfpView *view, const VfpConfigReserve *config);

/* Whether it can be what it says. Errors: %VFP_ERROR_NO_SUCH_PF, none of its PFs is here;
 * %VFP_ERROR_CONFIG: a VF is named that its PF can never have, the count is more than all, or it
 * takes all of its VFs and so does a group before it that has one of them. */
gboolean vfp_reserve_group_check (const VfpView *view, const VfpConfigReserve *config,
                                  GError **error);

/* The PFs of it that are on this host (VfpPf, borrowed), each once. */
GPtrArray *vfp_reserve_group_pfs (const VfpPoolNames *names, const VfpConfigReserve *config);

/* "vfio-pci", "host", "none"; NULL: left alone. */
const char *vfp_bind_to_driver (VfpBind bind);
