/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finding put right: a function per kind. */
#pragma once

#include "ops/world.h"
#include "pool/audit.h"

/* What may be repaired. */
typedef struct
{
  unsigned classes;        /* VfpClass bits */
  const char *const *only; /* ids of kinds; NULL: all */
  const char *const *skip; /* NULL: none */
  const char *guest_uuid;  /* NULL: of all guests and of the host */
  const char *what;        /* for the history: "settle", "reconcile" */
  GHashTable *failed;      /* "ID OBJECT" of what was tried already and is not tried again */
} VfpRepairScope;

/* Whether the scope has findings of that kind, repaired or not. */
gboolean vfp_repair_wants (const VfpRepairScope *scope, const VfpFinding *finding);

/* Whether such a finding is to be repaired. */
gboolean vfp_repair_may (const VfpRepairScope *scope, const VfpFinding *finding);

/* TRUE: by vfp_repair() without a guest's lock; else under that of its guest. */
gboolean vfp_repair_is_of_host (const VfpFinding *finding);

/* TRUE: not by vfp_repair(), but by a command of its own, which takes the guest's lock itself. */
gboolean vfp_repair_is_unlocked (const VfpFinding *finding);

/* TRUE: other guests than its own have a word in it. */
gboolean vfp_repair_needs_all (const VfpFinding *finding);

/* Repairs @finding, which was found in @snapshot, and marks it as fixed. What it is about is read
 * again before: where that differs, nothing is done, and FALSE is returned. So it is where the
 * repair fails, which is a warning and goes into @scope->failed. */
gboolean vfp_repair (VfpWorld *world, VfpSnapshot *snapshot, VfpFinding *finding,
                     const VfpRepairScope *scope);

/* Between two repairs. Error: %VFP_ERROR_INTERRUPTED. */
gboolean vfp_repair_check_interrupted (const VfpWorld *world, GError **error);

/* Tells of a repair that failed, and keeps it from being tried again. Takes @error. */
void vfp_repair_failed (VfpWorld *world, const VfpRepairScope *scope, const VfpFinding *finding,
                        GError *error);
