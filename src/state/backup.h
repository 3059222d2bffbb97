/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder "backups" beside the state file: one JSON export per day, the newest 14 of them. */
#pragma once

#include <glib.h>

/* How many are kept. */
#define VFP_BACKUPS_MAX 14

/* The path of the newest backup, by its name; NULL: there is none that can be seen. */
char *vfp_backup_newest (const char *state_path);

/* " (newest backup: PATH)" for messages; "" without one. Never NULL. */
char *vfp_backup_hint (const char *state_path);

/* Writes @text as state-YYYY-MM-DD.json, in place of one of the same day, and removes the oldest of
 * too many. Error: %VFP_ERROR_STATE. */
gboolean vfp_backup_put (const char *state_path, const char *text, GError **error);

/* Gives the backup of today, if there is one, a name that no later one of today takes: it is from
 * before the state file was made anew, and may know more. Error: %VFP_ERROR_STATE. */
gboolean vfp_backup_set_aside (const char *state_path, GError **error);
