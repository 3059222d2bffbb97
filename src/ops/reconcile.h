/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of the whole host, and the repair of what may be repaired. */
#pragma once

#include "ops/repair.h"
#include "ops/world.h"

typedef struct
{
  const char *const *guests; /* names, UUIDs or ids; NULL: all of them, and the host */
  const char *const *only;   /* ids of kinds; NULL: all */
  const char *const *skip;   /* NULL: none */
  gboolean fix;
  gboolean live;    /* with fix: repair what running guests see, too */
  gboolean dry_run; /* with fix: mark as fixed what would be, and change nothing */
  gboolean
      remember; /* without fix: the state file may be written, for how long findings are there */
} VfpReconcileRequest;

/* The findings (VfpFinding) by object, those that were fixed among them. Changes nothing without
 * fix, but for what it remembers; with fix it writes a backup at its end. Guests that another
 * vfpool is at work on are passed over, with a warning. Errors: %VFP_ERROR_USAGE (an unknown id;
 * lists all), %VFP_ERROR_NO_SUCH_GUEST, those of reading, %VFP_ERROR_INTERRUPTED. */
GPtrArray *vfp_reconcile (VfpWorld *world, const VfpReconcileRequest *request, GError **error);

/* Whether all ids are those of kinds. @option: for the error, %VFP_ERROR_USAGE, which lists all. */
gboolean vfp_reconcile_check_ids (const char *const *ids, const char *option, GError **error);

/* The number of findings of level warn or fail that are not fixed. */
unsigned vfp_reconcile_count (GPtrArray *findings);

/* %VFP_ERROR_FINDINGS_REMAIN, saying what to do, where that number is not 0. */
gboolean vfp_reconcile_check (GPtrArray *findings, const VfpReconcileRequest *request,
                              GError **error);
