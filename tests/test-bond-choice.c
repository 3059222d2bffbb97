/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PFs of a pool a bond gets, and what is one card. */
#include "config.h"

#include "pool/bond-choice.h"

#include <string.h>

#include "base/error.h"
#include "pool/card.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

static const HostPf pfs[] = {
  { .name = "a0", .address = "0000:01:00.0", .vfs = 2 },
  { .name = "a1", .address = "0000:01:00.1", .vfs = 2 },
  { .name = "b0", .address = "0000:02:00.0", .vfs = 2 },
  { .name = "c0", .address = "0000:03:00.0", .vfs = 2 },
};

static void
nothing (Facts *facts)
{
}

static void
b0_down (Facts *facts)
{
  facts_pf (facts, "b0")->carrier = FALSE;
}

static void
b0_far (Facts *facts)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pfs); i++)
    facts_pf (facts, pfs[i].name)->numa_node = 0;
  facts_pf (facts, "b0")->numa_node = 1;
}

static void
a0_used (Facts *facts)
{
  facts_add_claim (facts, NULL, "a0", 0);
}

static void
a0_and_b0_full (Facts *facts)
{
  for (unsigned i = 0; i < 2; i++)
    {
      facts_add_claim (facts, NULL, "a0", i);
      facts_add_claim (facts, NULL, "b0", i);
    }
}

static void
only_card_a_has_carrier (Facts *facts)
{
  b0_down (facts);
  facts_pf (facts, "c0")->carrier = FALSE;
}

static void
only_a_left (Facts *facts)
{
  a0_and_b0_full (facts);
  facts_add_claim (facts, NULL, "c0", 0);
  facts_add_claim (facts, NULL, "c0", 1);
}

static const struct
{
  const char *name, *candidates, *taken;
  unsigned count;
  void (*change) (Facts *facts);
  const char *wanted; /* NULL: none fits … */
  const char *part;   /* … and the error has this */
} cases[] = {
  { "another card", "a0 a1 b0", "", 2, nothing, "a0 b0", NULL },
  { "one card is all there is", "a0 a1", "", 2, nothing, "a0 a1", NULL },
  { "three", "a0 a1 b0 c0", "", 3, nothing, "a0 b0 c0", NULL },
  { "four", "a0 a1 b0 c0", "", 4, nothing, "a0 b0 c0 a1", NULL },
  { "carrier", "a0 b0 c0", "", 2, b0_down, "a0 c0", NULL },
  { "another card before carrier", "a0 a1 b0", "", 2, only_card_a_has_carrier, "a0 b0", NULL },
  { "the first has carrier", "b0 a0", "", 1, b0_down, "a0", NULL },
  { "NUMA", "a0 b0 c0", "", 2, b0_far, "a0 c0", NULL },
  { "fewest in use", "a0 b0 c0", "", 2, a0_used, "b0 c0", NULL },
  { "full ones are passed over", "a0 a1 b0 c0", "", 2, a0_and_b0_full, "a1 c0", NULL },
  { "a leg is there", "a0 a1 b0", "a0", 1, nothing, "b0", NULL },
  { "a leg is there, and nothing else", "a0 a1", "a0", 1, nothing, "a1", NULL },
  { "a leg is there, alone", "a0", "a0", 1, nothing, NULL, "needs 1 more" },
  { "one is too few", "a0", "", 2, nothing, NULL, "needs 2 more PFs" },
  { "all but one full", "a0 a1 b0 c0", "", 2, only_a_left, NULL, "none of 2 VFs fits" },
};

static GPtrArray *
get_pfs (Facts *facts, const char *names)
{
  g_auto (GStrv) parts = g_strsplit (names, " ", -1);
  GPtrArray *found = g_ptr_array_new ();

  for (char **part = parts; *part != NULL; part++)
    g_ptr_array_add (found, facts_pf (facts, *part));
  return found;
}

static GPtrArray *
get_candidates (Facts *facts, const char *names)
{
  g_autoptr (GPtrArray) found = get_pfs (facts, names);
  GPtrArray *candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_bond_candidate_free);

  for (guint i = 0; i < found->len; i++)
    {
      VfpBondCandidate *candidate = g_new0 (VfpBondCandidate, 1);

      candidate->pf = g_ptr_array_index (found, i);
      g_ptr_array_add (candidates, candidate);
    }
  return candidates;
}

static char *
join (GPtrArray *chosen)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < chosen->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            ((VfpPf *) g_ptr_array_index (chosen, i))->netdev);
  return g_string_free (text, FALSE);
}

static void
test_choose (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autoptr (GPtrArray) candidates = get_candidates (facts, cases[i].candidates);
      g_autoptr (GPtrArray) taken = g_ptr_array_new ();
      const VfpPolicyRequest request = { .live = TRUE };
      g_autoptr (GError) error = NULL;

      if (*cases[i].taken != '\0')
        g_ptr_array_add (taken, facts_pf (facts, cases[i].taken));
      cases[i].change (facts);
      g_autoptr (GPtrArray) chosen = vfp_bond_choose_pfs (facts_view (facts), candidates, taken,
                                                          cases[i].count, &request, &error);
      g_autofree char *names = chosen != NULL ? join (chosen) : NULL;
      check_case_string (cases[i].name, names, cases[i].wanted);
      if (chosen == NULL
          && (!g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS)
              || strstr (error->message, cases[i].part) == NULL))
        fail_msg ("%s: %s", cases[i].name, error->message);
    }
}

static void
test_card (void **state)
{
  static const struct
  {
    const char *a, *serial_a, *b, *serial_b;
    gboolean same;
  } cards[] = {
    { "0000:01:00.0", NULL, "0000:01:00.1", NULL, TRUE },
    { "0000:01:00.0", NULL, "0000:01:01.0", NULL, FALSE },
    { "0000:01:00.0", NULL, "0001:01:00.0", NULL, FALSE },
    { "0000:01:00.0", NULL, "0000:02:00.0", NULL, FALSE },
    { "0000:01:00.0", "a0-36-9f", "0000:02:00.0", "a0-36-9f", TRUE },
    { "0000:01:00.0", "a0-36-9f", "0000:02:00.0", "a0-36-90", FALSE },
    { "0000:01:00.0", "a0-36-9f", "0000:02:00.0", NULL, FALSE },
    { "0000:01:00.0", "00-00-00", "0000:02:00.0", "00-00-00", FALSE },
    { "0000:01:00.0", "a0-36-9f", "0000:01:00.1", "a0-36-90", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      VfpAddress a, b;

      assert_true (vfp_address_parse (cards[i].a, &a, NULL));
      assert_true (vfp_address_parse (cards[i].b, &b, NULL));
      assert_int_equal (vfp_card_is_same (&a, cards[i].serial_a, &b, cards[i].serial_b),
                        cards[i].same);
      assert_int_equal (vfp_card_is_same (&b, cards[i].serial_b, &a, cards[i].serial_a),
                        cards[i].same);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_choose),
    cmocka_unit_test (test_card),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
