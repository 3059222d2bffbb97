/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bonds of a guest, and which of their legs are up. Pure. */
#pragma once

#include "pool/view.h"

typedef struct
{
  const VfpSlot *slot;
  const VfpVfView *vf; /* NULL: none, or truth has ended its claim */
  char *why;           /* it is not up: "enp2s0f0 has no carrier"; NULL: it is, or the guest does
                          not run */
} VfpBondLeg;

typedef struct
{
  const char *name;
  VfpBondMac mac;
  gboolean running; /* its guest runs, as far as libvirt tells */
  GPtrArray *legs;  /* VfpBondLeg, by slot */
  guint up;         /* legs in the running guest whose PF has carrier */
} VfpBond;

/* The bonds (VfpBond) of the guest @uuid, which borrow from @view. */
GPtrArray *vfp_bonds_of (const VfpView *view, const char *uuid);

/* "net1: enp2s0f0 has no carrier; net2: no VF"; "": all are up. Owned by the caller. */
char *vfp_bond_explain (const VfpBond *bond);
