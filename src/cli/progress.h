/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a migration is: a bar on a terminal, now and then a line elsewhere; on stderr. */
#pragma once

#include <glib.h>

#include "guest/migration.h"

typedef struct
{
  const char *name; /* of what goes on */
  gboolean quiet;
  gboolean bar;   /* stderr is a terminal */
  gboolean drawn; /* the bar stands on the line */
  gint64 next_us; /* not before that there is another line */
} VfpProgressView;

VfpProgressView vfp_progress_view (const char *name, gboolean quiet);

/* A VfpProgressFunc; @data: the view. */
void vfp_progress_show (const VfpProgress *progress, gpointer data);

/* Takes the bar away. */
void vfp_progress_end (VfpProgressView *view);

/* "50 %, 512.0 MiB sent, 512.0 MiB left, 4.0 MiB/s dirtied, downtime 30 ms". Owned by the caller.
 */
char *vfp_progress_text (const VfpProgress *progress);

/* "[=====     ]" of @width columns. Owned by the caller. */
char *vfp_progress_bar (const VfpProgress *progress, unsigned width);
