/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration tells of itself, as it is filled. */
#pragma once

#include "ops/migrate.h"

void vfp_migrate_slot_free (VfpMigrateSlot *slot);

VfpMigrateResult *vfp_migrate_result_new (const VfpMigrateRequest *request, const char *uuid);

/* Appends what was checked. */
void vfp_migrate_check (VfpMigrateResult *result, const char *id, VfpCheckLevel level,
                        const char *format, ...) G_GNUC_PRINTF (4, 5);
