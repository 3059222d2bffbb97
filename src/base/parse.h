/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict parsers of what people and files say: the whole string, in range, or an error. */
#pragma once

#include <glib.h>

/* Reads all of @text as a number of @base (10 or 16, no sign, no prefix, no blanks) between
 * @min and @max. @what names the thing in the error. Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_uint (const char *text, unsigned base, guint64 min, guint64 max,
                         const char *what, guint64 *out_value, GError **error);

/* Reads "on" or "off". Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_on_off (const char *text, const char *what, gboolean *out_value, GError **error);

/* Checks the name of a slot for a NIC: "net" and a number up to 999 without leading zeros.
 * @out_number may be NULL. Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_slot_name (const char *text, unsigned *out_number, GError **error);
