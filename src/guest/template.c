/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device XML from a template file. */
#include "config.h"

#include "guest/template.h"

#include "base/error.h"
#include "guest/domxml-private.h"
#include "guest/xml.h"

char *
vfp_template_find (const char *user_dir, const char *system_dir, const char *name)
{
  g_autofree char *path = g_build_filename (user_dir, name, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  return g_build_filename (system_dir, name, NULL);
}

static void
remove_children (xmlNode *parent, const char *name)
{
  xmlNode *node;

  while ((node = vfp_xml_child (parent, name)) != NULL)
    vfp_xml_remove (node);
}

/* An empty element @name in the place of the first that the template has, or as the last. */
static xmlNode *
put_child (xmlNode *parent, const char *name)
{
  xmlNode *old = vfp_xml_child (parent, name);

  if (old == NULL)
    return vfp_xml_add (parent, name);

  xmlNode *made = xmlNewDocNode (parent->doc, NULL, BAD_CAST name, NULL);
  xmlReplaceNode (old, made);
  xmlFreeNode (old);
  while ((old = vfp_xml_next (made, name)) != NULL)
    vfp_xml_remove (old);
  return made;
}

static void
put_source (xmlNode *interface, const VfpAddress *source)
{
  xmlNode *node = put_child (interface, "source");

  vfp_domxml_write_address (vfp_xml_add (node, "address"), source);
}

static void
put_mac (xmlNode *interface, const VfpMac *mac)
{
  char text[VFP_MAC_STRLEN];

  vfp_xml_set (put_child (interface, "mac"), "address", vfp_mac_format (mac, text));
}

static void
put_vlan (xmlNode *interface, unsigned vlan)
{
  if (vlan == 0)
    {
      remove_children (interface, "vlan");
      return;
    }

  xmlNode *node = put_child (interface, "vlan");
  vfp_xml_set_format (vfp_xml_add (node, "tag"), "id", "%u", vlan);
}

static void
put_virtualport (xmlNode *interface, const char *profile_id)
{
  if (profile_id != NULL)
    vfp_domxml_write_virtualport (put_child (interface, "virtualport"), profile_id);
}

/* libvirt has no other <driver name=…> for a VF than vfio. */
static void
put_driver_model (xmlNode *interface, const char *model)
{
  if (model == NULL)
    return;

  xmlNode *driver = put_child (interface, "driver");
  vfp_xml_set (driver, "name", "vfio");
  vfp_xml_set (driver, "model", model);
}

static void
put_alias (xmlNode *interface, const char *alias)
{
  if (alias == NULL)
    remove_children (interface, "alias");
  else
    vfp_xml_set (put_child (interface, "alias"), "name", alias);
}

static void
put_standby (xmlNode *interface, const char *standby)
{
  if (standby == NULL)
    remove_children (interface, "teaming");
  else
    vfp_domxml_write_transient (put_child (interface, "teaming"), standby);
}

static void
put_placement (xmlNode *interface, const VfpPlacement *placement)
{
  if (placement->has_address)
    vfp_domxml_write_address (put_child (interface, "address"), &placement->address);
  else
    remove_children (interface, "address");

  if (placement->acpi_index != 0)
    vfp_xml_set_format (put_child (interface, "acpi"), "index", "%u", placement->acpi_index);
  else
    remove_children (interface, "acpi");
}

/* The <interface> of the template; the document owns it. */
static xmlDoc *
open_template (const char *path, xmlNode **out_interface, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  xmlDoc *doc;

  if (!g_file_get_contents (path, &text, NULL, &local))
    {
      vfp_throw (error, VFP_ERROR_CONFIG, "template: %s; install vfpool again, or put one there",
                 local->message);
      return NULL;
    }
  doc = vfp_xml_parse (text, path, "interface", VFP_XML_DROP_BLANKS, VFP_ERROR_CONFIG, error);
  *out_interface = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  return doc;
}

char *
vfp_template_interface (const char *path, const VfpDeviceSpec *spec, GError **error)
{
  xmlNode *interface;
  g_autoptr (xmlDoc) doc = open_template (path, &interface, error);

  if (doc == NULL)
    return NULL;
  vfp_xml_set (interface, "type", "hostdev");
  vfp_xml_set (interface, "managed", "yes");
  put_source (interface, &spec->source);
  put_mac (interface, &spec->mac);
  put_vlan (interface, spec->vlan);
  put_virtualport (interface, spec->profile_id);
  put_driver_model (interface, spec->driver_model);
  put_standby (interface, spec->standby);
  put_alias (interface, spec->alias);
  put_placement (interface, &spec->placement);
  return vfp_xml_serialize (interface, TRUE);
}

char *
vfp_template_standby (const char *path, const VfpStandbySpec *spec, GError **error)
{
  xmlNode *interface;
  g_autoptr (xmlDoc) doc = open_template (path, &interface, error);
  const char *kind = spec->bridge != NULL ? "bridge" : "network";
  const char *model;

  if (doc == NULL)
    return NULL;
  vfp_xml_set (interface, "type", kind);
  vfp_xml_set (put_child (interface, "source"), kind,
               spec->bridge != NULL ? spec->bridge : spec->network);
  model = vfp_xml_attribute (vfp_xml_child (interface, "model"), "type");
  if (model == NULL || !g_str_has_prefix (model, "virtio"))
    vfp_xml_set (put_child (interface, "model"), "type", "virtio");
  put_mac (interface, &spec->mac);
  vfp_xml_set (put_child (interface, "teaming"), "type", "persistent");
  put_alias (interface, spec->alias);
  put_placement (interface, &spec->placement);
  return vfp_xml_serialize (interface, TRUE);
}
