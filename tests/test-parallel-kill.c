/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three of eight commands that run at once are killed: one reconcile makes it good. */
#include "config.h"

#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/parallel.h"

#define LIMIT_S 120
#define ROUNDS 60
#define COMMANDS 8
#define KILLED 3
#define KILL_SPAN_US 60000
#define PF_NAME "enp2s0f0"
#define HAND                                                                                       \
  "<interface type='hostdev' managed='yes'><source><address type='pci' domain='0x0000' "           \
  "bus='0x02' "                                                                                    \
  "slot='0x11' function='0x6'/></source><mac address='52:54:00:00:00:99'/></interface>"

/* Attached or detached, whichever it is not. */
static const struct
{
  const char *guest, *slot;
} toggled[] = {
  { "web1", "net0" },
  { "web1", "net1" },
  { "web2", "net0" },
  { "off1", "net0" },
};

/* They end, and the hook is called. */
static const char *const ending[] = { "stop1", "onstart1" };

static char *ended_xml[G_N_ELEMENTS (ending)];

static gboolean
may_fail (const char *name, const GError *error)
{
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY) || parallel_fail (name, error);
}

static gboolean
has_claim (World *world, const char *guest, const char *slot_name)
{
  g_autofree char *uuid = world_uuid (world, guest);
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpSlot *slot = vfp_records_find_slot (records, uuid, slot_name);

  return slot != NULL && vfp_records_find_claim_of_slot (records, slot->id) != NULL;
}

static gboolean
toggle (World *world, unsigned number)
{
  VfpAttachRequest attach = world_attach_request (toggled[number].guest);
  VfpDetachRequest detach = world_detach_request (toggled[number].guest);
  g_autoptr (GError) error = NULL;

  attach.pf = PF_NAME;
  attach.slot = detach.slot = toggled[number].slot;
  attach.ensure = detach.ensure = TRUE;
  attach.timeout_ms = detach.timeout_ms = LIMIT_S * 1000;
  assert_true (
      vfp_settings_from_string ("vlan=42:3:802.1Q trust=on spoofchk=off", &attach.settings, NULL));
  if (has_claim (world, toggled[number].guest, toggled[number].slot))
    {
      g_autoptr (GPtrArray) results = world_detach (world, &detach, &error);
      return results != NULL || may_fail ("detach", error);
    }
  g_autoptr (VfpResult) result = world_attach (world, &attach, &error);
  return result != NULL || may_fail ("attach", error);
}

static gboolean
adopt (World *world)
{
  const VfpAdoptRequest request
      = { .guest = "hand1", .ensure = TRUE, .timeout_ms = LIMIT_S * 1000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_adopt (world, &request, &error);

  return results != NULL || may_fail ("adopt", error);
}

static gboolean
reconcile (World *world)
{
  const VfpReconcileRequest request = { .fix = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

  return findings != NULL || may_fail ("reconcile", error);
}

static gboolean
act (World *world, unsigned number, gpointer data)
{
  if (number < G_N_ELEMENTS (toggled))
    return toggle (world, number);
  number -= G_N_ELEMENTS (toggled);
  if (number < G_N_ELEMENTS (ending))
    return parallel_hook (world, "release", ended_xml[number], NULL);
  return number == G_N_ELEMENTS (ending) ? adopt (world) : reconcile (world);
}

static World *
make_world (void)
{
  static const char *const running[] = { "web1", "web2", "hand1" };
  static const char *const off[] = { "off1", "stop1", "onstart1" };
  World *world = world_new_empty ();

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = PF_NAME, .address = "0000:02:00.0", .vfs = 12, .driver = "ixgbe" });
  for (gsize i = 0; i < G_N_ELEMENTS (running); i++)
    hosttree_add_guest (world->tree, &(HostGuest){ .name = running[i], .ports = 3 });
  for (gsize i = 0; i < G_N_ELEMENTS (off); i++)
    hosttree_add_guest (world->tree, &(HostGuest){ .name = off[i], .ports = 3, .off = TRUE });
  world_start (world);
  return world;
}

static void
give (World *world, const char *guest, gboolean on_start)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = PF_NAME;
  request.on_start = on_start;
  assert_true (vfp_settings_from_string ("vlan=7 trust=on", &request.settings, NULL));
  vfp_result_free (world_must_attach (world, guest, &request));
}

static void
plug_by_hand (World *world)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpVirt) virt = vfp_virt_fake_new (root, NULL);
  g_autofree char *uuid = world_uuid (world, "hand1");

  assert_true (virt->attach_device (virt, uuid, HAND, VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG, NULL));
}

/* The guests that are to end run, and what is to be adopted is nobody's. */
static void
prepare_round (World *world, const char *name)
{
  const VfpDisownRequest disown = { .guest = "hand1", .ensure = TRUE, .timeout_ms = 2000 };
  g_autoptr (GPtrArray) results = world_disown (world, &disown, NULL);

  check_case (name, results != NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (ending); i++)
    {
      g_autofree char *uuid = world_uuid (world, ending[i]);

      check_case (name, parallel_power_on (world, ending[i], NULL));
      g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, NULL);
      check_case (name, findings != NULL && has_claim (world, ending[i], "net0"));
      g_free (ended_xml[i]);
      ended_xml[i] = parallel_destroy (world, ending[i]);
      check_case (name, ended_xml[i] != NULL);
    }
}

/* The first of @order are killed. */
static void
shuffle (GRand *random, unsigned order[COMMANDS])
{
  for (unsigned i = 0; i < COMMANDS; i++)
    order[i] = i;
  for (unsigned i = 0; i < KILLED; i++)
    {
      const unsigned k = (unsigned) g_rand_int_range (random, (gint32) i, COMMANDS);
      const unsigned other = order[k];

      order[k] = order[i];
      order[i] = other;
    }
}

static void
run_and_kill (World *world, GRand *random, const char *name)
{
  pid_t processes[COMMANDS];
  unsigned order[COMMANDS];

  shuffle (random, order);
  for (unsigned i = 0; i < COMMANDS; i++)
    processes[i] = parallel_start (world, act, i, NULL);
  for (unsigned i = 0; i < KILLED; i++)
    {
      g_usleep ((gulong) g_rand_int_range (random, 0, KILL_SPAN_US / KILLED));
      kill (processes[order[i]], SIGKILL);
    }
  for (unsigned i = 0; i < COMMANDS; i++)
    parallel_end (name, processes[order[i]], i < KILLED);
}

/* Only a detach that the guest has not carried out yet goes on. */
static void
check_intents (World *world, const char *name)
{
  g_autoptr (VfpRecords) records = world_records (world);

  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);
      const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);

      if (claim->intent == VFP_INTENT_CLAIMING)
        fail_msg ("%s: %s %s is being claimed still", name, slot->guest_name, slot->name);
      if (claim->live
          && (g_str_equal (slot->guest_name, ending[0])
              || g_str_equal (slot->guest_name, ending[1])))
        fail_msg ("%s: %s has not given its VF back", name, slot->guest_name);
    }
}

static void
test_kill (void **state)
{
  g_autoptr (World) world = make_world ();
  const guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  give (world, "stop1", FALSE);
  world_see_hook (world);
  give (world, "onstart1", TRUE);
  plug_by_hand (world);
  for (unsigned round = 0; round < ROUNDS; round++)
    {
      g_autofree char *name = g_strdup_printf ("round %u, seed %u", round, seed);

      prepare_round (world, name);
      run_and_kill (world, random, name);
      check_case (name, reconcile (world));
      parallel_check (world, name);
      check_intents (world, name);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (ending); i++)
    g_clear_pointer (&ended_xml[i], g_free);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_kill),
  };

  parallel_init (LIMIT_S);
  return cmocka_run_group_tests (tests, NULL, NULL);
}
