/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is announced when the halves of failover pairs take turns. */
#include "config.h"

#include <string.h>

#include "host/announce.h"
#include "host/netlink-fake.h"
#include "ops/guest-lock.h"
#include "ops/handover.h"
#include "tests/lib/check.h"
#include "tests/lib/pair.h"

#define PF "enp2s0f0"
#define VF "0000:02:10.0"
#define INTERRUPTS "sys/bus/pci/devices/" VF "/msi_irqs"

/* The text of the MAC that was announced at @where last; NULL: none was. */
static char *
announced (World *world, const char *where)
{
  g_autoptr (GKeyFile) links = g_key_file_new ();
  g_autofree char *text = world_read (world, VFP_FAKE_DIR "/links.conf");

  assert_true (g_key_file_load_from_data (links, text, strlen (text), G_KEY_FILE_NONE, NULL));
  return g_key_file_get_string (links, "announced", where, NULL);
}

static void
check_announced (World *world, const char *name, const char *where, gboolean wanted)
{
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
  g_autofree char *mac = vfp_mac_to_string (&slot->mac);
  g_autofree char *found = announced (world, where);

  check_case_string (name, found, wanted ? mac : NULL);
}

typedef struct
{
  gboolean to_vfs;
  gboolean has_pairs; /* out */
} Act;

static gboolean
hand_over (VfpWorld *opened, gpointer data, GError **error)
{
  Act *act = data;
  g_autofree char *uuid = vfp_guest_find_uuid (opened, "web1", error);
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read_guest (opened, uuid, error);

  if (snapshot == NULL)
    return FALSE;
  g_autoptr (VfpHandover) handover = vfp_handover_new (opened, snapshot, uuid, NULL);
  act->has_pairs = handover != NULL;
  if (act->to_vfs)
    vfp_handover_to_vfs (handover);
  else
    vfp_handover_to_standbys (handover);
  vfp_handover_finish (handover);
  return TRUE;
}

static gboolean
run (World *world, gboolean to_vfs)
{
  Act act = { .to_vfs = to_vfs };
  g_autoptr (GError) error = NULL;

  if (!world_act (world, hand_over, &act, &error))
    fail_msg ("%s", error->message);
  return act.has_pairs;
}

static void
test_standbys (void **state)
{
  g_autoptr (World) world = pair_new ();

  assert_true (run (world, FALSE));
  check_announced (world, "standby", "br0", TRUE);
  check_announced (world, "forgotten", "br0 forgets", TRUE);
  check_announced (world, "VF", PF, FALSE);
}

/* Frames for a guest whose driver is not up yet would be lost at the VF. */
static void
test_vfs (void **state)
{
  g_autoptr (World) world = pair_new ();

  assert_true (run (world, TRUE));
  check_announced (world, "no driver yet", PF, FALSE);
  check_announced (world, "no driver yet", "br0 forgets", FALSE);

  hosttree_make_folder (world->tree, INTERRUPTS);
  hosttree_write (world->tree, INTERRUPTS "/40", "msix\n");
  assert_true (run (world, TRUE));
  check_announced (world, "VF", PF, TRUE);
  check_announced (world, "forgotten", "br0 forgets", TRUE);
  check_announced (world, "standby", "br0", FALSE);
}

static void
test_no_pairs (void **state)
{
  g_autoptr (World) world = pair_new_world ();
  VfpAttachRequest request = pair_request ("web1");

  request.failover = FALSE;
  request.standby = (VfpStandbyWish){ 0 };
  vfp_result_free (world_must_attach (world, "attach", &request));
  assert_false (run (world, FALSE));
  check_announced (world, "no pair", "br0", FALSE);
}

/* Reading, which comes first, fails for its own reasons; a bridge that forgets nothing learns from
 * what is announced. */
static void
test_failure (void **state)
{
  g_autoptr (World) world = pair_new ();
  unsigned warned = 0;

  assert_true (run (world, FALSE));
  const unsigned calls = world->faults.calls;
  for (unsigned at = 1; at <= calls; at++)
    {
      g_autoptr (World) other = pair_new ();
      Act act = { .to_vfs = FALSE };

      other->faults = (VfpFaults){ .fail_at = at };
      if (world_act (other, hand_over, &act, NULL)
          && world_warned (other, "web1: it may be silent"))
        warned++;
    }
  assert_int_equal (warned, 1);
}

static void
test_detach (void **state)
{
  g_autoptr (World) world = pair_new ();
  VfpDetachRequest request = world_detach_request ("web1");

  world_must_detach (world, "detach", &request);
  check_announced (world, "standby", "br0", TRUE);

  g_autoptr (World) other = pair_new ();
  request.with_standby = TRUE;
  world_must_detach (other, "with the standby", &request);
  check_announced (other, "no standby", "br0", FALSE);
}

/* Its netdev is a bridge of another kind. */
static void
test_foreign_bridge (void **state)
{
  g_autoptr (World) world = pair_new ();

  hosttree_remove (world->tree, "sys/class/net/br0/bridge");
  assert_true (run (world, FALSE));
  check_announced (world, "standby", "br0", FALSE);
}

static const struct
{
  const char *name;
  guint16 vlan;
  const char *wanted; /* hexadecimal, up to the ARP header */
} frames[] = {
  { "untagged", 0, "ffffffffffff02000000000180350001" },
  { "tagged", 42, "ffffffffffff0200000000018100002a80350001" },
};

static void
test_frames (void **state)
{
  const VfpMac mac = { { 2, 0, 0, 0, 0, 1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      guint8 frame[VFP_ANNOUNCE_MAX];
      const gsize length = vfp_announce_make (&mac, frames[i].vlan, VFP_VLAN_PROTO_8021Q, frame);
      g_autoptr (GString) text = g_string_new (NULL);

      check_case (frames[i].name, length == (frames[i].vlan != 0 ? 64 : 60));
      for (gsize at = 0; at < strlen (frames[i].wanted) / 2; at++)
        g_string_append_printf (text, "%02x", frame[at]);
      check_case_string (frames[i].name, text->str, frames[i].wanted);
      check_case (frames[i].name, memcmp (frame + length - 18 - 10, mac.octet, 6) == 0);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_standbys), cmocka_unit_test (test_vfs),
    cmocka_unit_test (test_no_pairs), cmocka_unit_test (test_failure),
    cmocka_unit_test (test_detach),   cmocka_unit_test (test_foreign_bridge),
    cmocka_unit_test (test_frames),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
