/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's XML with other host devices behind the same guest devices, and not a byte else.
 *
 * libxml2 finds the devices and says which they are of the children of <devices>; a scanner, which
 * may count on well-formed text without DTD, finds the tags in the text. What comes out is read
 * again by libxml2: nothing is handed on that does not say what it is to say. */
#include "config.h"

#include "guest/domxml-splice.h"

#include <string.h>

#include "guest/domxml-private.h"

/* The place of a device in <devices>, and what it is to have. */
typedef struct
{
  guint ordinal;
  VfpAddress to;
} Edit;

static gboolean
read_source (const xmlNode *node, VfpAddress *out_source)
{
  const gboolean is_device
      = (vfp_xml_is (node, "interface") && vfp_xml_attribute_is (node, "type", "hostdev"))
        || (vfp_xml_is (node, "hostdev") && vfp_xml_attribute_is (node, "type", "pci"));
  const xmlNode *address
      = is_device ? vfp_xml_child (vfp_xml_child (node, "source"), "address") : NULL;
  const char *type = vfp_xml_attribute (address, "type");
  gboolean present = FALSE;

  return address != NULL && (type == NULL || g_str_equal (type, "pci"))
         && vfp_domxml_read_address (address, out_source, &present, NULL) && present;
}

static const VfpSourceMove *
find_move (const GArray *moves, const VfpAddress *source)
{
  for (guint i = 0; i < moves->len; i++)
    {
      const VfpSourceMove *move = &g_array_index (moves, VfpSourceMove, i);

      if (vfp_address_equal (&move->from, source))
        return move;
    }
  return NULL;
}

/* In the order of the text. */
static GArray *
find_edits (const char *xml, const GArray *moves, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "domain XML", "domain", VFP_XML_KEEP_BLANKS, VFP_ERROR_LIBVIRT, error);
  g_autoptr (GArray) edits = g_array_new (FALSE, FALSE, sizeof (Edit));
  guint ordinal = 0;

  if (doc == NULL)
    return NULL;
  for (const xmlNode *node
       = vfp_xml_child (vfp_xml_child (xmlDocGetRootElement (doc), "devices"), NULL);
       node != NULL; node = vfp_xml_next (node, NULL), ordinal++)
    {
      VfpAddress source;
      const VfpSourceMove *move = read_source (node, &source) ? find_move (moves, &source) : NULL;
      const Edit edit = { ordinal, move != NULL ? move->to : source };

      if (move != NULL)
        g_array_append_val (edits, edit);
    }
  if (edits->len == moves->len)
    return g_steal_pointer (&edits);
  vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: a host device is not there, or twice");
  return NULL;
}

/* How deep the scanner is, and where. */
typedef struct
{
  unsigned depth;
  gboolean in_devices, had_devices;
  gboolean in_source, had_source, had_address; /* of the present device */
  guint ordinal;                               /* of the next device */
} Scan;

/* The end of a comment, CDATA section or processing instruction at @at; NULL: it is a tag. */
static const char *
skip_no_tag (const char *at)
{
  static const struct
  {
    const char *begin, *end;
  } kinds[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" } };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (at, kinds[i].begin))
      {
        const char *end = strstr (at + strlen (kinds[i].begin), kinds[i].end);

        return end != NULL ? end + strlen (kinds[i].end) : at + strlen (at);
      }
  return NULL;
}

/* Behind the '>' of the tag at @at. */
static const char *
skip_tag (const char *at)
{
  char quote = '\0';

  for (; *at != '\0'; at++)
    if (quote != '\0')
      quote = *at == quote ? '\0' : quote;
    else if (*at == '"' || *at == '\'')
      quote = *at;
    else if (*at == '>')
      return at + 1;
  return at;
}

/* Whether the tag at @tag is one of the element @name, whatever its prefix is. */
static gboolean
is_tag_of (const char *tag, const char *name)
{
  const gsize length = strcspn (tag + 1, " \t\r\n/>");
  g_autofree char *full = g_strndup (tag + 1, length);
  const char *colon = strchr (full, ':');

  return g_str_equal (colon != NULL ? colon + 1 : full, name);
}

/* TRUE: it is the tag of the host address of the device *@out_ordinal. */
static gboolean
open_tag (Scan *scan, const char *tag, guint *out_ordinal)
{
  gboolean found = FALSE;

  if (scan->depth == 1 && !scan->had_devices && is_tag_of (tag, "devices"))
    scan->in_devices = scan->had_devices = TRUE;
  else if (scan->depth == 2 && scan->in_devices)
    {
      scan->in_source = scan->had_source = scan->had_address = FALSE;
      scan->ordinal++;
    }
  else if (scan->depth == 3 && scan->in_devices && !scan->had_source && is_tag_of (tag, "source"))
    scan->in_source = scan->had_source = TRUE;
  else if (scan->depth == 4 && scan->in_source && !scan->had_address && is_tag_of (tag, "address"))
    found = scan->had_address = TRUE;
  *out_ordinal = scan->ordinal - 1;
  scan->depth++;
  return found;
}

static void
close_tag (Scan *scan)
{
  scan->depth--;
  if (scan->depth == 1)
    scan->in_devices = FALSE;
  if (scan->depth == 3)
    scan->in_source = FALSE;
}

static const char *const fields[] = { "domain", "bus", "slot", "function" };

static char *
field_text (guint field, const VfpAddress *address)
{
  switch (field)
    {
    case 0:
      return g_strdup_printf ("0x%04x", address->domain);
    case 1:
      return g_strdup_printf ("0x%02x", address->bus);
    case 2:
      return g_strdup_printf ("0x%02x", address->slot);
    default:
      return g_strdup_printf ("0x%x", address->function);
    }
}

/* The place of the attribute's name in @fields; their number: it is another attribute. */
static guint
find_field (const char *name, gsize length)
{
  guint field = 0;

  while (field < G_N_ELEMENTS (fields)
         && (strlen (fields[field]) != length || strncmp (name, fields[field], length) != 0))
    field++;
  return field;
}

/* The attributes from @at on, with the values of @to. Returns what is behind them; *@seen: bits of
 * the fields that are there. */
static const char *
write_attributes (GString *out, const char *at, const VfpAddress *to, unsigned *seen)
{
  while (TRUE)
    {
      const gsize blank = strspn (at, " \t\r\n");
      const gsize length = strcspn (at + blank, " \t\r\n=/>");
      const guint field = find_field (at + blank, length);
      const char *open = length > 0 ? strpbrk (at + blank + length, "'\"") : NULL;
      const char *close = open != NULL ? strchr (open + 1, *open) : NULL;

      if (close == NULL)
        return at;
      g_autofree char *value = field < G_N_ELEMENTS (fields)
                                   ? field_text (field, to)
                                   : g_strndup (open + 1, (gsize) (close - open - 1));
      g_string_append_len (out, at, open + 1 - at);
      g_string_append (out, value);
      g_string_append_c (out, *open);
      *seen |= 1U << field;
      at = close + 1;
    }
}

/* The tag from @tag to @end with the address @to: fields that it has left out come first. */
static void
write_tag (GString *out, const char *tag, const char *end, const VfpAddress *to)
{
  g_autofree char *text = g_strndup (tag, (gsize) (end - tag));
  g_autoptr (GString) attributes = g_string_new (NULL);
  const gsize head = 1 + strcspn (text + 1, " \t\r\n/>");
  unsigned seen = 0;
  const char *rest = write_attributes (attributes, text + head, to, &seen);

  g_string_append_len (out, text, (gssize) head);
  for (guint field = 0; field < G_N_ELEMENTS (fields); field++)
    if (!(seen & 1U << field))
      {
        g_autofree char *value = field_text (field, to);

        g_string_append_printf (out, " %s='%s'", fields[field], value);
      }
  g_string_append (out, attributes->str);
  g_string_append (out, rest);
}

static char *
splice (const char *xml, const GArray *edits)
{
  GString *out = g_string_sized_new (strlen (xml) + 64);
  Scan scan = { 0 };
  guint next = 0;
  const char *from = xml;

  for (const char *at = strchr (xml, '<'); at != NULL; at = strchr (at, '<'))
    {
      const char *end = skip_no_tag (at);
      guint ordinal;

      if (end == NULL)
        {
          end = skip_tag (at);
          if (at[1] == '/')
            close_tag (&scan);
          else if (open_tag (&scan, at, &ordinal) && next < edits->len
                   && g_array_index (edits, Edit, next).ordinal == ordinal)
            {
              g_string_append_len (out, from, at - from);
              write_tag (out, at, end, &g_array_index (edits, Edit, next++).to);
              from = end;
            }
          if (at[1] != '/' && end > at + 1 && end[-2] == '/')
            close_tag (&scan);
        }
      at = end;
    }
  g_string_append (out, from);
  return g_string_free (out, FALSE);
}

/* Whether the devices of @after have the sources of those of @before, moved. */
static gboolean
is_moved (const char *before, const char *after, const GArray *moves)
{
  g_autoptr (VfpDomxml) old = vfp_domxml_parse (before, NULL);
  g_autoptr (VfpDomxml) new = vfp_domxml_parse (after, NULL);

  if (old == NULL || new == NULL || old->devices->len != new->devices->len)
    return FALSE;
  for (guint i = 0; i < old->devices->len; i++)
    {
      const VfpAddress *source = &((VfpGuestDevice *) g_ptr_array_index (old->devices, i))->source;
      const VfpSourceMove *move = find_move (moves, source);

      if (!vfp_address_equal (&((VfpGuestDevice *) g_ptr_array_index (new->devices, i))->source,
                              move != NULL ? &move->to : source))
        return FALSE;
    }
  return TRUE;
}

char *
vfp_domxml_move_sources (const char *xml, const GArray *moves, GError **error)
{
  g_autoptr (GArray) edits = find_edits (xml, moves, error);

  if (edits == NULL)
    return NULL;
  g_autofree char *moved = splice (xml, edits);
  if (is_moved (xml, moved, moves))
    return g_steal_pointer (&moved);
  vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: its host devices cannot be changed");
  return NULL;
}
