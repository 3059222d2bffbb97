/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching to a slot that has a VF: settings that have drifted, a detach that is not finished, a
 * claimer that has died; and the same without doing it. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"
#define DRIFTED "vlan=42:3:802.1Q tx-rate=0:0 spoofchk=off trust=off link-state=enable"

static VfpAttachRequest
make_request (VfpAffectFlags parts)
{
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = "enp2s0f0/0";
  request.slot = "net0";
  request.ensure = TRUE;
  request.affect = parts;
  assert_true (vfp_settings_from_string (SETTINGS, &request.settings, NULL));
  return request;
}

/* web1 has VF 0 of enp2s0f0, as net0. */
static World *
make_world (VfpAffectFlags parts)
{
  World *world = world_new ();
  const VfpAttachRequest request = make_request (parts);

  vfp_result_free (world_must_attach (world, "first", &request));
  return world;
}

static void
drift (World *world, const char *settings)
{
  g_autofree char *now = world_settings (world, "enp2s0f0", 0);
  g_autofree char *text = g_strdup_printf ("%.*s %s", (int) strcspn (now, " "), now, settings);

  world_set_link (world, "enp2s0f0 0", "settings", text);
}

static char *
join_changes (const VfpResult *result)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < result->changes->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            (char *) g_ptr_array_index (result->changes, i));
  return g_string_free (text, FALSE);
}

/* What somebody else has changed is set again, and told; with and without a part to add. */
static void
test_drifted (void **state)
{
  static const struct
  {
    const char *name;
    VfpAffectFlags first;
    const char *changes;
  } cases[] = {
    { "all there", { 0 }, "tx-rate set again, trust set again" },
    { "configuration added",
      { .live = TRUE },
      "tx-rate set again, trust set again, added to the configuration" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_world (cases[i].first);
      VfpAttachRequest request = make_request ((VfpAffectFlags){ 0 });
      g_autofree char *wanted = world_settings (world, "enp2s0f0", 0);

      drift (world, DRIFTED);
      request.dry_run = TRUE;
      g_autofree char *before = world_dump (world);
      g_autoptr (VfpResult) pretended = world_must_attach (world, cases[i].name, &request);
      g_autofree char *after = world_dump (world);
      g_autofree char *would = join_changes (pretended);
      check_case (cases[i].name, pretended->changed);
      check_case_string (cases[i].name, would, cases[i].changes);
      check_case_string (cases[i].name, after, before);

      request.dry_run = FALSE;
      g_autoptr (VfpResult) result = world_must_attach (world, cases[i].name, &request);
      g_autofree char *got = world_settings (world, "enp2s0f0", 0);
      g_autofree char *changes = join_changes (result);
      check_case (cases[i].name, result->changed);
      check_case_string (cases[i].name, changes, cases[i].changes);
      check_case_string (cases[i].name, got, wanted);
      world_check (world, cases[i].name);

      g_autoptr (VfpResult) again = world_must_attach (world, cases[i].name, &request);
      check_case (cases[i].name, !again->changed);
    }
}

/* Settings of a VF that the guest is only configured with mean nothing. */
static void
test_not_running_with_it (void **state)
{
  g_autoptr (World) world = make_world ((VfpAffectFlags){ .config = TRUE });
  const VfpAttachRequest request = make_request ((VfpAffectFlags){ .config = TRUE });
  g_autoptr (VfpResult) result = world_must_attach (world, "configuration", &request);

  assert_false (result->changed);
}

/* The user is told what goes on, and which command ends it. */
static void
test_detaching (void **state)
{
  static const char *const wanted
      = "web1: net0 has enp2s0f0 VF 0 (detaching); 'vfpool detach web1 --slot net0' first";
  g_autoptr (World) world = make_world ((VfpAffectFlags){ 0 });
  const VfpDetachRequest detach = world_detach_request ("web1");

  world_set_guest (world, "web1", "hung", TRUE);
  assert_null (world_detach (world, &detach, NULL));
  for (unsigned ensure = 0; ensure < 2; ensure++)
    {
      VfpAttachRequest request = make_request ((VfpAffectFlags){ 0 });
      g_autoptr (GError) error = NULL;

      request.ensure = ensure != 0;
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);
      assert_null (result);
      assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_SLOT_IN_USE));
      assert_string_equal (error->message, wanted);
    }
}

/* The claimer of net0 has died; @device: libvirt has carried the attach out. */
static World *
make_dead (gboolean device)
{
  World *world = make_world ((VfpAffectFlags){ .config = TRUE });
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  VfpClaim *claim = g_ptr_array_index (records->claims, 0);

  claim->intent = VFP_INTENT_CLAIMING;
  claim->intent_config = TRUE;
  claim->claimer = vfp_process_self ();
  claim->claimer.start_ticks++;
  assert_true (vfp_store_put_claim (store, claim, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
  if (!device)
    {
      g_autofree char *text = world_device (world, "web1", "config.xml", "ua-vfpool-net0");
      g_autofree char *config = world_read (world, "vfpool-fake/guests/web1/config.xml");
      const char *start = strstr (config, "<interface");
      const char *end = strstr (config, "</interface>");
      g_autofree char *element = g_strndup (start, (gsize) (end - start) + strlen ("</interface>"));

      assert_non_null (text);
      world_replace (world, "web1", "config.xml", element, "");
    }
  return world;
}

static int
run_attach (World *world, const char *guest, gboolean ensure, gboolean dry_run)
{
  VfpAttachRequest request = make_request ((VfpAffectFlags){ .config = TRUE });
  g_autoptr (GError) error = NULL;

  request.guest = guest;
  request.ensure = ensure;
  request.dry_run = dry_run;
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  return result != NULL ? 0 : vfp_error_status (error);
}

static int
attach_same (World *world, gboolean dry_run)
{
  return run_attach (world, "web1", FALSE, dry_run);
}

static int
attach_ensure (World *world, gboolean dry_run)
{
  return run_attach (world, "web1", TRUE, dry_run);
}

static int
attach_other (World *world, gboolean dry_run)
{
  return run_attach (world, "web2", FALSE, dry_run);
}

static int
detach (World *world, gboolean dry_run)
{
  VfpDetachRequest request = world_detach_request ("web1");
  g_autoptr (GError) error = NULL;

  request.dry_run = dry_run;
  g_autoptr (GPtrArray) results = world_detach (world, &request, &error);
  return results != NULL ? 0 : vfp_error_status (error);
}

static int
forget (World *world, gboolean dry_run)
{
  const VfpForgetRequest request = { .guest = "web1", .timeout_ms = 1000, .dry_run = dry_run };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_forget (world, &request, &error);

  return results != NULL ? 0 : vfp_error_status (error);
}

/* A dry run exits as the run would, and changes nothing. */
static void
test_dry_run_of_dead_claim (void **state)
{
  static const struct
  {
    const char *name;
    int (*run) (World *world, gboolean dry_run);
    gboolean device;
    int status;
  } cases[] = {
    { "attach", attach_same, FALSE, 0 },
    { "attach, ensure", attach_ensure, FALSE, 0 },
    { "attach, another guest", attach_other, FALSE, 0 },
    { "detach", detach, FALSE, 3 },
    { "forget", forget, FALSE, 0 },
    { "attach, the device is in", attach_same, TRUE, 5 },
    { "attach, ensure, the device is in", attach_ensure, TRUE, 0 },
    { "attach, another guest, the device is in", attach_other, TRUE, 5 },
    { "detach, the device is in", detach, TRUE, 0 },
    { "forget, the device is in", forget, TRUE, 5 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_dead (cases[i].device);
      g_autofree char *before = world_dump (world);
      const int pretended = cases[i].run (world, TRUE);
      g_autofree char *after = world_dump (world);
      const int status = cases[i].run (world, FALSE);

      check_case_string (cases[i].name, after, before);
      if (pretended != cases[i].status || status != cases[i].status)
        fail_msg ("%s: %d dry, %d", cases[i].name, pretended, status);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_drifted),
    cmocka_unit_test (test_not_running_with_it),
    cmocka_unit_test (test_detaching),
    cmocka_unit_test (test_dry_run_of_dead_claim),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
