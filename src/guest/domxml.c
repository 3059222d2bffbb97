/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a domain's XML that matter here. */
#include "config.h"

#include "guest/domxml.h"

#include "base/error.h"
#include "guest/domxml-private.h"
#include "guest/metadata.h"

static const struct
{
  const char *name;
  guint64 bytes;
} units[] = {
  { "b", 1 },
  { "bytes", 1 },
  { "KB", 1000 },
  { "k", 1024 },
  { "KiB", 1024 },
  { "MB", 1000 * 1000 },
  { "M", 1024 * 1024 },
  { "MiB", 1024 * 1024 },
  { "GB", 1000 * 1000 * 1000 },
  { "G", 1024 * 1024 * 1024 },
  { "GiB", 1024 * 1024 * 1024 },
  { "T", G_GUINT64_CONSTANT (1) << 40 },
  { "TiB", G_GUINT64_CONSTANT (1) << 40 },
};

static guint64
read_memory_kib (const xmlNode *domain)
{
  const xmlNode *memory = vfp_xml_child (domain, "memory");
  const char *unit = vfp_xml_attribute (memory, "unit");
  g_autofree char *text = vfp_xml_text (memory);
  guint64 value, bytes = 1024;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &value, NULL))
    return 0;
  for (unsigned i = 0; unit != NULL && i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (unit, units[i].name))
      bytes = units[i].bytes;
  return bytes < 1024 ? value / (1024 / bytes) : value * (bytes / 1024);
}

VfpMachine
vfp_domxml_read_machine (const xmlNode *domain, gboolean *out_is_x86)
{
  const xmlNode *type = vfp_xml_child (vfp_xml_child (domain, "os"), "type");
  const char *machine = vfp_xml_attribute (type, "machine");

  *out_is_x86 = vfp_xml_attribute_is (type, "arch", "x86_64")
                || vfp_xml_attribute_is (type, "arch", "i686");
  if (!*out_is_x86 || machine == NULL)
    return VFP_MACHINE_OTHER;
  if (g_str_equal (machine, "q35") || g_str_has_prefix (machine, "pc-q35-"))
    return VFP_MACHINE_Q35;
  if (g_str_equal (machine, "pc") || g_str_has_prefix (machine, "pc-i440fx-"))
    return VFP_MACHINE_I440FX;
  return VFP_MACHINE_OTHER;
}

/* libvirt keeps the element with our namespace and hands it out without. */
static char *
read_metadata (const xmlNode *domain)
{
  const xmlNode *node = vfp_xml_child (vfp_xml_child (domain, "metadata"), NULL);

  while (node != NULL
         && (node->ns == NULL || g_strcmp0 ((const char *) node->ns->href, VFP_METADATA_URI) != 0))
    node = vfp_xml_next (node, NULL);
  return node == NULL ? NULL : vfp_xml_serialize_bare (node, VFP_METADATA_URI);
}

static gboolean
read_device (VfpDomxml *domxml, const xmlNode *node, GError **error)
{
  g_autoptr (GError) local = NULL;
  VfpGuestDevice *device = vfp_domxml_read_device (node, &local);
  const xmlNode *place = vfp_xml_child (node, "address");
  const char *mac_text = vfp_xml_attribute (vfp_xml_child (node, "mac"), "address");
  const unsigned acpi_index = vfp_domxml_read_acpi_index (node);
  gboolean has_address = FALSE;
  VfpAddress address;
  VfpMac mac;

  if (device != NULL)
    g_ptr_array_add (domxml->devices, device);
  else if (local == NULL && vfp_xml_is (node, "interface"))
    {
      VfpGuestNic *nic = vfp_domxml_read_nic (node, &local);

      if (nic != NULL)
        g_ptr_array_add (domxml->nics, nic);
    }
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (vfp_xml_attribute_is (place, "type", "pci")
      && !vfp_domxml_read_address (place, &address, &has_address, error))
    return FALSE;

  if (has_address)
    g_array_append_val (domxml->addresses, address);
  if (acpi_index != 0)
    g_array_append_val (domxml->acpi_indexes, acpi_index);
  if (vfp_xml_is (node, "interface") && mac_text != NULL && vfp_mac_parse (mac_text, &mac, NULL))
    g_array_append_val (domxml->macs, mac);

  const char *netdev
      = vfp_xml_is (node, "interface") && vfp_xml_attribute_is (node, "type", "direct")
            ? vfp_xml_attribute (vfp_xml_child (node, "source"), "dev")
            : NULL;
  if (netdev != NULL)
    g_ptr_array_add (domxml->netdevs, g_strdup (netdev));
  return TRUE;
}

static gboolean
has_model (const xmlNode *node, const char *const *models)
{
  const char *model = vfp_xml_attribute (node, "model");

  return model != NULL && g_strv_contains (models, model);
}

static void
read_controller (VfpDomxml *domxml, const xmlNode *node)
{
  static const char *const ports[] = { "pcie-root-port", "pcie-switch-downstream-port", NULL };
  static const char *const bridges[]
      = { "pci-bridge", "pcie-to-pci-bridge", "dmi-to-pci-bridge", NULL };
  const char *index = vfp_xml_attribute (node, "index");
  guint64 bus;

  if (!vfp_xml_is (node, "controller") || !vfp_xml_attribute_is (node, "type", "pci")
      || vfp_xml_attribute_is (vfp_xml_child (node, "target"), "hotplug", "off") || index == NULL
      || !g_ascii_string_to_unsigned (index, 10, 1, 0xff, &bus, NULL))
    return;

  const unsigned number = (unsigned) bus;
  const VfpGuestPort port = { .bus = number };
  if (has_model (node, bridges))
    g_array_append_val (domxml->bridges, number);
  else if (domxml->machine == VFP_MACHINE_Q35 && has_model (node, ports))
    g_array_append_val (domxml->ports, port);
}

static int
compare_ports (gconstpointer a, gconstpointer b)
{
  return (int) ((const VfpGuestPort *) a)->bus - (int) ((const VfpGuestPort *) b)->bus;
}

/* A port is a bus with one device. */
static void
mark_ports (VfpDomxml *domxml)
{
  gboolean in_use[0x100] = { FALSE };

  for (unsigned i = 0; i < domxml->addresses->len; i++)
    {
      const VfpAddress *address = &g_array_index (domxml->addresses, VfpAddress, i);

      if (address->domain == 0)
        in_use[address->bus] = TRUE;
    }

  g_array_sort (domxml->ports, compare_ports);
  for (unsigned i = 0; i < domxml->ports->len; i++)
    {
      VfpGuestPort *port = &g_array_index (domxml->ports, VfpGuestPort, i);

      port->in_use = in_use[port->bus];
    }
}

static gboolean
read_devices (VfpDomxml *domxml, const xmlNode *domain, GError **error)
{
  const xmlNode *node = vfp_xml_child (vfp_xml_child (domain, "devices"), NULL);

  for (; node != NULL; node = vfp_xml_next (node, NULL))
    {
      if (!read_device (domxml, node, error))
        return FALSE;
      read_controller (domxml, node);
    }
  mark_ports (domxml);
  return TRUE;
}

static VfpDomxml *
domxml_new (void)
{
  VfpDomxml *domxml = g_new0 (VfpDomxml, 1);

  domxml->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_device_free);
  domxml->nics = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_nic_free);
  domxml->addresses = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  domxml->acpi_indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  domxml->macs = g_array_new (FALSE, FALSE, sizeof (VfpMac));
  domxml->netdevs = g_ptr_array_new_with_free_func (g_free);
  domxml->bridges = g_array_new (FALSE, FALSE, sizeof (unsigned));
  domxml->ports = g_array_new (FALSE, FALSE, sizeof (VfpGuestPort));
  return domxml;
}

VfpDomxml *
vfp_domxml_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) doc
      = vfp_xml_parse (xml, "domain XML", "domain", VFP_XML_DROP_BLANKS, VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  const xmlNode *domain = xmlDocGetRootElement (doc);
  g_autoptr (VfpDomxml) domxml = domxml_new ();
  g_autofree char *uuid = vfp_xml_text (vfp_xml_child (domain, "uuid"));
  gboolean is_x86;

  domxml->name = vfp_xml_text (vfp_xml_child (domain, "name"));
  domxml->uuid = uuid == NULL ? NULL : g_ascii_strdown (uuid, -1);
  domxml->machine = vfp_domxml_read_machine (domain, &is_x86);
  domxml->has_acpi = is_x86 && vfp_xml_child (vfp_xml_child (domain, "features"), "acpi") != NULL;
  domxml->memory_kib = read_memory_kib (domain);
  vfp_domxml_read_binding (domain, &domxml->nodes, &domxml->cpus);
  domxml->metadata = read_metadata (domain);
  if (domxml->name == NULL)
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: there is no <name>");
      return NULL;
    }
  if (!read_devices (domxml, domain, error))
    return NULL;
  return g_steal_pointer (&domxml);
}

void
vfp_domxml_free (VfpDomxml *domxml)
{
  if (domxml == NULL)
    return;
  g_free (domxml->name);
  g_free (domxml->uuid);
  g_free (domxml->metadata);
  g_ptr_array_unref (domxml->devices);
  g_ptr_array_unref (domxml->nics);
  g_array_unref (domxml->addresses);
  g_array_unref (domxml->acpi_indexes);
  g_array_unref (domxml->macs);
  g_ptr_array_unref (domxml->netdevs);
  g_array_unref (domxml->bridges);
  g_array_unref (domxml->ports);
  g_clear_pointer (&domxml->nodes, g_array_unref);
  g_clear_pointer (&domxml->cpus, g_array_unref);
  g_free (domxml);
}

VfpGuestDevice *
vfp_domxml_find_alias (const VfpDomxml *domxml, const char *alias)
{
  for (unsigned i = 0; i < domxml->devices->len; i++)
    {
      VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (g_strcmp0 (device->alias, alias) == 0)
        return device;
    }
  return NULL;
}

VfpGuestDevice *
vfp_domxml_find_source (const VfpDomxml *domxml, const VfpAddress *source)
{
  for (unsigned i = 0; i < domxml->devices->len; i++)
    {
      VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (vfp_address_equal (&device->source, source))
        return device;
    }
  return NULL;
}
