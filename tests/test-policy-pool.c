/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF of a pool of several PFs a slot gets, and why not another. */
#include "config.h"

#include "pool/policy.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

static const HostPf pfs[] = {
  { .name = "p1", .address = "0000:01:00.0", .vfs = 3, .total = 3 },
  { .name = "p2", .address = "0000:02:00.0", .vfs = 3, .total = 3, .numa_node = 1 },
  { .name = "p3", .address = "0000:03:00.0", .vfs = 1, .total = 1, .numa_node = -1 },
  { .name = "p4", .address = "0000:04:00.0", .total = 8 },
};

/* What happens to the host: words, in their order. "PF/INDEX=USE" with USE one of attached (in the
 * running guest other), off, foreign, reserved, up (its netdev), group (shared with the host),
 * last (the slot had it), stale, untold; "PF:down" and "PF:nocarrier". */
static void
use_vf (Facts *facts, VfpSlot *slot, VfpVf *vf, const char *use)
{
  g_autofree char *address = vfp_address_to_string (&vf->address);
  g_autofree char *name = g_strdup_printf ("g%u", facts->guests->len - 1);
  const gboolean config = g_str_equal (use, "off");

  if (g_str_equal (use, "attached") || config)
    {
      facts_add_guest (facts, name, config ? NULL : address, address);
      facts_add_claim (facts, facts_add_slot (facts, name, "net0"), vf->pf->netdev, vf->index);
    }
  else if (g_str_equal (use, "foreign"))
    facts_add_guest (facts, name, address, NULL);
  else if (g_str_equal (use, "reserved"))
    facts_add_claim (facts, NULL, vf->pf->netdev, vf->index);
  else if (g_str_equal (use, "stale"))
    {
      facts_add_guest (facts, name, "", "");
      facts_add_claim (facts, facts_add_slot (facts, name, "net0"), vf->pf->netdev, vf->index);
    }
  else if (g_str_equal (use, "up"))
    vf->netdev_up = TRUE;
  else if (g_str_equal (use, "untold"))
    vf->settings.known = 0;
  else if (g_str_equal (use, "group"))
    vf->iommu_conflict = g_strdup ("0000:01:00.0 (igb)");
  else if (g_str_equal (use, "last"))
    {
      slot->last_pf_id = facts_record_pf (facts, vf->pf);
      slot->last_vf = vf->index;
    }
  else
    fail_msg ("what is '%s'?", use);
}

static void
prepare (Facts *facts, VfpSlot *slot, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (char **word = words; *word != NULL && **word != '\0'; word++)
    {
      VfpPf *pf = NULL;
      char name[3] = { (*word)[0], (*word)[1], '\0' };

      pf = facts_pf (facts, name);
      if (g_str_has_suffix (*word, ":down"))
        pf->up = pf->carrier = FALSE;
      else if (g_str_has_suffix (*word, ":nocarrier"))
        pf->carrier = FALSE;
      else
        use_vf (facts, slot, vfp_pf_find_vf (pf, (unsigned) ((*word)[3] - '0')),
                strchr (*word, '=') + 1);
    }
}

#define ALL "pf = p1; p2; p3\n"
#define TWO "pf = p1 p2\n"

static const struct
{
  const char *name;
  const char *pool;  /* the keys of [pool x] */
  const char *state; /* see prepare() */
  const char *nodes; /* the guest's; NULL: bound to none */
  const char *want;  /* "PF/INDEX", or the code of the error */
  const char *told;  /* NULL, or a part of the verdicts, or of the message */
} cases[] = {
  { "first PF, first VF", ALL, "", NULL, "p1/0", "6 order" },
  { "order of the pool", "pf = p2; p1\n", "", NULL, "p2/0", NULL },
  { "range", TWO "vfs = 1-2\n", "", NULL, "p1/1", "3 order" },
  { "range leaves one", TWO "vfs = 2\n", "p1/2=attached", NULL, "p2/2", "1 attached (g0)" },
  { "spread", ALL, "p1/0=attached", NULL, "p2/0", "2 spread" },
  { "spread counts foreign", ALL, "p1/0=foreign p2/0=reserved", NULL, "p3/0", "4 spread" },
  { "spread counts VFs outside the range", TWO "vfs = 1-2\n", "p1/0=attached", NULL, "p2/1", NULL },
  { "spread alternates", TWO, "p1/0=attached p2/0=attached", NULL, "p1/1", NULL },
  { "stopped guests count", TWO, "p1/0=off", NULL, "p2/0", "1 attached (g0 (off))" },
  { "pack", ALL "pick = pack\n", "p2/1=attached", NULL, "p2/0", "4 pack" },
  { "pack until full", "pf = p3 p1\npick = pack\n", "p3/0=attached", NULL, "p1/0", NULL },
  { "one PF is full", TWO, "p1/0=attached p1/1=attached p1/2=attached", NULL, "p2/0", NULL },
  { "no carrier comes last", ALL, "p1:nocarrier", NULL, "p2/0", "3 no-carrier" },
  { "no carrier anywhere", TWO, "p1:nocarrier p2:nocarrier", NULL, "p1/0", NULL },
  { "no carrier before none", TWO, "p1:nocarrier p2/0=attached p2/1=attached p2/2=attached", NULL,
    "p1/0", NULL },
  { "carrier before last", TWO, "p1/1=last p1:nocarrier", NULL, "p2/0", "3 no-carrier" },
  { "last", TWO, "p2/2=last", NULL, "p2/2", "5 not-last" },
  { "last before spread", TWO, "p1/0=attached p1/2=last", NULL, "p1/2", NULL },
  { "last before pack", TWO "pick = pack\n", "p1/0=attached p2/1=last", NULL, "p2/1", NULL },
  { "last is gone", TWO, "p1/2=last p1/2=attached", NULL, "p2/0", NULL },
  { "last is outside the pool", "pf = p1\n", "p2/1=last", NULL, "p1/0", NULL },
  { "last is outside the range", "pf = p1\nvfs = 0-1\n", "p1/2=last", NULL, "p1/0", NULL },
  { "last before the guest's node", TWO, "p1/1=last", "1", "p1/1", "5 not-last" },
  { "PF down is passed over", TWO, "p1:down", NULL, "p2/0", "3 pf-down (p1)" },
  { "all down", TWO, "p1:down p2:down", NULL, "no-vf-fits", "6 pf-down (p1, p2)" },
  { "the only PF is down", "pf = p1\n", "p1:down", NULL, "pf-down", "'ip link set p1 up'" },
  { "node, preferred", ALL, "", "1", "p2/0", "3 numa" },
  { "node, preferred and full", TWO, "p2/0=attached p2/1=attached p2/2=attached", "1", "p1/0",
    NULL },
  { "node before spread", TWO, "p2/0=attached", "1", "p2/1", NULL },
  { "node, PF without one", "pf = p3 p2\n", "", "1", "p3/0", NULL },
  { "node, required", TWO "numa = require\n", "", "1", "p2/0", "3 numa (p1)" },
  { "node, required, none of it", TWO "numa = require\n", "", "2", "no-vf-fits",
    "pool x: none of 6 VFs fits: 6 numa (p1, p2)" },
  { "node, required and full", TWO "numa = require\n", "p2/0=attached p2/1=attached p2/2=attached",
    "1", "no-vf-fits", "3 numa (p1), 3 attached" },
  { "node, required of a guest without", TWO "numa = require\n", "", NULL, "p1/0", NULL },
  { "node, ignored", TWO "numa = ignore\n", "", "1", "p1/0", NULL },
  { "two nodes", TWO, "", "0-1", "p1/0", NULL },
  { "carrier before node", TWO, "p2:nocarrier", "1", "p1/0", NULL },
  { "node before a netdev that is up", TWO, "p2/0=up p2/1=up p2/2=up", "1", "p2/0", NULL },
  { "a netdev that is up", TWO, "p1/0=up p1/1=up p1/2=up", NULL, "p2/0", "3 netdev-up" },
  { "a netdev that is up before spread", TWO, "p1/0=up p1/1=up p1/2=up p2/0=attached", NULL, "p2/1",
    NULL },
  { "stale is passed over", TWO, "p1/0=stale", NULL, "p1/1", "1 claimed (g0)" },
  { "untold is passed over", TWO, "p1/0=untold", NULL, "p1/1", "1 untold (p1)" },
  { "mixed", "pf = p1 p3\n", "p1/0=attached p1/1=reserved p1/2=group p3/0=foreign", NULL,
    "no-vf-fits",
    "pool x: none of 4 VFs fits: 1 attached (g0), 1 reserved (backup), 1 iommu-group (0000:01:00.0 "
    "(igb)), 1 foreign (g1)" },
  { "a PF without VFs", "pf = p4 p1\n", "", NULL, "p1/0", NULL },
  { "the only PF has no VFs", "pf = p4\n", "", NULL, "no-vfs", "'echo 8 > " },
  { "a range that no PF has yet", "pf = p4 p3\nvfs = 1-5\n", "", NULL, "config", "VF 5" },
  { "a PF that is not here", "pf = p9; p2\n", "", NULL, "p2/0", NULL },
  { "no PF that is here", "pf = p9\n", "", NULL, "no-such-pool", "p9" },
};

static const char *
choose (Facts *facts, const char *nodes, const VfpSlot *slot, GString *out_told)
{
  const VfpPoolNames names = { facts->config, facts->inventory, facts->records };
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpPool) pool = vfp_pool_find (&names, "x", &error);
  g_autoptr (GArray) ranges = nodes != NULL ? vfp_ranges_parse (nodes, "node", NULL) : NULL;
  g_autoptr (GPtrArray) verdicts = vfp_policy_verdicts_new ();
  const VfpPolicyRequest request = {
    .pool = pool,
    .live = TRUE,
    .has_netlink = TRUE,
    .guest_uuid = slot->guest_uuid,
    .slot = slot,
    .nodes = ranges,
    .verdicts = verdicts,
  };
  const VfpVfView *vf
      = pool != NULL ? vfp_policy_choose (facts_view (facts), &request, &error) : NULL;
  static char name[16];

  if (vf == NULL)
    {
      g_string_assign (out_told, error->message);
      return vfp_error_code_string (error);
    }
  g_autofree char *text = vfp_policy_format (verdicts);
  g_string_assign (out_told, text);
  g_snprintf (name, sizeof name, "%s/%u", vf->pf_name, vf->index);
  return name;
}

static void
test_choose (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autofree char *text = g_strdup_printf ("[pool x]\n%s", cases[i].pool);
      g_autoptr (GString) told = g_string_new (NULL);

      facts_add_guest (facts, "self", "", "");
      VfpSlot *slot = facts_add_slot (facts, "self", "net0");
      facts_configure (facts, text);
      prepare (facts, slot, cases[i].state);
      check_case_string (cases[i].name, choose (facts, cases[i].nodes, slot, told), cases[i].want);
      if (cases[i].told != NULL && strstr (told->str, cases[i].told) == NULL)
        fail_msg ("%s: %s", cases[i].name, told->str);
    }
}

/* Other legs' PFs are passed over, and a named VF of one is refused. */
static void
test_avoid (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  g_autoptr (GPtrArray) avoid = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  facts_configure (facts, "[pool x]\n" TWO);
  const VfpPoolNames names = { facts->config, facts->inventory, NULL };
  g_autoptr (VfpPool) pool = vfp_pool_find (&names, "x", NULL);
  g_ptr_array_add (avoid, facts_pf (facts, "p1"));
  VfpPolicyRequest request = { .pool = pool, .guest_uuid = "self", .avoid = avoid };
  assert_string_equal (vfp_policy_choose (facts_view (facts), &request, NULL)->pf_name, "p2");

  g_ptr_array_add (avoid, facts_pf (facts, "p2"));
  assert_null (vfp_policy_choose (facts_view (facts), &request, &error));
  assert_non_null (strstr (error->message, "6 bond (p1, p2)"));
  g_clear_error (&error);
  request.vf = &vfp_pf_find_vf (facts_pf (facts, "p1"), 0)->address;
  assert_null (vfp_policy_choose (facts_view (facts), &request, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS));
}

/* A PF of its own has what configured pools that name it have. */
static void
test_kept (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));

  facts_configure (facts, "[pool a]\npf = p1\nvfs = 1\n[pool b]\npf = 0000:01:00.0\nvfs = 2\n");
  const VfpPoolNames names = { facts->config, facts->inventory, NULL };
  g_autoptr (VfpPool) p1 = vfp_pool_find (&names, "p1", NULL);
  g_autoptr (VfpPool) p2 = vfp_pool_find (&names, "p2", NULL);

  assert_false (vfp_pool_has_vf (p1, facts_pf (facts, "p1"), 0));
  assert_true (vfp_pool_has_vf (p1, facts_pf (facts, "p1"), 1));
  assert_true (vfp_pool_has_vf (p1, facts_pf (facts, "p1"), 2));
  assert_true (vfp_pool_has_vf (p2, facts_pf (facts, "p2"), 0));
}

/* By every name that a PF has, those of before included. */
static void
test_names (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  VfpPf *pf = facts_pf (facts, "p1");
  g_autofree char *mac = vfp_mac_to_string (&pf->mac);
  g_autofree char *by_mac = g_strconcat ("mac:", mac, NULL);
  const VfpPoolNames names = { NULL, facts->inventory, facts->records };

  assert_ptr_equal (vfp_pool_find_pf (&names, "0000:01:00.0"), pf);
  assert_ptr_equal (vfp_pool_find_pf (&names, by_mac), pf);
  assert_null (vfp_pool_find_pf (&names, "mac:02:00:00:00:00:99"));
  assert_null (vfp_pool_find_pf (&names, "ens1f0"));
  facts_record_pf (facts, pf);
  VfpPfRecord *record = g_ptr_array_index (facts->records->pfs, 0);
  g_free (record->netdev);
  record->netdev = g_strdup ("ens1f0");
  record->former_netdevs = g_strdup ("eth0 enp9s0");
  assert_ptr_equal (vfp_pool_find_pf (&names, "ens1f0"), pf);
  assert_ptr_equal (vfp_pool_find_pf (&names, "eth0"), pf);
  assert_ptr_equal (vfp_pool_find_pf (&names, "enp9s0"), pf);
  assert_null (vfp_pool_find_pf (&names, "enp9"));
  assert_null (vfp_pool_find_pf (&names, ""));

  /* Two cards had the name. */
  facts_record_pf (facts, facts_pf (facts, "p2"));
  ((VfpPfRecord *) g_ptr_array_index (facts->records->pfs, 1))->former_netdevs = g_strdup ("eth0");
  assert_null (vfp_pool_find_pf (&names, "eth0"));
  assert_ptr_equal (vfp_pool_find_pf (&names, "enp9s0"), pf);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_choose),
    cmocka_unit_test (test_avoid),
    cmocka_unit_test (test_kept),
    cmocka_unit_test (test_names),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
