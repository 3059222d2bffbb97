/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VFs a guest gets that arrives from another host, by the pools of this one. Pure. */
#pragma once

#include <glib.h>

#include "pool/policy.h"

/* One slot. All but what is chosen is borrowed. */
typedef struct
{
  const char *name;      /* "net0" */
  const char *pool;      /* on the host that it comes from; NULL: not told */
  const char *to_pool;   /* where it is to come to here; NULL: not told */
  const char *bond;      /* that it is a leg of; NULL: none */
  const VfpSlot *known;  /* as the state file has it; NULL: it has not */
  const VfpClaim *claim; /* of @known; NULL: none */
  const VfpPf *standby;  /* on whose port alone the standby of its pair is here; NULL: on none */
  gboolean older;        /* what comes is older than @known, which stays as it is */

  char *pool_name; /* chosen; NULL: not yet */
  VfpVfView *vf;   /* chosen, of the view */
  gboolean kept;   /* it is the VF of @claim */
} VfpArrival;

/* A list of slots that arrive together. */
GArray *vfp_arrivals_new (void);

/* The pool of this host that slots of the pool @pool of another host come to: the one of that name,
 * else the one that accepts it; with @to_pool that one. Errors: %VFP_ERROR_NO_SUCH_POOL,
 * %VFP_ERROR_CONFIG. */
VfpPool *vfp_arrival_find_pool (const VfpPoolNames *names, const char *pool, const char *to_pool,
                                GError **error);

/* Chooses pool and VF of the slot at @index among @arrivals: the VF of its claim where that can be
 * used, else one by the policy; legs of a bond on several PFs as far as that goes. What is chosen
 * is taken in the view, so that the next slot does not get it too. @guest: the guest as it arrives,
 * with a live XML alone. Errors: those of vfp_arrival_find_pool() and vfp_policy_choose(), with the
 * slot's name. */
gboolean vfp_arrival_choose (VfpView *view, const VfpGuest *guest, gboolean has_netlink,
                             GArray *arrivals, guint index, GError **error);
