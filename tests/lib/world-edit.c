/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole fake host: what others than vfpool do to it. */
#include "config.h"

#include "tests/lib/world.h"

#include <string.h>

#include "host/netlink-fake.h"
#include "tests/lib/check.h"

#define LINKS VFP_FAKE_DIR "/links.conf"

static char *
guest_path (const char *guest, const char *file)
{
  return g_strdup_printf (VFP_FAKE_DIR "/guests/%s/%s", guest, file);
}

static void
set_key (World *world, const char *path, const char *group, const char *key, const char *value)
{
  g_autofree char *text = world_read (world, path);
  g_autoptr (GKeyFile) file = g_key_file_new ();

  assert_true (g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL));
  if (value != NULL)
    g_key_file_set_string (file, group, key, value);
  else
    g_key_file_remove_key (file, group, key, NULL);
  g_autofree char *changed = g_key_file_to_data (file, NULL, NULL);
  hosttree_write (world->tree, path, changed);
}

void
world_set_link (World *world, const char *group, const char *key, const char *value)
{
  set_key (world, LINKS, group, key, value);
}

void
world_set_guest (World *world, const char *guest, const char *key, gboolean value)
{
  g_autofree char *path = guest_path (guest, "guest.conf");

  set_key (world, path, "guest", key, value ? "true" : "false");
}

void
world_power_off (World *world, const char *guest, const char *vf, const char *vf_driver)
{
  g_autofree char *live = guest_path (guest, "live.xml");
  g_autofree char *enable = g_strdup_printf ("sys/bus/pci/devices/%s/enable", vf);
  g_autofree char *link = g_strdup_printf ("sys/bus/pci/devices/%s/driver", vf);
  g_autofree char *target = g_strdup_printf ("../../../../bus/pci/drivers/%s", vf_driver);

  world_set_guest (world, guest, "running", FALSE);
  hosttree_remove (world->tree, live);
  hosttree_write (world->tree, enable, "0");
  hosttree_link (world->tree, link, target);
}

void
world_replace (World *world, const char *guest, const char *file, const char *from, const char *to)
{
  g_autofree char *path = guest_path (guest, file);
  g_autofree char *text = world_read (world, path);
  GString *changed = g_string_new (text);

  assert_int_equal (g_string_replace (changed, from, to, 0), 1);
  hosttree_write (world->tree, path, changed->str);
  g_string_free (changed, TRUE);
}

void
world_add_device (World *world, const char *guest, const char *file, const char *alias,
                  const char *vf)
{
  VfpAddress source;

  assert_true (vfp_address_parse (vf, &source, NULL));
  g_autofree char *device = g_strdup_printf (
      "<interface type='hostdev'><source><address type='pci' domain='0x%04x' bus='0x%02x' "
      "slot='0x%02x' function='0x%x'/></source><alias name='%s'/></interface></devices>",
      source.domain, source.bus, source.slot, source.function, alias);
  world_replace (world, guest, file, "</devices>", device);
}
