/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices in a domain's XML. */
#include "config.h"

#include "guest/domxml-private.h"

#include "base/error.h"
#include "base/parse.h"

/* libvirt writes addresses in hexadecimal and reads decimal as well. */
static gboolean
read_field (const xmlNode *node, const char *name, guint64 max, guint32 *out_value,
            gboolean *out_present, GError **error)
{
  const char *text = vfp_xml_attribute (node, name);
  g_autoptr (GError) local = NULL;
  guint64 value;

  if (text == NULL)
    return TRUE;

  const gboolean is_hex = g_str_has_prefix (text, "0x") || g_str_has_prefix (text, "0X");
  if (!vfp_parse_uint (is_hex ? text + 2 : text, is_hex ? 16 : 10, 0, max, name, &value, &local))
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "PCI address, line %ld: %s", xmlGetLineNo (node),
                      local->message);

  *out_value = (guint32) value;
  *out_present = TRUE;
  return TRUE;
}

gboolean
vfp_domxml_read_address (const xmlNode *node, VfpAddress *out_address, gboolean *out_present,
                         GError **error)
{
  guint32 domain = 0, bus = 0, slot = 0, function = 0;
  gboolean present = FALSE;

  if (!read_field (node, "domain", G_MAXUINT32, &domain, &present, error)
      || !read_field (node, "bus", 0xff, &bus, &present, error)
      || !read_field (node, "slot", 0x1f, &slot, &present, error)
      || !read_field (node, "function", 7, &function, &present, error))
    return FALSE;

  *out_address = (VfpAddress){ domain, (guint8) bus, (guint8) slot, (guint8) function };
  *out_present = present;
  return TRUE;
}

void
vfp_domxml_write_address (xmlNode *node, const VfpAddress *address)
{
  vfp_xml_set (node, "type", "pci");
  vfp_xml_set_format (node, "domain", "0x%04x", address->domain);
  vfp_xml_set_format (node, "bus", "0x%02x", address->bus);
  vfp_xml_set_format (node, "slot", "0x%02x", address->slot);
  vfp_xml_set_format (node, "function", "0x%x", address->function);
}

/* The <source> of a host device; NULL for any other device. */
static const xmlNode *
find_source (const xmlNode *node, gboolean *out_is_interface)
{
  const gboolean is_interface = vfp_xml_is (node, "interface");
  const xmlNode *holder = NULL;

  if (is_interface && vfp_xml_attribute_is (node, "type", "hostdev"))
    holder = node;
  else if (is_interface && vfp_xml_attribute_is (vfp_xml_child (node, "actual"), "type", "hostdev"))
    holder = vfp_xml_child (node, "actual");
  else if (vfp_xml_is (node, "hostdev") && vfp_xml_attribute_is (node, "type", "pci"))
    holder = node;

  *out_is_interface = is_interface;
  return vfp_xml_child (holder, "source");
}

static gboolean
read_source (const xmlNode *source, VfpAddress *out_address, gboolean *out_present, GError **error)
{
  const xmlNode *address = vfp_xml_child (source, "address");
  const char *type = vfp_xml_attribute (address, "type");

  *out_present = FALSE;
  if (address == NULL || (type != NULL && !g_str_equal (type, "pci")))
    return TRUE;
  return vfp_domxml_read_address (address, out_address, out_present, error);
}

static unsigned
read_number (const xmlNode *node, const char *name, unsigned max)
{
  const char *text = vfp_xml_attribute (node, name);
  guint64 value;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, max, &value, NULL))
    return 0;
  return (unsigned) value;
}

static char *
read_profile_id (const xmlNode *node)
{
  const xmlNode *port = vfp_xml_child (node, "virtualport");

  return vfp_xml_attribute_is (port, "type", "802.1Qbh")
             ? g_strdup (vfp_xml_attribute (vfp_xml_child (port, "parameters"), "profileid"))
             : NULL;
}

void
vfp_domxml_write_virtualport (xmlNode *node, const char *profile_id)
{
  vfp_xml_set (node, "type", "802.1Qbh");
  vfp_xml_set (vfp_xml_add (node, "parameters"), "profileid", profile_id);
}

static char *
read_standby (const xmlNode *node)
{
  const xmlNode *teaming = vfp_xml_child (node, "teaming");

  return vfp_xml_attribute_is (teaming, "type", "transient")
             ? g_strdup (vfp_xml_attribute (teaming, "persistent"))
             : NULL;
}

void
vfp_domxml_write_transient (xmlNode *node, const char *standby)
{
  vfp_xml_set (node, "type", "transient");
  vfp_xml_set (node, "persistent", standby);
}

unsigned
vfp_domxml_read_acpi_index (const xmlNode *node)
{
  return read_number (vfp_xml_child (node, "acpi"), "index", VFP_ACPI_INDEX_MAX);
}

void
vfp_guest_device_free (VfpGuestDevice *device)
{
  if (device == NULL)
    return;
  g_free (device->alias);
  g_free (device->profile_id);
  g_free (device->driver_model);
  g_free (device->standby);
  g_free (device);
}

VfpGuestDevice *
vfp_domxml_read_device (const xmlNode *node, GError **error)
{
  g_autoptr (VfpGuestDevice) device = g_new0 (VfpGuestDevice, 1);
  const xmlNode *source = find_source (node, &device->is_interface);
  const xmlNode *address = vfp_xml_child (node, "address");
  const char *mac = vfp_xml_attribute (vfp_xml_child (node, "mac"), "address");
  gboolean present;

  if (source == NULL || !read_source (source, &device->source, &present, error) || !present)
    return NULL;
  if (vfp_xml_attribute_is (address, "type", "pci")
      && !vfp_domxml_read_address (address, &device->address, &device->has_address, error))
    return NULL;

  device->has_mac = mac != NULL && vfp_mac_parse (mac, &device->mac, NULL);
  device->alias = g_strdup (vfp_xml_attribute (vfp_xml_child (node, "alias"), "name"));
  device->acpi_index = vfp_domxml_read_acpi_index (node);
  device->vlan = read_number (vfp_xml_child (vfp_xml_child (node, "vlan"), "tag"), "id", 4094);
  device->profile_id = read_profile_id (node);
  device->driver_model = g_strdup (vfp_xml_attribute (vfp_xml_child (node, "driver"), "model"));
  device->standby = read_standby (node);
  return g_steal_pointer (&device);
}

xmlNode *
vfp_domxml_find_device (const xmlNode *devices, const VfpAddress *source, const char *alias,
                        const VfpMac *mac, GError **error)
{
  xmlNode *with_mac = NULL;
  char text[VFP_ADDRESS_STRLEN];

  for (xmlNode *node = vfp_xml_child (devices, NULL); node != NULL;
       node = vfp_xml_next (node, NULL))
    {
      g_autoptr (VfpGuestDevice) device = vfp_domxml_read_device (node, NULL);

      if (device == NULL || !vfp_address_equal (&device->source, source))
        continue;
      if ((alias == NULL && mac == NULL)
          || (alias != NULL && g_strcmp0 (device->alias, alias) == 0))
        return node;
      if (with_mac == NULL && mac != NULL && device->has_mac && vfp_mac_equal (&device->mac, mac))
        with_mac = node;
    }
  if (with_mac == NULL)
    vfp_throw (error, VFP_ERROR_LIBVIRT, "the domain has no device of %s",
               vfp_address_format (source, text));
  return with_mac;
}
