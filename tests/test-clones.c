/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices with an alias of ours that no claim names: clones, guests that were put back to an
 * earlier XML, a lost state file. They are nobody's to take for attached, nor to unplug. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define NET1 "ua-vfpool-net1"
#define OTHER_VF "0000:02:10.0"
#define CLONE "11111111-2222-4333-8444-555555555555"
#define CALLS_MAX 50

typedef struct
{
  const char *name, *guest, *file;
} CopyCase;

static const CopyCase copy_cases[] = {
  { "running", "web1", "live.xml" },
  { "running, in its configuration", "web1", "config.xml" },
  { "off", "off1", "config.xml" },
};

static World *
make_copy (const CopyCase *with)
{
  World *world = world_new ();

  world_add_device (world, with->guest, with->file, NET0, OTHER_VF);
  return world;
}

static void
check_stays (const World *world, const CopyCase *with)
{
  g_autofree char *device = world_device (world, with->guest, with->file, NET0);

  check_case (with->name, device != NULL);
  check_case (with->name, strstr (device, "bus=\"0x02\"") != NULL || strstr (device, "bus='0x02'"));
}

static void
test_slot_refused (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (copy_cases); i++)
    for (unsigned dry = 0; dry < 2; dry++)
      {
        const CopyCase *with = &copy_cases[i];
        g_autoptr (World) world = make_copy (with);
        VfpAttachRequest request = world_attach_request (with->guest);
        g_autoptr (GError) error = NULL;
        g_autofree char *before = world_dump (world);

        request.pf = "enp1s0f0";
        request.slot = "net0";
        request.dry_run = dry != 0;
        g_autoptr (VfpResult) result = world_attach (world, &request, &error);
        g_autofree char *after = world_dump (world);

        check_case (with->name, result == NULL);
        check_case (with->name, g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_IN_USE));
        check_case (with->name, strstr (error->message, "virsh detach-device-alias") != NULL);
        check_case_string (with->name, after, before);
      }
}

/* Without --slot the name is passed over, and detaching leaves the device where it is. */
static void
test_next_number (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (copy_cases); i++)
    {
      const CopyCase *with = &copy_cases[i];
      g_autoptr (World) world = make_copy (with);
      VfpAttachRequest request = world_attach_request (with->guest);
      const VfpDetachRequest detach = world_detach_request (with->guest);

      request.pf = "enp1s0f0";
      g_autoptr (VfpResult) result = world_must_attach (world, with->name, &request);
      g_autofree char *attached = world_device (world, with->guest, with->file, NET1);
      check_case_string (with->name, result->slot, "net1");
      check_case (with->name, attached != NULL);
      check_stays (world, with);

      world_must_detach (world, with->name, &detach);
      g_autofree char *detached = world_device (world, with->guest, with->file, NET1);
      check_case (with->name, detached == NULL);
      check_stays (world, with);
    }
}

/* As libvirt does while off1 is off. */
static void
start_clone (World *world)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *device = world_device (world, "copy", "config.xml", NET0);

  assert_true (virt->attach_device (virt, CLONE, device, VFP_AFFECT_LIVE, NULL));
}

/* off1 has VF 0 of enp1s0f0 in its configuration, and "copy" is its clone as virt-clone makes it:
 * another name and UUID, the same devices and metadata. */
static World *
make_clone (gboolean started)
{
  World *world = world_new ();
  VfpAttachRequest request = world_attach_request ("off1");

  request.vf = "enp1s0f0/0";
  g_autoptr (VfpResult) result = world_must_attach (world, "off1", &request);
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "copy", .uuid = CLONE, .ports = 3 });
  g_autofree char *xml = world_read (world, VFP_FAKE_DIR "/guests/off1/config.xml");
  g_autofree char *uuid = g_strdup_printf ("<uuid>%s</uuid>", result->uuid);
  hosttree_write (world->tree, VFP_FAKE_DIR "/guests/copy/config.xml", xml);
  world_replace (world, "copy", "config.xml", uuid, "<uuid>" CLONE "</uuid>");
  world_replace (world, "copy", "config.xml", "<name>off1</name>", "<name>copy</name>");
  if (started)
    start_clone (world);
  world->faults.calls = 0;
  return world;
}

static unsigned
count_devices (const World *world, const char *guest, const char *file)
{
  g_autofree char *net0 = world_device (world, guest, file, NET0);
  g_autofree char *net1 = world_device (world, guest, file, NET1);

  return (net0 != NULL) + (net1 != NULL);
}

/* Success is a device more, failure is the world as it was. */
static gboolean
attach_clone (const char *name, const VfpAttachRequest *request, gboolean started, unsigned fail_at)
{
  g_autoptr (World) world = make_clone (started);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = fail_at;
  g_autoptr (VfpResult) result = world_attach (world, request, &error);
  const unsigned calls = world->faults.calls;
  g_autofree char *after = world_dump (world);
  g_autoptr (VfpRecords) records = world_records (world);

  const unsigned live = result != NULL && !request->affect.config;
  const unsigned config = result != NULL && !request->affect.live;
  check_case (name, count_devices (world, "off1", "config.xml") == 1);
  check_case (name, count_devices (world, "copy", "live.xml") == (started ? 1 : 0) + live);
  check_case (name, count_devices (world, "copy", "config.xml") == 1 + config);
  check_case (name, records->claims->len == (result != NULL ? 2 : 1));
  if (result == NULL)
    check_case_string (name, after, before);
  return calls >= fail_at && calls > 0;
}

static void
test_clone (void **state)
{
  static const struct
  {
    const char *name, *slot, *vf;
    VfpAffectFlags affect;
  } requests[] = {
    { "next slot", NULL, NULL, { 0 } },
    { "next slot, live", NULL, NULL, { .live = TRUE } },
    { "next slot, config", NULL, NULL, { .config = TRUE } },
    { "slot of the same name", "net0", NULL, { 0 } },
    { "slot of the same name, live", "net0", NULL, { .live = TRUE } },
    { "same VF", NULL, "enp1s0f0/0", { 0 } },
    { "same VF and slot", "net0", "enp1s0f0/0", { .config = TRUE } },
    { "another VF", "net1", "enp2s0f0/0", { 0 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      VfpAttachRequest request = world_attach_request ("copy");

      request.pf = requests[i].vf == NULL ? "enp1s0f0" : NULL;
      request.vf = requests[i].vf;
      request.slot = requests[i].slot;
      request.affect = requests[i].affect;
      for (unsigned started = 0; started < 2; started++)
        for (unsigned k = 1; attach_clone (requests[i].name, &request, started != 0, k); k++)
          assert_true (k < CALLS_MAX);
    }
}

/* The state file knows nothing of the clone, so neither does a detach of it. */
static void
test_clone_detach (void **state)
{
  g_autoptr (World) world = make_clone (TRUE);
  const VfpDetachRequest request = world_detach_request ("copy");
  g_autoptr (GError) error = NULL;
  g_autofree char *before = world_dump (world);

  g_autoptr (GPtrArray) results = world_detach (world, &request, &error);
  g_autofree char *after = world_dump (world);
  assert_null (results);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_EMPTY));
  assert_string_equal (after, before);
}

/* web1 runs with net0 on VF 0 of enp1s0f0, and its configuration was put back to one in which net0
 * was another VF. */
static void
test_reverted (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpAttachRequest attach = world_attach_request ("web1");
  const VfpDetachRequest detach = world_detach_request ("web1");
  const CopyCase copy = { "reverted", "web1", "config.xml" };

  attach.vf = "enp1s0f0/0";
  attach.affect.live = TRUE;
  vfp_result_free (world_must_attach (world, "reverted", &attach));
  world_add_device (world, "web1", "config.xml", NET0, OTHER_VF);
  world_must_detach (world, "reverted", &detach);

  g_autofree char *live = world_device (world, "web1", "live.xml", NET0);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_null (live);
  assert_int_equal (records->claims->len, 0);
  check_stays (world, &copy);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_slot_refused), cmocka_unit_test (test_next_number),
    cmocka_unit_test (test_clone),        cmocka_unit_test (test_clone_detach),
    cmocka_unit_test (test_reverted),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
