/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of the state file, whose group's members may read. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Makes the folder that @path lies in, 0750 and given to the group; one that exists is left as it
 * is. Error: %VFP_ERROR_STATE. */
gboolean vfp_folder_make (const char *path, GError **error);

/* Gives a file or folder of ours to the group, with @mode. Failing to only keeps its members from
 * listing, and is no error. */
void vfp_folder_share (const char *path, mode_t mode);

/* Replaces the file at @path by one with @text, whole or not at all even in a power cut. Its folder
 * must be there. Error: %VFP_ERROR_STATE. */
gboolean vfp_folder_put_file (const char *path, const char *text, int mode, GError **error);

/* Makes what was linked, renamed and removed in the folder of @path last. Error: %VFP_ERROR_STATE.
 */
gboolean vfp_folder_sync (const char *path, GError **error);
