/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another host's hook has answered to a preflight guest. */
#include "config.h"

#include "ops/preflight-answer.h"

#include <string.h>

#include "base/error.h"
#include "ops/dump-reader.h"

#define BEGIN "{\"version\":\""
#define BYTES_MAX ((gsize) 256 * 1024)
#define TEXT_MAX 4096
#define NAME_MAX_BYTES 256

static void
pool_free (gpointer data)
{
  VfpAnswerPool *pool = data;

  g_free (pool->name);
  g_free (pool);
}

static void
slot_free (gpointer data)
{
  VfpAnswerSlot *slot = data;

  g_free (slot->name);
  g_free (slot->pool);
  g_free (slot);
}

static VfpAnswer *
answer_new (void)
{
  VfpAnswer *answer = g_new0 (VfpAnswer, 1);

  answer->pools = g_ptr_array_new_with_free_func (pool_free);
  answer->slots = g_ptr_array_new_with_free_func (slot_free);
  answer->missing = g_ptr_array_new_with_free_func (g_free);
  answer->reasons = g_ptr_array_new_with_free_func (g_free);
  return answer;
}

void
vfp_answer_free (VfpAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->version);
  g_ptr_array_unref (answer->pools);
  g_ptr_array_unref (answer->slots);
  g_ptr_array_unref (answer->missing);
  g_ptr_array_unref (answer->reasons);
  g_free (answer);
}

/* The length of the object that begins at @text; 0: it does not end. */
static gsize
object_length (const char *text)
{
  unsigned depth = 0;
  gboolean in_string = FALSE;

  for (gsize i = 0; text[i] != '\0' && i < BYTES_MAX; i++)
    if (in_string && text[i] == '\\' && text[i + 1] != '\0')
      i++;
    else if (text[i] == '"')
      in_string = !in_string;
    else if (!in_string && text[i] == '{')
      depth++;
    else if (!in_string && text[i] == '}' && --depth == 0)
      return i + 1;
  return 0;
}

static gboolean
take_error (VfpDumpReader *reader, GError **error)
{
  if (reader->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reader->error));
  return FALSE;
}

static void
read_pool (VfpDumpReader *reader, VfpAnswer *answer)
{
  VfpAnswerPool *pool = g_new0 (VfpAnswerPool, 1);

  g_ptr_array_add (answer->pools, pool);
  pool->name = vfp_dump_string (reader, "pool", NAME_MAX_BYTES, FALSE);
  pool->total = (unsigned) vfp_dump_int (reader, "total", 0, G_MAXINT32);
  pool->free = (unsigned) vfp_dump_int (reader, "free", 0, G_MAXINT32);
}

static void
read_slot (VfpDumpReader *reader, VfpAnswer *answer)
{
  VfpAnswerSlot *slot = g_new0 (VfpAnswerSlot, 1);

  g_ptr_array_add (answer->slots, slot);
  slot->name = vfp_dump_string (reader, "slot", NAME_MAX_BYTES, FALSE);
  slot->pool = vfp_dump_string_or_null (reader, "pool", NAME_MAX_BYTES);
  slot->has_vf = vfp_dump_address_or_null (reader, "vf", &slot->vf);
}

static gboolean
read_rows (VfpDumpReader *root, const char *key, VfpAnswer *answer,
           void (*read_row) (VfpDumpReader *reader, VfpAnswer *answer), GError **error)
{
  JsonArray *rows = vfp_dump_array (root, key);

  for (guint i = 0; rows != NULL && i < json_array_get_length (rows); i++)
    {
      g_auto (VfpDumpReader) reader = vfp_dump_reader (json_array_get_element (rows, i), root->file,
                                                       g_strdup_printf ("%s[%u]", key, i));

      if (reader.error == NULL)
        read_row (&reader, answer);
      if (!take_error (&reader, error))
        return FALSE;
    }
  return take_error (root, error);
}

static gboolean
read_texts (VfpDumpReader *root, const char *key, GPtrArray *texts, GError **error)
{
  JsonArray *rows = vfp_dump_array (root, key);

  for (guint i = 0; rows != NULL && i < json_array_get_length (rows); i++)
    {
      JsonNode *node = json_array_get_element (rows, i);
      const char *text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

      if (text == NULL)
        {
          vfp_dump_complain (root, key, "number %u is no text", i);
          break;
        }
      /* It is shown to people. */
      char *line = g_strndup (text, MIN (strlen (text), TEXT_MAX));
      g_ptr_array_add (texts, g_strdelimit (line, "\n\r\t\033", ' '));
    }
  return take_error (root, error);
}

/* An older vfpool does not tell. */
static gboolean
read_missing (VfpDumpReader *root, VfpAnswer *answer, GError **error)
{
  answer->tells_missing = vfp_dump_has (root, "missing");
  return !answer->tells_missing || read_texts (root, "missing", answer->missing, error);
}

static VfpAnswer *
parse_object (const char *text, gsize length, GError **error)
{
  static const char name[] = "answer of the other host's hook";
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (VfpAnswer) answer = answer_new ();

  if (!vfp_dump_scan (text, length, name, error)
      || !json_parser_load_from_data (parser, text, (gssize) length, error))
    return NULL;

  g_auto (VfpDumpReader) root
      = vfp_dump_reader (json_parser_get_root (parser), name, g_strdup (""));
  answer->version = vfp_dump_string (&root, "version", NAME_MAX_BYTES, FALSE);
  return take_error (&root, error) && read_rows (&root, "pools", answer, read_pool, error)
                 && read_rows (&root, "slots", answer, read_slot, error)
                 && read_missing (&root, answer, error)
                 && read_texts (&root, "reasons", answer->reasons, error)
             ? g_steal_pointer (&answer)
             : NULL;
}

VfpAnswer *
vfp_answer_parse (const char *text, GError **error)
{
  g_autoptr (GError) first = NULL;

  for (const char *at = strstr (text, BEGIN); at != NULL; at = strstr (at + 1, BEGIN))
    {
      const gsize length = object_length (at);
      g_autoptr (GError) local = NULL;
      VfpAnswer *answer = length > 0 ? parse_object (at, length, &local) : NULL;

      if (answer != NULL)
        return answer;
      if (first == NULL)
        first = g_steal_pointer (&local);
    }
  vfp_throw (error, VFP_ERROR_LIBVIRT, "%s",
             first != NULL ? first->message : "the other host's hook has not answered");
  return NULL;
}
