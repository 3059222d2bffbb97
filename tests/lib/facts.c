/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be known of a host, made up for the layers that only decide. */
#include "config.h"

#include "tests/lib/facts.h"

#include <string.h>

#include "host/netlink-fake.h"
#include "tests/lib/check.h"

Facts *
facts_new (const HostPf *pfs, gsize n_pfs)
{
  Facts *facts = g_new0 (Facts, 1);

  facts->tree = hosttree_new (NULL);
  for (gsize i = 0; i < n_pfs; i++)
    hosttree_add_pf (facts->tree, &pfs[i]);
  hosttree_save_links (facts->tree);

  g_autoptr (VfpRoot) root = hosttree_open (facts->tree);
  g_autoptr (VfpNetlink) netlink = vfp_netlink_fake_new (root, NULL);
  facts->inventory = vfp_inventory_read (root, netlink, NULL);
  facts->records = vfp_records_new ();
  facts->guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);
  facts->networks = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_network_free);
  assert_non_null (facts->inventory);
  return facts;
}

void
facts_free (Facts *facts)
{
  if (facts == NULL)
    return;
  vfp_view_free (facts->view);
  vfp_config_free (facts->config);
  g_clear_pointer (&facts->guests, g_ptr_array_unref);
  g_clear_pointer (&facts->networks, g_ptr_array_unref);
  vfp_records_free (facts->records);
  vfp_inventory_free (facts->inventory);
  hosttree_free (facts->tree);
  g_free (facts);
}

VfpPf *
facts_pf (const Facts *facts, const char *name)
{
  VfpPf *pf = vfp_inventory_find_pf (facts->inventory, name);

  assert_non_null (pf);
  return pf;
}

VfpVf *
facts_vf (const Facts *facts, const char *address)
{
  VfpAddress parsed;

  assert_true (vfp_address_parse (address, &parsed, NULL));
  VfpVf *vf = vfp_inventory_find_vf (facts->inventory, &parsed);
  assert_non_null (vf);
  return vf;
}

char *
facts_uuid (const char *guest)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, guest, -1);

  return g_strdup_printf ("%.8s-%.4s-4%.3s-8%.3s-%.12s", digest, digest + 8, digest + 13,
                          digest + 17, digest + 20);
}

static void
append_device (GString *xml, const char *source)
{
  VfpAddress address;

  if (!vfp_address_parse (source, &address, NULL))
    {
      g_string_append_printf (xml,
                              "<interface type='direct'><source dev='%s' mode='passthrough'/>"
                              "</interface>",
                              source);
      return;
    }
  g_string_append_printf (xml,
                          "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
                          "<address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>"
                          "</source></hostdev>",
                          address.domain, address.bus, address.slot, address.function);
}

static char *
make_xml (const char *name, const char *uuid, const char *vfs)
{
  GString *xml = g_string_new (NULL);
  g_auto (GStrv) sources = g_strsplit (vfs, " ", -1);

  g_string_append_printf (xml,
                          "<domain><name>%s</name><uuid>%s</uuid>"
                          "<os><type arch='x86_64' machine='q35'/></os>"
                          "<features><acpi/></features><devices>",
                          name, uuid);
  for (unsigned i = 1; i <= 3; i++)
    g_string_append_printf (xml, "<controller type='pci' index='%u' model='pcie-root-port'/>", i);
  for (char **source = sources; *source != NULL; source++)
    if (**source != '\0')
      append_device (xml, *source);
  g_string_append (xml, "</devices></domain>");
  return g_string_free (xml, FALSE);
}

VfpGuest *
facts_add_guest (Facts *facts, const char *name, const char *live, const char *config)
{
  g_autofree char *uuid = facts_uuid (name);
  g_autofree char *live_xml = live != NULL ? make_xml (name, uuid, live) : NULL;
  g_autofree char *config_xml = config != NULL ? make_xml (name, uuid, config) : NULL;
  VfpGuest *guest = vfp_guest_new (uuid, name, live_xml, config_xml, NULL);

  assert_non_null (guest);
  g_ptr_array_add (facts->guests, guest);
  return guest;
}

void
facts_add_network (Facts *facts, const char *xml)
{
  VfpNetwork *network = vfp_network_parse (xml, NULL);

  assert_non_null (network);
  g_ptr_array_add (facts->networks, network);
}

VfpSlot *
facts_add_slot (Facts *facts, const char *guest, const char *name)
{
  VfpSlot *slot = g_new0 (VfpSlot, 1);
  const guint8 number = (guint8) facts->records->slots->len;

  slot->id = number + 1;
  slot->guest_uuid = facts_uuid (guest);
  slot->guest_name = g_strdup (guest);
  slot->name = g_strdup (name);
  slot->pool = g_strdup ("enp1s0f0");
  slot->alias = g_strdup_printf ("ua-vfpool-%s", name);
  slot->mac = (VfpMac){ { 0x56, 0x66, 0, 0, 1, number } };
  slot->settings = vfp_settings_default ();
  g_ptr_array_add (facts->records->slots, slot);
  return slot;
}

gint64
facts_record_pf (Facts *facts, const VfpPf *pf)
{
  VfpPfRecord *record = vfp_records_find_pf (facts->records, &pf->address, &pf->mac);

  if (record == NULL)
    {
      record = g_new0 (VfpPfRecord, 1);
      record->id = facts->records->pfs->len + 1;
      record->address = pf->address;
      record->mac = pf->mac;
      record->netdev = g_strdup (pf->netdev);
      g_ptr_array_add (facts->records->pfs, record);
    }
  return record->id;
}

VfpClaim *
facts_add_claim (Facts *facts, const VfpSlot *slot, const char *netdev, unsigned vf)
{
  const VfpPf *pf = facts_pf (facts, netdev);
  const VfpVf *present = vfp_pf_find_vf (pf, vf);
  VfpClaim *claim = g_new0 (VfpClaim, 1);

  claim->id = facts->records->claims->len + 1;
  claim->revision = 1;
  claim->slot_id = slot != NULL ? slot->id : 0;
  claim->owner = slot != NULL ? NULL : g_strdup ("backup");
  claim->pf_id = facts_record_pf (facts, pf);
  claim->vf = vf;
  claim->address = present != NULL ? present->address : (VfpAddress){ .bus = 0x77 };
  claim->live = TRUE;
  claim->boot_id = g_strdup (FACTS_BOOT);
  claim->by = g_strdup ("root");
  g_ptr_array_add (facts->records->claims, claim);
  return claim;
}

void
facts_configure (Facts *facts, const char *text)
{
  g_autofree char *path = g_build_filename (hosttree_path (facts->tree), "vfpool.conf", NULL);
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, text, -1, NULL)
      || (facts->config = vfp_config_load (path, TRUE, &error)) == NULL)
    fail_msg ("configuration: %s", error != NULL ? error->message : path);
}

VfpView *
facts_view (Facts *facts)
{
  const VfpFacts known = {
    .inventory = facts->inventory,
    .records = facts->records,
    .guests = facts->guests,
    .networks = facts->networks,
    .boot_id = FACTS_BOOT,
    .config = facts->config,
    .now = FACTS_NOW,
  };

  g_clear_pointer (&facts->view, vfp_view_free);
  return facts->view = vfp_view_new (&known);
}

VfpSnapshot
facts_snapshot (Facts *facts)
{
  return (VfpSnapshot){ .inventory = facts->inventory,
                        .guests = facts->guests,
                        .networks = facts->networks,
                        .records = facts->records,
                        .config = facts->config,
                        .view = facts_view (facts) };
}
