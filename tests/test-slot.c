/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots: which one a command means, and the identity that one gets or keeps. */
#include "config.h"

#include "ops/slot.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

static const HostPf pfs[] = {
  { .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 4 },
};

/* web1 has net0 (empty, pool enp1s0f0), net1 (has VF 0), net10 (empty, pool other). */
static Facts *
make_facts (void)
{
  Facts *facts = facts_new (pfs, G_N_ELEMENTS (pfs));

  facts_add_guest (facts, "web1", "0000:01:10.0", "");
  facts_add_guest (facts, "web2", "", "");
  facts_add_slot (facts, "web1", "net0");
  facts_add_claim (facts, facts_add_slot (facts, "web1", "net1"), "enp1s0f0", 0);
  VfpSlot *last = facts_add_slot (facts, "web1", "net10");
  g_free (last->pool);
  last->pool = g_strdup ("other");
  return facts;
}

static VfpGuest *
find_guest (const Facts *facts, const char *name)
{
  VfpGuest *guest = vfp_guest_find (facts->guests, name);

  assert_non_null (guest);
  return guest;
}

static void
test_names (void **state)
{
  g_autofree char *alias = vfp_slot_alias ("net12");
  const VfpSlot slot = { .name = (char *) "net12" };

  assert_string_equal (alias, "ua-vfpool-net12");
  assert_int_equal (vfp_slot_number (&slot), 12);
}

static const struct
{
  const char *name, *guest, *slot, *vf, *pool, *wanted;
  gboolean is_new;
} choose_cases[] = {
  { "named, known", "web1", "net10", NULL, NULL, "net10", FALSE },
  { "named, new", "web1", "net7", NULL, NULL, "net7", TRUE },
  { "named, has a VF", "web1", "net1", NULL, NULL, "net1", FALSE },
  { "empty of the pool", "web1", NULL, NULL, "other", "net10", FALSE },
  { "none of the pool", "web1", NULL, NULL, "third", "net2", TRUE },
  { "VF named, several empty", "web1", NULL, "0000:01:10.2", "third", "net2", TRUE },
  { "first of a guest", "web2", NULL, NULL, "enp1s0f0", "net0", TRUE },
  { "another guest's do not count", "web2", "net1", NULL, NULL, "net1", TRUE },
};

static void
test_choose (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (choose_cases); i++)
    {
      const char *name = choose_cases[i].name;
      g_autoptr (Facts) facts = make_facts ();
      const VfpSnapshot snapshot = facts_snapshot (facts);
      const VfpAttachRequest request = { .slot = choose_cases[i].slot, .vf = choose_cases[i].vf };
      const VfpGuest *guest = find_guest (facts, choose_cases[i].guest);
      g_autoptr (VfpSlot) slot
          = vfp_slot_choose (&snapshot, guest, &request, choose_cases[i].pool, NULL);
      g_autofree char *alias = vfp_slot_alias (choose_cases[i].wanted);

      check_case (name, slot != NULL);
      check_case_string (name, slot->name, choose_cases[i].wanted);
      check_case (name, (slot->id == 0) == choose_cases[i].is_new);
      check_case_string (name, slot->alias, alias);
      check_case_string (name, slot->guest_uuid, guest->uuid);
    }
}

/* net0 and net10 are empty and of two pools: which network is meant is not guessed. */
static void
test_choose_ambiguous (void **state)
{
  g_autoptr (Facts) facts = make_facts ();
  const VfpSnapshot snapshot = facts_snapshot (facts);
  const VfpAttachRequest request = { 0 };
  g_autoptr (GError) error = NULL;

  assert_null (vfp_slot_choose (&snapshot, find_guest (facts, "web1"), &request, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
  assert_string_equal (error->message, "web1 has slots net0 net10; say --slot or --pf");
}

/* With a VF named, the only slot without one is meant, of whatever pool. */
static void
test_choose_only_empty (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  const VfpAttachRequest by_vf = { .vf = "0000:01:10.2" };
  const VfpAttachRequest by_pf = { .pf = "enp1s0f0" };

  const VfpGuest *guest = facts_add_guest (facts, "web1", "", "");
  facts_add_slot (facts, "web1", "net4");
  const VfpSnapshot snapshot = facts_snapshot (facts);
  g_autoptr (VfpSlot) named = vfp_slot_choose (&snapshot, guest, &by_vf, "third", NULL);
  g_autoptr (VfpSlot) other = vfp_slot_choose (&snapshot, guest, &by_pf, "third", NULL);
  assert_string_equal (named->name, "net4");
  assert_string_equal (other->name, "net0");
}

static void
test_bad_name (void **state)
{
  static const char *const names[] = { "", "net", "net00", "eth0", "net1000", "net-1", "net1 " };
  g_autoptr (Facts) facts = make_facts ();
  const VfpSnapshot snapshot = facts_snapshot (facts);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      const VfpAttachRequest request = { .slot = names[i] };
      g_autoptr (VfpSlot) slot
          = vfp_slot_choose (&snapshot, find_guest (facts, "web1"), &request, NULL, &error);

      check_case (names[i], slot == NULL);
      check_case (names[i], g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
    }
}

static const VfpMacPrefix prefix = { { 0x56, 0x66 }, 2 };
static const VfpPool pool = { .name = (char *) "enp1s0f0" };
static const VfpPool another = { .name = (char *) "another" };

static void
test_fill_new (void **state)
{
  g_autoptr (Facts) facts = make_facts ();
  const VfpSnapshot snapshot = facts_snapshot (facts);
  const VfpGuest *guest = find_guest (facts, "web2");
  VfpAttachRequest request = { .acpi_index = -1 };
  g_autoptr (VfpSlot) slot = vfp_slot_choose (&snapshot, guest, &request, "enp1s0f0", NULL);

  request.settings.known = VFP_SETTING_TRUST;
  request.settings.trust = TRUE;
  assert_true (vfp_slot_fill (slot, &snapshot, guest, &request, &pool, NULL));
  const VfpMac mac = vfp_mac_derive (&prefix, guest->uuid, "net0", 0);
  assert_true (vfp_mac_equal (&slot->mac, &mac));
  assert_true (slot->has_guest_address && slot->guest_address.bus == 1);
  assert_int_equal (slot->acpi_index, 101);
  assert_string_equal (slot->pool, "enp1s0f0");
  assert_true (slot->settings.trust && slot->settings.spoofchk);
  assert_int_equal (slot->settings.known, VFP_SETTING_ALL & ~VFP_SETTING_MAC);
  assert_int_equal (slot->asked, VFP_SETTING_TRUST);
}

/* The derived MAC counts up where somebody has it. */
static void
test_mac_taken (void **state)
{
  g_autoptr (Facts) facts = make_facts ();
  const VfpGuest *guest = find_guest (facts, "web2");
  const VfpAttachRequest request = { .acpi_index = -1 };
  const VfpMac second = vfp_mac_derive (&prefix, guest->uuid, "net0", 1);

  vfp_records_find_slot (facts->records, find_guest (facts, "web1")->uuid, "net0")->mac
      = vfp_mac_derive (&prefix, guest->uuid, "net0", 0);
  const VfpSnapshot snapshot = facts_snapshot (facts);
  g_autoptr (VfpSlot) slot = vfp_slot_choose (&snapshot, guest, &request, "enp1s0f0", NULL);
  assert_true (vfp_slot_fill (slot, &snapshot, guest, &request, &pool, NULL));
  assert_true (vfp_mac_equal (&slot->mac, &second));
}

/* What other slots of the guest own is not planned for, though no XML shows it. */
static void
test_owned_elsewhere (void **state)
{
  g_autoptr (Facts) facts = make_facts ();
  const VfpGuest *guest = find_guest (facts, "web2");
  const VfpAttachRequest request = { .acpi_index = -1 };
  VfpSlot *other = facts_add_slot (facts, "web2", "net5");

  other->has_guest_address = TRUE;
  other->guest_address = (VfpAddress){ .bus = 1 };
  other->acpi_index = 101;
  facts_add_claim (facts, other, "enp1s0f0", 2);
  const VfpSnapshot snapshot = facts_snapshot (facts);
  g_autoptr (VfpSlot) slot = vfp_slot_choose (&snapshot, guest, &request, "enp1s0f0", NULL);
  assert_true (vfp_slot_fill (slot, &snapshot, guest, &request, &pool, NULL));
  assert_string_equal (slot->name, "net0");
  assert_int_equal (slot->guest_address.bus, 2);
  assert_int_equal (slot->acpi_index, 102);
}

/* A slot that exists takes new settings and keeps the others. */
static void
test_fill_known (void **state)
{
  g_autoptr (Facts) facts = make_facts ();
  VfpGuest *guest = find_guest (facts, "web1");
  VfpAttachRequest request = { .slot = "net0", .acpi_index = -1 };

  VfpSlot *known = vfp_records_find_slot (facts->records, guest->uuid, "net0");
  known->settings.vlan = 42;
  known->asked = VFP_SETTING_VLAN;
  const VfpSnapshot snapshot = facts_snapshot (facts);
  g_autoptr (VfpSlot) slot = vfp_slot_choose (&snapshot, guest, &request, NULL, NULL);
  request.settings.known = VFP_SETTING_TRUST;
  request.settings.trust = TRUE;
  assert_true (vfp_slot_fill (slot, &snapshot, guest, &request, &another, NULL));
  assert_true (vfp_mac_equal (&slot->mac, &known->mac));
  assert_int_equal (slot->settings.vlan, 42);
  assert_true (slot->settings.trust);
  assert_int_equal (slot->asked, VFP_SETTING_TRUST | (unsigned) VFP_SETTING_VLAN);
  assert_string_equal (slot->pool, "another");
  assert_string_equal (known->pool, "enp1s0f0");
}

static const struct
{
  const char *name, *guest, *slot;
  gboolean all, ensure, claimed_only;
  const char *wanted; /* names; NULL: an error */
  VfpErrorCode code;
  const char *part;
} select_cases[] = {
  { "named", "web1", "net0", FALSE, FALSE, FALSE, " net0", 0, NULL },
  { "named, without VF", "web1", "net0", FALSE, FALSE, TRUE, " net0", 0, NULL },
  { "the only one with VF", "web1", NULL, FALSE, FALSE, TRUE, " net1", 0, NULL },
  { "all with VF", "web1", NULL, TRUE, FALSE, TRUE, " net1", 0, NULL },
  { "all, by number", "web1", NULL, TRUE, FALSE, FALSE, " net0 net1 net10", 0, NULL },
  { "none, ensure", "web2", NULL, FALSE, TRUE, FALSE, "", 0, NULL },
  { "no such, ensure", "web1", "net9", FALSE, TRUE, FALSE, "", 0, NULL },
  { "several", "web1", NULL, FALSE, FALSE, FALSE, NULL, VFP_ERROR_USAGE,
    "web1 has slots net0 net1 net10; say --slot or --all" },
  { "several, ensure", "web1", NULL, FALSE, TRUE, FALSE, NULL, VFP_ERROR_USAGE, "net10" },
  { "no such", "web1", "net9", FALSE, FALSE, FALSE, NULL, VFP_ERROR_NO_SUCH_SLOT, "net9" },
  { "none", "web2", NULL, FALSE, FALSE, FALSE, NULL, VFP_ERROR_NO_SUCH_SLOT, "web2" },
  { "none with VF", "web2", NULL, TRUE, FALSE, TRUE, NULL, VFP_ERROR_SLOT_EMPTY, "web2" },
  { "slot and all", "web1", "net0", TRUE, FALSE, FALSE, NULL, VFP_ERROR_USAGE, "--all" },
  { "bad name", "web1", "net01", FALSE, TRUE, FALSE, NULL, VFP_ERROR_USAGE, "net01" },
};

static void
test_select (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (select_cases); i++)
    {
      const char *name = select_cases[i].name;
      g_autoptr (Facts) facts = make_facts ();
      g_autoptr (GString) got = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      const VfpSlotSelection selection = { .guest = select_cases[i].guest,
                                           .slot = select_cases[i].slot,
                                           .all = select_cases[i].all,
                                           .ensure = select_cases[i].ensure,
                                           .claimed_only = select_cases[i].claimed_only };
      const VfpGuest *guest = find_guest (facts, select_cases[i].guest);
      g_autoptr (GPtrArray) slots
          = vfp_slot_select (facts->records, guest->uuid, &selection, &error);

      check_case (name, (slots != NULL) == (select_cases[i].wanted != NULL));
      check_case (name, (slots != NULL) == (error == NULL));
      for (guint k = 0; slots != NULL && k < slots->len; k++)
        g_string_append_printf (got, " %s", ((VfpSlot *) g_ptr_array_index (slots, k))->name);
      if (slots != NULL)
        check_case_string (name, got->str, select_cases[i].wanted);
      else if (!g_error_matches (error, VFP_ERROR, (int) select_cases[i].code)
               || strstr (error->message, select_cases[i].part) == NULL)
        fail_msg ("%s: %s: %s", name, vfp_error_code_string (error), error->message);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_names),
    cmocka_unit_test (test_choose),
    cmocka_unit_test (test_choose_ambiguous),
    cmocka_unit_test (test_choose_only_empty),
    cmocka_unit_test (test_bad_name),
    cmocka_unit_test (test_fill_new),
    cmocka_unit_test (test_mac_taken),
    cmocka_unit_test (test_owned_elsewhere),
    cmocka_unit_test (test_fill_known),
    cmocka_unit_test (test_select),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
