/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bonds: all legs or none, whatever goes wrong. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "ops/bond.h"
#include "ops/rebuild.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define STOPPED 77
#define CALLS_MAX 80

static const char *const two_pfs[] = { "enp1s0f0", "enp2s0f0", NULL };
static const char *const swapped_pfs[] = { "enp2s0f0", "enp1s0f0", NULL };
static const char *const three_pfs[] = { "enp1s0f0", "enp1s0f1", "enp2s0f0", NULL };
static const char *const one_card[] = { "enp1s0f0", "enp1s0f1", NULL };

typedef struct
{
  VfpBondRequest request;
  GPtrArray *results;
} BondAct;

static gboolean
act (VfpWorld *opened, gpointer data, GError **error)
{
  BondAct *bond = data;

  return vfp_bond_attach (opened, &bond->request, bond->results, error);
}

static GPtrArray *
attach (World *world, const VfpBondRequest *request, GError **error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  BondAct bond = { *request, results };

  return world_act (world, act, &bond, error) ? g_steal_pointer (&results) : NULL;
}

static VfpBondRequest
make_request (const char *guest, const char *const *pfs)
{
  return (VfpBondRequest){ .leg = world_attach_request (guest), .pfs = pfs };
}

static World *
make_world (void)
{
  World *world = world_new_empty ();
  static const HostPf pfs[] = {
    { .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2 },
    { .name = "enp1s0f1", .address = "0000:01:00.1", .vfs = 2 },
    { .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pfs); i++)
    hosttree_add_pf (world->tree, &pfs[i]);
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 4 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web2", .ports = 1 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off1", .ports = 4, .off = TRUE });
  world_start (world);
  return world;
}

static void
must_attach (World *world, const char *name, const VfpBondRequest *request, guint legs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = attach (world, request, &error);

  if (results == NULL)
    fail_msg ("%s: %s", name, error->message);
  check_case (name, results->len == legs);
  world_check (world, name);
}

static void
must_fail (World *world, const char *name, const VfpBondRequest *request, VfpErrorCode code,
           const char *part)
{
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = attach (world, request, &error);

  check_case (name, results == NULL);
  if (!g_error_matches (error, VFP_ERROR, (int) code) || strstr (error->message, part) == NULL)
    fail_msg ("%s: %s", name, error->message);
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
}

/* Every slot of the file is a leg of bond0, has a VF, and no PF has two. */
static void
check_bond (World *world, const char *name, guint legs, VfpBondMac mac)
{
  g_autoptr (VfpRecords) records = world_records (world);

  check_case (name, records->slots->len == legs && records->claims->len == legs);
  for (guint i = 0; i < legs; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      check_case_string (name, slot->bond, "bond0");
      check_case (name, slot->bond_mac == mac);
      check_case (name, slot->settings.trust == (mac == VFP_BOND_MAC_ALL));
      check_case (name, slot->settings.link_state == VFP_LINK_STATE_AUTO);
      check_case (name, claim->intent == VFP_INTENT_NONE && claim->claimer.pid == 0);
      for (guint k = 0; k < i; k++)
        check_case (name,
                    claim->pf_id != ((VfpClaim *) g_ptr_array_index (records->claims, k))->pf_id);
    }
}

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
      g_autoptr (World) world = make_world ();
      VfpBondRequest request = make_request (cases[i].guest, cases[i].pfs);

      request.has_mac = TRUE;
      request.mac = cases[i].mac;
      must_attach (world, cases[i].name, &request, cases[i].legs);
      check_bond (world, cases[i].name, cases[i].legs, cases[i].mac);
    }
}

static void
test_dry_run (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpBondRequest request = make_request ("web1", three_pfs);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  request.leg.dry_run = TRUE;
  g_autoptr (GPtrArray) planned = attach (world, &request, &error);
  assert_non_null (planned);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  request.leg.dry_run = FALSE;
  g_autoptr (GPtrArray) done = attach (world, &request, &error);
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
  g_autoptr (World) world = make_world ();
  static const char *const one[] = { "enp1s0f0", NULL };
  static const char *const twice[] = { "enp1s0f0", "0000:01:00.0", NULL };
  static const char *const unknown[] = { "enp1s0f0", "enp9s0", NULL };
  VfpBondRequest request = make_request ("web1", one);

  must_fail (world, "one PF", &request, VFP_ERROR_USAGE, "second --pf");
  request.pfs = twice;
  must_fail (world, "one PF by two names", &request, VFP_ERROR_USAGE, "named twice");
  request.pfs = unknown;
  must_fail (world, "no such PF", &request, VFP_ERROR_NO_SUCH_PF, "enp9s0");
  request.pfs = NULL;
  must_fail (world, "no PF", &request, VFP_ERROR_PF_NOT_NAMED, "--pf twice");
  request.pool = "enp1s0f0";
  must_fail (world, "pool of one PF", &request, VFP_ERROR_NO_VF_FITS, "has 1 PF;");
  request = make_request ("web1", two_pfs);
  request.leg.settings = (VfpSettings){ .known = VFP_SETTING_TRUST };
  must_fail (world, "no trust", &request, VFP_ERROR_USAGE, "--bond-mac active");
  request.leg.settings
      = (VfpSettings){ .known = VFP_SETTING_LINK_STATE, .link_state = VFP_LINK_STATE_ENABLE };
  must_fail (world, "always up", &request, VFP_ERROR_USAGE, "dead uplink");
  request = make_request ("web2", two_pfs);
  must_fail (world, "a port for one leg only", &request, VFP_ERROR_NO_PORT, "web2");
}

static void
test_ensure (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpBondRequest request = make_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");

  must_attach (world, "first", &request, 2);
  g_autofree char *before = world_dump (world);
  request.leg.ensure = TRUE;
  must_attach (world, "already so", &request, 2);
  request.pfs = swapped_pfs;
  must_attach (world, "already so, in another order", &request, 2);
  request.pfs = NULL;
  must_attach (world, "already so, no PF named", &request, 2);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  request.pfs = one_card;
  must_fail (world, "another PF", &request, VFP_ERROR_DIFFERS, "detach it first");
  request.pfs = two_pfs;
  request.has_mac = TRUE;
  request.mac = VFP_BOND_MAC_ACTIVE;
  must_fail (world, "another MAC", &request, VFP_ERROR_DIFFERS, "--bond-mac all");

  detach.slot = "net1";
  world_must_detach (world, "one leg", &detach);
  request.has_mac = request.leg.ensure = FALSE;
  must_fail (world, "half a bond", &request, VFP_ERROR_SLOT_IN_USE, "--ensure --bond-name bond0");
  request.leg.ensure = TRUE;
  must_attach (world, "the other half", &request, 2);
  g_autofree char *again = world_dump (world);
  assert_string_equal (again, before);
}

/* Detached as a whole, it comes back into its slots; a further one is bond1. */
static void
test_again (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpBondRequest request = make_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");

  must_attach (world, "first", &request, 2);
  g_autofree char *before = world_dump (world);
  detach.all = TRUE;
  world_must_detach (world, "all", &detach);
  request.pfs = swapped_pfs;
  must_attach (world, "again", &request, 2);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);

  must_attach (world, "another", &request, 2);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_string_equal (((VfpSlot *) g_ptr_array_index (records->slots, 3))->bond, "bond1");
}

/* Whoever attaches to a leg's slot, the PF of another leg is not for it. */
static void
test_no_two_legs_on_one_pf (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpBondRequest request = make_request ("web1", two_pfs);
  VfpDetachRequest detach = world_detach_request ("web1");
  VfpAttachRequest leg = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  must_attach (world, "bond", &request, 2);
  detach.slot = leg.slot = "net1";
  world_must_detach (world, "one leg", &detach);
  leg.pf = "enp1s0f0";
  g_autoptr (VfpResult) refused = world_attach (world, &leg, &error);
  assert_null (refused);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_DIFFERS));
  leg.pf = "enp1s0f1";
  vfp_result_free (world_must_attach (world, "a third PF", &leg));
  check_bond (world, "a third PF", 2, VFP_BOND_MAC_ALL);
}

static void
test_one_card (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpBondRequest request = make_request ("web1", one_card);

  must_attach (world, "one card", &request, 2);
  assert_true (world_warned (world, "ports of one card"));
  request = make_request ("off1", two_pfs);
  must_attach (world, "two cards", &request, 2);
  assert_false (world_warned (world, "ports of one card"));
}

/* Legs that get their VFs at each start of the guest. */
static void
test_on_start (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpBondRequest request = make_request ("off1", two_pfs);
  g_autofree char *uuid = world_uuid (world, "off1");
  g_autoptr (GError) error = NULL;

  world_see_hook (world);
  request.leg.on_start = TRUE;
  must_attach (world, "marked", &request, 2);
  g_autoptr (VfpRecords) marked = world_records (world);
  assert_int_equal (marked->slots->len, 2);
  assert_int_equal (marked->claims->len, 0);

  world_start_guest (world, "off1");
  g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, &error);
  assert_non_null (findings);
  check_bond (world, "started", 2, VFP_BOND_MAC_ALL);
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
  g_autoptr (World) world = make_world ();
  VfpBondRequest request = make_request ("web1", two_pfs);

  request.has_mac = TRUE;
  request.mac = VFP_BOND_MAC_ACTIVE;
  must_attach (world, "bond", &request, 2);
  assert_int_equal (unlink (world->state_path), 0);
  world->rebuild = TRUE;
  assert_true (world_act (world, rebuild, NULL, NULL));
  world->rebuild = FALSE;
  check_bond (world, "rebuilt", 2, VFP_BOND_MAC_ACTIVE);
}

/* At the Nth call of what is outside: */
static struct
{
  World *world;
  unsigned at;
} hooked;

static void
interrupt (unsigned call)
{
  if (call == hooked.at)
    hooked.world->interrupted = 2;
}

static void
stop (unsigned call)
{
  if (call == hooked.at)
    _exit (STOPPED);
}

static void
hook (World *world, void (*on_call) (unsigned call), unsigned at)
{
  hooked.world = world;
  hooked.at = at;
  world->faults = (VfpFaults){ .on_call = on_call };
}

/* Only the metadata may fail without ending it. FALSE: there was no such call. */
static gboolean
fail_one (const char *guest, unsigned k)
{
  g_autoptr (World) world = make_world ();
  const VfpBondRequest request = make_request (guest, two_pfs);
  g_autofree char *name = g_strdup_printf ("%s, call %u fails", guest, k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (GPtrArray) results = attach (world, &request, &error);
  const unsigned calls = world->faults.calls;
  world->faults.fail_at = 0;
  world_check (world, name);
  if (results == NULL)
    {
      g_autofree char *after = world_dump (world);

      check_case_string (name, after, before);
      check_case (name, world->warnings->len == 0);
      return TRUE;
    }
  check_bond (world, name, 2, VFP_BOND_MAC_ALL);
  check_case (name, calls < k || world_warned (world, "failed on demand"));
  return calls >= k;
}

static void
test_fail_every_call (void **state)
{
  unsigned k = 1;

  while (fail_one ("web1", k))
    assert_true (k++ < CALLS_MAX);
  assert_true (k > 5);
  for (k = 1; fail_one ("off1", k); k++)
    assert_true (k < CALLS_MAX);
}

static gboolean
interrupt_one (unsigned k)
{
  g_autoptr (World) world = make_world ();
  const VfpBondRequest request = make_request ("web1", two_pfs);
  g_autofree char *name = g_strdup_printf ("signal at call %u", k);
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;

  hook (world, interrupt, k);
  g_autoptr (GPtrArray) results = attach (world, &request, &error);
  const gboolean reached = world->interrupted != 0;
  world->faults = (VfpFaults){ 0 };
  world->interrupted = 0;
  world_check (world, name);
  if (results != NULL)
    return reached;
  check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
  return TRUE;
}

static void
test_interrupt_every_call (void **state)
{
  for (unsigned k = 1; interrupt_one (k); k++)
    assert_true (k < CALLS_MAX);
}

static gboolean
attach_or_stop (World *world, const VfpBondRequest *request, unsigned k)
{
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      hook (world, stop, k);
      g_autoptr (GPtrArray) results = attach (world, request, NULL);
      _exit (results != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == STOPPED);
  return WEXITSTATUS (status) == STOPPED;
}

/* Whatever it was killed at, --ensure makes it whole. */
static void
test_stop_at_every_call (void **state)
{
  for (unsigned k = 1;; k++)
    {
      g_autoptr (World) world = make_world ();
      VfpBondRequest request = make_request ("web1", two_pfs);
      g_autofree char *name = g_strdup_printf ("dead at call %u", k);

      assert_true (k < CALLS_MAX);
      if (!attach_or_stop (world, &request, k))
        break;
      world_check (world, name);
      request.leg.ensure = TRUE;
      must_attach (world, name, &request, 2);
      check_bond (world, name, 2, VFP_BOND_MAC_ALL);
    }
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
    cmocka_unit_test (test_one_card),
    cmocka_unit_test (test_on_start),
    cmocka_unit_test (test_rebuild),
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_interrupt_every_call),
    cmocka_unit_test (test_stop_at_every_call),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
