/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that may hang in the kernel, where neither a signal nor the end of a thread helps: done by a
 * child process. When its time is over it is killed, which ends it at the latest where the kernel
 * lets it go, so that it does nothing more; and it is left behind. */
#pragma once

#include <glib.h>

/* Returns the reply, without NUL in it; owned by the caller. */
typedef char *(*VfpApartFunc) (gpointer data);

/* Runs @func (@data) in a child without standard files and in a session of its own, and returns its
 * reply. Nothing else that it does in memory is seen here. To be called before threads are
 * started and files are opened that must not be open twice. Error: %VFP_ERROR_FAILED when the child
 * does not end within @timeout_ms or crashes. */
char *vfp_apart_run (VfpApartFunc func, gpointer data, unsigned timeout_ms, GError **error);

/* Writes @text to @fd by one write(2), in a child that has nothing else open, so that it keeps no
 * lock of ours when it is left behind. @out_failure: 0, or the errno of the write. Errors: as
 * above. */
gboolean vfp_apart_write (int fd, const char *text, unsigned timeout_ms, int *out_failure,
                          GError **error);
