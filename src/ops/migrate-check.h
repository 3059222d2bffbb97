/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both hosts of a migration, before anything is touched. */
#pragma once

#include "ops/migrate-plan.h"

/* Asks this host and the one behind @there whether the guest can go, and adds each answer to
 * @result. All is asked, so that one look tells all that is wrong. Error: the first that fails. */
gboolean vfp_migrate_check_hosts (VfpWorld *world, VfpVirt *there, const VfpMigratePlan *plan,
                                  VfpMigrateResult *result, GError **error);
