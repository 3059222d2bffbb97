/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a preflight guest asks for. */
#include "config.h"

#include "guest/preflight.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "guest/metadata.h"
#include "guest/xml.h"

#define ROOT "preflight"
#define FORMAT_VERSION "1"

gboolean
vfp_preflight_is (const VfpDomxml *domxml)
{
  return domxml->metadata != NULL && g_str_has_prefix (domxml->name, VFP_PREFLIGHT_NAME_PREFIX)
         && g_str_has_prefix (domxml->metadata, "<" ROOT);
}

void
vfp_preflight_slot_free (VfpPreflightSlot *slot)
{
  if (slot == NULL)
    return;
  g_free (slot->name);
  g_free (slot->pool);
  g_free (slot->to_pool);
  g_free (slot->bond);
  g_free (slot->standby_bridge);
  g_free (slot);
}

static gboolean
add_slot (GPtrArray *slots, const xmlNode *node, GError **error)
{
  const char *name = vfp_xml_attribute (node, "name");
  const char *pool = vfp_xml_attribute (node, "pool");

  if (name == NULL || pool == NULL || !vfp_parse_slot_name (name, NULL, NULL))
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "preflight: a slot has no name and pool");

  VfpPreflightSlot *slot = g_new0 (VfpPreflightSlot, 1);
  slot->name = g_strdup (name);
  slot->pool = g_strdup (pool);
  slot->to_pool = g_strdup (vfp_xml_attribute (node, "to-pool"));
  slot->bond = g_strdup (vfp_xml_attribute (node, "bond"));
  slot->standby_bridge = g_strdup (vfp_xml_attribute (node, "standby-bridge"));
  g_ptr_array_add (slots, slot);
  return TRUE;
}

GPtrArray *
vfp_preflight_parse (const char *xml, char **out_guest_uuid, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "preflight", ROOT, VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  g_autoptr (GPtrArray) slots
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_preflight_slot_free);

  if (doc == NULL)
    return NULL;

  const xmlNode *root = xmlDocGetRootElement (doc);
  if (!vfp_xml_attribute_is (root, "version", FORMAT_VERSION))
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT, "preflight: this vfpool knows version " FORMAT_VERSION);
      return NULL;
    }
  for (const xmlNode *node = vfp_xml_child (root, "slot"); node != NULL;
       node = vfp_xml_next (node, "slot"))
    if (!add_slot (slots, node, error))
      return NULL;
  const char *guest = vfp_xml_attribute (root, "guest");
  *out_guest_uuid = guest != NULL ? g_ascii_strdown (guest, -1) : NULL;
  return g_steal_pointer (&slots);
}

static void
append_attribute (GString *xml, const char *name, const char *value)
{
  g_autofree char *escaped = value != NULL ? g_markup_escape_text (value, -1) : NULL;

  if (escaped != NULL)
    g_string_append_printf (xml, " %s='%s'", name, escaped);
}

char *
vfp_preflight_render (const char *uuid, const char *guest_uuid, const GPtrArray *slots)
{
  g_autoptr (GString) asked = g_string_new (NULL);

  append_attribute (asked, "guest", guest_uuid);
  g_string_append_c (asked, '>');
  for (guint i = 0; slots != NULL && i < slots->len; i++)
    {
      const VfpPreflightSlot *slot = g_ptr_array_index (slots, i);

      g_string_append (asked, "<vfpool:slot");
      append_attribute (asked, "name", slot->name);
      append_attribute (asked, "pool", slot->pool);
      append_attribute (asked, "to-pool", slot->to_pool);
      append_attribute (asked, "bond", slot->bond);
      append_attribute (asked, "standby-bridge", slot->standby_bridge);
      g_string_append (asked, "/>");
    }
  return g_strdup_printf (
      "<domain type='qemu'><name>" VFP_PREFLIGHT_NAME_PREFIX "%s</name><uuid>%s</uuid>"
      "<metadata><vfpool:preflight xmlns:vfpool='" VFP_METADATA_URI "' version='1'%s"
      "</vfpool:preflight></metadata>"
      "<memory unit='MiB'>16</memory><os><type>hvm</type></os></domain>",
      uuid, uuid, asked->str);
}

gboolean
vfp_preflight_is_answer (const char *text)
{
  return strstr (text, "{\"version\":\"") != NULL && strstr (text, "\"pools\":[") != NULL;
}
