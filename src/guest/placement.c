/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a guest a VF goes. */
#include "config.h"

#include "guest/placement.h"

#include "base/error.h"

#define ACPI_INDEX_BASE 101

/* 0 and 1 of bus 0 are the chipset, 2 is what libvirt keeps for the first video device. */
#define I440FX_SLOT_MIN 3
#define I440FX_SLOT_MAX 31
#define PCI_SLOT_MAX 31

/* Devices may have several functions, so the whole slot counts. */
static gboolean
same_slot (const VfpAddress *a, const VfpAddress *b)
{
  return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

static gboolean
has_slot (GArray *addresses, const VfpAddress *address)
{
  for (unsigned i = 0; addresses != NULL && i < addresses->len; i++)
    if (same_slot (&g_array_index (addresses, VfpAddress, i), address))
      return TRUE;
  return FALSE;
}

static gboolean
address_is_free (const VfpGuest *guest, const VfpPlacementRequest *request,
                 const VfpAddress *address)
{
  return !has_slot (request->taken_addresses, address)
         && (guest->live == NULL || !has_slot (guest->live->addresses, address))
         && (guest->config == NULL || !has_slot (guest->config->addresses, address));
}

static gboolean
has_index (GArray *indexes, unsigned index)
{
  for (unsigned i = 0; indexes != NULL && i < indexes->len; i++)
    if (g_array_index (indexes, unsigned, i) == index)
      return TRUE;
  return FALSE;
}

static gboolean
index_is_free (const VfpGuest *guest, const VfpPlacementRequest *request, unsigned index)
{
  return !has_index (request->taken_indexes, index)
         && (guest->live == NULL || !has_index (guest->live->acpi_indexes, index))
         && (guest->config == NULL || !has_index (guest->config->acpi_indexes, index));
}

/* A guest whose configuration has another machine type than it runs with has no address that
 * serves both. */
static VfpMachine
machine_of (const VfpGuest *guest)
{
  if (guest->live == NULL || guest->config == NULL)
    return guest->live != NULL ? guest->live->machine : guest->config->machine;
  return guest->live->machine == guest->config->machine ? guest->live->machine : VFP_MACHINE_OTHER;
}

static gboolean
has_port (const VfpDomxml *domxml, unsigned bus)
{
  for (unsigned i = 0; i < domxml->ports->len; i++)
    if (g_array_index (domxml->ports, VfpGuestPort, i).bus == bus)
      return TRUE;
  return FALSE;
}

static const VfpDomxml *
present_xml (const VfpGuest *guest)
{
  return guest->live != NULL ? guest->live : guest->config;
}

static gboolean
plan_port (const VfpGuest *guest, const VfpPlacementRequest *request, VfpAddress *out_address,
           GError **error)
{
  const VfpDomxml *present = present_xml (guest);

  for (unsigned i = 0; i < present->ports->len; i++)
    {
      const VfpGuestPort *port = &g_array_index (present->ports, VfpGuestPort, i);
      const VfpAddress address = { .bus = (guint8) port->bus };

      if (port->in_use || !address_is_free (guest, request, &address)
          || (guest->config != NULL && !has_port (guest->config, port->bus)))
        continue;
      *out_address = address;
      return TRUE;
    }
  return vfp_throw (error, VFP_ERROR_NO_PORT,
                    "%s: no free hot-plug port (%u in all); 'vfpool ports %s --add 4', then 'virsh "
                    "shutdown' and 'virsh start' (a reboot inside the guest is not enough)",
                    guest->name, present->ports->len, guest->name);
}

static gboolean
plan_slot (const VfpGuest *guest, const VfpPlacementRequest *request, VfpAddress *out_address,
           GError **error)
{
  for (unsigned slot = I440FX_SLOT_MAX; slot >= I440FX_SLOT_MIN; slot--)
    {
      const VfpAddress address = { .slot = (guint8) slot };

      if (!address_is_free (guest, request, &address))
        continue;
      *out_address = address;
      return TRUE;
    }
  return vfp_throw (error, VFP_ERROR_NO_PORT,
                    "%s: no free slot on its PCI bus; remove a device from it", guest->name);
}

static gboolean
has_bridge (const VfpDomxml *domxml, unsigned bus)
{
  for (unsigned i = 0; i < domxml->bridges->len; i++)
    if (g_array_index (domxml->bridges, unsigned, i) == bus)
      return TRUE;
  return FALSE;
}

/* An address that was asked for must be one that a device can be plugged into. */
static gboolean
check_pluggable (const VfpGuest *guest, VfpMachine machine, const VfpAddress *address,
                 GError **error)
{
  const VfpDomxml *present = present_xml (guest);
  char text[VFP_ADDRESS_STRLEN];

  /* Slot 0 of a PCI bridge's bus is its hot-plug controller's (libvirt, pci-addresses.rst). */
  if (has_bridge (present, address->bus) && address->slot > 0)
    return TRUE;
  if (machine == VFP_MACHINE_Q35 && (address->slot != 0 || !has_port (present, address->bus)))
    return vfp_throw (error, VFP_ERROR_NO_PORT,
                      "%s: %s is not a hot-plug port; 'vfpool ports %s' counts them", guest->name,
                      vfp_address_format (address, text), guest->name);
  if (machine == VFP_MACHINE_I440FX && address->bus == 0 && address->slot < I440FX_SLOT_MIN - 1)
    return vfp_throw (error, VFP_ERROR_GUEST_ADDRESS_IN_USE, "%s: %s is the chipset's", guest->name,
                      vfp_address_format (address, text));
  return TRUE;
}

static gboolean
plan_on_bus (const VfpGuest *guest, const VfpPlacementRequest *request, VfpMachine machine,
             VfpAddress *out_address, GError **error)
{
  for (unsigned slot = request->slot_base; slot <= PCI_SLOT_MAX; slot++)
    {
      const VfpAddress address = { .bus = (guint8) request->bus, .slot = (guint8) slot };

      if (!address_is_free (guest, request, &address)
          || !check_pluggable (guest, machine, &address, NULL))
        continue;
      *out_address = address;
      return TRUE;
    }
  return vfp_throw (
      error, VFP_ERROR_NO_PORT,
      "%s: no free PCI slot from %u on on its bus %u, which the pool names (guest-bus, "
      "guest-pci-slot-base)",
      guest->name, request->slot_base, request->bus);
}

static gboolean
plan_address (const VfpGuest *guest, const VfpPlacementRequest *request, VfpPlacement *placement,
              GError **error)
{
  const VfpMachine machine = machine_of (guest);

  if (request->address != NULL)
    {
      if (!address_is_free (guest, request, request->address))
        {
          g_autofree char *text = vfp_address_to_string (request->address);
          return vfp_throw (error, VFP_ERROR_GUEST_ADDRESS_IN_USE,
                            "%s: another device has the guest address %s; name a free one, or "
                            "leave the option out",
                            guest->name, text);
        }
      if (!check_pluggable (guest, machine, request->address, error))
        return FALSE;
      placement->address = *request->address;
    }
  else if (request->bus != 0 && machine != VFP_MACHINE_OTHER)
    {
      if (!plan_on_bus (guest, request, machine, &placement->address, error))
        return FALSE;
    }
  else if (machine == VFP_MACHINE_Q35)
    {
      if (!plan_port (guest, request, &placement->address, error))
        return FALSE;
    }
  else if (machine == VFP_MACHINE_I440FX)
    {
      if (!plan_slot (guest, request, &placement->address, error))
        return FALSE;
    }
  else
    return TRUE;

  placement->has_address = TRUE;
  return TRUE;
}

static gboolean
supports_index (const VfpGuest *guest)
{
  return (guest->live == NULL || guest->live->has_acpi)
         && (guest->config == NULL || guest->config->has_acpi);
}

static gboolean
plan_index (const VfpGuest *guest, const VfpPlacementRequest *request, unsigned *out_index,
            GError **error)
{
  if (request->acpi_index == 0 || (request->acpi_index < 0 && !supports_index (guest)))
    {
      *out_index = 0;
      return TRUE;
    }
  if (request->acpi_index > 0)
    {
      *out_index = (unsigned) request->acpi_index;
      if (index_is_free (guest, request, *out_index))
        return TRUE;
      return vfp_throw (error, VFP_ERROR_ACPI_INDEX_IN_USE,
                        "%s: another device has the ACPI index %u; name a free one, or leave the "
                        "option out",
                        guest->name, *out_index);
    }

  for (*out_index = ACPI_INDEX_BASE + request->slot_number; *out_index <= VFP_ACPI_INDEX_MAX;
       (*out_index)++)
    if (index_is_free (guest, request, *out_index))
      return TRUE;
  return vfp_throw (error, VFP_ERROR_ACPI_INDEX_IN_USE,
                    "%s: no ACPI index is free from %u on; name one, or say --acpi-index none",
                    guest->name, ACPI_INDEX_BASE + request->slot_number);
}

gboolean
vfp_placement_plan (const VfpGuest *guest, const VfpPlacementRequest *request,
                    VfpPlacement *out_placement, GError **error)
{
  VfpPlacement placement = { 0 };

  if (!plan_address (guest, request, &placement, error)
      || !plan_index (guest, request, &placement.acpi_index, error))
    return FALSE;

  *out_placement = placement;
  return TRUE;
}

gboolean
vfp_placement_check (const VfpGuest *guest, const VfpPlacementRequest *request, GError **error)
{
  VfpPlacement placement = { 0 };

  return (request->address == NULL || plan_address (guest, request, &placement, error))
         && (request->acpi_index <= 0 || plan_index (guest, request, &placement.acpi_index, error));
}

void
vfp_placement_count_ports (const VfpGuest *guest, unsigned *out_free, unsigned *out_total)
{
  const GArray *ports = present_xml (guest)->ports;

  *out_free = 0;
  *out_total = ports->len;
  for (unsigned i = 0; i < ports->len; i++)
    *out_free += !g_array_index (ports, VfpGuestPort, i).in_use;
}

char *
vfp_placement_ifname (const VfpPlacement *placement)
{
  const VfpAddress *address = &placement->address;

  if (placement->acpi_index != 0)
    return g_strdup_printf ("eno%u", placement->acpi_index);
  if (!placement->has_address || address->domain != 0 || address->function != 0)
    return NULL;
  return address->bus != 0 ? g_strdup_printf ("enp%us%u", address->bus, address->slot)
                           : g_strdup_printf ("ens%u", address->slot);
}
