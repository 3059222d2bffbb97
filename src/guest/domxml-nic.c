/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NICs in a domain's XML that are no VFs. */
#include "config.h"

#include "guest/domxml-private.h"

void
vfp_guest_nic_free (VfpGuestNic *nic)
{
  if (nic == NULL)
    return;
  g_free (nic->alias);
  g_free (nic->bridge);
  g_free (nic->network);
  g_free (nic->lower);
  g_free (nic->target);
  g_free (nic);
}

/* <actual>, which libvirt's own files have, tells what a network came to. */
static void
read_source (const xmlNode *node, VfpGuestNic *nic)
{
  const xmlNode *source = vfp_xml_child (node, "source");
  const xmlNode *actual = vfp_xml_child (vfp_xml_child (node, "actual"), "source");
  const char *bridge = vfp_xml_attribute (source, "bridge");

  if (bridge == NULL)
    bridge = vfp_xml_attribute (actual, "bridge");
  nic->bridge = g_strdup (bridge);
  nic->network = g_strdup (vfp_xml_attribute (source, "network"));
  nic->lower = g_strdup (vfp_xml_attribute (source, "dev"));
  if (nic->lower == NULL)
    nic->lower = g_strdup (vfp_xml_attribute (actual, "dev"));
}

/* virtio, virtio-transitional, virtio-non-transitional (formatdomain.rst) */
static gboolean
is_virtio (const xmlNode *node)
{
  const char *model = vfp_xml_attribute (vfp_xml_child (node, "model"), "type");

  return model != NULL && (g_str_equal (model, "virtio") || g_str_has_prefix (model, "virtio-"));
}

VfpGuestNic *
vfp_domxml_read_nic (const xmlNode *node, GError **error)
{
  g_autoptr (VfpGuestNic) nic = g_new0 (VfpGuestNic, 1);
  const char *mac = vfp_xml_attribute (vfp_xml_child (node, "mac"), "address");
  const xmlNode *address = vfp_xml_child (node, "address");

  if (vfp_xml_attribute_is (address, "type", "pci")
      && !vfp_domxml_read_address (address, &nic->address, &nic->has_address, error))
    return NULL;
  nic->is_virtio = is_virtio (node);
  nic->is_standby = vfp_xml_attribute_is (vfp_xml_child (node, "teaming"), "type", "persistent");
  nic->has_mac = mac != NULL && vfp_mac_parse (mac, &nic->mac, NULL);
  nic->alias = g_strdup (vfp_xml_attribute (vfp_xml_child (node, "alias"), "name"));
  nic->target = g_strdup (vfp_xml_attribute (vfp_xml_child (node, "target"), "dev"));
  read_source (node, nic);
  return g_steal_pointer (&nic);
}

const char *
vfp_guest_nic_netdev (const VfpGuestNic *nic)
{
  return nic->bridge != NULL ? nic->bridge : nic->lower;
}

VfpGuestNic *
vfp_domxml_find_nic (const VfpDomxml *domxml, const char *alias)
{
  for (guint i = 0; i < domxml->nics->len; i++)
    {
      VfpGuestNic *nic = g_ptr_array_index (domxml->nics, i);

      if (g_strcmp0 (nic->alias, alias) == 0)
        return nic;
    }
  return NULL;
}
