/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file as JSON, for people who move or keep it. */
#pragma once

#include "ops/world.h"

/* The whole state file as JSON text (schema doc/json/state.schema.json). Owned by the caller.
 * Error: %VFP_ERROR_STATE_MISSING. */
char *vfp_export_json (VfpWorld *world, GError **error);

/* Writes backups/state-YYYY-MM-DD.json beside the state file, keeps the newest 14, and removes what
 * is too old of the history. Without a state file there is nothing to do. For a changing run. */
gboolean vfp_backup_write (VfpWorld *world, GError **error);
