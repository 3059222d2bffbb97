/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments as people write them, and as JSON has them. */
#include "config.h"

#include "base/time.h"

#include <string.h>

#include "base/error.h"

#define DATE_LENGTH 10                               /* "2026-11-20" */
#define SECONDS_MAX G_GINT64_CONSTANT (253402300799) /* the end of the year 9999 */

static const struct
{
  const char *name; /* the singular; its first letter is the short form */
  gint64 seconds;
} units[] = {
  { "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 }, { "week", 604800 },
};

/* The beginning of the day that lies @days before that of @now. */
static gboolean
take_day (gint64 now, int days, gint64 *out_time)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_local (now);
  g_autoptr (GDateTime) then = moment != NULL ? g_date_time_add_days (moment, -days) : NULL;
  g_autoptr (GDateTime) begin
      = then != NULL
            ? g_date_time_new_local (g_date_time_get_year (then), g_date_time_get_month (then),
                                     g_date_time_get_day_of_month (then), 0, 0, 0)
            : NULL;

  if (begin == NULL)
    return FALSE;
  *out_time = g_date_time_to_unix (begin);
  return TRUE;
}

static gboolean
find_unit (const char *text, gint64 *out_seconds)
{
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      const gsize length = strlen (units[i].name);
      const gboolean is_short = text[0] == units[i].name[0] && text[1] == '\0';
      const gboolean is_long = strncmp (text, units[i].name, length) == 0
                               && (text[length] == '\0' || g_str_equal (text + length, "s"));

      *out_seconds = units[i].seconds;
      if (is_short || is_long)
        return TRUE;
    }
  return FALSE;
}

/* "2h", "2 hours": so long before @now. */
static gboolean
take_ago (const char *text, gsize length, gint64 now, gint64 *out_time)
{
  g_autofree char *copy = g_strndup (text, length);
  const gsize digits = strspn (copy, "0123456789");
  g_autofree char *unit = g_strdup (copy + digits);
  guint64 number;
  gint64 seconds;

  copy[digits] = '\0';
  if (!g_ascii_string_to_unsigned (copy, 10, 0, 1000000, &number, NULL)
      || !find_unit (g_strchug (unit), &seconds))
    return FALSE;
  *out_time = now - (gint64) number * seconds;
  return TRUE;
}

static gboolean
take_epoch (const char *text, gint64 *out_time)
{
  guint64 seconds;

  if (!g_ascii_string_to_unsigned (text, 10, 0, (guint64) SECONDS_MAX, &seconds, NULL))
    return FALSE;
  *out_time = (gint64) seconds;
  return TRUE;
}

/* GLib wants the time of day, and that with seconds. */
static char *
complete (const char *text)
{
  const gsize length = strlen (text);
  const char *time = text + DATE_LENGTH + 1;

  if (length == DATE_LENGTH)
    return g_strconcat (text, "T00:00:00", NULL);
  if (length >= DATE_LENGTH + 6 && time[2] == ':' && time[5] != ':')
    return g_strdup_printf ("%.*s:00%s", DATE_LENGTH + 6, text, time + 5);
  return g_strdup (text);
}

static gboolean
take_iso (const char *text, gint64 *out_time)
{
  if (strlen (text) < DATE_LENGTH)
    return FALSE;

  g_autofree char *whole = complete (text);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) moment = g_date_time_new_from_iso8601 (whole, zone);
  if (moment == NULL)
    return FALSE;
  *out_time = g_date_time_to_unix (moment);
  return TRUE;
}

gboolean
vfp_time_parse (const char *text, gint64 now, gint64 *out_time, GError **error)
{
  gboolean ok;

  if (g_str_equal (text, "now"))
    {
      *out_time = now;
      return TRUE;
    }
  if (g_str_equal (text, "today") || g_str_equal (text, "yesterday"))
    ok = take_day (now, *text == 'y', out_time);
  else if (*text == '@')
    ok = take_epoch (text + 1, out_time);
  else if (*text == '-')
    ok = take_ago (text + 1, strlen (text + 1), now, out_time);
  else if (g_str_has_suffix (text, " ago"))
    ok = take_ago (text, strlen (text) - strlen (" ago"), now, out_time);
  else
    ok = take_iso (text, out_time);
  return ok
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "'%s' is not a time; write 2026-11-20, '2026-11-20 02:14', -2h, "
                       "'3 days ago', today, yesterday or @SECONDS",
                       text);
}

gboolean
vfp_time_parse_future (const char *text, gint64 now, gint64 *out_time, GError **error)
{
  const char *span = *text == '+' ? text + 1 : text;
  gint64 past, time;
  gboolean ok;

  /* As far ahead as it would be ago. */
  if (take_ago (span, strlen (span), now, &past))
    {
      time = now + (now - past);
      ok = TRUE;
    }
  else if (g_str_equal (text, "tomorrow"))
    ok = take_day (now, -1, &time);
  else if (*text == '@')
    ok = take_epoch (text + 1, &time);
  else
    ok = take_iso (text, &time);
  if (!ok)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "'%s' is not a time; write 2026-11-20, '2026-11-20 02:14', +2h, '3 days', "
                      "tomorrow or @SECONDS",
                      text);
  if (time <= now)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is over", text);
  *out_time = time;
  return TRUE;
}

char *
vfp_time_to_string (gint64 time)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (time);

  return moment != NULL ? g_date_time_format (moment, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

gboolean
vfp_time_from_string (const char *text, gint64 *out_time, GError **error)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_iso8601 (text, NULL);
  g_autofree char *again
      = moment != NULL ? vfp_time_to_string (g_date_time_to_unix (moment)) : NULL;

  if (g_strcmp0 (again, text) != 0)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not a time as 2026-11-20T02:14:05Z", text);
  *out_time = g_date_time_to_unix (moment);
  return TRUE;
}
