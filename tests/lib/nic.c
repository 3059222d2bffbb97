/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NICs that somebody has put into the guests of a fake host without vfpool. */
#include "config.h"

#include "tests/lib/nic.h"

#include "guest/domxml-edit.h"
#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

static VfpAddress
parse_address (const char *text)
{
  VfpAddress address;

  assert_true (vfp_address_parse (text, &address, NULL));
  return address;
}

static void
append_address (GString *xml, const char *text)
{
  const VfpAddress address = parse_address (text);

  g_string_append_printf (
      xml, "<address type='pci' domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>",
      address.domain, address.bus, address.slot, address.function);
}

static char *
device_xml (const Nic *nic)
{
  GString *xml = g_string_new (nic->plain ? "<hostdev mode='subsystem' type='pci' managed='yes'>"
                                          : "<interface type='hostdev' managed='yes'>");

  if (nic->mac != NULL)
    g_string_append_printf (xml, "<mac address='%s'/>", nic->mac);
  g_string_append (xml, "<source>");
  append_address (xml, nic->vf);
  g_string_append (xml, "</source>");
  if (nic->vlan != 0)
    g_string_append_printf (xml, "<vlan><tag id='%u'/></vlan>", nic->vlan);
  if (nic->alias != NULL)
    g_string_append_printf (xml, "<alias name='%s'/>", nic->alias);
  if (nic->index != 0)
    g_string_append_printf (xml, "<acpi index='%u'/>", nic->index);
  if (nic->at != NULL)
    append_address (xml, nic->at);
  g_string_append (xml, nic->plain ? "</hostdev>" : "</interface>");
  return g_string_free (xml, FALSE);
}

void
nic_plug (World *world, const char *guest, const Nic *nic, unsigned affect)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = nic->vf != NULL ? device_xml (nic) : NULL;
  g_autofree char *uuid = virt->find_guest (virt, guest, &error);

  if (xml != NULL && (uuid == NULL || !virt->attach_device (virt, uuid, xml, affect, &error)))
    fail_msg ("%s: %s", guest, error->message);
}

void
nic_unplug (World *world, const char *guest, const char *vf)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = virt->find_guest (virt, guest, NULL);
  const VfpAddress address = parse_address (vf);

  assert_true (virt->detach_live (virt, uuid, &address, 1000, NULL));
  assert_true (virt->detach_config (virt, uuid, &address, NULL));
}

void
nic_move (World *world, const char *guest, const char *from, const char *to, const char *mac)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = virt->find_guest (virt, guest, NULL);
  const VfpAddress target = parse_address (to);
  VfpMac new_mac;

  assert_true (mac == NULL || vfp_mac_parse (mac, &new_mac, NULL));
  const VfpDeviceChange change = { .source = parse_address (from),
                                   .new_source = &target,
                                   .new_mac = mac != NULL ? &new_mac : NULL };
  assert_true (virt->change_config (virt, uuid, &change, NULL));
}

void
nic_start_guest (World *world, const char *guest)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = virt->find_guest (virt, guest, NULL);

  assert_true (virt->start_guest (virt, uuid, NULL));
}

/* The text of an element. */
static void
replace (GString *xml, const char *element, const char *from, const char *to)
{
  g_autofree char *old = g_strdup_printf ("<%s>%s<", element, from);
  g_autofree char *new = g_strdup_printf ("<%s>%s<", element, to);

  assert_int_equal (g_string_replace (xml, old, new, 0), 1);
}

void
nic_clone (World *world, const char *original, const char *name)
{
  g_autofree char *from = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/config.xml", original);
  g_autofree char *to = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/config.xml", name);
  g_autofree char *old_uuid = facts_uuid (original);
  g_autofree char *new_uuid = facts_uuid (name);
  g_autofree char *text = world_read (world, from);
  GString *xml = g_string_new (text);

  hosttree_add_guest (world->tree, &(HostGuest){ .name = name, .ports = 3, .off = TRUE });
  replace (xml, "name", original, name);
  replace (xml, "uuid", old_uuid, new_uuid);
  hosttree_write (world->tree, to, xml->str);
  g_string_free (xml, TRUE);
}

static void
append_claim (GString *text, const VfpClaim *claim)
{
  char address[VFP_ADDRESS_STRLEN];

  if (claim == NULL)
    {
      g_string_append (text, " no VF\n");
      return;
    }
  g_string_append_printf (text, " %s%s%s%s%s\n", vfp_address_format (&claim->address, address),
                          claim->live ? " live" : "", claim->config ? " config" : "",
                          claim->has_saved ? " saved" : "",
                          claim->intent != VFP_INTENT_NONE ? " intent" : "");
}

char *
nic_slots (World *world, const char *guest)
{
  g_autoptr (VfpRecords) records = world_records (world);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      g_autofree char *settings = vfp_settings_to_string (&slot->settings);
      char mac[VFP_MAC_STRLEN], address[VFP_ADDRESS_STRLEN];

      if (!g_str_equal (slot->guest_name, guest))
        continue;
      g_string_append_printf (
          text, "%s %s %s %u %s %#x", slot->name, vfp_mac_format (&slot->mac, mac),
          slot->has_guest_address ? vfp_address_format (&slot->guest_address, address) : "none",
          slot->acpi_index, settings, slot->asked);
      append_claim (text, vfp_records_find_claim_of_slot (records, slot->id));
    }
  return g_string_free (text, FALSE);
}

char *
nic_xml (const World *world, const char *guest, const char *file)
{
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/%s", guest, file);
  g_autofree char *xml = world_read (world, path);
  g_autoptr (GError) error = NULL;
  char *bare = xml != NULL ? vfp_domxml_set_metadata (xml, NULL, &error) : NULL;

  assert_null (error);
  if (bare == NULL)
    return NULL;
  GString *without = g_string_new (bare);
  g_string_replace (without, "  <metadata/>\n", "", 0);
  g_free (bare);
  return g_string_free (without, FALSE);
}
