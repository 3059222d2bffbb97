/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small reads below a root fd. Paths are relative to the root, without a leading slash. Uses
 * openat(), readlinkat() and opendir() only, so that a captured tree does as well. */
#pragma once

#include <glib.h>

/* An attribute without its trailing newline. Error: %VFP_ERROR_HOST. */
char *vfp_sysfs_read (int root_fd, const char *path, GError **error);

/* The same; NULL where it is absent or unreadable, which is normal for many attributes. */
char *vfp_sysfs_read_optional (int root_fd, const char *path);

/* An attribute that is a number, decimal or with 0x; @fallback where it is absent or no number. */
gint64 vfp_sysfs_read_int (int root_fd, const char *path, gint64 fallback);

/* The last component of what a symbolic link points to; NULL where there is no link. */
char *vfp_sysfs_link_name (int root_fd, const char *path);

/* Names in a directory, sorted, without "." and ".."; empty where it is absent. */
GPtrArray *vfp_sysfs_list (int root_fd, const char *path);

gboolean vfp_sysfs_exists (int root_fd, const char *path);
