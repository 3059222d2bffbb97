/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole fake host: what libvirt does when a guest starts and ends, and its hook. */
#include "config.h"

#include "tests/lib/world.h"

#include <string.h>

#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"

VfpWorld
world_unopened (World *world)
{
  return (VfpWorld){ .sysroot = hosttree_path (world->tree),
                     .state_path = world->state_path,
                     .faults = &world->faults };
}

VfpHookReply
world_hook_xml (World *world, const char *operation, const char *xml)
{
  g_auto (VfpWorld) opened = world_unopened (world);
  const VfpHookRequest request = { .operation = operation, .xml = xml, .reason = "shutdown" };
  VfpHookReply reply;
  g_autoptr (GError) error = NULL;

  if (!vfp_hook_run (&opened, &request, &reply, &error))
    fail_msg ("%s: %s", operation, error->message);
  return reply;
}

char *
world_guest_xml (const World *world, const char *guest, const char *file)
{
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/%s", guest, file);
  char *xml = world_read (world, path);

  if (xml == NULL)
    fail_msg ("%s has no %s", guest, file);
  return xml;
}

VfpHookReply
world_hook (World *world, const char *guest, const char *operation)
{
  g_autofree char *live = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/live.xml", guest);
  g_autofree char *running = world_read (world, live);
  g_autofree char *xml
      = world_guest_xml (world, guest, running != NULL ? "live.xml" : "config.xml");

  return world_hook_xml (world, operation, xml);
}

VfpHookVerdict
world_hook_verdict (World *world, const char *guest, const char *operation)
{
  g_auto (VfpHookReply) reply = world_hook (world, guest, operation);

  return reply.verdict;
}

char *
world_uuid (const World *world, const char *guest)
{
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/guest.conf", guest);
  g_autofree char *text = world_read (world, path);
  g_autoptr (GKeyFile) file = g_key_file_new ();

  assert_true (g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL));
  return g_key_file_get_string (file, "guest", "uuid", NULL);
}

void
world_power_on (World *world, const char *guest)
{
  g_autofree char *uuid = world_uuid (world, guest);
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autoptr (GError) error = NULL;

  if (!virt->start_guest (virt, uuid, &error))
    fail_msg ("%s: %s", guest, error->message);
}

void
world_start_guest (World *world, const char *guest)
{
  static const char *const after[] = { "start", "started" };

  if (world_hook_verdict (world, guest, "prepare") != VFP_HOOK_PASS)
    fail_msg ("%s: prepare", guest);
  world_power_on (world, guest);
  for (gsize i = 0; i < G_N_ELEMENTS (after); i++)
    if (world_hook_verdict (world, guest, after[i]) != VFP_HOOK_PASS)
      fail_msg ("%s: %s", guest, after[i]);
}

VfpHookReply
world_end_guest (World *world, const char *guest, const char *vf, const char *vf_driver)
{
  g_autofree char *xml = world_guest_xml (world, guest, "live.xml");

  world_power_off (world, guest, vf, vf_driver);
  return world_hook_xml (world, "release", xml);
}
