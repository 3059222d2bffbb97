/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of numbers as people and the kernel write them: "1-6,8". */
#pragma once

#include <glib.h>

typedef struct
{
  unsigned first, last; /* both included */
} VfpRange;

/* Reads @text into an array of VfpRange, in rising order; owned by the caller. @what names a number
 * in the error. Error: %VFP_ERROR_USAGE, also for ranges that overlap. */
GArray *vfp_ranges_parse (const char *text, const char *what, GError **error);

/* @ranges: NULL for all numbers. */
gboolean vfp_ranges_have (const GArray *ranges, unsigned number);

/* Whether a number is in both; NULL has none. */
gboolean vfp_ranges_meet (const GArray *a, const GArray *b);

/* The highest number that is named; 0 without @ranges. */
unsigned vfp_ranges_last (const GArray *ranges);

/* "1-6,8"; "all" without @ranges. */
char *vfp_ranges_to_string (const GArray *ranges);
