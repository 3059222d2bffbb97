/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PFs of a pool the legs of a bond get, and what is one card. */
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
  const char *name, *pool, *taken;
  void (*change) (Facts *facts);
  const char *wanted; /* the legs, one after the other; NULL: none fits … */
  const char *part;   /* … and the error has this */
} cases[] = {
  { "another card", "a0 a1 b0", "", nothing, "a0 b0", NULL },
  { "one card is all there is", "a0 a1", "", nothing, "a0 a1", NULL },
  { "three", "a0 a1 b0 c0", "", nothing, "a0 b0 c0", NULL },
  { "four", "a0 a1 b0 c0", "", nothing, "a0 b0 c0 a1", NULL },
  { "carrier", "a0 b0 c0", "", b0_down, "a0 c0", NULL },
  { "another card before carrier", "a0 a1 b0", "", only_card_a_has_carrier, "a0 b0", NULL },
  { "the first has carrier", "b0 a0", "", b0_down, "a0", NULL },
  { "NUMA", "a0 b0 c0", "", b0_far, "a0 c0", NULL },
  { "another card before NUMA", "a0 a1 b0", "", b0_far, "a0 b0", NULL },
  { "fewest in use", "a0 b0 c0", "", a0_used, "b0 c0", NULL },
  { "full ones are passed over", "a0 a1 b0 c0", "", a0_and_b0_full, "a1 c0", NULL },
  { "a leg is there", "a0 a1 b0", "a0", nothing, "b0", NULL },
  { "a leg is there, of no PF of the pool", "a1 b0", "a0", nothing, "b0", NULL },
  { "a leg is there, and nothing else", "a0 a1", "a0", nothing, "a1", NULL },
  { "a leg is there, alone", "a0", "a0", nothing, NULL, "bond (a0)" },
  { "all but one full", "a0 a1 b0 c0", "a1", only_a_left, NULL, "none of 8 VFs fits" },
};

static void
add_port (GPtrArray *ports, VfpPf *pf)
{
  VfpBondPort *port = g_new0 (VfpBondPort, 1);

  port->pf = pf;
  g_ptr_array_add (ports, port);
}

static VfpPool *
get_pool (Facts *facts, const char *pfs_of_pool)
{
  g_autofree char *text = g_strdup_printf ("[pool x]\npf = %s\n", pfs_of_pool);
  g_autoptr (GError) error = NULL;

  facts_configure (facts, text);
  const VfpPoolNames names = { facts->config, facts->inventory, facts->records };
  VfpPool *pool = vfp_pool_find (&names, "x", &error);
  assert_non_null (pool);
  return pool;
}

/* Chooses as many legs as @legs names, and tells which; NULL: one does not fit. */
static char *
choose (Facts *facts, const VfpPool *pool, const char *taken_name, guint legs, GError **error)
{
  const VfpPolicyRequest request = { .pool = pool, .live = TRUE };
  g_autoptr (GPtrArray) ports
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_bond_port_free);
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < pool->pfs->len; i++)
    add_port (ports, g_ptr_array_index (pool->pfs, i));
  if (*taken_name != '\0')
    {
      add_port (ports, facts_pf (facts, taken_name));
      g_ptr_array_add (taken, facts_pf (facts, taken_name));
    }
  for (guint i = 0; i < legs; i++)
    {
      const VfpVfView *vf = vfp_bond_choose (facts_view (facts), ports, taken, &request, error);

      if (vf == NULL)
        return NULL;
      g_ptr_array_add (taken, vf->pf);
      g_string_append_printf (names, "%s%s", i > 0 ? " " : "", vf->pf->netdev);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static guint
count_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  return g_strv_length (words);
}

static void
test_choose (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autoptr (VfpPool) pool = get_pool (facts, cases[i].pool);
      const guint legs = cases[i].wanted != NULL ? count_words (cases[i].wanted) : 1;
      g_autoptr (GError) error = NULL;

      cases[i].change (facts);
      g_autofree char *chosen = choose (facts, pool, cases[i].taken, legs, &error);
      check_case_string (cases[i].name, chosen, cases[i].wanted);
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
