/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of which slots a detach ends. For detach.c only. */
#pragma once

#include "ops/detach.h"
#include "ops/handover.h"

typedef struct
{
  VfpWorld *world;
  const VfpDetachRequest *request;
  const VfpInventory *inventory;
  const VfpGuest *guest; /* NULL: libvirt no longer knows it */
  gint64 end_us;         /* monotonic */
  VfpHandover *handover; /* of the slot's pair; NULL: it is no half of one */
  gboolean ends_arrive;  /* nor does a VF come back that is out for a migration */
} VfpDetachRun;

/* One slot's part of the plan. */
typedef struct
{
  const VfpSlot *slot;
  VfpClaim *claim;       /* NULL: the slot has no VF */
  gboolean live, config; /* the parts to end */
  unsigned standby;      /* VfpAffect bits: the parts that its standby is to leave */
  gboolean ends_pair;    /* its standby is in no other */
  gboolean mark;         /* to end, too: the slot gets no VF at the guest's start any more */
  VfpArrive arrive;      /* what comes back of it after a migration, afterwards */
} VfpDetachSlot;

/* Whether more of the slot is to end than its claim. */
gboolean vfp_detach_has_rest (const VfpDetachSlot *detach);

/* Decides for all slots before anything is done to one. @out_plan: VfpDetachSlot, of the snapshot's
 * rows. Errors: as vfp_slot_select() and vfp_affect_choose(), %VFP_ERROR_SLOT_EMPTY,
 * %VFP_ERROR_BUSY. */
gboolean vfp_detach_plan (VfpDetachRun *run, const VfpSnapshot *snapshot, const char *uuid,
                          GArray *out_plan, GError **error);
