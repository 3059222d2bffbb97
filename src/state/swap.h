/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new state file in place of one that is no good. At each moment the path names the old or the
 * new one. */
#pragma once

#include <glib.h>

/* Gives the file at @path, with its journals, a second name beside it, PATH.bad-YYYYMMDD-HHMMSS,
 * which is @out_kept; NULL when there is no file, or an empty one. Error:
 * %VFP_ERROR_STATE. */
gboolean vfp_swap_keep (const char *path, char **out_kept, GError **error);

/* Takes the second name back. */
void vfp_swap_unkeep (const char *path, const char *kept);

/* Removes the journals of the old file, which would be applied to the new one, and puts @new_path
 * into its place. Error: %VFP_ERROR_STATE. */
gboolean vfp_swap_place (const char *path, const char *new_path, GError **error);

/* Removes a file that was made for it, with its journal; none is fine. */
void vfp_swap_remove (const char *new_path);
