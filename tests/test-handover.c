/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is announced when the halves of failover pairs take turns. */
#include "config.h"

#include <string.h>

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

/* Reading, which comes first, fails for its own reasons. */
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
          && world_warned (other, "switches learn only from the guest"))
        warned++;
    }
  assert_int_equal (warned, 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_standbys),
    cmocka_unit_test (test_vfs),
    cmocka_unit_test (test_no_pairs),
    cmocka_unit_test (test_failure),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
