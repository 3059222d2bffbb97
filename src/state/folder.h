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
