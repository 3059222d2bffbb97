/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of both hosts, in several files. */
#pragma once

#include "base/error.h"
#include "ops/migrate-check.h"

typedef struct
{
  VfpWorld *world;
  VfpVirt *there;
  const VfpMigratePlan *plan;
  VfpMigrateResult *result;
  GError *first;
} VfpMigrateChecks;

/* Takes @error. */
void vfp_migrate_fail (VfpMigrateChecks *checks, const char *id, GError *error);

void vfp_migrate_fail_with (VfpMigrateChecks *checks, const char *id, VfpErrorCode code,
                            const char *format, ...) G_GNUC_PRINTF (4, 5);

/* By a preflight guest. */
void vfp_migrate_check_hook (VfpMigrateChecks *checks);
