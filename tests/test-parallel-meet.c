/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repairs that meet: two reconciles, reconcile and settle; and an import that replaces what
 * attaches are at work on. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "ops/export.h"
#include "ops/import.h"
#include "tests/lib/check.h"
#include "tests/lib/parallel.h"

#define LIMIT_S 120
#define PF_NAME "enp2s0f0"
#define GUESTS 8
#define VFS 12
#define REPAIR_ROUNDS 25
#define REPAIRERS 4
#define IMPORT_ROUNDS 15
#define MOVERS 5
#define IMPORTERS 2

static char *
guest_name (unsigned number)
{
  return g_strdup_printf ("web%u", number);
}

static VfpAttachRequest
make_request (const char *guest)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = PF_NAME;
  request.slot = "net0";
  request.timeout_ms = LIMIT_S * 1000;
  assert_true (vfp_settings_from_string ("vlan=42 trust=on", &request.settings, NULL));
  return request;
}

static World *
make_world (unsigned attached)
{
  World *world = world_new_empty ();

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = PF_NAME, .address = "0000:02:00.0", .vfs = VFS, .driver = "ixgbe" });
  for (unsigned i = 0; i < GUESTS; i++)
    {
      g_autofree char *name = guest_name (i);

      hosttree_add_guest (world->tree, &(HostGuest){ .name = name, .ports = 3 });
    }
  world_start (world);
  for (unsigned i = 0; i < attached; i++)
    {
      g_autofree char *name = guest_name (i);
      const VfpAttachRequest request = make_request (name);

      vfp_result_free (world_must_attach (world, name, &request));
    }
  return world;
}

static gboolean
reconcile (World *world)
{
  const VfpReconcileRequest request = { .fix = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

  return findings != NULL || parallel_fail ("reconcile", error);
}

static gboolean
settle_all (World *world)
{
  for (unsigned i = 0; i < GUESTS; i++)
    {
      g_autofree char *name = guest_name (i);
      g_autofree char *uuid = world_uuid (world, name);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, &error);

      if (findings == NULL)
        return parallel_fail (name, error);
    }
  return TRUE;
}

static gboolean
act_repair (World *world, unsigned number, gpointer data)
{
  return number % 2 == 0 ? reconcile (world) : settle_all (world);
}

static VfpClaim *
find_claim (const VfpRecords *records, const char *guest)
{
  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (g_str_equal (slot->guest_name, guest))
        return vfp_records_find_claim_of_slot (records, slot->id);
    }
  return NULL;
}

static void
lose_row (VfpStore *store, gpointer guest)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);

  assert_true (vfp_store_delete_claim (store, find_claim (records, guest), NULL));
}

/* A process that has died behind its intent. */
static void
leave_intent (VfpStore *store, gpointer guest)
{
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  VfpClaim *claim = find_claim (records, guest);

  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_live = claim->intent_config = TRUE;
  claim->claimer = (VfpProcess){ .pid = 4000000, .start_ticks = 1 };
  assert_true (vfp_store_put_claim (store, claim, NULL));
}

/* Guests end unseen, rows are lost, processes die, a VF keeps a guest's settings. */
static void
damage (World *world)
{
  static const char *const ended[] = { "web0", "web1" };

  for (gsize i = 0; i < G_N_ELEMENTS (ended); i++)
    {
      g_autofree char *xml = parallel_destroy (world, ended[i]);

      assert_non_null (xml);
    }
  world_change (world, lose_row, (gpointer) "web2");
  world_change (world, leave_intent, (gpointer) "web3");
  world_set_link (world, PF_NAME " 11", "settings", "vlan=42 trust=on");
}

static void
check_repaired (World *world, const char *name)
{
  const VfpReconcileRequest request = { 0 };
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);
  g_autoptr (VfpRecords) records = world_records (world);

  check_case (name, findings != NULL);
  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      fail_msg ("%s: %s %s: %s", name, finding->kind->id, finding->object, finding->detail);
    }
  check_case (name, records->slots->len == GUESTS);
  check_case (name, records->claims->len == GUESTS);
}

/* Every finding is repaired, by whoever was first, and nobody stumbles over another. */
static void
test_repairs (void **state)
{
  g_autoptr (World) world = make_world (GUESTS);

  world_see_hook (world);
  for (unsigned round = 0; round < REPAIR_ROUNDS; round++)
    {
      g_autofree char *name = g_strdup_printf ("repairs, round %u", round);

      damage (world);
      parallel_run (world, name, REPAIRERS, act_repair, NULL);
      check_case (name, reconcile (world));
      parallel_check (world, name);
      check_repaired (world, name);
      check_case (name, parallel_power_on (world, "web0", NULL));
      check_case (name, parallel_power_on (world, "web1", NULL));
    }
}

static char *
export_json (World *world)
{
  g_auto (VfpWorld) opened = { 0 };
  char *json = world_open (world, &opened, TRUE, NULL) ? vfp_export_json (&opened, NULL) : NULL;

  assert_non_null (json);
  world_keep_warnings (world, &opened);
  return json;
}

static gboolean
import (VfpWorld *opened, gpointer json, GError **error)
{
  const VfpImportRequest request = {
    .text = json,
    .length = strlen (json),
    .name = "state.json",
    .mode = VFP_IMPORT_REPLACE,
  };
  g_autoptr (VfpImport) done = vfp_import (opened, &request, error);

  return done != NULL;
}

/* It is refused while a command is at work on what it replaces. */
static gboolean
act_import (World *world, char *json)
{
  for (unsigned turn = 0; turn < 3; turn++)
    {
      g_autoptr (GError) error = NULL;

      if (!world_act (world, import, json, &error)
          && !g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY))
        return parallel_fail ("import", error);
    }
  return TRUE;
}

/* What an import may do to a command: take the row, or the slot, of what it has just attached; or
 * the row of a VF that a neighbour has just been given, which then looks like nobody's. */
static gboolean
may_fail (const char *name, const GError *error)
{
  static const VfpErrorCode codes[] = {
    VFP_ERROR_BUSY,        VFP_ERROR_SLOT_EMPTY, VFP_ERROR_NO_SUCH_SLOT,
    VFP_ERROR_SLOT_IN_USE, VFP_ERROR_VF_IN_USE,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, VFP_ERROR, (int) codes[i]))
      return TRUE;
  return parallel_fail (name, error);
}

static gboolean
act_move (World *world, unsigned number)
{
  g_autofree char *name = guest_name (GUESTS - 1 - number);
  VfpAttachRequest attach = make_request (name);
  VfpDetachRequest detach = world_detach_request (name);

  attach.ensure = TRUE;
  detach.slot = "net0";
  for (unsigned turn = 0; turn < 2; turn++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpResult) result = world_attach (world, &attach, &error);

      if (result == NULL && !may_fail ("attach", error))
        return FALSE;
      g_clear_error (&error);
      g_autoptr (GPtrArray) results = world_detach (world, &detach, &error);
      if (results == NULL && !may_fail ("detach", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
act_or_import (World *world, unsigned number, gpointer json)
{
  return number < MOVERS ? act_move (world, number) : act_import (world, json);
}

/* Whatever was imported when: reconcile finds the promises in the guests. */
static void
test_import (void **state)
{
  g_autoptr (World) world = make_world (GUESTS - MOVERS);
  g_autofree char *json = export_json (world);

  for (unsigned round = 0; round < IMPORT_ROUNDS; round++)
    {
      g_autofree char *name = g_strdup_printf ("import, round %u", round);

      parallel_run (world, name, MOVERS + IMPORTERS, act_or_import, json);
      check_case (name, reconcile (world));
      parallel_check (world, name);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_repairs),
    cmocka_unit_test (test_import),
  };

  parallel_init (LIMIT_S);
  return cmocka_run_group_tests (tests, NULL, NULL);
}
