/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 64 processes at once: attaches and detaches, guests that start and end, reconciling. No VF twice,
 * no slot lost, nobody waits for ever. */
#include "config.h"

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/parallel.h"

#define LIMIT_S 120
#define PF_NAME "enp2s0f0"

/* Numbers of the processes, kind by kind. VFs: enough for the started guests and most others. */
#define MOVERS 36     /* two for each guest, with a slot each */
#define STARTERS 14   /* a guest with a VF in its configuration, started and ended */
#define ON_STARTERS 6 /* a guest that gets its VF at its start */
#define RECONCILERS 8
#define PROCESSES (MOVERS + STARTERS + ON_STARTERS + RECONCILERS)
#define VFS (STARTERS + 28)
#define MOVER_GUESTS (MOVERS / 2)

#define MOVES 3
#define STARTS 3
#define RECONCILES 2

static char *
guest_name (const char *kind, unsigned number)
{
  return g_strdup_printf ("%s%u", kind, number);
}

static VfpAttachRequest
make_request (const char *guest)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = PF_NAME;
  request.timeout_ms = LIMIT_S * 1000;
  assert_true (vfp_settings_from_string ("vlan=42 trust=on", &request.settings, NULL));
  return request;
}

/* Who finds no VF comes again. */
static gboolean
attach_patiently (World *world, const VfpAttachRequest *request)
{
  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpResult) result = world_attach (world, request, &error);

      if (result != NULL)
        return TRUE;
      if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS))
        return parallel_fail (request->guest, error);
    }
}

static gboolean
move (World *world, unsigned number)
{
  g_autofree char *guest = guest_name ("move", number % MOVER_GUESTS);
  g_autofree char *slot = g_strdup_printf ("net%u", number / MOVER_GUESTS);
  VfpAttachRequest attach = make_request (guest);
  VfpDetachRequest detach = world_detach_request (guest);

  attach.slot = detach.slot = slot;
  detach.timeout_ms = attach.timeout_ms;
  for (unsigned round = 0; round < MOVES; round++)
    {
      g_autoptr (GError) error = NULL;

      if (!attach_patiently (world, &attach))
        return FALSE;
      g_autoptr (GPtrArray) results = world_detach (world, &detach, &error);
      if (results == NULL)
        return parallel_fail (guest, error);
    }
  return TRUE;
}

static gboolean
start_and_end (World *world, const char *kind, unsigned number)
{
  g_autofree char *guest = guest_name (kind, number);
  g_autofree char *uuid = world_uuid (world, guest);

  for (unsigned round = 0; round < STARTS; round++)
    {
      g_autoptr (GError) error = NULL;
      gboolean settle = FALSE;

      if (!parallel_power_on (world, guest, &settle) || !settle)
        return parallel_fail (guest, NULL);
      g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, &error);
      if (findings == NULL)
        return parallel_fail (guest, error);
      if (!parallel_power_off (world, guest, NULL))
        return parallel_fail (guest, NULL);
    }
  return TRUE;
}

static gboolean
reconcile (World *world)
{
  const VfpReconcileRequest request = { .fix = TRUE };

  for (unsigned round = 0; round < RECONCILES; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

      if (findings == NULL)
        return parallel_fail ("reconcile", error);
    }
  return TRUE;
}

static gboolean
act (World *world, unsigned number, gpointer data)
{
  if (number < MOVERS)
    return move (world, number);
  number -= MOVERS;
  if (number < STARTERS)
    return start_and_end (world, "start", number);
  number -= STARTERS;
  if (number < ON_STARTERS)
    return start_and_end (world, "onstart", number);
  return reconcile (world);
}

static void
add_guests (World *world, const char *kind, unsigned count, gboolean off)
{
  for (unsigned i = 0; i < count; i++)
    {
      g_autofree char *name = guest_name (kind, i);

      hosttree_add_guest (world->tree, &(HostGuest){ .name = name, .ports = 3, .off = off });
    }
}

static void
give_slots (World *world, const char *kind, unsigned count, gboolean on_start)
{
  for (unsigned i = 0; i < count; i++)
    {
      g_autofree char *name = guest_name (kind, i);
      VfpAttachRequest request = make_request (name);

      request.on_start = on_start;
      vfp_result_free (world_must_attach (world, name, &request));
    }
}

static World *
make_world (void)
{
  World *world = world_new_empty ();

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = PF_NAME, .address = "0000:02:00.0", .vfs = VFS, .driver = "ixgbe" });
  add_guests (world, "move", MOVER_GUESTS, FALSE);
  add_guests (world, "start", STARTERS, TRUE);
  add_guests (world, "onstart", ON_STARTERS, TRUE);
  world_start (world);
  give_slots (world, "start", STARTERS, FALSE);
  world_see_hook (world);
  give_slots (world, "onstart", ON_STARTERS, TRUE);
  return world;
}

/* What guests have in their configuration, they have still; on-start slots gave theirs back. */
static void
check_claims (World *world)
{
  g_autoptr (VfpRecords) records = world_records (world);

  assert_int_equal (records->slots->len, MOVERS + STARTERS + ON_STARTERS);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);
      const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);

      if (claim->intent != VFP_INTENT_NONE || claim->live || !claim->config)
        fail_msg ("%s %s: live %d, config %d, %s", slot->guest_name, slot->name, claim->live,
                  claim->config, vfp_intent_to_string (claim->intent));
    }
  assert_int_equal (records->claims->len, STARTERS);
}

/* Nor is anything left for the nightly run. */
static void
check_findings (World *world)
{
  const VfpReconcileRequest request = { 0 };
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);

  assert_non_null (findings);
  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      fail_msg ("%s %s: %s", finding->kind->id, finding->object, finding->detail);
    }
}

static void
test_all (void **state)
{
  g_autoptr (World) world = make_world ();

  parallel_run (world, "all", PROCESSES, act, NULL);
  parallel_check (world, "all");
  check_claims (world);
  check_findings (world);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_all),
  };

  G_STATIC_ASSERT (PROCESSES == 64);
  parallel_init (LIMIT_S);
  return cmocka_run_group_tests (tests, NULL, NULL);
}
