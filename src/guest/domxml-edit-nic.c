/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to NICs in a domain's XML that are no VFs. */
#include "config.h"

#include "guest/domxml-edit.h"

#include "base/error.h"
#include "guest/domxml-private.h"

/* The next interface from @node on that is no VF. */
static xmlNode *
skip_vfs (xmlNode *node)
{
  for (; node != NULL; node = vfp_xml_next (node, "interface"))
    {
      g_autoptr (VfpGuestDevice) vf = vfp_domxml_read_device (node, NULL);

      if (vf == NULL)
        return node;
    }
  return NULL;
}

static xmlNode *
find_alias (const xmlNode *devices, const char *alias)
{
  xmlNode *node = skip_vfs (vfp_xml_child (devices, "interface"));

  while (node != NULL && !vfp_xml_attribute_is (vfp_xml_child (node, "alias"), "name", alias))
    node = skip_vfs (vfp_xml_next (node, "interface"));
  return node;
}

char *
vfp_domxml_detach_nic (const char *xml, const char *alias, GError **error)
{
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_DROP_BLANKS, &devices, error);
  xmlNode *node = doc != NULL ? find_alias (devices, alias) : NULL;

  if (doc != NULL && node == NULL)
    vfp_throw (error, VFP_ERROR_LIBVIRT, "the domain has no interface with the alias %s", alias);
  if (node == NULL)
    return NULL;
  vfp_xml_remove (node);
  return vfp_xml_serialize (xmlDocGetRootElement (doc), TRUE);
}

static gboolean
is_wanted (const xmlNode *node, const VfpMac *mac)
{
  g_autoptr (VfpGuestNic) nic = vfp_domxml_read_nic (node, NULL);

  return nic != NULL && nic->is_virtio && nic->has_mac && vfp_mac_equal (&nic->mac, mac);
}

/* With an error where there is none, or several. */
static xmlNode *
find_mac (const xmlNode *devices, const VfpMac *mac, GError **error)
{
  xmlNode *found = NULL;
  char text[VFP_MAC_STRLEN];

  for (xmlNode *node = skip_vfs (vfp_xml_child (devices, "interface")); node != NULL;
       node = skip_vfs (vfp_xml_next (node, "interface")))
    {
      if (!is_wanted (node, mac))
        continue;
      if (found != NULL)
        {
          vfp_throw (error, VFP_ERROR_LIBVIRT, "the domain has several virtio NICs with the MAC %s",
                     vfp_mac_format (mac, text));
          return NULL;
        }
      found = node;
    }
  if (found == NULL)
    vfp_throw (error, VFP_ERROR_LIBVIRT, "the domain has no virtio NIC with the MAC %s",
               vfp_mac_format (mac, text));
  return found;
}

static void
put (xmlNode *node, const char *name, const char *attribute, const char *value)
{
  xmlNode *child = vfp_xml_child (node, name);

  if (value != NULL)
    vfp_xml_set (child != NULL ? child : vfp_xml_add (node, name), attribute, value);
  else if (child != NULL)
    vfp_xml_remove (child);
}

char *
vfp_domxml_change_nic (const char *xml, const VfpNicChange *change, GError **error)
{
  xmlNode *devices;
  g_autoptr (xmlDoc) doc = vfp_domxml_open (xml, VFP_XML_KEEP_BLANKS, &devices, error);
  xmlNode *node = doc != NULL ? find_mac (devices, &change->mac, error) : NULL;

  if (node == NULL)
    return NULL;
  put (node, "teaming", "type", change->is_standby ? "persistent" : NULL);
  put (node, "alias", "name", change->alias);
  return vfp_xml_serialize (xmlDocGetRootElement (doc), FALSE);
}
