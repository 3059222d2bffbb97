/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pool and which VF of this host the slots of a guest get that arrives. */
#include "config.h"

#include "pool/arrival.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

static const HostPf pfs[] = {
  { .name = "p1", .address = "0000:01:00.0", .vfs = 2, .total = 2 },
  { .name = "p2", .address = "0000:02:00.0", .vfs = 2, .total = 2 },
};

#define ONE "[pool one]\npf = p1\n"
#define BOTH "[pool both]\npf = p1; p2\n"

/* "SLOT=POOL[>TO-POOL][/BOND]", with blanks between them. */
static void
add_arrival (GArray *arrivals, GStrv texts, const char *word)
{
  g_auto (GStrv) halves = g_strsplit (word, "=", 2);
  g_auto (GStrv) parts = g_strsplit (halves[1], "/", 2);
  g_auto (GStrv) pools = g_strsplit (parts[0] != NULL ? parts[0] : "", ">", 2);
  VfpArrival arrival = { 0 };
  const guint at = arrivals->len * 4;

  texts[at] = g_strdup (halves[0]);
  texts[at + 1] = g_strdup (pools[0] != NULL ? pools[0] : "");
  texts[at + 2] = g_strdup (pools[0] != NULL && pools[1] != NULL ? pools[1] : "");
  texts[at + 3] = g_strdup (parts[0] != NULL && parts[1] != NULL ? parts[1] : "");
  arrival.name = texts[at];
  arrival.pool = *texts[at + 1] != '\0' ? texts[at + 1] : NULL;
  arrival.to_pool = *texts[at + 2] != '\0' ? texts[at + 2] : NULL;
  arrival.bond = *texts[at + 3] != '\0' ? texts[at + 3] : NULL;
  g_array_append_val (arrivals, arrival);
}

static const struct
{
  const char *name;
  const char *config; /* NULL: none */
  const char *busy;   /* VFs of a running guest; NULL: none */
  const char *slots;
  const char *want; /* "POOL:VF" of each, or "!" and a part of the error */
} cases[] = {
  { "same name", ONE, NULL, "net0=one", "one:0000:01:10.0" },
  { "a PF's own pool", NULL, NULL, "net0=p2", "p2:0000:02:10.0" },
  { "busy VF", ONE, "0000:01:10.0", "net0=one", "one:0000:01:10.2" },
  { "accepted", ONE "accepts = far; other\n", NULL, "net0=other", "one:0000:01:10.0" },
  { "accepted PF", ONE "accepts = enp9s0\n", NULL, "net0=enp9s0", "one:0000:01:10.0" },
  { "own name before accepting", ONE "accepts = p2\n", NULL, "net0=p2", "p2:0000:02:10.0" },
  { "accepting pool of another host", "[pool gone]\npf = p7\naccepts = far\n" ONE "accepts = far\n",
    NULL, "net0=far", "one:0000:01:10.0" },
  { "mapped", ONE, NULL, "net0=far>p2", "p2:0000:02:10.0" },
  { "mapped though there is one", ONE, NULL, "net0=one>p2", "p2:0000:02:10.0" },
  { "several at once", ONE, NULL, "net0=one net1=one", "one:0000:01:10.0 one:0000:01:10.2" },
  { "spread as always", BOTH, NULL, "net0=both net1=both", "both:0000:01:10.0 both:0000:02:10.0" },
  { "packed as always", BOTH "pick = pack\n", NULL, "net0=both net1=both",
    "both:0000:01:10.0 both:0000:01:10.2" },
  { "packed, legs of a bond", BOTH "pick = pack\n", NULL, "net0=both/bond0 net1=both/bond0",
    "both:0000:01:10.0 both:0000:02:10.0" },
  { "packed, of two bonds", BOTH "pick = pack\n", NULL, "net0=both/bond0 net1=both/bond1",
    "both:0000:01:10.0 both:0000:01:10.2" },
  { "a bond on one PF", ONE, NULL, "net0=one/bond0 net1=one/bond0",
    "one:0000:01:10.0 one:0000:01:10.2" },
  { "unknown pool", ONE, NULL, "net0=far", "!net0: there is no pool 'far' on this host" },
  { "unknown pool, cure", ONE, NULL, "net0=far", "!'accepts = far' in the [pool NAME]" },
  { "unknown pool, option", ONE, NULL, "net0=far", "!--pool-map far=NAME" },
  { "unknown pool mapped to", ONE, NULL, "net0=one>far", "!net0: there is no pool 'far'" },
  { "accepted by two", ONE "accepts = far\n" BOTH "accepts = far\n", NULL, "net0=far",
    "!the pools one and both both accept 'far'" },
  { "no card here", "[pool gone]\npf = p7\n", NULL, "net0=gone", "![pool gone] pf: none of these" },
  { "no pool told", ONE, NULL, "net0=", "!net0: its pool is not told" },
  { "full", ONE, "0000:01:10.0 0000:01:10.2", "net0=one",
    "!net0: pool one: none of 2 VFs fits: 2 foreign (busy)" },
  { "one too many", ONE, NULL, "net0=one net1=one net2=one",
    "!net2: pool one: none of 2 VFs fits" },
};

static char *
choose (Facts *facts, GArray *arrivals)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *uuid = facts_uuid ("guest");
  g_autofree char *xml = g_strdup_printf (
      "<domain type='kvm'><name>guest</name><uuid>%s</uuid><devices/></domain>", uuid);
  g_autoptr (VfpGuest) guest = vfp_guest_new (uuid, "guest", xml, NULL, NULL);
  VfpView *view = facts_view (facts);

  for (guint i = 0; i < arrivals->len; i++)
    {
      const VfpArrival *arrival = &g_array_index (arrivals, VfpArrival, i);
      g_autoptr (GError) error = NULL;
      char address[VFP_ADDRESS_STRLEN];

      if (!vfp_arrival_choose (view, guest, TRUE, arrivals, i, &error))
        return g_strdup (error->message);
      g_string_append_printf (text, "%s%s:%s", i > 0 ? " " : "", arrival->pool_name,
                              vfp_address_format (&arrival->vf->address, address));
    }
  return g_strdup (text->str);
}

static void
test_choice (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autoptr (GArray) arrivals = vfp_arrivals_new ();
      g_auto (GStrv) words = g_strsplit (cases[i].slots, " ", -1);
      char *texts[16] = { NULL };

      if (cases[i].config != NULL)
        facts_configure (facts, cases[i].config);
      if (cases[i].busy != NULL)
        facts_add_guest (facts, "busy", cases[i].busy, NULL);
      for (char **word = words; *word != NULL; word++)
        add_arrival (arrivals, texts, *word);
      g_autofree char *got = choose (facts, arrivals);
      if (*cases[i].want == '!' ? strstr (got, cases[i].want + 1) == NULL
                                : !g_str_equal (got, cases[i].want))
        fail_msg ("%s: %s", cases[i].name, got);
      for (gsize k = 0; k < G_N_ELEMENTS (texts); k++)
        g_free (texts[k]);
    }
}

/* A slot that has its VF here keeps it, whatever its pool is called by now. */
static void
test_kept (void **state)
{
  static const struct
  {
    const char *name, *busy;
    gboolean down;
    const char *want;
    const char *pool, *to_pool, *standby; /* NULL: "one", none, on no port alone */
    gboolean older;
  } kept[] = {
    { .name = "own", .want = "one:0000:01:10.2" },
    { .name = "in another guest by now", .busy = "0000:01:10.2", .want = "one:0000:01:10.0" },
    { .name = "its PF is down", .down = TRUE, .want = "is administratively down" },
    { .name = "its pool is not here", .pool = "far", .want = "one:0000:01:10.2" },
    { .name = "another pool meanwhile", .pool = "p2", .want = "p2:0000:02:10.0" },
    { .name = "mapped", .to_pool = "p2", .want = "p2:0000:02:10.0" },
    { .name = "mapped to what is not here", .to_pool = "far", .want = "there is no pool 'far'" },
    { .name = "saved here", .pool = "p2", .older = TRUE, .want = "one:0000:01:10.2" },
    { .name = "its port is the standby's", .standby = "p1", .want = "standby" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autoptr (GArray) arrivals = vfp_arrivals_new ();
      VfpSlot *slot = facts_add_slot (facts, "guest", "net0");
      VfpArrival arrival = { .name = "net0", .pool = "one", .known = slot };

      facts_configure (facts, ONE);
      g_free (slot->pool);
      slot->pool = g_strdup ("one");
      facts_add_guest (facts, "guest", NULL, "0000:01:10.2");
      arrival.claim = facts_add_claim (facts, slot, "p1", 1);
      if (kept[i].busy != NULL)
        facts_add_guest (facts, "busy", kept[i].busy, NULL);
      arrival.to_pool = kept[i].to_pool;
      arrival.older = kept[i].older;
      if (kept[i].pool != NULL)
        arrival.pool = kept[i].pool;
      if (kept[i].standby != NULL)
        arrival.standby = facts_pf (facts, kept[i].standby);
      if (kept[i].down)
        facts_pf (facts, "p1")->up = FALSE;
      g_array_append_val (arrivals, arrival);
      g_autofree char *got = choose (facts, arrivals);
      check_case (kept[i].name, strstr (got, kept[i].want) != NULL);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_choice),
    cmocka_unit_test (test_kept),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
