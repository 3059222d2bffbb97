/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call that may hang for ever, with an end: it runs in a thread that is left behind when its time
 * is over. */
#pragma once

#include <glib.h>

/* NULL with @error set when it fails. */
typedef gpointer (*VfpDeadlineFunc) (gpointer data, GError **error);

/* Runs @func (@data) and returns what it returns. The thread owns @data and frees it by @free_data.
 * A result that comes too late is freed by @free_result (may be NULL). Errors: those of @func;
 * %VFP_ERROR_LIBVIRT_UNREACHABLE "@what does not answer" at @deadline_us (monotonic time);
 * %VFP_ERROR_INTERRUPTED when *@interrupted (may be NULL) becomes set. */
gpointer vfp_deadline_run (VfpDeadlineFunc func, gpointer data, GDestroyNotify free_data,
                           GDestroyNotify free_result, gint64 deadline_us,
                           const volatile int *interrupted, const char *what, GError **error);
