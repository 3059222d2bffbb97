/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to the persistent XML of a guest of the real libvirt. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "guest/domxml-edit.h"

/* Without SECURE a definition that is written back would lose its passwords. */
static char *
read_config (virDomain *domain, GError **error)
{
  char *text = virDomainGetXMLDesc (domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);

  if (text == NULL)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  char *xml = g_strdup (text);
  free (text);
  return xml;
}

static gboolean
define (VfpVirtLibvirt *virt, const char *xml, GError **error)
{
  if (xml == NULL)
    return FALSE;

  g_autoptr (virDomain) defined = virDomainDefineXMLFlags (virt->connection, xml, 0);
  return defined != NULL || vfp_virt_error_take (error);
}

gboolean
vfp_virt_libvirt_add_ports (VfpVirt *virt, const char *uuid, unsigned count, GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup (self, uuid, error);
  g_autofree char *old = domain != NULL ? read_config (domain, error) : NULL;
  g_autofree char *xml = old != NULL ? vfp_domxml_add_ports (old, count, error) : NULL;

  return define (self, xml, error);
}

gboolean
vfp_virt_libvirt_change_config (VfpVirt *virt, const char *uuid, const VfpDeviceChange *change,
                                GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup (self, uuid, error);
  g_autofree char *old = domain != NULL ? read_config (domain, error) : NULL;
  g_autofree char *xml = old != NULL ? vfp_domxml_change_device (old, change, error) : NULL;

  return define (self, xml, error);
}

gboolean
vfp_virt_libvirt_change_nic (VfpVirt *virt, const char *uuid, const VfpNicChange *change,
                             GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup (self, uuid, error);
  g_autofree char *old = domain != NULL ? read_config (domain, error) : NULL;
  g_autofree char *xml = old != NULL ? vfp_domxml_change_nic (old, change, error) : NULL;

  return define (self, xml, error);
}

/* A device without alias, which somebody made by hand, is matched by its own XML. */
static gboolean
detach (virDomain *domain, const VfpGuestDevice *device, GError **error)
{
  if (device->alias != NULL)
    return virDomainDetachDeviceAlias (domain, device->alias, VIR_DOMAIN_AFFECT_CONFIG) == 0
           || vfp_virt_error_take (error);

  g_autofree char *xml = read_config (domain, error);
  g_autofree char *own
      = xml != NULL ? vfp_domxml_extract_device (xml, &device->source, error) : NULL;
  if (own == NULL)
    return FALSE;
  return virDomainDetachDeviceFlags (domain, own, VIR_DOMAIN_AFFECT_CONFIG) == 0
         || vfp_virt_error_take (error);
}

gboolean
vfp_virt_libvirt_detach_config (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                                GError **error)
{
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, uuid, error);
  if (guest == NULL)
    return FALSE;

  const VfpGuestDevice *device
      = guest->config != NULL ? vfp_domxml_find_source (guest->config, source) : NULL;
  if (device == NULL)
    return TRUE;

  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);
  return domain != NULL && detach (domain, device, error);
}

gboolean
vfp_virt_libvirt_detach_nic_config (VfpVirt *virt, const char *uuid, const char *alias,
                                    GError **error)
{
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, uuid, error);

  if (guest == NULL)
    return FALSE;
  if (guest->config == NULL || vfp_domxml_find_nic (guest->config, alias) == NULL)
    return TRUE;

  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);
  return domain != NULL
         && (virDomainDetachDeviceAlias (domain, alias, VIR_DOMAIN_AFFECT_CONFIG) == 0
             || vfp_virt_error_take (error));
}
