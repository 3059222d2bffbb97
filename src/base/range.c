/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of numbers as people and the kernel write them. */
#include "config.h"

#include "base/range.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"

static gboolean
parse_range (const char *text, const char *what, VfpRange *out_range, GError **error)
{
  const char *dash = strchr (text, '-');
  g_autofree char *first_text
      = dash != NULL ? g_strndup (text, (gsize) (dash - text)) : g_strdup (text);
  guint64 first, last;

  if (!vfp_parse_uint (first_text, 10, 0, G_MAXUINT16, what, &first, error))
    return FALSE;
  last = first;
  if (dash != NULL && !vfp_parse_uint (dash + 1, 10, 0, G_MAXUINT16, what, &last, error))
    return FALSE;
  if (last < first)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' ends before it begins", text);

  *out_range = (VfpRange){ (unsigned) first, (unsigned) last };
  return TRUE;
}

static int
compare_ranges (gconstpointer a, gconstpointer b)
{
  const VfpRange *left = a, *right = b;

  return left->first < right->first ? -1 : left->first > right->first;
}

static gboolean
check_apart (const GArray *ranges, const char *what, GError **error)
{
  for (guint i = 1; i < ranges->len; i++)
    {
      const VfpRange *before = &g_array_index (ranges, VfpRange, i - 1);
      const VfpRange *range = &g_array_index (ranges, VfpRange, i);

      if (range->first <= before->last)
        return vfp_throw (error, VFP_ERROR_USAGE, "ranges overlap: %s %u is named twice", what,
                          range->first);
    }
  return TRUE;
}

GArray *
vfp_ranges_parse (const char *text, const char *what, GError **error)
{
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (VfpRange));
  g_auto (GStrv) words = g_strsplit (text, ",", -1);

  for (char **word = words; *word != NULL; word++)
    {
      VfpRange range;

      if (!parse_range (g_strstrip (*word), what, &range, error))
        return NULL;
      g_array_append_val (ranges, range);
    }
  g_array_sort (ranges, compare_ranges);
  if (ranges->len == 0)
    {
      vfp_throw (error, VFP_ERROR_USAGE, "no %s is named", what);
      return NULL;
    }
  return check_apart (ranges, what, error) ? g_steal_pointer (&ranges) : NULL;
}

gboolean
vfp_ranges_have (const GArray *ranges, unsigned number)
{
  if (ranges == NULL)
    return TRUE;
  for (guint i = 0; i < ranges->len; i++)
    {
      const VfpRange *range = &g_array_index (ranges, VfpRange, i);

      if (number >= range->first && number <= range->last)
        return TRUE;
    }
  return FALSE;
}

gboolean
vfp_ranges_meet (const GArray *a, const GArray *b)
{
  for (guint i = 0; a != NULL && b != NULL && i < a->len; i++)
    for (guint k = 0; k < b->len; k++)
      {
        const VfpRange *left = &g_array_index (a, VfpRange, i);
        const VfpRange *right = &g_array_index (b, VfpRange, k);

        if (left->first <= right->last && right->first <= left->last)
          return TRUE;
      }
  return FALSE;
}

unsigned
vfp_ranges_last (const GArray *ranges)
{
  return ranges != NULL ? g_array_index (ranges, VfpRange, ranges->len - 1).last : 0;
}

char *
vfp_ranges_to_string (const GArray *ranges)
{
  GString *text = g_string_new (ranges == NULL ? "all" : NULL);

  for (guint i = 0; ranges != NULL && i < ranges->len; i++)
    {
      const VfpRange *range = &g_array_index (ranges, VfpRange, i);

      g_string_append_printf (text, "%s%u", i > 0 ? "," : "", range->first);
      if (range->last != range->first)
        g_string_append_printf (text, "-%u", range->last);
    }
  return g_string_free (text, FALSE);
}
