/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bonds: which legs, in which slots, on which PFs. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "ops/rebuild.h"
#include "tests/lib/bond.h"
#include "tests/lib/check.h"

static const char *const two_pfs[] = { "enp1s0f0", "enp2s0f0", NULL };
static const char *const swapped_pfs[] = { "enp2s0f0", "enp1s0f0", NULL };
static const char *const three_pfs[] = { "enp1s0f0", "enp1s0f1", "enp2s0f0", NULL };
static const char *const one_card[] = { "enp1s0f0", "enp1s0f1", NULL };

static void
test_legs (void **state)
{
  static const struct
  {
    const char *name, *guest;
    const char *const *pfs;
    guint legs;
    VfpBondMac mac;
  } cases[] = {
    { "two", "web1", two_pfs, 2, VFP_BOND_MAC_ALL },
    { "two, MAC of the active one", "web1", two_pfs, 2, VFP_BOND_MAC_ACTIVE },
    { "three", "web1", three_pfs, 3, VFP_BOND_MAC_ALL },
    { "off", "off1", two_pfs, 2, VFP_BOND_MAC_ALL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = bond_world ();
      VfpBondRequest request = bond_request (cases[i].guest, cases[i].pfs);

      request.has_mac = TRUE;
      request.mac = cases[i].mac;
      bond_must_attach (world, cases[i].name, &request, cases[i].legs);
      bond_check (world, cases[i].name, cases[i].legs, cases[i].mac);
    }
}

static void
test_dry_run (void **state)
{
  g_autoptr (World) world = bond_world ();
  VfpBondRequest request = bond_request ("web1", three_pfs);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  request.leg.dry_run = TRUE;
  g_autoptr (GPtrArray) planned = bond_attach (world, &request, &error);
  assert_non_null (planned);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  request.leg.dry_run = FALSE;
  g_autoptr (GPtrArray) done = bond_attach (world, &request, &error);
  assert_int_equal (planned->len, done->len);
  for (guint i = 0; i < done->len; i++)
    {
      const VfpResult *a = g_ptr_array_index (planned, i), *b = g_ptr_array_index (done, i);

      assert_string_equal (a->slot, b->slot);
      assert_string_equal (a->pf, b->pf);
      assert_true (vfp_address_equal (&a->address, &b->address));
      assert_true (vfp_address_equal (&a->guest_address, &b->guest_address));
      assert_string_equal (a->guest_ifname, b->guest_ifname);
    }
}

static void
test_refused (void **state)
{
  g_autoptr (World) world = bond_world ();
  static const char *const one[] = { "enp1s0f0", NULL };
  static const char *const twice[] = { "enp1s0f0", "0000:01:00.0", NULL };
  static const char *const unknown[] = { "enp1s0f0", "enp9s0", NULL };
  VfpBondRequest request = bond_request ("web1", one);

  bond_must_fail (world, "one PF", &request, VFP_ERROR_USAGE, "second --pf");
  request.pfs = twice;
  bond_must_fail (world, "one PF by two names", &request, VFP_ERROR_USAGE, "named twice");
  request.pfs = unknown;
  bond_must_fail (world, "no such PF", &request, VFP_ERROR_NO_SUCH_PF, "enp9s0");
  request.pfs = NULL;
  bond_must_fail (world, "no PF", &request, VFP_ERROR_PF_NOT_NAMED, "--pf twice");
  request.pool = "enp1s0f0";
  bond_must_fail (world, "pool of one PF", &request, VFP_ERROR_NO_VF_FITS, "has 1 PF;");
  request = bond_request ("web1", two_pfs);
  request.leg.settings = (VfpSettings){ .known = VFP_SETTING_TRUST };
  bond_must_fail (world, "no trust", &request, VFP_ERROR_USAGE, "--bond-mac active");
  request.leg.settings
      = (VfpSettings){ .known = VFP_SETTING_LINK_STATE, .link_state = VFP_LINK_STATE_ENABLE };
  bond_must_fail (world, "always up", &request, VFP_ERROR_USAGE, "dead uplink");
  request = bond_request ("web2", two_pfs);
  bond_must_fail (world, "a port for one leg only", &request, VFP_ERROR_NO_PORT, "web2");
}

static void
test_ensure (void **state)
{
  g_autoptr (World) world = bond_world ();
  VfpBondRequest request = bond_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");

  bond_must_attach (world, "first", &request, 2);
  g_autofree char *before = world_dump (world);
  request.leg.ensure = TRUE;
  bond_must_attach (world, "already so", &request, 2);
  request.pfs = swapped_pfs;
  bond_must_attach (world, "already so, in another order", &request, 2);
  request.pfs = NULL;
  bond_must_attach (world, "already so, no PF named", &request, 2);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  request.pfs = one_card;
  bond_must_fail (world, "another PF", &request, VFP_ERROR_DIFFERS, "detach it first");
  request.pfs = two_pfs;
  request.has_mac = TRUE;
  request.mac = VFP_BOND_MAC_ACTIVE;
  bond_must_fail (world, "another MAC", &request, VFP_ERROR_DIFFERS, "--bond-mac all");

  detach.slot = "net1";
  world_must_detach (world, "one leg", &detach);
  request.has_mac = request.leg.ensure = FALSE;
  bond_must_fail (world, "half a bond", &request, VFP_ERROR_SLOT_IN_USE,
                  "--ensure --bond-name bond0");
  request.leg.ensure = TRUE;
  bond_must_attach (world, "the other half", &request, 2);
  g_autofree char *again = world_dump (world);
  assert_string_equal (again, before);
}

/* Detached as a whole, it comes back into its slots; a further one is bond1. */
static void
test_again (void **state)
{
  g_autoptr (World) world = bond_world ();
  VfpBondRequest request = bond_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");

  bond_must_attach (world, "first", &request, 2);
  g_autofree char *before = world_dump (world);
  detach.all = TRUE;
  world_must_detach (world, "all", &detach);
  request.pfs = swapped_pfs;
  bond_must_attach (world, "again", &request, 2);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  bond_must_attach (world, "another", &request, 2);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_string_equal (((VfpSlot *) g_ptr_array_index (records->slots, 3))->bond, "bond1");
}

/* Whoever attaches to a leg's slot, the PF of another leg is not for it. */
static void
test_no_two_legs_on_one_pf (void **state)
{
  g_autoptr (World) world = bond_world ();
  const VfpBondRequest request = bond_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");
  VfpAttachRequest leg = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  bond_must_attach (world, "bond", &request, 2);
  detach.slot = leg.slot = "net1";
  world_must_detach (world, "one leg", &detach);
  leg.pf = "enp1s0f0";
  g_autoptr (VfpResult) refused = world_attach (world, &leg, &error);
  assert_null (refused);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_DIFFERS));
  leg.pf = "enp1s0f1";
  vfp_result_free (world_must_attach (world, "a third PF", &leg));
  bond_check (world, "a third PF", 2, VFP_BOND_MAC_ALL);
}

/* The leg's claimer has died, and libvirt has carried its attach out. */
static void
make_dead (World *world)
{
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  VfpClaim *claim = g_ptr_array_index (records->claims, 0);

  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_live = claim->intent_config = TRUE;
  claim->claimer = vfp_process_self ();
  claim->claimer.start_ticks++;
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
test_no_leg_on_the_pf_of_a_dead_one (void **state)
{
  g_autoptr (World) world = bond_world ();
  const VfpBondRequest request = bond_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");
  VfpAttachRequest leg = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  bond_must_attach (world, "bond", &request, 2);
  detach.slot = leg.slot = "net1";
  world_must_detach (world, "one leg", &detach);
  make_dead (world);
  leg.pf = "enp1s0f0";
  g_autoptr (VfpResult) refused = world_attach (world, &leg, &error);
  assert_null (refused);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_DIFFERS));
  world_check (world, "settled");
}

static void
test_one_card (void **state)
{
  g_autoptr (World) world = bond_world ();
  VfpBondRequest request = bond_request ("web1", one_card);

  bond_must_attach (world, "one card", &request, 2);
  assert_true (world_warned (world, "ports of one card"));
  request = bond_request ("off1", two_pfs);
  bond_must_attach (world, "two cards", &request, 2);
  assert_false (world_warned (world, "ports of one card"));
}

/* Legs that get their VFs at each start of the guest. */
static void
test_on_start (void **state)
{
  g_autoptr (World) world = bond_world ();
  VfpBondRequest request = bond_request ("off1", two_pfs);
  g_autofree char *uuid = world_uuid (world, "off1");
  g_autoptr (GError) error = NULL;

  world_see_hook (world);
  request.leg.on_start = TRUE;
  bond_must_attach (world, "marked", &request, 2);
  g_autoptr (VfpRecords) marked = world_records (world);
  assert_int_equal (marked->slots->len, 2);
  assert_int_equal (marked->claims->len, 0);

  world_start_guest (world, "off1");
  g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, &error);
  assert_non_null (findings);
  bond_check (world, "started", 2, VFP_BOND_MAC_ALL);
}

static gboolean
rebuild (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) lost = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  return vfp_rebuild (opened, FALSE, lost, results, error);
}

/* Without the state file, the guest itself says what its NICs are. */
static void
test_rebuild (void **state)
{
  g_autoptr (World) world = bond_world ();
  VfpBondRequest request = bond_request ("web1", two_pfs);

  request.has_mac = TRUE;
  request.mac = VFP_BOND_MAC_ACTIVE;
  bond_must_attach (world, "bond", &request, 2);
  assert_int_equal (unlink (world->state_path), 0);
  world->rebuild = TRUE;
  assert_true (world_act (world, rebuild, NULL, NULL));
  world->rebuild = FALSE;
  bond_check (world, "rebuilt", 2, VFP_BOND_MAC_ACTIVE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_legs),
    cmocka_unit_test (test_dry_run),
    cmocka_unit_test (test_refused),
    cmocka_unit_test (test_ensure),
    cmocka_unit_test (test_again),
    cmocka_unit_test (test_no_two_legs_on_one_pf),
    cmocka_unit_test (test_no_leg_on_the_pf_of_a_dead_one),
    cmocka_unit_test (test_one_card),
    cmocka_unit_test (test_on_start),
    cmocka_unit_test (test_rebuild),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
