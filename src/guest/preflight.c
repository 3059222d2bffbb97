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

static void
slot_free (gpointer data)
{
  VfpPreflightSlot *slot = data;

  g_free (slot->name);
  g_free (slot->pool);
  g_free (slot->to_pool);
  g_free (slot->bond);
  g_free (slot->standby_bridge);
  g_free (slot);
}

VfpPreflight *
vfp_preflight_new (const char *guest_uuid)
{
  VfpPreflight *preflight = g_new0 (VfpPreflight, 1);

  preflight->guest_uuid = guest_uuid != NULL ? g_ascii_strdown (guest_uuid, -1) : NULL;
  preflight->slots = g_ptr_array_new_with_free_func (slot_free);
  preflight->netdevs = g_ptr_array_new_with_free_func (g_free);
  return preflight;
}

void
vfp_preflight_free (VfpPreflight *preflight)
{
  if (preflight == NULL)
    return;
  g_free (preflight->guest_uuid);
  g_ptr_array_unref (preflight->slots);
  g_ptr_array_unref (preflight->netdevs);
  g_free (preflight);
}

VfpPreflightSlot *
vfp_preflight_add_slot (VfpPreflight *preflight)
{
  VfpPreflightSlot *slot = g_new0 (VfpPreflightSlot, 1);

  g_ptr_array_add (preflight->slots, slot);
  return slot;
}

void
vfp_preflight_add_netdev (VfpPreflight *preflight, const char *netdev)
{
  if (!g_ptr_array_find_with_equal_func (preflight->netdevs, netdev, g_str_equal, NULL))
    g_ptr_array_add (preflight->netdevs, g_strdup (netdev));
}

static gboolean
read_slot (VfpPreflight *preflight, const xmlNode *node, GError **error)
{
  const char *name = vfp_xml_attribute (node, "name");
  const char *pool = vfp_xml_attribute (node, "pool");

  if (name == NULL || pool == NULL || !vfp_parse_slot_name (name, NULL, NULL))
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "preflight: a slot has no name and pool");

  VfpPreflightSlot *slot = vfp_preflight_add_slot (preflight);
  slot->name = g_strdup (name);
  slot->pool = g_strdup (pool);
  slot->to_pool = g_strdup (vfp_xml_attribute (node, "to-pool"));
  slot->bond = g_strdup (vfp_xml_attribute (node, "bond"));
  slot->standby_bridge = g_strdup (vfp_xml_attribute (node, "standby-bridge"));
  return TRUE;
}

static gboolean
read_netdev (VfpPreflight *preflight, const xmlNode *node, GError **error)
{
  const char *name = vfp_xml_attribute (node, "name");

  if (name == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "preflight: a netdev has no name");
  vfp_preflight_add_netdev (preflight, name);
  return TRUE;
}

static gboolean
read_all (VfpPreflight *preflight, const xmlNode *root, const char *name,
          gboolean (*read) (VfpPreflight *preflight, const xmlNode *node, GError **error),
          GError **error)
{
  for (const xmlNode *node = vfp_xml_child (root, name); node != NULL;
       node = vfp_xml_next (node, name))
    if (!read (preflight, node, error))
      return FALSE;
  return TRUE;
}

VfpPreflight *
vfp_preflight_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "preflight", ROOT, VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  const xmlNode *root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;

  if (root == NULL)
    return NULL;
  if (!vfp_xml_attribute_is (root, "version", FORMAT_VERSION))
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT, "preflight: this vfpool knows version " FORMAT_VERSION);
      return NULL;
    }
  g_autoptr (VfpPreflight) preflight = vfp_preflight_new (vfp_xml_attribute (root, "guest"));
  return read_all (preflight, root, "slot", read_slot, error)
                 && read_all (preflight, root, "netdev", read_netdev, error)
             ? g_steal_pointer (&preflight)
             : NULL;
}

static void
append_attribute (GString *xml, const char *name, const char *value)
{
  g_autofree char *escaped = value != NULL ? g_markup_escape_text (value, -1) : NULL;

  if (escaped != NULL)
    g_string_append_printf (xml, " %s='%s'", name, escaped);
}

static void
append_slot (GString *xml, const VfpPreflightSlot *slot)
{
  g_string_append (xml, "<vfpool:slot");
  append_attribute (xml, "name", slot->name);
  append_attribute (xml, "pool", slot->pool);
  append_attribute (xml, "to-pool", slot->to_pool);
  append_attribute (xml, "bond", slot->bond);
  append_attribute (xml, "standby-bridge", slot->standby_bridge);
  g_string_append (xml, "/>");
}

static void
append_asked (GString *xml, const VfpPreflight *asked)
{
  append_attribute (xml, "guest", asked->guest_uuid);
  g_string_append_c (xml, '>');
  for (guint i = 0; i < asked->slots->len; i++)
    append_slot (xml, g_ptr_array_index (asked->slots, i));
  for (guint i = 0; i < asked->netdevs->len; i++)
    {
      g_string_append (xml, "<vfpool:netdev");
      append_attribute (xml, "name", g_ptr_array_index (asked->netdevs, i));
      g_string_append (xml, "/>");
    }
}

char *
vfp_preflight_render (const char *uuid, const VfpPreflight *asked)
{
  g_autoptr (GString) inner = g_string_new (NULL);

  if (asked != NULL)
    append_asked (inner, asked);
  else
    g_string_append_c (inner, '>');
  return g_strdup_printf (
      "<domain type='qemu'><name>" VFP_PREFLIGHT_NAME_PREFIX "%s</name><uuid>%s</uuid>"
      "<metadata><vfpool:preflight xmlns:vfpool='" VFP_METADATA_URI "' version='1'%s"
      "</vfpool:preflight></metadata>"
      "<memory unit='MiB'>16</memory><os><type>hvm</type></os></domain>",
      uuid, uuid, inner->str);
}

gboolean
vfp_preflight_is_answer (const char *text)
{
  return strstr (text, "{\"version\":\"") != NULL && strstr (text, "\"pools\":[") != NULL;
}
