/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to a domain's XML. */
#include "config.h"

#include "guest/domxml-edit.h"

#include "base/error.h"
#include "guest/domxml-private.h"
#include "guest/metadata.h"

xmlDoc *
vfp_domxml_open (const char *xml, VfpXmlBlanks blanks, xmlNode **out_devices, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "domain XML", "domain", blanks, VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  *out_devices = vfp_xml_child (xmlDocGetRootElement (doc), "devices");
  if (*out_devices == NULL)
    *out_devices = vfp_xml_add (xmlDocGetRootElement (doc), "devices");
  return g_steal_pointer (&doc);
}

char *
vfp_domxml_add_ports (const char *xml, unsigned count, GError **error)
{
  xmlNode *devices;
  gboolean is_x86;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_KEEP_BLANKS, &devices, error);
  if (doc == NULL)
    return NULL;
  if (vfp_domxml_read_machine (xmlDocGetRootElement (doc), &is_x86) != VFP_MACHINE_Q35)
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT, "only guests of machine type q35 have hot-plug ports");
      return NULL;
    }

  for (unsigned i = 0; i < count; i++)
    {
      xmlNode *port = vfp_xml_add (devices, "controller");

      vfp_xml_set (port, "type", "pci");
      vfp_xml_set (port, "model", "pcie-root-port");
    }
  return vfp_xml_serialize (xmlDocGetRootElement (doc), FALSE);
}

static xmlNode *
find_alias (const xmlNode *devices, const char *alias)
{
  xmlNode *node = vfp_xml_child (devices, NULL);

  while (node != NULL && !vfp_xml_attribute_is (vfp_xml_child (node, "alias"), "name", alias))
    node = vfp_xml_next (node, NULL);
  return node;
}

/* The two clashes that libvirt refuses; it accepts the same MAC and the same host device. */
static gboolean
check_clash (const char *xml, const xmlNode *devices, const xmlNode *node, GError **error)
{
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, error);
  const xmlNode *place = vfp_xml_child (node, "address");
  const char *alias = vfp_xml_attribute (vfp_xml_child (node, "alias"), "name");
  gboolean has_address = FALSE;
  VfpAddress address;

  if (domxml == NULL
      || (vfp_xml_attribute_is (place, "type", "pci")
          && !vfp_domxml_read_address (place, &address, &has_address, error)))
    return FALSE;

  for (unsigned i = 0; has_address && i < domxml->addresses->len; i++)
    if (vfp_address_equal (&address, &g_array_index (domxml->addresses, VfpAddress, i)))
      {
        g_autofree char *text = vfp_address_to_string (&address);
        return vfp_throw (error, VFP_ERROR_LIBVIRT,
                          "libvirt: XML error: Attempted double use of PCI Address %s", text);
      }
  return alias == NULL || find_alias (devices, alias) == NULL
         || vfp_throw (error, VFP_ERROR_LIBVIRT,
                       "libvirt: unsupported configuration: non unique alias detected: %s", alias);
}

char *
vfp_domxml_attach_device (const char *xml, const char *device_xml, GError **error)
{
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_DROP_BLANKS, &devices, error);
  if (doc == NULL)
    return NULL;
  g_autoptr (xmlDoc) device_doc = vfp_xml_parse (device_xml, "device XML", NULL,
                                                 VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  if (device_doc == NULL)
    return NULL;

  xmlNode *node = xmlDocGetRootElement (device_doc);
  if (!check_clash (xml, devices, node, error))
    return NULL;

  xmlAddChild (devices, xmlDocCopyNode (node, doc, 1));
  return vfp_xml_serialize (xmlDocGetRootElement (doc), TRUE);
}

char *
vfp_domxml_detach_device (const char *xml, const VfpAddress *source, GError **error)
{
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_DROP_BLANKS, &devices, error);
  if (doc == NULL)
    return NULL;

  xmlNode *node = vfp_domxml_find_device (devices, source, NULL, NULL, error);
  if (node == NULL)
    return NULL;
  vfp_xml_remove (node);
  return vfp_xml_serialize (xmlDocGetRootElement (doc), TRUE);
}

static xmlNode *
get_child (xmlNode *node, const char *name)
{
  xmlNode *child = vfp_xml_child (node, name);

  return child != NULL ? child : vfp_xml_add (node, name);
}

static void
remove_child (xmlNode *node, const char *name)
{
  xmlNode *child = vfp_xml_child (node, name);

  if (child != NULL)
    vfp_xml_remove (child);
}

/* An empty element in the place of the one that is there. */
static xmlNode *
renew_child (xmlNode *node, const char *name)
{
  xmlNode *old = vfp_xml_child (node, name);
  xmlNode *made;

  if (old == NULL)
    return vfp_xml_add (node, name);
  made = xmlNewDocNode (node->doc, NULL, BAD_CAST name, NULL);
  xmlReplaceNode (old, made);
  xmlFreeNode (old);
  return made;
}

static void
change_network (xmlNode *node, const VfpDeviceChange *change)
{
  if (change->new_vlan != NULL && *change->new_vlan == 0)
    remove_child (node, "vlan");
  else if (change->new_vlan != NULL)
    vfp_xml_set_format (vfp_xml_add (renew_child (node, "vlan"), "tag"), "id", "%u",
                        *change->new_vlan);

  if (change->new_profile_id != NULL && *change->new_profile_id == '\0')
    remove_child (node, "virtualport");
  else if (change->new_profile_id != NULL)
    vfp_domxml_write_virtualport (renew_child (node, "virtualport"), change->new_profile_id);

  if (change->new_standby != NULL && *change->new_standby == '\0')
    remove_child (node, "teaming");
  else if (change->new_standby != NULL)
    vfp_domxml_write_transient (renew_child (node, "teaming"), change->new_standby);
}

static void
change_placement (xmlNode *node, const VfpDeviceChange *change)
{
  if (change->new_address != NULL)
    vfp_domxml_write_address (get_child (node, "address"), change->new_address);
  if (change->new_acpi_index != NULL && *change->new_acpi_index == 0)
    remove_child (node, "acpi");
  else if (change->new_acpi_index != NULL)
    vfp_xml_set_format (get_child (node, "acpi"), "index", "%u", *change->new_acpi_index);
}

char *
vfp_domxml_change_device (const char *xml, const VfpDeviceChange *change, GError **error)
{
  char mac[VFP_MAC_STRLEN];
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_KEEP_BLANKS, &devices, error);
  if (doc == NULL)
    return NULL;

  xmlNode *node
      = vfp_domxml_find_device (devices, &change->source, change->alias, change->mac, error);
  if (node == NULL)
    return NULL;
  if (change->new_source != NULL)
    vfp_domxml_write_address (get_child (get_child (node, "source"), "address"),
                              change->new_source);
  if (change->new_mac != NULL)
    vfp_xml_set (get_child (node, "mac"), "address", vfp_mac_format (change->new_mac, mac));
  if (change->new_alias != NULL)
    vfp_xml_set (get_child (node, "alias"), "name", change->new_alias);
  change_network (node, change);
  change_placement (node, change);
  return vfp_xml_serialize (xmlDocGetRootElement (doc), FALSE);
}

char *
vfp_domxml_extract_device (const char *xml, const VfpAddress *source, GError **error)
{
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_DROP_BLANKS, &devices, error);
  xmlNode *node = doc != NULL ? vfp_domxml_find_device (devices, source, NULL, NULL, error) : NULL;

  return node != NULL ? vfp_xml_serialize (node, FALSE) : NULL;
}

VfpGuestDevice *
vfp_domxml_device_parse (const char *device_xml, GError **error)
{
  g_autoptr (xmlDoc) doc = vfp_xml_parse (device_xml, "device XML", NULL, VFP_XML_DROP_BLANKS,
                                          VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  return vfp_domxml_read_device (xmlDocGetRootElement (doc), error);
}

static void
remove_metadata (xmlNode *metadata)
{
  xmlNode *node = vfp_xml_child (metadata, NULL);

  while (node != NULL)
    {
      xmlNode *next = vfp_xml_next (node, NULL);

      if (node->ns != NULL && g_str_equal ((const char *) node->ns->href, VFP_METADATA_URI))
        vfp_xml_remove (node);
      node = next;
    }
}

static void
name_space (xmlNode *node, xmlNs *namespace)
{
  xmlSetNs (node, namespace);
  for (xmlNode *child = vfp_xml_child (node, NULL); child != NULL;
       child = vfp_xml_next (child, NULL))
    name_space (child, namespace);
}

char *
vfp_domxml_set_metadata (const char *xml, const char *element, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "domain XML", "domain", VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *metadata = vfp_xml_child (root, "metadata");
  remove_metadata (metadata);
  if (element == NULL)
    return vfp_xml_serialize (root, TRUE);

  g_autoptr (xmlDoc) made
      = vfp_xml_parse (element, "metadata", NULL, VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  if (made == NULL)
    return NULL;
  if (metadata == NULL)
    metadata = vfp_xml_add (root, "metadata");
  xmlNode *copy = xmlDocCopyNode (xmlDocGetRootElement (made), doc, 1);
  name_space (copy, xmlNewNs (copy, BAD_CAST VFP_METADATA_URI, BAD_CAST VFP_METADATA_PREFIX));
  xmlAddChild (metadata, copy);
  return vfp_xml_serialize (root, TRUE);
}

/* A number that no controller has. */
static unsigned
free_index (const xmlNode *devices)
{
  unsigned largest = 0;

  for (const xmlNode *node = vfp_xml_child (devices, "controller"); node != NULL;
       node = vfp_xml_next (node, "controller"))
    {
      const char *index = vfp_xml_attribute (node, "index");
      guint64 value;

      if (vfp_xml_attribute_is (node, "type", "pci") && index != NULL
          && g_ascii_string_to_unsigned (index, 10, 0, 0xff, &value, NULL))
        largest = MAX (largest, (unsigned) value);
    }
  return largest + 1;
}

char *
vfp_domxml_number_ports (const char *xml, GError **error)
{
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_DROP_BLANKS, &devices, error);
  if (doc == NULL)
    return NULL;

  for (xmlNode *node = vfp_xml_child (devices, "controller"); node != NULL;
       node = vfp_xml_next (node, "controller"))
    if (vfp_xml_attribute (node, "index") == NULL)
      {
        const unsigned index = free_index (devices);
        const VfpAddress address = { .slot = (guint8) (1 + index / 8), .function = index % 8 };

        vfp_xml_set_format (node, "index", "%u", index);
        vfp_domxml_write_address (vfp_xml_add (node, "address"), &address);
      }
  return vfp_xml_serialize (xmlDocGetRootElement (doc), TRUE);
}
