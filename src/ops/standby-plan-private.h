/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The planning of a standby, for its files only. */
#pragma once

#include "ops/standby-plan.h"

typedef struct
{
  const VfpSnapshot *snapshot;
  const VfpGuest *guest;
  const VfpSlot *slot;
  VfpStandbyWish wish;
  unsigned affect;
} VfpStandbyPlanning;

/* The NIC that the slot has, or that is wished for. *@out_nic NULL: a new one. */
gboolean vfp_standby_find_nic (const VfpStandbyPlanning *planning, const VfpGuestNic **out_nic,
                               GError **error);

/* What it is to be called: libvirt keeps what a user calls it, its own "net0" ends with the run of
 * the guest. Owned by the caller. */
char *vfp_standby_choose_alias (const VfpStandbyPlanning *planning, const VfpGuestNic *nic);
