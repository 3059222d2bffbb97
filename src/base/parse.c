/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict parsers of what people and files say. */
#include "config.h"

#include "base/parse.h"

#include <string.h>

#include "base/error.h"

gboolean
vfp_parse_uint (const char *text, unsigned base, guint64 min, guint64 max, const char *what,
                guint64 *out_value, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, base, min, max, &value, &local))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      base == 16 ? "%s: '%s' is not a hexadecimal number from %" G_GINT64_MODIFIER
                                   "x to %" G_GINT64_MODIFIER "x"
                                 : "%s: '%s' is not a number from %" G_GUINT64_FORMAT
                                   " to %" G_GUINT64_FORMAT,
                      what, text, min, max);

  *out_value = value;
  return TRUE;
}

gboolean
vfp_parse_on_off (const char *text, const char *what, gboolean *out_value, GError **error)
{
  if (!g_str_equal (text, "on") && !g_str_equal (text, "off"))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s: '%s' is neither on nor off", what, text);

  *out_value = g_str_equal (text, "on");
  return TRUE;
}

gboolean
vfp_parse_slot_name (const char *text, unsigned *out_number, GError **error)
{
  guint64 number = 0;

  if (!g_str_has_prefix (text, "net") || (text[3] == '0' && text[4] != '\0')
      || !g_ascii_string_to_unsigned (text + 3, 10, 0, 999, &number, NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not the name of a slot; say net0, net1, …",
                      text);

  if (out_number != NULL)
    *out_number = (unsigned) number;
  return TRUE;
}
