/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reservation under way, for its files only. */
#pragma once

#include "ops/reserve-plan.h"

typedef struct
{
  VfpWorld *world;
  const VfpReserveRequest *request;
  VfpSnapshot *snapshot;
  GPtrArray *items;   /* VfpReserveItem */
  gboolean committed; /* the rows are there */
  guint touched;      /* so many of the items may have been changed */
} VfpReserveRun;

/* Host and guests, as vfp_snapshot_read(). */
VfpSnapshot *vfp_reserve_run_read (const VfpReserveRun *run, GError **error);

VfpReserveItem *vfp_reserve_run_item (const VfpReserveRun *run, guint i);

/* The steps that touch the state file; @data: the run. Chooses the VFs and writes their rows as
 * intents, under the claim lock; settles what is stale, and tries again, where none fits. */
gboolean vfp_reserve_rows_claim (gpointer data, GError **error);

/* New rows go; those that were there are nobody's work any more. */
gboolean vfp_reserve_rows_unclaim (gpointer data, GError **error);

/* All at once: a group is there whole, or its rows are still intents. */
gboolean vfp_reserve_rows_record (gpointer data, GError **error);
