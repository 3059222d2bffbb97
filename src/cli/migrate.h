/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A migration, for people and as JSON. */
#pragma once

#include "cli/cli.h"
#include "ops/migrate.h"

/* What was done, or, of a dry run, would be done and was checked. @error: what has failed all the
 * same, told in the JSON document; NULL: nothing. */
void vfp_migrate_print (VfpCli *cli, const VfpMigrateResult *result, const GError *error);

/* What was checked. */
void vfp_migrate_print_checks (const VfpMigrateResult *result);
