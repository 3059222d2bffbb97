/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One adoption under way, for the files of its steps only. */
#pragma once

#include "ops/adopt-plan.h"

/* What an action has made of the state file. */
typedef struct
{
  VfpSlot *slot_before;   /* the row as it was; NULL: the slot is new */
  VfpClaim *claim_before; /* the same of the claim */
  VfpClaim *claim;        /* the row as it is in the file; NULL: not there */
} VfpAdoptRow;

typedef struct
{
  VfpWorld *world;
  const VfpAdoptRequest *request;
  const char *uuid;
  VfpSnapshot *snapshot;
  VfpAdoptPlan *plan; /* NULL until it is decided */
  GPtrArray *rows;    /* VfpAdoptRow, as plan->actions; NULL until they are committed */
  gboolean connection_lost;
} VfpAdoptRun;

/* The claim that the action is to leave: as @before with further parts, or new. Owned by the
 * caller; without pf_id and slot_id. */
VfpClaim *vfp_adopt_claim_new (const VfpWorld *world, const VfpSnapshot *snapshot,
                               const VfpGuest *guest, const VfpVfView *vf, const VfpClaim *before,
                               gboolean live, gboolean config);

/* Steps and their undos (VfpStep); @data: VfpAdoptRun. */
gboolean vfp_adopt_claim_act (gpointer data, GError **error);
gboolean vfp_adopt_claim_undo (gpointer data, GError **error);
gboolean vfp_adopt_config_act (gpointer data, GError **error);
gboolean vfp_adopt_config_undo (gpointer data, GError **error);
gboolean vfp_adopt_record_act (gpointer data, GError **error);
