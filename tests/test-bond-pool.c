/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bonds whose legs are of a configured pool. */
#include "config.h"

#include "tests/lib/bond.h"
#include "tests/lib/check.h"

#define ALL "[pool x]\npf = enp1s0f0 enp1s0f1 enp2s0f0\n"

static const char *const two_pfs[] = { "enp1s0f0", "enp2s0f0", NULL };

static World *
make_world (const char *configuration)
{
  World *world = bond_world ();

  world_configure (world, configuration);
  return world;
}

static VfpBondRequest
make_request (const char *guest)
{
  VfpBondRequest request = bond_request (guest, NULL);

  request.pool = "x";
  return request;
}

/* VFs for another guest. */
static void
occupy (World *world, const char *pf, guint count)
{
  VfpAttachRequest request = world_attach_request ("off1");

  request.pf = pf;
  for (guint i = 0; i < count; i++)
    vfp_result_free (world_must_attach (world, pf, &request));
}

/* The PFs of web1's legs. */
static void
check_pfs (World *world, const char *name, const char *wanted)
{
  g_autoptr (VfpRecords) records = world_records (world);
  g_autofree char *uuid = world_uuid (world, "web1");
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, uuid);
  g_autoptr (GString) pfs = g_string_new (NULL);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      check_case_string (name, slot->pool, "x");
      check_case (name, slot->settings.link_state == VFP_LINK_STATE_AUTO);
      g_string_append_printf (pfs, "%s%s", i > 0 ? " " : "",
                              claim != NULL ? vfp_records_get_pf (records, claim->pf_id)->netdev
                                            : "-");
    }
  check_case_string (name, pfs->str, wanted);
}

static void
test_choice (void **state)
{
  static const struct
  {
    const char *name, *configuration;
    guint legs;
    const char *used; /* a VF of it */
    const char *wanted;
  } cases[] = {
    { "two cards", ALL, 0, NULL, "enp1s0f0 enp2s0f0" },
    { "three", ALL, 3, NULL, "enp1s0f0 enp2s0f0 enp1s0f1" },
    { "spread", ALL, 0, "enp1s0f0", "enp1s0f1 enp2s0f0" },
    { "pack", ALL "pick = pack\n", 0, "enp1s0f1", "enp1s0f1 enp2s0f0" },
    { "one card", "[pool x]\npf = enp1s0f0 enp1s0f1\n", 0, NULL, "enp1s0f0 enp1s0f1" },
    { "a link state that hides dead uplinks", ALL "link-state = enable\n", 0, NULL,
      "enp1s0f0 enp2s0f0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_world (cases[i].configuration);
      VfpBondRequest request = make_request ("web1");

      if (cases[i].used != NULL)
        occupy (world, cases[i].used, 1);
      request.legs = cases[i].legs;
      bond_must_attach (world, cases[i].name, &request, MAX (cases[i].legs, 2));
      check_pfs (world, cases[i].name, cases[i].wanted);
    }
}

static void
test_pfs_of_the_pool (void **state)
{
  g_autoptr (World) world = make_world ("[pool x]\npf = enp1s0f0 enp2s0f0\n");
  static const char *const others[] = { "enp1s0f0", "enp1s0f1", NULL };
  VfpBondRequest request = make_request ("web1");

  request.pfs = others;
  bond_must_fail (world, "a PF of no pool", &request, VFP_ERROR_USAGE, "not in the pool x");
  request.pfs = two_pfs;
  bond_must_attach (world, "PFs of the pool", &request, 2);
  check_pfs (world, "PFs of the pool", "enp1s0f0 enp2s0f0");
}

static void
test_refused (void **state)
{
  g_autoptr (World) world
      = make_world ("[pool x]\npf = enp1s0f0 enp2s0f0\n[pool y]\npf = enp1s0f1\n");
  VfpBondRequest request = make_request ("web1");

  request.legs = 3;
  bond_must_fail (world, "more legs than PFs", &request, VFP_ERROR_NO_VF_FITS, "has 2 PFs");
  request.legs = 0;
  request.pool = "y";
  bond_must_fail (world, "one PF", &request, VFP_ERROR_NO_VF_FITS, "has 1 PF;");
  request.pool = "z";
  bond_must_fail (world, "no such pool", &request, VFP_ERROR_NO_SUCH_POOL, "'z'");
  request.pool = "x";
  occupy (world, "enp2s0f0", 2);
  bond_must_fail (world, "full", &request, VFP_ERROR_NO_VF_FITS, "bond (enp1s0f0)");
}

/* Each leg gets its own VF again, though the policy would now pick another. */
static void
test_again (void **state)
{
  g_autoptr (World) world = make_world (ALL);
  VfpBondRequest request = make_request ("web1");
  VfpDetachRequest detach = world_detach_request ("off1");

  occupy (world, "enp1s0f0", 1);
  bond_must_attach (world, "first", &request, 2);
  world_must_detach (world, "room", &detach);
  g_autofree char *before = world_dump (world);
  detach.guest = "web1";
  detach.all = TRUE;
  world_must_detach (world, "all", &detach);
  bond_must_attach (world, "again", &request, 2);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  world_must_detach (world, "all again", &detach);
  request.pool = NULL;
  bond_must_attach (world, "no pool named", &request, 2);
  g_autofree char *own = world_dump (world);
  assert_string_equal (own, before);
  request.leg.ensure = TRUE;
  bond_must_attach (world, "already so", &request, 2);
  g_autofree char *same = world_dump (world);
  assert_string_equal (same, before);
}

/* A leg that comes back by itself keeps off the PF of the other. */
static void
test_leg (void **state)
{
  g_autoptr (World) world = make_world (ALL);
  const VfpBondRequest request = make_request ("web1");
  VfpDetachRequest detach = world_detach_request ("web1");
  VfpAttachRequest leg = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  bond_must_attach (world, "bond", &request, 2);
  detach.slot = leg.slot = "net1";
  world_must_detach (world, "one leg", &detach);
  occupy (world, "enp2s0f0", 1);
  vfp_result_free (world_must_attach (world, "the other card", &leg));
  check_pfs (world, "the other card", "enp1s0f0 enp2s0f0");

  world_must_detach (world, "one leg again", &detach);
  occupy (world, "enp2s0f0", 1);
  occupy (world, "enp1s0f1", 1);
  vfp_result_free (world_must_attach (world, "the other leg", &leg));
  check_pfs (world, "the other leg", "enp1s0f0 enp1s0f1");

  world_must_detach (world, "and again", &detach);
  occupy (world, "enp1s0f1", 1);
  g_autoptr (VfpResult) refused = world_attach (world, &leg, &error);
  assert_null (refused);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS));
  check_pfs (world, "nothing else is free", "enp1s0f0 -");
}

/* Legs that are only marked need no free VF now. */
static void
test_on_start (void **state)
{
  g_autoptr (World) world = make_world ("[pool x]\npf = enp1s0f0 enp2s0f0\nvfs = 0\n");
  VfpBondRequest request = make_request ("web1");
  g_autofree char *uuid = world_uuid (world, "off1");
  g_autoptr (GError) error = NULL;

  world_see_hook (world);
  bond_must_attach (world, "all that the pool has", &request, 2);
  request = make_request ("off1");
  request.leg.on_start = TRUE;
  bond_must_attach (world, "marked", &request, 2);

  VfpDetachRequest detach = world_detach_request ("web1");
  detach.all = TRUE;
  world_must_detach (world, "room", &detach);
  world_start_guest (world, "off1");
  g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, &error);
  assert_non_null (findings);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 2);
  const VfpClaim *a = g_ptr_array_index (records->claims, 0);
  const VfpClaim *b = g_ptr_array_index (records->claims, 1);
  assert_true (a->pf_id != b->pf_id);
}

/* A leg that moves keeps away from the others, and is set to nothing that a bond ends by. */
static void
test_change (void **state)
{
  g_autoptr (World) world = make_world (ALL);
  const VfpBondRequest bond = make_request ("web1");
  VfpMoveRequest move = { .guest = "web1", .slot = "net0", .timeout_ms = 10000 };
  static const char *const settings[] = { "trust=off", "link-state=enable" };

  bond_must_attach (world, "bond", &bond, 2);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpResult) result = world_move (world, &move, &error);

      assert_non_null (result);
      bond_check (world, "moved", 2, VFP_BOND_MAC_ALL);
      assert_string_not_equal (result->pf, "enp2s0f0");
    }
  move.pf = "enp2s0f0";
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpResult) refused = world_move (world, &move, &error);
  assert_null (refused);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_DIFFERS));

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      VfpSetRequest set = { .asked = world_attach_request ("web1") };
      g_autoptr (GError) wrong = NULL;

      set.asked.slot = "net0";
      assert_true (vfp_settings_from_string (settings[i], &set.asked.settings, NULL));
      g_autoptr (VfpResult) result = world_set (world, &set, &wrong);
      check_case (settings[i], result == NULL);
      check_case (settings[i], g_error_matches (wrong, VFP_ERROR, VFP_ERROR_USAGE));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_choice),  cmocka_unit_test (test_pfs_of_the_pool),
    cmocka_unit_test (test_refused), cmocka_unit_test (test_again),
    cmocka_unit_test (test_leg),     cmocka_unit_test (test_on_start),
    cmocka_unit_test (test_change),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
