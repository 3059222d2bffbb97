/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner of plans. */
#include "config.h"

#include "ops/steps.h"

#include "base/error.h"

void
vfp_step_tell (const char *name, gint64 start_us, gboolean done)
{
  g_debug ("%s: %.1f ms%s", name, (double) (g_get_monotonic_time () - start_us) / 1000.0,
           done ? "" : ", failed");
}

/* FALSE: not all of it could be undone. */
static gboolean
undo_from (const VfpStep *steps, gsize last, gpointer data, GPtrArray *warnings)
{
  for (gsize i = last + 1; i-- > 0;)
    {
      g_autoptr (GError) error = NULL;

      if (steps[i].undo == NULL || steps[i].undo (data, &error))
        continue;
      if (error != NULL)
        g_ptr_array_add (warnings,
                         g_strdup_printf ("cannot undo '%s': %s; the claim stays for the next "
                                          "command to settle",
                                          steps[i].name, error->message));
      return FALSE;
    }
  return TRUE;
}

gboolean
vfp_steps_undo (const VfpStep *steps, gsize n_steps, gpointer data, GPtrArray *warnings)
{
  return undo_from (steps, n_steps - 1, data, warnings);
}

static gboolean
is_set (const volatile int *interrupted)
{
  return interrupted != NULL && *interrupted != 0;
}

gboolean
vfp_steps_run (const VfpStep *steps, gsize n_steps, gpointer data, const volatile int *interrupted,
               GPtrArray *warnings, GError **error)
{
  for (gsize i = 0; i < n_steps; i++)
    {
      const gint64 start_us = g_get_monotonic_time ();
      const gboolean stopped = is_set (interrupted);
      const gboolean done = !stopped && steps[i].act (data, error);

      vfp_step_tell (steps[i].name, start_us, done);
      if (done)
        continue;

      const gboolean undone = undo_from (steps, i, data, warnings);
      if (stopped)
        vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted%s",
                   undone ? "; what was done is undone" : "");
      return FALSE;
    }
  return TRUE;
}
