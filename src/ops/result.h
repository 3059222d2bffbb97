/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a changing command has done to one slot, or would do. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/mac.h"
#include "pool/policy.h"
#include "state/records.h"

/* Why a VF was not chosen: see VfpPolicyVerdict. */
typedef struct
{
  char *pf;
  unsigned vf;
  VfpAddress address;
  const char *reason;
  char *detail;
} VfpResultReason;

typedef struct
{
  gboolean changed;
  char *guest;
  char *uuid;
  char *slot; /* NULL: the guest as a whole is concerned; then the rest but changes says nothing */
  char *pool;
  char *pf; /* NULL: no VF is concerned; then the next two say nothing */
  unsigned vf;
  VfpAddress address;
  VfpMac mac;
  VfpAddress guest_address;
  gboolean has_guest_address;
  char *guest_ifname;  /* NULL: not certain */
  char *standby;       /* alias of the other half of a failover pair, afterwards; NULL: none */
  char *ended_standby; /* that was taken out too; NULL: none was */
  gboolean ends_pair;  /* the slot is no half of a pair any more */
  unsigned vlan;
  gboolean live, config; /* the parts concerned */
  gboolean on_start;     /* the slot gets a VF at each start, afterwards */
  gboolean ends_mark;    /* … and did so before */
  gboolean ends_arrive;  /* it gets none after a migration any more */
  char *owner;           /* of a reservation, which has no guest and no slot; NULL: none */
  char *driver;          /* what it asks for; NULL: nothing */
  gint64 until;          /* its end; 0: none */
  GPtrArray *changes;    /* texts */
  GPtrArray *reasons;    /* VfpResultReason, by PF and VF; NULL: not asked for */
  char *summary;         /* the same, grouped; NULL */
} VfpResult;

VfpResult *vfp_result_new (const VfpSlot *slot, const VfpVfView *vf);
VfpResult *vfp_result_new_of_guest (const char *name, const char *uuid);
void vfp_result_free (VfpResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpResult, vfp_result_free)

void vfp_result_add (VfpResult *result, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Keeps the verdicts (VfpPolicyVerdict) in the result. */
void vfp_result_explain (VfpResult *result, const GPtrArray *verdicts);
