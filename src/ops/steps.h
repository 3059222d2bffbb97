/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner of plans: steps, each with its undo. */
#pragma once

#include <glib.h>

typedef struct
{
  const char *name; /* "claim the VF", for --verbose and warnings */
  gboolean (*act) (gpointer data, GError **error);
  /* NULL: nothing to undo. Also called for the step that failed, which may have done a part: it
   * looks for itself at what there is to undo. FALSE without @error: it has told of that itself. */
  gboolean (*undo) (gpointer data, GError **error);
} VfpStep;

/* Tells --verbose that what began at @start_us (monotonic time) has ended. */
void vfp_step_tell (const char *name, gint64 start_us, gboolean done);

/* Undoes all the steps in reverse order, as a failure behind the last of them would. FALSE: an undo
 * has failed, and is a warning. */
gboolean vfp_steps_undo (const VfpStep *steps, gsize n_steps, gpointer data, GPtrArray *warnings);

/* Runs the steps in order. On failure, or when *@interrupted is set between two steps, undoes in
 * reverse order and returns the first error. An undo that fails ends the undoing, so that the
 * intent stays for the next command to settle; it becomes a warning. */
gboolean vfp_steps_run (const VfpStep *steps, gsize n_steps, gpointer data,
                        const volatile int *interrupted, GPtrArray *warnings, GError **error);
