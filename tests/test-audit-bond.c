/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the audit finds of bonds, and what it does not; and which of their legs are up. */
#include "config.h"

#include <string.h>

#include "pool/audit.h"
#include "pool/bond.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

#define A "0000:01:10.0"  /* VF 0 of a0 */
#define A1 "0000:01:10.1" /* VF 0 of a1, on the same card */
#define B "0000:02:10.0"  /* VF 0 of b0 */
#define OFF NULL

static const HostPf pfs[] = {
  { .name = "a0", .address = "0000:01:00.0", .vfs = 1 },
  { .name = "a1", .address = "0000:01:00.1", .vfs = 1 },
  { .name = "b0", .address = "0000:02:00.0", .vfs = 1 },
};

/* web1 has net0 on a0 and net1 on b0, or on a1, as legs of bond0. */
typedef struct
{
  const char *name;
  const char *live, *config; /* the VFs in the XML */
  const char *second;        /* the PF of net1's claim; NULL: it has none */
  gboolean no_first;         /* net0 has no claim */
  gboolean one_slot;         /* there is no net1 */
  void (*change) (Facts *facts);
  const char *up;     /* how many legs are; "-": the guest does not run */
  const char *wanted; /* findings of bonds, "KIND: DETAIL", with "; " between them */
} BondCase;

static VfpSlot *
slot_of (Facts *facts, guint i)
{
  return g_ptr_array_index (facts->records->slots, i);
}

static void
b0_no_carrier (Facts *facts)
{
  facts_pf (facts, "b0")->carrier = FALSE;
}

static void
both_no_carrier (Facts *facts)
{
  b0_no_carrier (facts);
  facts_pf (facts, "a0")->carrier = FALSE;
}

static void
a0_down (Facts *facts)
{
  facts_pf (facts, "a0")->up = FALSE;
}

static void
on_start (Facts *facts)
{
  slot_of (facts, 0)->on_start = slot_of (facts, 1)->on_start = TRUE;
}

static void
at_work (Facts *facts)
{
  VfpClaim *claim = g_ptr_array_index (facts->records->claims, 0);

  claim->intent = VFP_INTENT_CLAIMING;
  claim->claimer = vfp_process_self ();
}

static void
no_bonds (Facts *facts)
{
  g_clear_pointer (&slot_of (facts, 0)->bond, g_free);
  g_clear_pointer (&slot_of (facts, 1)->bond, g_free);
  b0_no_carrier (facts);
}

static void
two_bonds (Facts *facts)
{
  g_free (slot_of (facts, 1)->bond);
  slot_of (facts, 1)->bond = g_strdup ("bond1");
}

static void
one_serial (Facts *facts)
{
  for (guint i = 0; i < facts->records->pfs->len; i++)
    ((VfpPfRecord *) g_ptr_array_index (facts->records->pfs, i))->serial = g_strdup ("a0-36-9f");
}

static void
disabled (Facts *facts)
{
  slot_of (facts, 1)->settings.link_state = VFP_LINK_STATE_DISABLE;
}

static const BondCase cases[] = {
  { "whole", A " " B, A " " B, "b0", .up = "2", .wanted = "" },
  { "whole, off", OFF, A " " B, "b0", .up = "-", .wanted = "" },
  { "no carrier", A " " B, A " " B, "b0", .change = b0_no_carrier, .up = "1",
    .wanted = "bond-degraded: 1 of 2 legs up (net1: b0 has no carrier)" },
  { "no carrier, off", OFF, A " " B, "b0", .change = b0_no_carrier, .up = "-", .wanted = "" },
  { "no carrier at all", A " " B, A " " B, "b0", .change = both_no_carrier, .up = "0",
    .wanted = "bond-degraded: 0 of 2 legs up (net0: a0 has no carrier; net1: b0 has no carrier)" },
  { "PF down", A " " B, A " " B, "b0", .change = a0_down, .up = "1",
    .wanted = "bond-degraded: 1 of 2 legs up (net0: a0 is administratively down)" },
  { "link-state", A " " B, A " " B, "b0", .change = disabled, .up = "1",
    .wanted = "bond-degraded: 1 of 2 legs up (net1: link-state disable)" },
  { "leg detached", A, A, NULL, .up = "1",
    .wanted = "bond-degraded: 1 of 2 legs up (net1: no VF)" },
  { "leg detached live", A, A " " B, "b0", .up = "1",
    .wanted = "bond-degraded: 1 of 2 legs up (net1: not in the running guest)" },
  { "leg not in the configuration", A " " B, A, "b0", .up = "2", .wanted = "" },
  { "leg detached, off", OFF, A, NULL, .up = "-",
    .wanted = "bond-degraded: 1 of 2 legs in the configuration, not net1" },
  { "all detached", "", "", NULL, .no_first = TRUE, .up = "0", .wanted = "" },
  { "all detached, off", OFF, "", NULL, .no_first = TRUE, .up = "-", .wanted = "" },
  { "all in the configuration alone", "", A " " B, "b0", .up = "0", .wanted = "" },
  { "on start, off", OFF, "", NULL, .no_first = TRUE, .change = on_start, .up = "-", .wanted = "" },
  { "slot forgotten, or killed in between", A, A, NULL, .one_slot = TRUE, .up = "1",
    .wanted = "bond-degraded: net0 is its only leg" },
  { "the same, off", OFF, A, NULL, .one_slot = TRUE, .up = "-",
    .wanted = "bond-degraded: net0 is its only leg" },
  { "being attached", A, A, NULL, .change = at_work, .up = "1", .wanted = "" },
  { "no bond", A " " B, A " " B, "b0", .change = no_bonds, .up = "", .wanted = "" },
  { "bonds of one leg each", A " " B, A " " B, "b0", .change = two_bonds, .up = "1 1",
    .wanted = "bond-degraded: net0 is its only leg; bond-degraded: net1 is its only leg" },
  { "ports of one card", A " " A1, A " " A1, "a1", .up = "2",
    .wanted = "bond-same-card: net0 (a0) and net1 (a1) are on one card, and fail with it" },
  { "ports of one card, off", OFF, A " " A1, "a1", .up = "-",
    .wanted = "bond-same-card: net0 (a0) and net1 (a1) are on one card, and fail with it" },
  { "one serial", A " " B, A " " B, "b0", .change = one_serial, .up = "2",
    .wanted = "bond-same-card: net0 (a0) and net1 (b0) are on one card, and fail with it" },
};

static void
add_leg (Facts *facts, const char *name, const char *pf, const BondCase *with)
{
  VfpSlot *slot = facts_add_slot (facts, "web1", name);

  slot->bond = g_strdup ("bond0");
  if (pf == NULL)
    return;
  VfpClaim *claim = facts_add_claim (facts, slot, pf, 0);
  claim->live = with->live != NULL;
  claim->config = TRUE;
}

static Facts *
make_facts (const BondCase *with)
{
  Facts *facts = facts_new (pfs, G_N_ELEMENTS (pfs));

  facts_add_guest (facts, "web1", with->live, with->config);
  add_leg (facts, "net0", with->no_first ? NULL : "a0", with);
  if (!with->one_slot)
    add_leg (facts, "net1", with->second, with);
  if (with->change != NULL)
    with->change (facts);
  return facts;
}

static char *
list_findings (GPtrArray *findings)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      if (!g_str_has_prefix (finding->kind->id, "bond-"))
        continue;
      assert_true (g_str_has_prefix (finding->object, "web1 bond"));
      assert_non_null (finding->guest_uuid);
      g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "; " : "", finding->kind->id,
                              finding->detail);
    }
  return g_string_free (text, FALSE);
}

static char *
list_up (const VfpView *view)
{
  g_autofree char *uuid = facts_uuid ("web1");
  g_autoptr (GPtrArray) bonds = vfp_bonds_of (view, uuid);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < bonds->len; i++)
    {
      const VfpBond *bond = g_ptr_array_index (bonds, i);

      if (bond->running)
        g_string_append_printf (text, "%s%u", i > 0 ? " " : "", bond->up);
      else
        g_string_append (text, "-");
    }
  return g_string_free (text, FALSE);
}

static void
test_cases (void **state)
{
  g_autofree char *uuid = facts_uuid ("web1");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Facts) facts = make_facts (&cases[i]);
      const VfpView *view = facts_view (facts);
      g_autoptr (GPtrArray) all = vfp_audit (view, NULL);
      g_autoptr (GPtrArray) own = vfp_audit (view, uuid);
      g_autofree char *found = list_findings (all);
      g_autofree char *found_alone = list_findings (own);
      g_autofree char *up = list_up (view);

      check_case_string (cases[i].name, found, cases[i].wanted);
      check_case_string (cases[i].name, found_alone, cases[i].wanted);
      check_case_string (cases[i].name, up, cases[i].up);
    }
}

/* Without libvirt nobody knows what runs. */
static void
test_no_libvirt (void **state)
{
  g_autoptr (Facts) facts = make_facts (&cases[2]);

  g_clear_pointer (&facts->guests, g_ptr_array_unref);
  g_autoptr (GPtrArray) findings = vfp_audit (facts_view (facts), NULL);
  g_autofree char *found = list_findings (findings);
  g_autofree char *up = list_up (facts->view);
  assert_string_equal (found, "");
  assert_string_equal (up, "-");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_cases),
    cmocka_unit_test (test_no_libvirt),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
