/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole fake host: what it looks like, and whether it is consistent. */
#include "config.h"

#include "tests/lib/world.h"

#include <string.h>

#include "guest/virt-fake.h"
#include "guest/xml.h"
#include "host/netlink-fake.h"
#include "host/vf.h"
#include "tests/lib/check.h"

typedef struct
{
  VfpRoot *root;
  VfpNetlink *netlink;
  VfpVirt *virt;
  VfpInventory *inventory;
  GPtrArray *guests;
  VfpRecords *records;
} Look;

static void
look_clear (Look *look)
{
  vfp_records_free (look->records);
  g_ptr_array_unref (look->guests);
  vfp_inventory_free (look->inventory);
  vfp_virt_free (look->virt);
  vfp_netlink_free (look->netlink);
  vfp_root_free (look->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

static Look
look_at (World *world)
{
  Look look = { .root = hosttree_open (world->tree) };

  look.netlink = vfp_netlink_fake_new (look.root, NULL);
  look.virt = vfp_virt_fake_new (look.root, NULL);
  look.inventory = vfp_inventory_read (look.root, look.netlink, NULL);
  look.guests = look.virt->list_guests (look.virt, NULL);
  look.records = world_records (world);
  assert_non_null (look.inventory);
  assert_non_null (look.guests);
  return look;
}

static void
dump_slot (GString *text, const VfpSlot *slot)
{
  g_autofree char *mac = vfp_mac_to_string (&slot->mac);
  g_autofree char *address
      = slot->has_guest_address ? vfp_address_to_string (&slot->guest_address) : g_strdup ("none");
  g_autofree char *settings = vfp_settings_to_string (&slot->settings);

  g_string_append_printf (text, "slot %s (%s) %s pool=%s alias=%s mac=%s address=%s index=%u\n",
                          slot->guest_uuid, slot->guest_name, slot->name, slot->pool, slot->alias,
                          mac, address, slot->acpi_index);
  g_string_append_printf (
      text,
      "  settings: %s asked=%#x transient=%d on-start=%d bond=%s %s "
      "arrive=%s standby=%s\n",
      settings, slot->asked, slot->transient, slot->on_start, slot->bond != NULL ? slot->bond : "-",
      vfp_bond_mac_to_string (slot->bond_mac),
      slot->arrive != VFP_ARRIVE_NO ? vfp_arrive_to_string (slot->arrive) : "no",
      slot->standby != NULL ? slot->standby : "-");
}

/* A PF without claim is in the file as a mere memory, and is not told. */
static void
dump_claim (GString *text, const VfpRecords *records, const VfpClaim *claim)
{
  const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);
  const VfpPfRecord *pf = vfp_records_get_pf (records, claim->pf_id);
  g_autofree char *pf_mac = vfp_mac_to_string (&pf->mac);
  g_autofree char *pf_address = vfp_address_to_string (&pf->address);
  g_autofree char *address = vfp_address_to_string (&claim->address);
  g_autofree char *saved
      = claim->has_saved ? vfp_settings_to_string (&claim->saved) : g_strdup ("none");

  g_string_append_printf (text, "claim %s %s owner=%s pf=%s,%s,%s,%s vf=%u address=%s by=%s\n",
                          slot != NULL ? slot->guest_name : "-", slot != NULL ? slot->name : "-",
                          claim->owner, pf->netdev, pf_address, pf_mac, pf->serial, claim->vf,
                          address, claim->by);
  g_string_append_printf (
      text, "  intent=%s live=%d config=%d; live=%d config=%d boot=%s claimer=%s\n",
      vfp_intent_to_string (claim->intent), claim->intent_live, claim->intent_config, claim->live,
      claim->config, claim->boot_id, claim->claimer.pid != 0 ? "some" : "none");
  if (claim->expires != 0)
    g_string_append (text, "  for a guest that is to arrive\n");
  g_string_append_printf (text, "  saved: %s driver=%s override=%s\n", saved, claim->saved_driver,
                          claim->saved_override);
  if (claim->owner == NULL)
    return;

  g_autofree char *settings = vfp_settings_to_string (&claim->settings);
  g_string_append_printf (text, "  wants: %s asked=%#x driver=%s until=%" G_GINT64_FORMAT "\n",
                          settings, claim->asked, claim->driver, claim->until);
}

static void
dump_vf (GString *text, const VfpRoot *root, const VfpVf *vf)
{
  g_autofree char *override = vfp_drivers_override (root, &vf->address);
  g_autofree char *address = vfp_address_to_string (&vf->address);
  g_autofree char *settings = vfp_settings_to_string (&vf->settings);

  g_string_append_printf (text, "vf %s driver=%s override=%s use=%s: %s\n", address, vf->driver,
                          override, vf->host_use, settings);
}

static void
dump_xml (GString *text, const World *world, const char *guest, const char *file)
{
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/%s", guest, file);
  g_autofree char *xml = world_read (world, path);

  g_string_append_printf (text, "%s\n", path);
  if (xml == NULL)
    return;
  g_autoptr (xmlDoc) document
      = vfp_xml_parse (xml, path, "domain", VFP_XML_DROP_BLANKS, VFP_ERROR_FAILED, NULL);
  assert_non_null (document);
  g_autofree char *normal = vfp_xml_serialize (xmlDocGetRootElement (document), TRUE);
  g_string_append_printf (text, "%s\n", normal);
}

char *
world_dump (World *world)
{
  g_auto (Look) look = look_at (world);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < look.records->slots->len; i++)
    dump_slot (text, g_ptr_array_index (look.records->slots, i));
  for (guint i = 0; i < look.records->claims->len; i++)
    dump_claim (text, look.records, g_ptr_array_index (look.records->claims, i));
  for (guint i = 0; i < look.inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (look.inventory->pfs, i);

      for (guint k = 0; k < pf->vfs->len; k++)
        dump_vf (text, look.root, g_ptr_array_index (pf->vfs, k));
    }
  for (guint i = 0; i < look.guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (look.guests, i);

      dump_xml (text, world, guest->name, "live.xml");
      dump_xml (text, world, guest->name, "config.xml");
    }
  return g_string_free (text, FALSE);
}

static const VfpClaim *
find_claim (const VfpRecords *records, const VfpAddress *address)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (vfp_address_equal (&claim->address, address))
        return claim;
    }
  return NULL;
}

/* A device of ours needs the claim of its slot. */
static void
check_devices (const Look *look, const VfpGuest *guest, const VfpDomxml *domxml, const char *name)
{
  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (device->alias == NULL || !g_str_has_prefix (device->alias, "ua-vfpool-"))
        continue;
      const VfpClaim *claim = find_claim (look->records, &device->source);
      if (claim == NULL)
        fail_msg ("%s: %s has %s without a claim", name, guest->name, device->alias);
      const VfpSlot *slot = vfp_records_slot_of_claim (look->records, claim);
      if (slot == NULL || !g_str_equal (slot->guest_uuid, guest->uuid)
          || !g_str_equal (slot->alias, device->alias))
        fail_msg ("%s: %s has %s, which another slot claims", name, guest->name, device->alias);
      if (claim->intent == VFP_INTENT_CHANGING)
        continue;
      if (!device->has_mac || !vfp_mac_equal (&device->mac, &slot->mac))
        fail_msg ("%s: %s has %s with another MAC than its slot", name, guest->name, device->alias);
    }
}

static gboolean
has_source (const VfpDomxml *domxml, const VfpAddress *address)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, address) != NULL;
}

static unsigned
count_guests_with (const Look *look, const VfpAddress *address, gboolean *out_live)
{
  unsigned count = 0;

  *out_live = FALSE;
  for (guint i = 0; i < look->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (look->guests, i);

      *out_live = *out_live || has_source (guest->live, address);
      count += has_source (guest->live, address) || has_source (guest->config, address);
    }
  return count;
}

static void
check_claim (const Look *look, const VfpClaim *claim, const char *name)
{
  const VfpSlot *slot = vfp_records_get_slot (look->records, claim->slot_id);
  const VfpGuest *guest = slot != NULL ? vfp_guest_find (look->guests, slot->guest_uuid) : NULL;

  if (claim->intent != VFP_INTENT_NONE || claim->owner != NULL)
    return;
  if (guest == NULL || has_source (guest->live, &claim->address) != claim->live
      || has_source (guest->config, &claim->address) != claim->config)
    fail_msg ("%s: the claim of %s %s differs from the XML", name,
              slot != NULL ? slot->guest_name : "nobody", slot != NULL ? slot->name : "");
}

static void
check_vf (const Look *look, const VfpVf *vf, const char *name)
{
  VfpSettings untouched = vfp_settings_default ();
  gboolean live;
  const unsigned count = count_guests_with (look, &vf->address, &live);
  const VfpClaim *claim = find_claim (look->records, &vf->address);

  untouched.known = VFP_SETTING_ALL;
  if (count > 1)
    fail_msg ("%s: %u guests share VF %u of %s", name, count, vf->index, vf->pf->netdev);
  if (live && g_strcmp0 (vf->driver, "vfio-pci") != 0)
    fail_msg ("%s: VF %u of %s is in a guest, with driver %s", name, vf->index, vf->pf->netdev,
              vf->driver);
  if (live || (claim != NULL && (claim->intent != VFP_INTENT_NONE || claim->owner != NULL)))
    return;
  if (vfp_vf_driver_is_vfio (vf->driver))
    fail_msg ("%s: idle VF %u of %s is on %s", name, vf->index, vf->pf->netdev, vf->driver);
  if (vfp_settings_differ (&vf->settings, &untouched) != 0)
    {
      g_autofree char *text = vfp_settings_to_string (&vf->settings);
      fail_msg ("%s: idle VF %u of %s has %s", name, vf->index, vf->pf->netdev, text);
    }
}

void
world_check (World *world, const char *name)
{
  g_auto (Look) look = look_at (world);

  for (guint i = 0; i < look.guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (look.guests, i);

      check_devices (&look, guest, guest->live, name);
      check_devices (&look, guest, guest->config, name);
    }
  for (guint i = 0; i < look.records->claims->len; i++)
    check_claim (&look, g_ptr_array_index (look.records->claims, i), name);
  for (guint i = 0; i < look.inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (look.inventory->pfs, i);

      for (guint k = 0; k < pf->vfs->len; k++)
        check_vf (&look, g_ptr_array_index (pf->vfs, k), name);
    }
}
