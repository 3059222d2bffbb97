/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the state file says of a guest that is about to arrive. */
#pragma once

#include "guest/metadata.h"
#include "ops/world.h"
#include "pool/arrival.h"

/* Fills in what the state file has of the slot of that name of the guest @uuid. Error:
 * %VFP_ERROR_BUSY where its claim is being worked on. */
gboolean vfp_arrive_find_known (const VfpRecords *records, const char *uuid, VfpArrival *arrival,
                                GError **error);

/* Within a transaction: makes the slot of @promise what that says, and claims the VF of @arrival,
 * if one was chosen, for it, for a time. A slot that is new ends with its guest until that has
 * turned out to be a persistent one. Errors: of the store. */
gboolean vfp_arrive_put (VfpWorld *world, const VfpRecords *records, const VfpDomxml *domxml,
                         const VfpSlotPromise *promise, const VfpArrival *arrival, GError **error);

/* Within a transaction: ends the claims for guests other than @uuid that have not arrived in time,
 * so that their VFs are free in @snapshot. */
gboolean vfp_arrive_end_expired (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid,
                                 GError **error);

/* Within a transaction: what the arriving guest @uuid is to be given later is kept for as long as
 * an arrival may take. */
gboolean vfp_arrive_prolong (VfpWorld *world, const VfpRecords *records, const char *uuid,
                             GError **error);
