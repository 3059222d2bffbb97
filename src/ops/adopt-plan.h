/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an adoption is going to do with one guest, decided from one snapshot. Pure. */
#pragma once

#include "ops/adopt.h"

typedef enum
{
  VFP_ADOPT_KEPT,     /* becomes the slot's as it is */
  VFP_ADOPT_REPLACED, /* gets a VF of this host */
  VFP_ADOPT_COPIED,   /* of a clone: gets what is its own */
  VFP_ADOPT_REVERTED, /* the configuration gets the slot's VF and MAC again */
  VFP_ADOPT_ALREADY,  /* has its claim */
} VfpAdoptKind;

/* One slot. */
typedef struct
{
  VfpAdoptKind kind;
  VfpSlot *slot;         /* as it is to be; id 0: new */
  VfpVfView *vf;         /* that it has then, borrowed; NULL: none, only the metadata knows it */
  const VfpClaim *claim; /* its present one, borrowed; NULL: none */
  gboolean live, config; /* the parts of the claim then */
  gboolean rewrite;      /* the device of @from in the configuration gets the VF and the MAC */
  VfpAddress from;
  gboolean has_old_mac, new_mac;
  VfpMac old_mac;
  char *reason; /* for people: why it is not as it was; NULL: it is */
} VfpAdoptAction;

typedef struct
{
  VfpGuest *guest;    /* borrowed from the snapshot */
  char *copied_from;  /* name or UUID of the guest whose metadata it has; NULL: it is no copy */
  GPtrArray *actions; /* VfpAdoptAction */
} VfpAdoptPlan;

/* Errors: see vfp_adopt(). The VFs that are chosen are marked in the snapshot's view as taken. */
VfpAdoptPlan *vfp_adopt_plan (const VfpSnapshot *snapshot, const VfpAdoptRequest *request,
                              VfpGuest *guest, GError **error);
void vfp_adopt_plan_free (VfpAdoptPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpAdoptPlan, vfp_adopt_plan_free)

/* FALSE: all is as it should be. */
gboolean vfp_adopt_plan_changes (const VfpAdoptPlan *plan);

const char *vfp_adopt_kind_to_string (VfpAdoptKind kind);
