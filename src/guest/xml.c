/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XML of strangers, parsed safely. */
#include "config.h"

#include "guest/xml.h"

#include <string.h>

#include <libxml/parser.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlBuffer, xmlBufferFree)

static void
free_parser (xmlParserCtxt *parser)
{
  xmlFreeParserCtxt (parser);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, free_parser)

#if LIBXML_VERSION >= 21200
typedef const xmlError XmlError;
#else
typedef xmlError XmlError;
#endif

/* What went wrong first; what libxml2 finds after that is a consequence. */
typedef struct
{
  gboolean has_doctype;
  int line;
  char *message; /* NULL: nothing */
} Failure;

static void
failure_clear (Failure *failure)
{
  g_free (failure->message);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Failure, failure_clear)

/* Entities can only be declared in a document type declaration, so the parser stops at its start,
 * before anything in it has been expanded. */
static void
refuse_doctype (void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
  xmlParserCtxt *parser = context;
  Failure *failure = parser->_private;

  failure->has_doctype = TRUE;
  xmlStopParser (parser);
}

static void
keep_first (void *context, XmlError *error)
{
  xmlParserCtxt *parser = context;
  Failure *failure = parser->_private;

  if (failure->message != NULL || error->level < XML_ERR_ERROR)
    return;
  failure->line = error->line;
  failure->message = g_strdup (error->message != NULL ? error->message : "not well-formed");
}

/* libxml2 quotes the document in its messages, and ends them with a newline. */
static char *
clean_message (const char *message)
{
  char *text = g_utf8_make_valid (message, -1);

  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return g_strchomp (text);
}

static gboolean
throw_at (GError **error, VfpErrorCode code, const char *what, int line, const char *message)
{
  g_autofree char *clean = clean_message (message);

  return vfp_throw (error, code, "%s, line %d: %s", what, line, clean);
}

static xmlDoc *
read_document (const char *text, gsize size, VfpXmlBlanks blanks, Failure *failure)
{
  g_autoptr (xmlParserCtxt) parser = xmlNewParserCtxt ();
  int options = XML_PARSE_NONET | XML_PARSE_COMPACT;

  if (parser == NULL)
    return NULL;
  if (blanks == VFP_XML_DROP_BLANKS)
    options |= XML_PARSE_NOBLANKS;
  parser->_private = failure;
  parser->sax->internalSubset = refuse_doctype;
  parser->sax->serror = keep_first;
  return xmlCtxtReadMemory (parser, text, (int) size, NULL, NULL, options);
}

static xmlDoc *
parse_document (const char *text, gsize size, const char *what, VfpXmlBlanks blanks,
                VfpErrorCode code, GError **error)
{
  g_auto (Failure) failure = { .line = 1 };
  g_autoptr (xmlDoc) doc = read_document (text, size, blanks, &failure);

  if (failure.has_doctype || (doc != NULL && doc->intSubset != NULL))
    vfp_throw (error, code, "%s: a document type declaration is not allowed", what);
  else if (doc == NULL)
    throw_at (error, code, what, failure.line,
              failure.message != NULL ? failure.message : "not well-formed");
  else
    return g_steal_pointer (&doc);
  return NULL;
}

xmlDoc *
vfp_xml_parse (const char *text, const char *what, const char *root, VfpXmlBlanks blanks,
               VfpErrorCode code, GError **error)
{
  const gsize size = strlen (text);

  if (size > VFP_XML_SIZE_MAX)
    {
      vfp_throw (error, code, "%s: longer than %d MiB", what, VFP_XML_SIZE_MAX / 1024 / 1024);
      return NULL;
    }
  xmlInitParser ();

  g_autoptr (xmlDoc) doc = parse_document (text, size, what, blanks, code, error);
  if (doc == NULL)
    return NULL;

  const xmlNode *found = xmlDocGetRootElement (doc);
  if (root != NULL && (!vfp_xml_is (found, root) || found->ns != NULL))
    {
      g_autofree char *message = g_strdup_printf ("the root element is <%s>, not <%s>",
                                                  (const char *) found->name, root);
      throw_at (error, code, what, (int) xmlGetLineNo (found), message);
      return NULL;
    }
  return g_steal_pointer (&doc);
}

gboolean
vfp_xml_is (const xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE
         && (name == NULL || g_str_equal ((const char *) node->name, name));
}

static xmlNode *
find_element (xmlNode *node, const char *name)
{
  while (node != NULL && !vfp_xml_is (node, name))
    node = node->next;
  return node;
}

xmlNode *
vfp_xml_child (const xmlNode *parent, const char *name)
{
  return parent == NULL ? NULL : find_element (parent->children, name);
}

xmlNode *
vfp_xml_next (const xmlNode *node, const char *name)
{
  return node == NULL ? NULL : find_element (node->next, name);
}

const char *
vfp_xml_attribute (const xmlNode *node, const char *name)
{
  for (const xmlAttr *at = node == NULL ? NULL : node->properties; at != NULL; at = at->next)
    if (at->ns == NULL && g_str_equal ((const char *) at->name, name))
      /* Without a DTD the value is one text node at most. */
      return at->children == NULL ? "" : (const char *) at->children->content;
  return NULL;
}

gboolean
vfp_xml_attribute_is (const xmlNode *node, const char *name, const char *value)
{
  return g_strcmp0 (vfp_xml_attribute (node, name), value) == 0;
}

void
vfp_xml_set (xmlNode *node, const char *name, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  xmlSetProp (node, BAD_CAST name, BAD_CAST valid);
}

void
vfp_xml_set_format (xmlNode *node, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *value = g_strdup_vprintf (format, args);
  va_end (args);

  vfp_xml_set (node, name, value);
}

xmlNode *
vfp_xml_add (xmlNode *parent, const char *name)
{
  return xmlNewChild (parent, NULL, BAD_CAST name, NULL);
}

void
vfp_xml_remove (xmlNode *node)
{
  xmlUnlinkNode (node);
  xmlFreeNode (node);
}

char *
vfp_xml_text (const xmlNode *node)
{
  if (node == NULL)
    return NULL;

  g_autoptr (VfpXmlChar) text = xmlNodeGetContent (node);
  return g_strstrip (g_strdup (text == NULL ? "" : (const char *) text));
}

char *
vfp_xml_serialize (xmlNode *node, gboolean indent)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();

  xmlNodeDump (buffer, node->doc, node, 0, indent);
  return g_strdup ((const char *) xmlBufferContent (buffer));
}

static gboolean
is_namespace (const xmlNs *namespace, const char *uri)
{
  return namespace != NULL && g_strcmp0 ((const char *) namespace->href, uri) == 0;
}

/* The depth is bounded by the parser. */
static void
strip_namespace (xmlNode *node, const char *uri)
{
  if (is_namespace (node->ns, uri))
    node->ns = NULL;
  for (xmlAttr *at = node->properties; at != NULL; at = at->next)
    if (is_namespace (at->ns, uri))
      at->ns = NULL;
  for (xmlNode *child = vfp_xml_child (node, NULL); child != NULL;
       child = vfp_xml_next (child, NULL))
    strip_namespace (child, uri);
}

static void
drop_declarations (xmlNode *node, const char *uri)
{
  for (xmlNs **at = &node->nsDef; *at != NULL;)
    {
      xmlNs *namespace = *at;

      if (!is_namespace (namespace, uri))
        {
          at = &namespace->next;
          continue;
        }
      *at = namespace->next;
      xmlFreeNs (namespace);
    }
  for (xmlNode *child = vfp_xml_child (node, NULL); child != NULL;
       child = vfp_xml_next (child, NULL))
    drop_declarations (child, uri);
}

char *
vfp_xml_serialize_bare (const xmlNode *node, const char *uri)
{
  g_autoptr (xmlDoc) doc = xmlNewDoc (BAD_CAST "1.0");
  xmlNode *copy = xmlDocCopyNode ((xmlNode *) node, doc, 1);

  xmlDocSetRootElement (doc, copy);
  strip_namespace (copy, uri);
  drop_declarations (copy, uri);
  return vfp_xml_serialize (copy, FALSE);
}
