/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XML of strangers, parsed safely, and the few walks over it that guest/ needs. */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

#include "base/error.h"

/* No document that libvirt or an administrator writes comes near it. */
#define VFP_XML_SIZE_MAX (16 * 1024 * 1024)

typedef xmlChar VfpXmlChar;

static inline void
vfp_xml_char_free (VfpXmlChar *text)
{
  xmlFree (text);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpXmlChar, vfp_xml_char_free)

typedef enum
{
  VFP_XML_DROP_BLANKS, /* white space between elements goes, so that it can be indented anew */
  VFP_XML_KEEP_BLANKS,
} VfpXmlBlanks;

/* Parses @text: no network, no DTD, no entities but the five of XML, bounded in size and depth.
 * The root must be an element @root without namespace (NULL: any). @what names the document in the
 * error, which has the code @code and the line. */
xmlDoc *vfp_xml_parse (const char *text, const char *what, const char *root, VfpXmlBlanks blanks,
                       VfpErrorCode code, GError **error);

/* The first child element @name of @parent, and the next sibling of that name; NULL: any name.
 * @parent and @node may be NULL, and so is then what they return. */
xmlNode *vfp_xml_child (const xmlNode *parent, const char *name);
xmlNode *vfp_xml_next (const xmlNode *node, const char *name);

gboolean vfp_xml_is (const xmlNode *node, const char *name);

/* Value of the attribute @name, owned by the document; NULL: none. @node may be NULL. */
const char *vfp_xml_attribute (const xmlNode *node, const char *name);

gboolean vfp_xml_attribute_is (const xmlNode *node, const char *name, const char *value);

void vfp_xml_set (xmlNode *node, const char *name, const char *value);
void vfp_xml_set_format (xmlNode *node, const char *name, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* A new last child element. */
xmlNode *vfp_xml_add (xmlNode *parent, const char *name);

void vfp_xml_remove (xmlNode *node);

/* The text below @node, stripped; NULL when @node is NULL. Owned by the caller. */
char *vfp_xml_text (const xmlNode *node);

/* @node and all below it as text, indented or in one line. Owned by the caller. */
char *vfp_xml_serialize (xmlNode *node, gboolean indent);

/* The same in one line, with the elements of the namespace @uri taken out of it, as
 * virDomainGetMetadata() does. @node stays as it is. */
char *vfp_xml_serialize_bare (const xmlNode *node, const char *uri);
