/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a libvirt network's XML hands out. */
#include "config.h"

#include "guest/domxml.h"

#include "base/error.h"
#include "guest/domxml-private.h"

static gboolean
read_forward (VfpNetwork *network, const xmlNode *forward, GError **error)
{
  for (const xmlNode *node = vfp_xml_child (forward, NULL); node != NULL;
       node = vfp_xml_next (node, NULL))
    {
      const char *netdev = vfp_xml_attribute (node, "dev");
      VfpAddress address;
      gboolean present = FALSE;

      if (vfp_xml_is (node, "pf") && netdev != NULL)
        g_ptr_array_add (network->pfs, g_strdup (netdev));
      else if (vfp_xml_is (node, "address")
               && !vfp_domxml_read_address (node, &address, &present, error))
        return FALSE;
      if (present)
        g_array_append_val (network->addresses, address);
    }
  return TRUE;
}

VfpNetwork *
vfp_network_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) doc = vfp_xml_parse (xml, "network XML", "network", VFP_XML_DROP_BLANKS,
                                          VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  const xmlNode *root = xmlDocGetRootElement (doc);
  const xmlNode *forward = vfp_xml_child (root, "forward");
  g_autoptr (VfpNetwork) network = g_new0 (VfpNetwork, 1);
  network->pfs = g_ptr_array_new_with_free_func (g_free);
  network->addresses = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  network->name = vfp_xml_text (vfp_xml_child (root, "name"));
  if (network->name == NULL)
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT, "network XML: there is no <name>");
      return NULL;
    }
  network->bridge = g_strdup (vfp_xml_attribute (vfp_xml_child (root, "bridge"), "name"));
  if (vfp_xml_attribute_is (forward, "mode", "hostdev") && !read_forward (network, forward, error))
    return NULL;
  return g_steal_pointer (&network);
}

void
vfp_network_free (VfpNetwork *network)
{
  if (network == NULL)
    return;
  g_free (network->name);
  g_free (network->bridge);
  g_ptr_array_unref (network->pfs);
  g_array_unref (network->addresses);
  g_free (network);
}
