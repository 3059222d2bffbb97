/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is known of one guest, PF or VF. */
#include "config.h"

#include "cli/show.h"

#include <stdio.h>

#include "base/error.h"
#include "base/parse.h"
#include "cli/columns.h"
#include "cli/output.h"
#include "cli/show-bond.h"
#include "guest/pair.h"
#include "guest/placement.h"
#include "guest/standby.h"

static const char *
slot_state (const VfpVfView *vf)
{
  return vf != NULL ? vfp_vf_state_to_string (vf->state) : "detached";
}

/* The VF of a slot; NULL: none, or truth has ended the claim. */
static const VfpVfView *
find_vf_of_slot (const VfpSnapshot *snapshot, const VfpSlot *slot)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, slot->id);
  const VfpVfView *vf = claim != NULL ? vfp_view_find_claim (snapshot->view, claim) : NULL;

  return vf != NULL && !vf->stale ? vf : NULL;
}

static char *
slot_ifname (const VfpSlot *slot)
{
  const VfpPlacement placement = { slot->guest_address, slot->has_guest_address, slot->acpi_index };

  return vfp_placement_ifname (&placement);
}

static void
add_slot_json (JsonBuilder *builder, const VfpSlot *slot, const VfpVfView *vf)
{
  g_autofree char *ifname = slot_ifname (slot);
  g_autofree char *port = vfp_virtualport_to_string (slot->profile_id);

  json_builder_begin_object (builder);
  vfp_json_string (builder, "slot", slot->name);
  vfp_json_string (builder, "pool", slot->pool);
  vfp_json_mac (builder, "mac", &slot->mac);
  vfp_json_address (builder, "guest_address",
                    slot->has_guest_address ? &slot->guest_address : NULL);
  if (slot->acpi_index != 0)
    vfp_json_int (builder, "acpi_index", slot->acpi_index);
  else
    vfp_json_null (builder, "acpi_index");
  vfp_json_string (builder, "guest_ifname", ifname);
  vfp_json_string (builder, "alias", slot->alias);
  vfp_json_string (builder, "state", slot_state (vf));
  vfp_json_bool (builder, "live", vf != NULL && vf->live);
  vfp_json_bool (builder, "config", vf != NULL && vf->config);
  vfp_json_bool (builder, "on_start", slot->on_start);
  vfp_json_string (builder, "standby", slot->standby);
  vfp_json_string (builder, "bond", slot->bond);
  vfp_json_string (builder, "pf", vf != NULL ? vf->pf_name : NULL);
  if (vf != NULL)
    vfp_json_int (builder, "vf", vf->index);
  else
    vfp_json_null (builder, "vf");
  vfp_json_address (builder, "address", vf != NULL ? &vf->address : NULL);
  vfp_json_settings (builder, &slot->settings);
  vfp_json_string (builder, "virtualport", port);
  vfp_json_string (builder, "driver_model", slot->driver_model);
  json_builder_end_object (builder);
}

/* The <vlan> of a running guest stays what it was when the device was plugged in. */
static void
print_old_vlan (const VfpSlot *slot, const VfpVfView *vf, const VfpGuest *guest)
{
  const VfpGuestDevice *device = vf != NULL && vf->live && guest != NULL && guest->live != NULL
                                     ? vfp_domxml_find_source (guest->live, &vf->address)
                                     : NULL;

  if (device == NULL || !device->is_interface || device->vlan == slot->settings.vlan)
    return;
  if (device->vlan == 0)
    printf ("    live XML       still has no VLAN: libvirt cannot change it; harmless\n");
  else
    printf ("    live XML       still says VLAN %u: libvirt cannot change it; harmless\n",
            device->vlan);
}

/* Where it is, and what of the pair is not as it must be. */
static void
print_standby (const VfpSlot *slot, const VfpVfView *vf, const VfpGuest *guest)
{
  const VfpDomxml *domxml = guest == NULL         ? NULL
                            : guest->live != NULL ? guest->live
                                                  : guest->config;
  const VfpGuestNic *nic = domxml != NULL && slot->standby != NULL
                               ? vfp_domxml_find_nic (domxml, slot->standby)
                               : NULL;
  const VfpGuestDevice *device
      = domxml != NULL && vf != NULL ? vfp_domxml_find_source (domxml, &vf->address) : NULL;
  g_autofree char *where = nic != NULL ? vfp_standby_describe (nic) : NULL;
  g_autofree char *why = NULL;

  if (slot->standby == NULL)
    return;
  if (device != NULL)
    (void) vfp_pair_standby (domxml, device, &why);
  printf ("    standby        %s%s%s%s%s\n", slot->standby, where != NULL ? ", " : "",
          where != NULL ? where : "", why != NULL ? "; no pair: " : "", why != NULL ? why : "");
}

static void
print_slot (const VfpSlot *slot, const VfpVfView *vf, const VfpGuest *guest)
{
  char mac[VFP_MAC_STRLEN], address[VFP_ADDRESS_STRLEN];
  g_autofree char *ifname = slot_ifname (slot);
  g_autofree char *settings = vfp_settings_to_string (&slot->settings);
  g_autofree char *port = vfp_virtualport_to_string (slot->profile_id);

  printf ("  %s: %s\n", slot->name, slot_state (vf));
  if (vf != NULL)
    printf ("    VF             %s VF %u (%s)%s%s\n", vf->pf_name, vf->index,
            vfp_address_format (&vf->address, address), vf->live ? ", live" : "",
            vf->config ? ", config" : "");
  printf ("    pool           %s\n", slot->pool);
  printf ("    MAC            %s\n", vfp_mac_format (&slot->mac, mac));
  if (slot->has_guest_address)
    printf ("    guest address  %s\n", vfp_address_format (&slot->guest_address, address));
  if (slot->acpi_index != 0)
    printf ("    ACPI index     %u\n", slot->acpi_index);
  if (ifname != NULL)
    printf ("    in the guest   %s\n", ifname);
  printf ("    alias          %s\n", slot->alias);
  if (slot->on_start)
    printf ("    on start       gets a VF, and gives it back at the end\n");
  if (slot->bond != NULL)
    printf ("    bond           %s\n", slot->bond);
  print_standby (slot, vf, guest);
  printf ("    settings       %s\n", settings);
  if (port != NULL)
    printf ("    virtualport    %s\n", port);
  if (slot->driver_model != NULL)
    printf ("    driver model   %s\n", slot->driver_model);
  print_old_vlan (slot, vf, guest);
}

static const VfpSlot *
find_slot_of_gone_guest (const VfpSnapshot *snapshot, const char *name)
{
  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (snapshot->records->slots, i);

      if (g_str_equal (slot->guest_name, name) || g_ascii_strcasecmp (slot->guest_uuid, name) == 0)
        return slot;
    }
  return NULL;
}

static void
print_guest (VfpCli *cli, const VfpSnapshot *snapshot, const char *name, const char *uuid,
             GPtrArray *slots)
{
  const VfpGuest *guest = snapshot->guests != NULL ? vfp_guest_find (snapshot->guests, uuid) : NULL;
  g_autoptr (GPtrArray) bonds = vfp_bonds_of (snapshot->view, uuid);

  if (!cli->json)
    {
      printf ("%s (%s): %s\n", name, uuid, slots->len > 0 ? "slots" : "no slots");
      vfp_show_bonds_print (bonds);
    }

  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  vfp_json_string (builder, "guest", name);
  vfp_json_string (builder, "uuid", uuid);
  vfp_show_bonds_json (builder, bonds);
  json_builder_set_member_name (builder, "slots");
  json_builder_begin_array (builder);
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      add_slot_json (builder, slot, find_vf_of_slot (snapshot, slot));
      if (!cli->json)
        print_slot (slot, find_vf_of_slot (snapshot, slot), guest);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  if (cli->json)
    vfp_output_json (builder);
  else
    g_object_unref (builder);
}

gboolean
vfp_show_guest (VfpCli *cli, const VfpSnapshot *snapshot, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  const VfpGuest *guest = vfp_snapshot_get_guest (snapshot, name, &local);
  const VfpSlot *gone = guest == NULL ? find_slot_of_gone_guest (snapshot, name) : NULL;

  if (guest == NULL && gone == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  const char *uuid = guest != NULL ? guest->uuid : gone->guest_uuid;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, uuid);
  print_guest (cli, snapshot, guest != NULL ? guest->name : gone->guest_name, uuid, slots);
  return TRUE;
}

void
vfp_show_vf (VfpCli *cli, const VfpVfView *vf)
{
  if (cli->json)
    {
      JsonBuilder *builder = json_builder_new ();

      vfp_columns_add_json (builder, vf);
      vfp_output_json (builder);
      return;
    }

  char address[VFP_ADDRESS_STRLEN];
  printf ("%s: VF %u of %s\n", vfp_address_format (&vf->address, address), vf->index, vf->pf_name);
  vfp_columns_print_list (vf);
}

static GPtrArray *
vfs_of (const VfpView *view, const VfpPf *pf)
{
  GPtrArray *vfs = g_ptr_array_new ();

  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->pf == pf)
        g_ptr_array_add (vfs, vf);
    }
  return vfs;
}

static void
print_pf_json (const VfpPf *pf, const char *name, const char *device, const char *serial,
               GPtrArray *vfs)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  vfp_json_string (builder, "pf", name);
  vfp_json_address (builder, "pf_address", &pf->address);
  vfp_json_string (builder, "device", device);
  vfp_json_string (builder, "driver", pf->driver);
  vfp_json_mac (builder, "mac", vfp_mac_is_zero (&pf->mac) ? NULL : &pf->mac);
  vfp_json_string (builder, "serial", serial);
  vfp_json_bool (builder, "up", pf->up);
  vfp_json_bool (builder, "carrier", pf->carrier);
  vfp_json_int (builder, "num_vfs", pf->num_vfs);
  vfp_json_int (builder, "total_vfs", pf->total_vfs);
  if (pf->numa_node >= 0)
    vfp_json_int (builder, "numa_node", pf->numa_node);
  else
    vfp_json_null (builder, "numa_node");
  json_builder_set_member_name (builder, "vfs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < vfs->len; i++)
    vfp_columns_add_json (builder, g_ptr_array_index (vfs, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}

void
vfp_show_pf (VfpCli *cli, const VfpSnapshot *snapshot, const VfpPf *pf)
{
  g_autofree char *name = vfp_pf_name (pf);
  g_autofree char *device = vfp_pci_device_name (cli->world.root, pf->vendor, pf->device);
  g_autofree char *serial = vfp_pci_serial (cli->world.root, &pf->address);
  g_autoptr (GPtrArray) vfs = vfs_of (snapshot->view, pf);
  char address[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];

  if (cli->json)
    {
      print_pf_json (pf, name, device, serial, vfs);
      return;
    }
  printf ("%s: PF %s, %s\n", name, vfp_address_format (&pf->address, address), device);
  printf ("  driver  %s\n", pf->driver != NULL ? pf->driver : "none");
  if (!vfp_mac_is_zero (&pf->mac))
    printf ("  MAC     %s\n", vfp_mac_format (&pf->mac, mac));
  if (serial != NULL)
    printf ("  serial  %s\n", serial);
  if (pf->netdev != NULL)
    printf ("  link    %s%s\n", pf->up ? "up" : "administratively down",
            pf->up && !pf->carrier ? ", no carrier" : "");
  printf ("  VFs     %u of %u\n", pf->num_vfs, pf->total_vfs);

  g_autoptr (GArray) columns = vfp_columns_choose (NULL, NULL);
  vfp_columns_print (cli, vfs, columns);
}
