/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching from a slot that is half of a failover pair. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/pair.h"

/* A guest that does not let go of the standby keeps it, and the slot the pair. */
static void
test_hung (void **state)
{
  g_autoptr (World) world = pair_new ();
  VfpDetachRequest request = world_detach_request ("web1");
  g_autoptr (GError) error = NULL;

  world_must_detach (world, "VF", &request);
  world_set_guest (world, "web1", "hung", TRUE);
  request.with_standby = TRUE;
  assert_null (world_detach (world, &request, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT));
  world_set_guest (world, "web1", "hung", FALSE);
  world_must_detach (world, "standby", &request);

  g_autoptr (VfpRecords) records = world_records (world);
  assert_null (((VfpSlot *) g_ptr_array_index (records->slots, 0))->standby);
  g_autofree char *live = world_guest_xml (world, "web1", "live.xml");
  assert_null (strstr (live, PAIR_STANDBY));
}

/* One whose VF has gone is still meant, by --all too; not without --with-standby. */
static void
test_half_done (void **state)
{
  for (int all = FALSE; all <= TRUE; all++)
    {
      g_autoptr (World) world = pair_new ();
      VfpDetachRequest request = world_detach_request ("web1");
      g_autoptr (GError) error = NULL;

      world_must_detach (world, "VF", &request);
      request.all = all;
      assert_null (world_detach (world, &request, &error));
      assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_EMPTY));
      request.with_standby = TRUE;
      world_must_detach (world, all ? "--all" : "the only one", &request);
      g_autofree char *live = world_guest_xml (world, "web1", "live.xml");
      assert_null (strstr (live, PAIR_STANDBY));
    }
}

/* Whatever fails, the same command again ends as if nothing had been. */
static gboolean
fail_detach (unsigned k)
{
  g_autoptr (World) world = pair_new ();
  g_autoptr (World) undisturbed = pair_new ();
  VfpDetachRequest request = world_detach_request ("web1");
  g_autofree char *name = g_strdup_printf ("detach of both halves, call %u", k);
  g_autoptr (GError) error = NULL;

  request.with_standby = request.ensure = TRUE;
  world->faults = (VfpFaults){ .fail_at = k };
  g_autoptr (GPtrArray) results = world_detach (world, &request, &error);
  const unsigned calls = world->faults.calls;
  world->faults = (VfpFaults){ 0 };
  world_check (world, name);
  check_case (name, results != NULL || calls >= k);
  check_case (name, error == NULL || strstr (error->message, "standby") == NULL
                        || strstr (error->message, "the VF of net0 is out") != NULL);

  world_must_detach (world, name, &request);
  world_must_detach (undisturbed, name, &request);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  if (results == NULL || calls < k)
    check_case_string (name, got, wanted);
  return calls >= k;
}

static void
test_fail_detach (void **state)
{
  unsigned k = 1;

  while (fail_detach (k))
    k++;
  assert_true (k > 4);
}

/* Tells and does the standby's part of what is there: parts that have it already lost it are none.
 */
static void
test_standby_absent (void **state)
{
  static const struct
  {
    const char *name;
    gboolean live, in_config; /* of the first detach; whether the NIC stays in the configuration */
  } cases[] = { { "again, --live", TRUE, TRUE }, { "taken out by hand", FALSE, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *name = cases[i].name;
      g_autoptr (World) world = pair_new ();
      g_autoptr (VfpRoot) root = hosttree_open (world->tree);
      g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
      g_autofree char *uuid = world_uuid (world, "web1");
      VfpDetachRequest request = world_detach_request ("web1");

      request.affect.live = cases[i].live;
      world_must_detach (world, name, &request);
      assert_true (virt->detach_nic_live (virt, uuid, PAIR_STANDBY, 1000, NULL));
      if (!cases[i].in_config)
        assert_true (virt->detach_nic_config (virt, uuid, PAIR_STANDBY, NULL));
      request.with_standby = request.ensure = TRUE;
      g_autoptr (GPtrArray) results = world_detach (world, &request, NULL);
      check_case (name, results != NULL && results->len == 1);
      const VfpResult *result = g_ptr_array_index (results, 0);
      check_case_string (name, result->ended_standby, NULL);
      check_case (name, result->changed == !cases[i].in_config);
      g_autoptr (VfpRecords) records = world_records (world);
      check_case_string (name, ((VfpSlot *) g_ptr_array_index (records->slots, 0))->standby,
                         cases[i].in_config ? PAIR_STANDBY : NULL);
      g_autoptr (GPtrArray) again = world_detach (world, &request, NULL);
      check_case (
          name, again != NULL
                    && (again->len == 0 || !((VfpResult *) g_ptr_array_index (again, 0))->changed));
    }
}

/* Of a slot that gets a VF at each start of its guest, too: mark and pair end each for itself. */
static const struct
{
  const char *name;
  gboolean started, live, config;
  gboolean marked; /* afterwards */
} mark_cases[] = {
  { "off, --config", FALSE, FALSE, TRUE, FALSE },
  { "running, --live and --config", TRUE, TRUE, TRUE, FALSE },
  { "running", TRUE, FALSE, FALSE, TRUE },
};

static World *
make_marked (gboolean started)
{
  World *world = pair_new_world ();
  VfpAttachRequest request = pair_request ("off1");
  g_autofree char *uuid = world_uuid (world, "off1");

  world_see_hook (world);
  request.on_start = TRUE;
  vfp_result_free (world_must_attach (world, "mark", &request));
  if (!started)
    return world;
  world_power_on (world, "off1");
  g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, NULL);
  assert_non_null (findings);
  return world;
}

static void
test_on_start (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mark_cases); i++)
    {
      const char *name = mark_cases[i].name;
      g_autoptr (World) world = make_marked (mark_cases[i].started);
      VfpDetachRequest request = world_detach_request ("off1");

      request.affect.live = mark_cases[i].live;
      request.affect.config = mark_cases[i].config;
      request.with_standby = TRUE;
      world_must_detach (world, name, &request);
      g_autoptr (VfpRecords) records = world_records (world);
      const VfpSlot *slot = g_ptr_array_index (records->slots, 0);
      check_case_string (name, slot->standby, NULL);
      check_case (name, slot->on_start == mark_cases[i].marked);
      check_case (name, !slot->on_start || vfp_records_slot_rests (records, slot));
      world_check (world, name);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_hung),           cmocka_unit_test (test_half_done),
    cmocka_unit_test (test_fail_detach),    cmocka_unit_test (test_on_start),
    cmocka_unit_test (test_standby_absent),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
