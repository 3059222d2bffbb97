/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A first look at JSON from outside. json-glib takes comments, assignments and several values in a
 * row, and descends as deep as the text does. */
#include "config.h"

#include "ops/dump-reader.h"

#include <string.h>

#include "base/error.h"
#include "ops/dump.h"

#define DEPTH_MAX 6
#define PARTS_MAX 500000 /* values; a host with 4,096 VFs has 200,000 */

typedef struct
{
  unsigned depth;
  unsigned parts;
  gboolean in_string;
  gboolean escaped;
  gboolean ended; /* behind the last bracket */
} Scan;

static void
scan_string (Scan *scan, char byte)
{
  if (scan->escaped)
    scan->escaped = FALSE;
  else if (byte == '\\')
    scan->escaped = TRUE;
  else if (byte == '"')
    scan->in_string = FALSE;
}

static gboolean
is_blank (char byte)
{
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* NULL, or what is wrong. */
static const char *
scan_byte (Scan *scan, char byte)
{
  if (scan->in_string)
    {
      scan_string (scan, byte);
      return NULL;
    }
  if (is_blank (byte))
    return NULL;
  if (scan->ended || (scan->depth == 0 && byte != '{'))
    return "it is not one JSON object";

  scan->in_string = byte == '"';
  if (byte == '{' || byte == '[')
    scan->depth++;
  else if (byte == '}' || byte == ']')
    scan->ended = --scan->depth == 0;
  else if (!g_ascii_isalnum (byte) && strchr (":,\"-+.", byte) == NULL)
    return "it is not JSON";
  scan->parts += byte == '{' || byte == '[' || byte == ',';
  if (scan->depth > DEPTH_MAX)
    return "it is nested too deep";
  return scan->parts > PARTS_MAX ? "it has too many values" : NULL;
}

gboolean
vfp_dump_scan (const char *text, gsize length, const char *file, GError **error)
{
  Scan scan = { 0 };
  const char *wrong = NULL;

  if (length > VFP_DUMP_BYTES_MAX)
    return vfp_throw (error, VFP_ERROR_CONFIG, "%s: it is larger than %" G_GSIZE_FORMAT " MiB",
                      file, VFP_DUMP_BYTES_MAX >> 20);
  if (!g_utf8_validate_len (text, length, NULL))
    return vfp_throw (error, VFP_ERROR_CONFIG, "%s: it is not UTF-8 text", file);
  for (gsize i = 0; i < length && wrong == NULL; i++)
    wrong = scan_byte (&scan, text[i]);
  if (wrong == NULL && !scan.ended)
    wrong = "it ends too early";
  return wrong == NULL || vfp_throw (error, VFP_ERROR_CONFIG, "%s: %s", file, wrong);
}
