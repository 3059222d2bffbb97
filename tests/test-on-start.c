/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that get a VF at each start of their guest. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "ops/on-start.h"
#include "ops/settle-loop.h"
#include "pool/audit.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define NET0 "ua-vfpool-net0"
#define PF "enp1s0f0"

static World *
make_world (void)
{
  World *world = world_new ();

  world_see_hook (world);
  return world;
}

static VfpAttachRequest
mark_request (const char *guest)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = PF;
  request.on_start = TRUE;
  return request;
}

static void
mark (World *world, const char *guest)
{
  const VfpAttachRequest request = mark_request (guest);

  vfp_result_free (world_must_attach (world, guest, &request));
}

/* The claim and slot of a guest's net0; either may be NULL. */
static const VfpSlot *
find (const VfpRecords *records, const char *guest, const VfpClaim **out_claim)
{
  *out_claim = NULL;
  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (!g_str_equal (slot->guest_name, guest) || !g_str_equal (slot->name, "net0"))
        continue;
      *out_claim = vfp_records_find_claim_of_slot (records, slot->id);
      return slot;
    }
  return NULL;
}

static gboolean
settle_act (VfpWorld *opened, gpointer uuid, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_settle_until_done (opened, uuid, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
}

static gboolean
settle (World *world, const char *guest, GError **error)
{
  g_autofree char *uuid = world_uuid (world, guest);

  return world_act (world, settle_act, uuid, error);
}

static void
must_settle (World *world, const char *guest)
{
  g_autoptr (GError) error = NULL;

  if (!settle (world, guest, &error))
    fail_msg ("%s: %s", guest, error->message);
}

static gboolean
has_live (World *world, const char *guest)
{
  g_autofree char *device = world_device (world, guest, "live.xml", NET0);

  return device != NULL;
}

static gboolean
has_config (World *world, const char *guest)
{
  g_autofree char *device = world_device (world, guest, "config.xml", NET0);

  return device != NULL;
}

/* Only the promise: the identity is fixed, and nothing is held. */
static void
test_mark_off (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpAttachRequest request = mark_request ("off1");
  g_autofree char *before = world_dump (world);

  request.dry_run = TRUE;
  g_autoptr (VfpResult) pretended = world_must_attach (world, "dry run", &request);
  g_autofree char *after = world_dump (world);
  assert_string_equal (before, after);
  assert_true (pretended->changed);

  request.dry_run = FALSE;
  g_autoptr (VfpResult) result = world_must_attach (world, "mark", &request);
  assert_true (result->changed && result->on_start && !result->live && !result->config);
  assert_null (result->pf);
  assert_true (result->has_guest_address);
  assert_memory_equal (&result->mac, &pretended->mac, sizeof result->mac);

  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim;
  const VfpSlot *slot = find (records, "off1", &claim);
  assert_non_null (slot);
  assert_null (claim);
  assert_true (slot->on_start && slot->has_guest_address);
  assert_int_equal (slot->acpi_index, 101);
  assert_false (has_config (world, "off1"));
  g_autofree char *config = world_read (world, "vfpool-fake/guests/off1/config.xml");
  assert_non_null (strstr (config, "on-start="));
  world_check (world, "mark");
}

/* Live, and nothing in the configuration. */
static void
test_mark_running (void **state)
{
  static const char *const guests[] = { "web1", "temp1" };

  for (gsize i = 0; i < G_N_ELEMENTS (guests); i++)
    {
      g_autoptr (World) world = make_world ();
      const VfpAttachRequest request = mark_request (guests[i]);
      g_autoptr (VfpResult) result = world_must_attach (world, guests[i], &request);
      g_autoptr (VfpRecords) records = world_records (world);
      const VfpClaim *claim;
      const VfpSlot *slot = find (records, guests[i], &claim);

      check_case (guests[i], result->live && !result->config && result->on_start);
      check_case (guests[i], has_live (world, guests[i]) && !has_config (world, guests[i]));
      check_case (guests[i], claim != NULL && claim->live && !claim->config && slot->on_start);
      check_case (guests[i], slot->transient == g_str_equal (guests[i], "temp1"));
      world_check (world, guests[i]);
    }
}

/* What was before the attach that is tried. */
typedef enum
{
  NOTHING,
  MARKED,
  CONFIGURED,
  LIVE,
  NO_HOOK,
} Before;

static const struct
{
  const char *name, *guest;
  Before before;
  gboolean plain, ensure, config, live;
  const char *vf;
  int code; /* -1: none */
  gboolean changed;
  const char *message;
} attach_cases[] = {
  { "with --config", "web1", NOTHING, .config = TRUE, .code = VFP_ERROR_USAGE,
    .message = "--config" },
  { "with --vf", "web1", NOTHING, .vf = "enp1s0f0/0", .code = VFP_ERROR_USAGE, .message = "--pf" },
  { "live of one that is off", "off1", NOTHING, .live = TRUE, .code = VFP_ERROR_GUEST_OFF },
  { "no hook", "web1", NO_HOOK, .code = VFP_ERROR_NO_HOOK, .message = "vfpool-hook(8)" },
  { "no hook, off", "off1", NO_HOOK, .code = VFP_ERROR_NO_HOOK },
  { "in the configuration", "web1", CONFIGURED, .ensure = TRUE, .code = VFP_ERROR_DIFFERS,
    .message = "'vfpool detach web1 --slot net0 --config'" },
  { "in the configuration, off", "off1", CONFIGURED, .ensure = TRUE, .code = VFP_ERROR_DIFFERS },
  { "live becomes on-start", "web1", LIVE, .ensure = TRUE, .code = -1, .changed = TRUE },
  { "already so", "web1", MARKED, .ensure = TRUE, .code = -1 },
  { "already so, off", "off1", MARKED, .ensure = TRUE, .code = -1 },
  { "again", "web1", MARKED, .code = VFP_ERROR_SLOT_IN_USE },
  { "again, off", "off1", MARKED, .code = VFP_ERROR_SLOT_IN_USE, .message = "--ensure" },
  { "without the option", "web1", MARKED, .plain = TRUE, .ensure = TRUE, .code = -1 },
  { "without the option, off", "off1", MARKED, .plain = TRUE, .ensure = TRUE, .code = -1 },
  { "into the configuration", "web1", MARKED, .plain = TRUE, .ensure = TRUE, .config = TRUE,
    .code = VFP_ERROR_DIFFERS, .message = "'vfpool detach web1 --slot net0 --config'" },
};

static void
prepare (World *world, const char *guest, Before before)
{
  VfpAttachRequest request = mark_request (guest);

  request.on_start = before == MARKED;
  request.affect.live = before == LIVE;
  if (before != NO_HOOK)
    world_see_hook (world);
  if (before == MARKED || before == CONFIGURED || before == LIVE)
    vfp_result_free (world_must_attach (world, guest, &request));
}

static void
test_attach (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attach_cases) * 2; i++)
    {
      const gsize at = i / 2;
      const char *name = attach_cases[at].name;
      g_autoptr (World) world = world_new ();
      VfpAttachRequest request = mark_request (attach_cases[at].guest);
      g_autoptr (GError) error = NULL;

      prepare (world, attach_cases[at].guest, attach_cases[at].before);
      g_autofree char *before = world_dump (world);
      request.slot = "net0";
      request.dry_run = i % 2 == 0;
      request.on_start = !attach_cases[at].plain;
      request.ensure = attach_cases[at].ensure;
      request.affect.config = attach_cases[at].config;
      request.affect.live = attach_cases[at].live;
      request.vf = attach_cases[at].vf;
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);
      g_autofree char *after = world_dump (world);

      world_check (world, name);
      if (attach_cases[at].code < 0 && result == NULL)
        fail_msg ("%s: %s", name, error->message);
      check_case (name, attach_cases[at].code < 0
                            || g_error_matches (error, VFP_ERROR, attach_cases[at].code));
      if (attach_cases[at].message != NULL
          && strstr (error->message, attach_cases[at].message) == NULL)
        fail_msg ("%s: %s", name, error->message);
      if (result != NULL)
        check_case (name, result->changed == attach_cases[at].changed && result->on_start);
      if (request.dry_run || !attach_cases[at].changed)
        check_case_string (name, after, before);
    }
}

/* An empty slot of the other kind is not taken, unless it is to become on-start. */
static void
test_which_slot (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpAttachRequest request = mark_request ("off1");

  for (unsigned i = 0; i < 2; i++)
    {
      g_autofree char *wanted = g_strdup_printf ("net%u", i);
      g_autoptr (VfpResult) result = world_must_attach (world, "off", &request);
      assert_string_equal (result->slot, wanted);
    }
  request.on_start = FALSE;
  g_autoptr (VfpResult) lasting = world_must_attach (world, "lasting", &request);
  assert_string_equal (lasting->slot, "net2");

  /* Their places are not given to others, though no XML shows them. */
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->slots->len, 3);
  for (guint i = 0; i < 3; i++)
    for (guint k = 0; k < i; k++)
      {
        const VfpSlot *a = g_ptr_array_index (records->slots, i);
        const VfpSlot *b = g_ptr_array_index (records->slots, k);
        assert_false (vfp_address_equal (&a->guest_address, &b->guest_address));
        assert_int_not_equal (a->acpi_index, b->acpi_index);
      }
  g_autoptr (GError) error = NULL;
  assert_null (world_attach (world, &request, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_PORT));
  world_check (world, "three slots");
}

static const struct
{
  const char *name, *guest;
  gboolean live, config, forced_off;
  int code;                 /* -1: none */
  gboolean marked, with_vf; /* afterwards */
} detach_cases[] = {
  { "VF only", "web1", .code = -1, .marked = TRUE },
  { "VF only, named so", "web1", .live = TRUE, .code = -1, .marked = TRUE },
  { "mark only", "web1", .config = TRUE, .code = -1, .with_vf = TRUE },
  { "both", "web1", .live = TRUE, .config = TRUE, .code = -1 },
  { "off, mark", "off1", .config = TRUE, .code = -1 },
  { "off, no VF", "off1", .code = VFP_ERROR_SLOT_EMPTY, .marked = TRUE },
  { "off since", "web1", .forced_off = TRUE, .code = -1, .marked = TRUE },
  { "transient", "temp1", .code = -1, .marked = TRUE },
};

static void
test_detach (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (detach_cases); i++)
    {
      const char *name = detach_cases[i].name;
      const char *guest = detach_cases[i].guest;
      g_autoptr (World) world = make_world ();
      VfpDetachRequest request = world_detach_request (guest);
      g_autoptr (GError) error = NULL;

      mark (world, guest);
      if (detach_cases[i].forced_off)
        world_pull_plug (world, guest);
      request.affect.live = detach_cases[i].live;
      request.affect.config = detach_cases[i].config;
      g_autofree char *before = world_dump (world);
      request.dry_run = TRUE;
      g_autoptr (GPtrArray) pretended = world_detach (world, &request, NULL);
      g_autofree char *after = world_dump (world);
      check_case (name, (pretended != NULL) == (detach_cases[i].code < 0));
      check_case_string (name, after, before);

      request.dry_run = FALSE;
      g_autoptr (GPtrArray) results = world_detach (world, &request, &error);
      g_autoptr (VfpRecords) records = world_records (world);
      const VfpClaim *claim;
      const VfpSlot *slot = find (records, guest, &claim);

      if (detach_cases[i].code < 0 && results == NULL)
        fail_msg ("%s: %s", name, error->message);
      if (detach_cases[i].code >= 0)
        check_case (name, g_error_matches (error, VFP_ERROR, detach_cases[i].code));
      check_case (name, slot->on_start == detach_cases[i].marked);
      check_case (name, (claim != NULL) == detach_cases[i].with_vf);
      world_check (world, name);
    }
}

static gboolean
pull_act (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (VfpGuest) guest = NULL;
  g_autofree char *uuid = opened->virt->find_guest (opened->virt, "web1", error);

  guest = opened->virt->get_guest (opened->virt, uuid, error);
  const VfpGuestDevice *device = vfp_domxml_find_alias (guest->live, NET0);
  return opened->virt->detach_live (opened->virt, uuid, &device->source, 1000, error);
}

/* What was taken out by hand comes back at the next start, and not before. */
static void
test_next_start (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpDetachRequest detach = world_detach_request ("web1");

  mark (world, "web1");
  g_autofree char *first = world_device (world, "web1", "live.xml", NET0);
  world_must_detach (world, "detach", &detach);
  must_settle (world, "web1");
  assert_false (has_live (world, "web1"));

  world_pull_plug (world, "web1");
  world_start_guest (world, "web1");
  must_settle (world, "web1");
  g_autofree char *second = world_device (world, "web1", "live.xml", NET0);
  assert_string_equal (second, first);
  assert_false (has_config (world, "web1"));
  world_check (world, "second start");

  /* The same where somebody has pulled it by virsh. */
  assert_true (world_act (world, pull_act, NULL, NULL));
  must_settle (world, "web1");
  assert_false (has_live (world, "web1"));
  world_check (world, "pulled");
}

/* The hook gives it back at the guest's end, and asks for the next one at its next start. */
static void
test_given_back (void **state)
{
  g_autoptr (World) world = make_world ();

  mark (world, "off1");
  for (unsigned i = 0; i < 2; i++)
    {
      world_start_guest (world, "off1");
      must_settle (world, "off1");
      assert_true (has_live (world, "off1"));

      g_autofree char *xml = world_guest_xml (world, "off1", "live.xml");
      world_pull_plug (world, "off1");
      g_auto (VfpHookReply) reply = world_hook_xml (world, "release", xml);
      g_autoptr (VfpRecords) records = world_records (world);
      assert_int_equal (reply.verdict, VFP_HOOK_PASS);
      assert_int_equal (records->claims->len, 0);
      assert_int_equal (records->slots->len, 1);
      world_check (world, "given back");
    }
}

/* Ten guests, and VFs for seven; a guest that has ended leaves its VF to one that waits. */
static void
test_more_guests_than_vfs (void **state)
{
  g_autoptr (World) world = world_new_empty ();
  unsigned served = 0, waiting = 0;
  char names[10][8];

  hosttree_add_pf (world->tree, &(HostPf){ .name = PF, .address = "0000:01:00.0", .vfs = 7 });
  for (unsigned i = 0; i < 10; i++)
    {
      g_snprintf (names[i], sizeof names[i], "web%u", i);
      hosttree_add_guest (world->tree, &(HostGuest){ .name = names[i], .ports = 2, .off = TRUE });
    }
  world_start (world);
  world_see_hook (world);
  for (unsigned i = 0; i < 10; i++)
    mark (world, names[i]);

  for (unsigned i = 0; i < 10; i++)
    {
      g_autoptr (GError) error = NULL;

      world_start_guest (world, names[i]);
      served += settle (world, names[i], &error);
      waiting += g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS);
      if (error != NULL)
        assert_non_null (strstr (error->message, "net0 waits for a VF"));
    }
  assert_int_equal (served, 7);
  assert_int_equal (waiting, 3);
  world_check (world, "ten starts");

  world_pull_plug (world, names[2]);
  must_settle (world, names[2]);
  must_settle (world, names[8]);
  assert_true (has_live (world, names[8]));
  assert_false (settle (world, names[9], NULL));
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 7);
  world_check (world, "one came free");

  /* Nobody has to be settled for that: the claim of a guest that has ended is stale. */
  world_pull_plug (world, names[3]);
  must_settle (world, names[9]);
  assert_true (has_live (world, names[9]));
  world_check (world, "another came free");
}

/* Slots of a transient guest end with it, and its VF is free. */
static void
test_transient_gone (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *uuid = world_uuid (world, "temp1");

  mark (world, "temp1");
  world_pull_plug (world, "temp1");
  hosttree_remove (world->tree, "vfpool-fake/guests/temp1");
  assert_true (world_act (world, settle_act, uuid, NULL));
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->slots->len, 0);
  assert_int_equal (records->claims->len, 0);
  world_check (world, "gone");
}

/* One that was defined meanwhile is no longer transient. */
static void
test_transient_defined (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *uuid = world_uuid (world, "temp1");

  mark (world, "temp1");
  g_autofree char *xml = world_guest_xml (world, "temp1", "live.xml");
  hosttree_write (world->tree, "vfpool-fake/guests/temp1/config.xml", xml);
  world_set_guest (world, "temp1", "persistent", TRUE);
  world_pull_plug (world, "temp1");
  g_auto (VfpHookReply) reply = world_hook_xml (world, "release", xml);
  assert_true (reply.settle);
  assert_true (world_act (world, settle_act, uuid, NULL));
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->slots->len, 1);
  assert_false (((const VfpSlot *) g_ptr_array_index (records->slots, 0))->transient);
}

/* What serve says to things that do not wait. */
static gboolean
serve_act (VfpWorld *opened, gpointer data, GError **error)
{
  gboolean *served = data;
  g_autofree char *uuid = opened->virt->find_guest (opened->virt, "web1", error);

  return vfp_on_start_serve (opened, uuid, "net0", served, error);
}

static void
test_serve_nothing (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpAttachRequest request = mark_request ("web1");
  gboolean served = TRUE;

  assert_true (world_act (world, serve_act, &served, NULL));
  assert_false (served);
  request.on_start = FALSE;
  vfp_result_free (world_must_attach (world, "lasting", &request));
  assert_true (world_act (world, serve_act, &served, NULL));
  assert_false (served);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->slots->len, 1);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_mark_off),       cmocka_unit_test (test_mark_running),
    cmocka_unit_test (test_attach),         cmocka_unit_test (test_which_slot),
    cmocka_unit_test (test_detach),         cmocka_unit_test (test_next_start),
    cmocka_unit_test (test_given_back),     cmocka_unit_test (test_more_guests_than_vfs),
    cmocka_unit_test (test_transient_gone), cmocka_unit_test (test_transient_defined),
    cmocka_unit_test (test_serve_nothing),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
