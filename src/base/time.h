/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments as people write them, and as JSON has them. */
#pragma once

#include <glib.h>

/* Reads a moment: "2026-11-20", "2026-11-20 02:14[:05]" (local time; "T" for the blank is fine),
 * ISO 8601 with its zone, "@1795140845" (seconds since the epoch), "now", "today" and "yesterday"
 * (their beginning), "-2h" or "2 hours ago" (s, m, h, d, w). @now: seconds since the epoch.
 * Error: %VFP_ERROR_USAGE. */
gboolean vfp_time_parse (const char *text, gint64 now, gint64 *out_time, GError **error);

/* Reads a moment to come: as above, without what lies behind, and "+2h" or "2 hours" from @now, and
 * "tomorrow" (its beginning). Error: %VFP_ERROR_USAGE, also for a moment that is over. */
gboolean vfp_time_parse_future (const char *text, gint64 now, gint64 *out_time, GError **error);

/* "2026-11-20T02:14:05Z"; NULL when it is beyond the calendar. Owned by the caller. */
char *vfp_time_to_string (gint64 time);

/* The reverse of vfp_time_to_string(), and nothing else. Error: %VFP_ERROR_USAGE. */
gboolean vfp_time_from_string (const char *text, gint64 *out_time, GError **error);
