/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's XML asks of the host that it is to run on. */
#include "config.h"

#include "guest/domxml-needs.h"

#include "guest/xml.h"

void
vfp_guest_needs_free (VfpGuestNeeds *needs)
{
  if (needs == NULL)
    return;
  g_free (needs->virt_type);
  g_free (needs->arch);
  g_free (needs->machine);
  g_free (needs->cpu_mode);
  g_free (needs->cpu_xml);
  g_free (needs);
}

VfpGuestNeeds *
vfp_guest_needs_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "domain XML", "domain", VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  const xmlNode *root = xmlDocGetRootElement (doc);
  const xmlNode *type = vfp_xml_child (vfp_xml_child (root, "os"), "type");
  xmlNode *cpu = vfp_xml_child (root, "cpu");
  VfpGuestNeeds *needs = g_new0 (VfpGuestNeeds, 1);
  needs->virt_type = g_strdup (vfp_xml_attribute (root, "type"));
  needs->arch = g_strdup (vfp_xml_attribute (type, "arch"));
  needs->machine = g_strdup (vfp_xml_attribute (type, "machine"));
  needs->cpu_mode = g_strdup (vfp_xml_attribute (cpu, "mode"));
  if (g_strcmp0 (needs->cpu_mode, "custom") == 0)
    needs->cpu_xml = vfp_xml_serialize (cpu, FALSE);
  return needs;
}
