/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict reading of JSON objects from outside. */
#include "config.h"

#include "ops/dump-reader.h"

#include <string.h>

#include "base/error.h"
#include "base/time.h"

VfpDumpReader
vfp_dump_reader (JsonNode *node, const char *file, char *where)
{
  VfpDumpReader reader
      = { .file = file, .where = where, .keys = g_ptr_array_new_with_free_func (g_free) };

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    reader.object = json_node_get_object (node);
  else
    vfp_dump_complain (&reader, NULL, "it is not an object");
  return reader;
}

void
vfp_dump_reader_clear (VfpDumpReader *reader)
{
  g_free (reader->where);
  g_clear_pointer (&reader->keys, g_ptr_array_unref);
  g_clear_error (&reader->error);
}

void
vfp_dump_complain (VfpDumpReader *reader, const char *key, const char *format, ...)
{
  va_list args;

  if (reader->error != NULL)
    return;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  vfp_throw (&reader->error, VFP_ERROR_CONFIG, "%s: %s%s%s%s%s", reader->file, reader->where,
             *reader->where != '\0' ? ": " : "", key != NULL ? key : "", key != NULL ? ": " : "",
             text);
}

gboolean
vfp_dump_reader_end (VfpDumpReader *reader, GError **error)
{
  g_autoptr (GList) members
      = reader->object != NULL ? json_object_get_members (reader->object) : NULL;

  for (const GList *member = members; member != NULL; member = member->next)
    if (!g_ptr_array_find_with_equal_func (reader->keys, member->data, g_str_equal, NULL))
      {
        g_autofree char *valid = g_utf8_make_valid (member->data, -1);
        g_autofree char *safe = g_strescape (valid, NULL);

        vfp_dump_complain (reader, NULL, "'%.40s' is not known", safe);
      }
  if (reader->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reader->error));
  return FALSE;
}

/* NULL with the error. */
static JsonNode *
find (VfpDumpReader *reader, const char *key)
{
  JsonNode *node = reader->object != NULL ? json_object_get_member (reader->object, key) : NULL;

  g_ptr_array_add (reader->keys, g_strdup (key));
  if (node == NULL)
    vfp_dump_complain (reader, key, "it is missing");
  return node;
}

gboolean
vfp_dump_has (const VfpDumpReader *reader, const char *key)
{
  return reader->object != NULL && json_object_has_member (reader->object, key);
}

static gboolean
holds (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static gboolean
is_clean (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    if ((guint8) *at < ' ' && *at != '\t')
      return FALSE;
  return g_utf8_validate (text, -1, NULL);
}

static char *
take_string (VfpDumpReader *reader, JsonNode *node, const char *key, gsize max)
{
  if (node == NULL)
    return g_strdup ("");

  const char *text = holds (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
  if (text == NULL)
    vfp_dump_complain (reader, key, "it is not a string");
  else if (strlen (text) > max)
    vfp_dump_complain (reader, key, "it is longer than %" G_GSIZE_FORMAT " bytes", max);
  else if (!is_clean (text))
    vfp_dump_complain (reader, key, "it has control characters or is not UTF-8");
  else
    return g_strdup (text);
  return g_strdup ("");
}

char *
vfp_dump_string (VfpDumpReader *reader, const char *key, gsize max, gboolean may_be_empty)
{
  char *text = take_string (reader, find (reader, key), key, max);

  if (*text == '\0' && !may_be_empty)
    vfp_dump_complain (reader, key, "it is empty");
  return text;
}

char *
vfp_dump_string_or_null (VfpDumpReader *reader, const char *key, gsize max)
{
  JsonNode *node = find (reader, key);

  return node != NULL && JSON_NODE_HOLDS_NULL (node) ? NULL : take_string (reader, node, key, max);
}

static gint64
take_int (VfpDumpReader *reader, JsonNode *node, const char *key, gint64 min, gint64 max)
{
  if (node == NULL)
    return min;

  const gint64 value = holds (node, G_TYPE_INT64) ? json_node_get_int (node) : 0;
  if (holds (node, G_TYPE_INT64) && value >= min && value <= max)
    return value;
  vfp_dump_complain (reader, key,
                     "it is not a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min,
                     max);
  return min;
}

gint64
vfp_dump_int (VfpDumpReader *reader, const char *key, gint64 min, gint64 max)
{
  return take_int (reader, find (reader, key), key, min, max);
}

gint64
vfp_dump_int_or_null (VfpDumpReader *reader, const char *key, gint64 min, gint64 max)
{
  JsonNode *node = find (reader, key);

  return node != NULL && JSON_NODE_HOLDS_NULL (node) ? 0 : take_int (reader, node, key, min, max);
}

gboolean
vfp_dump_bool (VfpDumpReader *reader, const char *key)
{
  JsonNode *node = find (reader, key);

  if (node != NULL && holds (node, G_TYPE_BOOLEAN))
    return json_node_get_boolean (node);
  vfp_dump_complain (reader, key, "it is neither true nor false");
  return FALSE;
}

JsonArray *
vfp_dump_array (VfpDumpReader *reader, const char *key)
{
  JsonNode *node = find (reader, key);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  vfp_dump_complain (reader, key, "it is not an array");
  return NULL;
}

char *
vfp_dump_uuid (VfpDumpReader *reader, const char *key, gboolean may_be_null)
{
  char *text = may_be_null ? vfp_dump_string_or_null (reader, key, 36)
                           : vfp_dump_string (reader, key, 36, FALSE);

  if (text == NULL)
    return NULL;
  g_autofree char *lower = g_ascii_strdown (text, -1);
  if (!g_uuid_string_is_valid (text) || !g_str_equal (text, lower))
    vfp_dump_complain (reader, key, "'%s' is not a UUID in lower case", text);
  return text;
}

/* The text of a value, in the form in which it is written; NULL: it is null and may be. */
typedef gboolean (*ParseValue) (const char *text, gpointer out_value, GError **error);

static gboolean
take_value (VfpDumpReader *reader, const char *key, gboolean may_be_null, ParseValue parse,
            gpointer out_value)
{
  g_autofree char *text = may_be_null ? vfp_dump_string_or_null (reader, key, 200)
                                      : vfp_dump_string (reader, key, 200, TRUE);
  g_autoptr (GError) local = NULL;

  if (text == NULL || reader->error != NULL)
    return FALSE;
  if (!parse (text, out_value, &local))
    vfp_dump_complain (reader, key, "%s", local->message);
  return reader->error == NULL;
}

static gboolean
parse_address (const char *text, gpointer out_value, GError **error)
{
  return vfp_address_parse (text, out_value, error);
}

static gboolean
parse_mac (const char *text, gpointer out_value, GError **error)
{
  return vfp_mac_parse_unicast (text, out_value, error);
}

static gboolean
parse_settings (const char *text, gpointer out_value, GError **error)
{
  return vfp_settings_from_string (text, out_value, error);
}

static gboolean
parse_time (const char *text, gpointer out_value, GError **error)
{
  return vfp_time_from_string (text, out_value, error);
}

VfpAddress
vfp_dump_address (VfpDumpReader *reader, const char *key)
{
  VfpAddress address = { 0 };

  take_value (reader, key, FALSE, parse_address, &address);
  return address;
}

gboolean
vfp_dump_address_or_null (VfpDumpReader *reader, const char *key, VfpAddress *out_address)
{
  return take_value (reader, key, TRUE, parse_address, out_address);
}

gboolean
vfp_dump_mac (VfpDumpReader *reader, const char *key, gboolean may_be_null, VfpMac *out_mac)
{
  return take_value (reader, key, may_be_null, parse_mac, out_mac);
}

gboolean
vfp_dump_settings (VfpDumpReader *reader, const char *key, gboolean may_be_null,
                   VfpSettings *out_settings)
{
  return take_value (reader, key, may_be_null, parse_settings, out_settings);
}

gint64
vfp_dump_time (VfpDumpReader *reader, const char *key)
{
  gint64 time = 0;

  take_value (reader, key, FALSE, parse_time, &time);
  return time;
}

gint64
vfp_dump_time_or_null (VfpDumpReader *reader, const char *key)
{
  gint64 time = 0;

  take_value (reader, key, TRUE, parse_time, &time);
  return time;
}
