/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a pool is left. Pure. */
#pragma once

#include "pool/pool.h"
#include "pool/view.h"

typedef struct
{
  unsigned total; /* VFs that there are now; the next six make it up */
  unsigned free;
  unsigned attached; /* in running guests, or on the way in or out */
  unsigned off;      /* held by guests that are off */
  unsigned reserved;
  unsigned foreign;
  unsigned unknown; /* only libvirt, which does not answer, could tell */
  unsigned waiting; /* on-start slots of running guests that have no VF; not a part of the total */
} VfpCapacity;

VfpCapacity vfp_capacity_count (const VfpView *view, const VfpPool *pool);
