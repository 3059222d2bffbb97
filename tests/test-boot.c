/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host's boot: before libvirt starts its guests, and after it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "ops/boot-guests.h"
#include "ops/boot-host.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define PF_MAC "a0:36:9f:11:22:33"
#define OTHER_MAC "a0:36:9f:44:55:66"
#define BOOT_ID "3b1f8a52-6a0e-4c1c-9d3e-0c5f7d2e4b10"
#define LATE_MS 100

/* A host with a PF and the guests off1 (autostart) and web1. */
static World *
make_world (const char *name, const char *address, const char *mac)
{
  World *world = world_new_empty ();

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = name, .address = address, .vfs = 4, .mac = mac });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off1", .ports = 3, .off = TRUE });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 3 });
  world_start (world);
  world_set_guest (world, "off1", "autostart", TRUE);
  world_see_hook (world);
  return world;
}

static void
attach (World *world, const char *guest, gboolean on_start)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.on_start = on_start;
  request.affect.config = !on_start;
  vfp_result_free (world_must_attach (world, guest, &request));
}

/* The file of @from as that of @to. */
static void
copy (const World *from, World *to, const char *path)
{
  g_autofree char *source = g_build_filename (hosttree_path (from->tree), path, NULL);
  g_autofree char *target = g_build_filename (hosttree_path (to->tree), path, NULL);
  g_autofree char *text = NULL;
  gsize length;

  assert_true (g_file_get_contents (source, &text, &length, NULL));
  assert_true (g_file_set_contents (target, text, (gssize) length, NULL));
}

/* The same guests and promises on the host @to, after a reboot. */
static void
move_house (const World *from, World *to)
{
  copy (from, to, "state/state.db");
  copy (from, to, "vfpool-fake/guests/off1/config.xml");
  copy (from, to, "vfpool-fake/guests/web1/config.xml");
}

typedef struct
{
  GPtrArray *texts;
  unsigned wait_ms;
} Boot;

static gboolean
host_act (VfpWorld *opened, gpointer data, GError **error)
{
  const Boot *boot = data;

  return vfp_boot_host (opened, boot->wait_ms, boot->texts, error);
}

static gboolean
guests_act (VfpWorld *opened, gpointer data, GError **error)
{
  return vfp_boot_guests (opened, ((const Boot *) data)->texts, error);
}

static gboolean
has_text (const Boot *boot, const char *part)
{
  for (guint i = 0; i < boot->texts->len; i++)
    if (strstr (g_ptr_array_index (boot->texts, i), part) != NULL)
      return TRUE;
  return FALSE;
}

static Boot
new_boot (unsigned wait_ms)
{
  return (Boot){ g_ptr_array_new_with_free_func (g_free), wait_ms };
}

static void
boot_clear (Boot *boot)
{
  g_ptr_array_unref (boot->texts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Boot, boot_clear)

static void
boot_host (World *world, const char *name, Boot *boot)
{
  g_autoptr (GError) error = NULL;

  if (!world_act (world, host_act, boot, &error))
    fail_msg ("%s: %s", name, error->message);
}

static const VfpClaim *
only_claim (const VfpRecords *records, const char *name)
{
  check_case (name, records->claims->len == 1);
  return g_ptr_array_index (records->claims, 0);
}

static char *
claimed_address (World *world, const char *name)
{
  g_autoptr (VfpRecords) records = world_records (world);

  return vfp_address_to_string (&only_claim (records, name)->address);
}

/* The card is in another slot, or another card in this one. */
static const struct
{
  const char *name, *pf, *address, *mac, *second_address;
  const char *wanted; /* address of the VF that is claimed afterwards */
  const char *pool;
  gboolean missing;
} move_cases[] = {
  { "as it was", "enp1s0f0", "0000:01:00.0", PF_MAC, NULL, "0000:01:10.0", "enp1s0f0", FALSE },
  { "moved", "enp5s0f0", "0000:05:00.0", PF_MAC, NULL, "0000:05:10.0", "enp5s0f0", FALSE },
  { "moved, same name", "enp1s0f0", "0000:05:00.0", PF_MAC, NULL, "0000:05:10.0", "enp1s0f0",
    FALSE },
  { "renamed", "ens1f0np0", "0000:01:00.0", PF_MAC, NULL, "0000:01:10.0", "ens1f0np0", FALSE },
  { "another card", "enp1s0f0", "0000:01:00.0", OTHER_MAC, NULL, "0000:01:10.0", "enp1s0f0", TRUE },
  { "another card elsewhere", "enp5s0f0", "0000:05:00.0", OTHER_MAC, NULL, "0000:01:10.0",
    "enp1s0f0", TRUE },
  { "not to be told apart", "enp5s0f0", "0000:05:00.0", PF_MAC, "0000:06:00.0", "0000:01:10.0",
    "enp1s0f0", TRUE },
};

static void
test_moved (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (move_cases); i++)
    {
      const char *name = move_cases[i].name;
      g_autoptr (World) before = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
      g_autoptr (World) world
          = make_world (move_cases[i].pf, move_cases[i].address, move_cases[i].mac);
      g_auto (Boot) boot = new_boot (0);

      attach (before, "off1", FALSE);
      attach (before, "off1", TRUE);
      move_house (before, world);
      if (move_cases[i].second_address != NULL)
        {
          hosttree_add_pf (world->tree, &(HostPf){ .name = "enp6s0f0",
                                                   .address = move_cases[i].second_address,
                                                   .vfs = 4,
                                                   .mac = PF_MAC });
          world_start (world);
        }
      boot_host (world, name, &boot);

      g_autofree char *address = claimed_address (world, name);
      g_autoptr (VfpRecords) records = world_records (world);
      check_case_string (name, address, move_cases[i].wanted);
      for (guint k = 0; k < 2; k++)
        check_case_string (name, ((VfpSlot *) g_ptr_array_index (records->slots, k))->pool,
                           move_cases[i].pool);
      check_case (name, world_warned (world, "is not on this host") == move_cases[i].missing);
      check_case (name, (boot.texts->len == 0)
                            == (move_cases[i].missing || g_str_equal (name, "as it was")));

      /* Once is enough. */
      g_ptr_array_set_size (boot.texts, 0);
      boot_host (world, name, &boot);
      check_case (name, boot.texts->len == 0);
    }
}

/* Who runs with a VF in this boot keeps it, wherever its PF seems to be. */
static void
test_live_stays (void **state)
{
  g_autoptr (World) before = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
  g_autoptr (World) world = make_world ("enp5s0f0", "0000:05:00.0", PF_MAC);
  g_auto (Boot) boot = new_boot (0);

  attach (before, "web1", TRUE);
  move_house (before, world);
  boot_host (world, "live", &boot);
  g_autofree char *address = claimed_address (world, "live");
  assert_string_equal (address, "0000:01:10.0");
  /* A live part is waited for by nobody. */
  assert_int_equal (world->warnings->len, 0);
}

static void
refuse (VfpStore *store, gpointer boot_id)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
  const VfpGuestRecord guest = {
    .uuid = slot->guest_uuid,
    .name = slot->guest_name,
    .generation = 1,
    .refused = (char *) "its VF is not on this host",
    .refused_boot_id = boot_id,
  };

  assert_true (vfp_store_put_guest (store, &guest, NULL));
}

/* The card is in another slot: the autostart guest that the hook had to refuse is up without a
 * hand, with its VF there and the NIC that it knows. */
static void
test_moved_then_started (void **state)
{
  g_autoptr (World) before = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
  g_autoptr (World) world = make_world ("enp5s0f0", "0000:05:00.0", PF_MAC);
  g_auto (Boot) boot = new_boot (0);
  g_autoptr (GError) error = NULL;

  attach (before, "off1", FALSE);
  g_autofree char *mac = NULL;
  {
    g_autoptr (VfpRecords) records = world_records (before);
    const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
    mac = vfp_mac_to_string (&slot->mac);
  }
  move_house (before, world);
  boot_host (world, "host", &boot);
  world_change (world, refuse, (gpointer) BOOT_ID);
  if (!world_act (world, guests_act, &boot, &error))
    fail_msg ("%s", error->message);

  assert_true (has_text (&boot, "off1: started"));
  g_autofree char *device = world_device (world, "off1", "live.xml", "ua-vfpool-net0");
  assert_non_null (device);
  assert_non_null (strstr (device, "bus=\"0x05\" slot=\"0x10\""));
  assert_non_null (strstr (device, mac));
}

/* VFs that are made while it waits, and such that are not. */
typedef struct
{
  char *link, *aside;
} LateVf;

static gpointer
make_late (gpointer data)
{
  const LateVf *late = data;

  g_usleep (LATE_MS * 1000);
  assert_int_equal (rename (late->aside, late->link), 0);
  return NULL;
}

static void
test_late (void **state)
{
  for (unsigned appears = 0; appears < 2; appears++)
    {
      g_autoptr (World) world = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
      g_auto (Boot) boot = new_boot (appears ? 30000 : LATE_MS);
      LateVf late = { g_build_filename (hosttree_path (world->tree),
                                        "sys/bus/pci/devices/0000:01:00.0/virtfn0", NULL),
                      g_build_filename (hosttree_path (world->tree), "virtfn0", NULL) };
      GThread *thread;

      attach (world, "off1", FALSE);
      assert_int_equal (rename (late.link, late.aside), 0);
      thread = appears ? g_thread_new ("late", make_late, &late) : NULL;
      boot_host (world, "late", &boot);
      if (thread != NULL)
        g_thread_join (thread);
      assert_int_equal (world_warned (world, "VF 0 of enp1s0f0, which off1 net0 wants"), !appears);
      g_free (late.link);
      g_free (late.aside);
    }
}

/* The kernel does not answer at once: it is asked again. */
static void
test_late_answer (void **state)
{
  g_autoptr (World) world = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
  g_auto (Boot) boot = new_boot (30000);
  g_autofree char *link
      = g_build_filename (hosttree_path (world->tree), VFP_FAKE_DIR "/links.conf", NULL);
  g_autofree char *aside = g_strconcat (link, ".aside", NULL);
  LateVf late = { link, aside };

  attach (world, "off1", FALSE);
  world_set_link (world, "enp1s0f0", "up", "false");
  assert_int_equal (rename (link, aside), 0);
  assert_true (g_file_set_contents (link, "no answer", -1, NULL));
  GThread *thread = g_thread_new ("late", make_late, &late);
  boot_host (world, "late answer", &boot);
  g_thread_join (thread);
  assert_true (has_text (&boot, "enp1s0f0 brought up"));
}

static const struct
{
  const char *name;
  const char *folder, *file, *text; /* of a network manager */
  const char *manager;              /* NULL: nobody has it, and it is brought up */
} up_cases[] = {
  { "nobody", NULL, NULL, NULL, NULL },
  { "NetworkManager", "run/NetworkManager/devices", "%s", "[device]\nmanaged=true",
    "NetworkManager" },
  { "NetworkManager, unmanaged", "run/NetworkManager/devices", "%s", "[device]\nmanaged=false",
    NULL },
  { "networkd", "run/systemd/netif/links", "%s", "ADMIN_STATE=configured\nOPER_STATE=off",
    "systemd-networkd" },
  { "networkd, unmanaged", "run/systemd/netif/links", "%s", "ADMIN_STATE=unmanaged", NULL },
  { "ifupdown", "etc/network", "interfaces", "auto lo\niface enp1s0f0 inet manual", "ifupdown" },
  { "ifupdown, a word of another", "etc/network", "interfaces",
    "# auto enp1s0f0\niface br0 inet manual\n  bridge_ports enp1s0f0\niface eth0 inet enp1s0f0",
    NULL },
  { "ifupdown, folder", "etc/network/interfaces.d", "pf", "  allow-hotplug eth0 enp1s0f0",
    "ifupdown" },
};

static char *
ifindex_of (World *world, const char *netdev)
{
  g_autofree char *path = g_strdup_printf ("sys/class/net/%s/ifindex", netdev);
  char *text = world_read (world, path);

  return text != NULL ? g_strchomp (text) : NULL;
}

static gboolean
is_up (World *world, const char *netdev)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpNetlink) netlink = vfp_netlink_fake_new (root, NULL);
  g_autoptr (VfpLink) link = netlink->get_link (netlink, netdev, NULL);

  return link->up;
}

static void
test_bring_up (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (up_cases) * 2; i++)
    {
      const gsize at = i / 2;
      const char *name = up_cases[at].name;
      const gboolean on_start = i % 2;
      g_autoptr (World) world = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
      g_autofree char *ifindex = ifindex_of (world, "enp1s0f0");
      g_auto (Boot) boot = new_boot (0);

      attach (world, "off1", on_start);
      world_set_link (world, "enp1s0f0", "up", "false");
      if (up_cases[at].folder != NULL)
        {
          const char *file = g_str_equal (up_cases[at].file, "%s") ? ifindex : up_cases[at].file;
          g_autofree char *path = g_build_filename (up_cases[at].folder, file, NULL);

          hosttree_make_folder (world->tree, up_cases[at].folder);
          hosttree_write (world->tree, path, up_cases[at].text);
        }
      boot_host (world, name, &boot);
      check_case (name, is_up (world, "enp1s0f0") == (up_cases[at].manager == NULL));
      check_case (name, has_text (&boot, "enp1s0f0 brought up") == (up_cases[at].manager == NULL));
      if (up_cases[at].manager != NULL)
        check_case (name, world_warned (world, up_cases[at].manager));
      else
        check_case (name, world->warnings->len == 0);
    }
}

/* A PF that nobody wants stays down, and one that cannot be brought up is a warning. */
static void
test_leave_down (void **state)
{
  g_autoptr (World) world = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
  g_auto (Boot) boot = new_boot (0);

  world_set_link (world, "enp1s0f0", "up", "false");
  boot_host (world, "unclaimed", &boot);
  assert_false (is_up (world, "enp1s0f0"));
  assert_int_equal (world->warnings->len, 0);

  world_set_link (world, "enp1s0f0", "up", "true");
  attach (world, "off1", FALSE);
  world_set_link (world, "enp1s0f0", "up", "false");
  world->faults = (VfpFaults){ .fail_at = 1 };
  boot_host (world, "fails", &boot);
  assert_true (world_warned (world, "failed on demand"));
  assert_false (is_up (world, "enp1s0f0"));
}

typedef enum
{
  NOBODY,
  THIS_BOOT,
  EARLIER_BOOT,
} Refused;

static const struct
{
  const char *name;
  Refused refused;
  gboolean on_start, no_autostart, second_run, started;
} start_cases[] = {
  { "refused", .refused = THIS_BOOT, .started = TRUE },
  { "refused, on-start", .refused = THIS_BOOT, .on_start = TRUE, .started = TRUE },
  { "refused, again", .refused = THIS_BOOT, .second_run = TRUE, .started = TRUE },
  { "refused, no autostart", .refused = THIS_BOOT, .no_autostart = TRUE },
  { "refused in an earlier boot", .refused = EARLIER_BOOT, .on_start = TRUE },
  { "late", .started = TRUE },
  { "late, stopped by somebody since", .second_run = TRUE },
  { "nothing of its configuration", .on_start = TRUE },
};

static void
test_start (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (start_cases); i++)
    {
      const char *name = start_cases[i].name;
      g_autoptr (World) world = make_world ("enp1s0f0", "0000:01:00.0", PF_MAC);
      g_auto (Boot) boot = new_boot (0);
      g_autoptr (GError) error = NULL;

      if (start_cases[i].second_run)
        {
          attach (world, "web1", FALSE);
          assert_true (world_act (world, guests_act, &boot, NULL));
          g_ptr_array_set_size (boot.texts, 0);
          const VfpDetachRequest detach = world_detach_request ("web1");
          world_must_detach (world, name, &detach);
          VfpForgetRequest forget = { .guest = "web1", .timeout_ms = 1000 };
          g_ptr_array_unref (world_forget (world, &forget, NULL));
        }
      attach (world, "off1", start_cases[i].on_start);
      world_set_guest (world, "off1", "autostart", !start_cases[i].no_autostart);
      if (start_cases[i].refused != NOBODY)
        world_change (
            world, refuse,
            (gpointer) (start_cases[i].refused == THIS_BOOT ? BOOT_ID : "an earlier one"));
      if (!world_act (world, guests_act, &boot, &error))
        fail_msg ("%s: %s", name, error->message);
      g_autofree char *live = world_read (world, "vfpool-fake/guests/off1/live.xml");
      check_case (name, (live != NULL) == start_cases[i].started);
      check_case (name, has_text (&boot, "off1: started") == start_cases[i].started);
    }
}

/* One that cannot be started does not stop the others. */
static void
test_one_fails (void **state)
{
  g_autoptr (World) world = world_new_empty ();
  g_auto (Boot) boot = new_boot (0);
  g_autoptr (GError) error = NULL;

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 4 });
  for (unsigned i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("off%u", i);

      hosttree_add_guest (world->tree, &(HostGuest){ .name = name, .ports = 1, .off = TRUE });
      if (i == 0)
        world_start (world);
      world_set_guest (world, name, "autostart", TRUE);
      attach (world, name, FALSE);
    }
  world->faults = (VfpFaults){ .fail_at = 2 };
  assert_false (world_act (world, guests_act, &boot, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_FAILED));
  assert_true (world_warned (world, "off1: cannot be started: "));
  assert_true (has_text (&boot, "off0: started") && has_text (&boot, "off2: started"));
  assert_false (has_text (&boot, "off1: started"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_moved),
    cmocka_unit_test (test_live_stays),
    cmocka_unit_test (test_moved_then_started),
    cmocka_unit_test (test_late),
    cmocka_unit_test (test_late_answer),
    cmocka_unit_test (test_bring_up),
    cmocka_unit_test (test_leave_down),
    cmocka_unit_test (test_start),
    cmocka_unit_test (test_one_fails),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
