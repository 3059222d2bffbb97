/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a migration is. */
#include "config.h"

#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_US (5 * G_USEC_PER_SEC)
#define BAR_MIN 10
#define BAR_MAX 40
#define COLUMNS_USUAL 80

/* Both ends of the line go when it is redrawn. */
#define CLEAR_LINE "\r\033[K"

VfpProgressView
vfp_progress_view (const char *name, gboolean quiet)
{
  return (VfpProgressView){ .name = name, .quiet = quiet, .bar = isatty (STDERR_FILENO) == 1 };
}

/* What is dirtied meanwhile is sent again, so that more can be transferred than there is. */
static unsigned
percent (const VfpProgress *progress)
{
  if (progress->total == 0 || progress->remaining >= progress->total)
    return 0;
  return (unsigned) ((progress->total - progress->remaining) * 100 / progress->total);
}

static void
append_size (GString *text, guint64 bytes, const char *what)
{
  g_autofree char *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);

  g_string_append_printf (text, ", %s%s", size, what);
}

char *
vfp_progress_text (const VfpProgress *progress)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%u %%", percent (progress));
  append_size (text, progress->transferred, " sent");
  append_size (text, progress->remaining, " left");
  if (progress->has_dirty_rate)
    append_size (text, progress->dirty_rate, "/s dirtied");
  if (progress->has_downtime)
    g_string_append_printf (text, ", downtime %" G_GUINT64_FORMAT " ms", progress->downtime_ms);
  return g_string_free (text, FALSE);
}

char *
vfp_progress_bar (const VfpProgress *progress, unsigned width)
{
  const unsigned inner = MAX (width, BAR_MIN) - 2;
  const unsigned filled = inner * percent (progress) / 100;
  GString *bar = g_string_new ("[");

  for (unsigned i = 0; i < inner; i++)
    g_string_append_c (bar, i < filled ? '=' : ' ');
  g_string_append_c (bar, ']');
  return g_string_free (bar, FALSE);
}

static unsigned
count_columns (void)
{
  struct winsize size = { 0 };

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                          : COLUMNS_USUAL;
}

/* What does not fit beside the bar goes without it, and is cut. */
static void
draw (VfpProgressView *view, const VfpProgress *progress)
{
  g_autofree char *text = vfp_progress_text (progress);
  const unsigned columns = count_columns ();
  const gsize used = strlen (view->name) + strlen (text) + strlen (":  ");

  if (used + BAR_MIN < columns)
    {
      g_autofree char *bar
          = vfp_progress_bar (progress, MIN (BAR_MAX, columns - (unsigned) used - 1));
      fprintf (stderr, CLEAR_LINE "%s: %s %s", view->name, bar, text);
    }
  else
    fprintf (stderr, CLEAR_LINE "%.*s", (int) columns - 1, text);
  fflush (stderr);
  view->drawn = TRUE;
}

void
vfp_progress_show (const VfpProgress *progress, gpointer data)
{
  VfpProgressView *view = data;
  const gint64 now_us = g_get_monotonic_time ();

  if (view->quiet)
    return;
  if (view->bar)
    {
      draw (view, progress);
      return;
    }
  if (now_us < view->next_us)
    return;
  view->next_us = now_us + LINE_US;
  g_autofree char *text = vfp_progress_text (progress);
  fprintf (stderr, "vfpool: %s: %s\n", view->name, text);
}

void
vfp_progress_end (VfpProgressView *view)
{
  if (view->drawn)
    fprintf (stderr, CLEAR_LINE);
  view->drawn = FALSE;
}
