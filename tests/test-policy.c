/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF a slot gets, and the words of the refusal. */
#include "config.h"

#include "pool/policy.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"
#define VF2 "0000:01:10.4"
#define VF3 "0000:01:10.6"

static const HostPf pfs[] = {
  { .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 4 },
  { .name = "enp2s0f0", .address = "0000:02:00.0", .total = 63, .driver = "ixgbe" },
};

static void
nothing (Facts *facts)
{
}

static void
first_two_attached (Facts *facts)
{
  facts_add_guest (facts, "web1", VF0, VF0);
  facts_add_guest (facts, "web2", VF1, VF1);
  facts_add_claim (facts, facts_add_slot (facts, "web1", "net0"), "enp1s0f0", 0);
  facts_add_claim (facts, facts_add_slot (facts, "web2", "net0"), "enp1s0f0", 1);
}

static void
first_netdevs_up (Facts *facts)
{
  facts_vf (facts, VF0)->netdev_up = facts_vf (facts, VF1)->netdev_up = TRUE;
}

static void
all_netdevs_up (Facts *facts)
{
  first_netdevs_up (facts);
  facts_vf (facts, VF2)->netdev_up = facts_vf (facts, VF3)->netdev_up = TRUE;
}

/* Every VF for a reason of its own, or the same for another guest. */
static void
mixed (Facts *facts)
{
  first_two_attached (facts);
  facts_add_guest (facts, "db1", VF2, NULL);
  facts_vf (facts, VF3)->host_use = g_strdup ("enp1s0f0v3 in br0");
}

static void
same_guest_twice (Facts *facts)
{
  facts_add_guest (facts, "web1", VF0 " " VF1, NULL);
  facts_add_claim (facts, facts_add_slot (facts, "web1", "net0"), "enp1s0f0", 0);
  facts_add_claim (facts, facts_add_slot (facts, "web1", "net1"), "enp1s0f0", 1);
  facts_add_claim (facts, NULL, "enp1s0f0", 2);
  facts_add_claim (facts, NULL, "enp1s0f0", 3);
}

static void
stopped_holders (Facts *facts)
{
  facts_add_guest (facts, "off1", NULL, VF0 " " VF1);
  facts_add_claim (facts, facts_add_slot (facts, "off1", "net0"), "enp1s0f0", 0);
  facts_add_claim (facts, facts_add_slot (facts, "off1", "net1"), "enp1s0f0", 1);
  facts_add_guest (facts, "db1", VF2 " " VF3, NULL);
}

static void
stale_claim (Facts *facts)
{
  facts_add_guest (facts, "web1", "", "");
  facts_add_claim (facts, facts_add_slot (facts, "web1", "net0"), "enp1s0f0", 0);
}

static void
stale_claims (Facts *facts)
{
  stale_claim (facts);
  facts_add_guest (facts, "db1", VF1 " " VF2 " " VF3, NULL);
}

static void
at_work (Facts *facts)
{
  facts_add_guest (facts, "web1", "", "");
  VfpClaim *claim = facts_add_claim (facts, facts_add_slot (facts, "web1", "net0"), "enp1s0f0", 0);
  claim->intent = VFP_INTENT_CLAIMING;
  claim->claimer = vfp_process_self ();
}

static void
reserved (Facts *facts)
{
  facts_add_claim (facts, NULL, "enp1s0f0", 0);
}

static void
missing (Facts *facts)
{
  facts_add_claim (facts, facts_add_slot (facts, "web1", "net0"), "enp1s0f0", 9);
}

static void
group_with_host (Facts *facts)
{
  facts_vf (facts, VF0)->iommu_conflict = g_strdup ("0000:01:00.0 (igb)");
}

static void
groups_with_host (Facts *facts)
{
  group_with_host (facts);
  facts_vf (facts, VF1)->iommu_conflict = g_strdup ("0000:01:00.0 (igb)");
  facts_vf (facts, VF2)->iommu_conflict = g_strdup ("0000:01:00.0 (igb)");
  facts_vf (facts, VF3)->iommu_conflict = g_strdup ("0000:01:00.1 (igb)");
}

/* VF 0 and 1 are of one group, and db1 has the second. */
static void
group_with_other (Facts *facts)
{
  facts_add_guest (facts, "db1", VF1, NULL);
  facts_vf (facts, VF1)->iommu_group = facts_vf (facts, VF0)->iommu_group;
}

static void
group_with_self (Facts *facts)
{
  facts_add_guest (facts, "self", VF1, NULL);
  facts_vf (facts, VF1)->iommu_group = facts_vf (facts, VF0)->iommu_group;
}

static void
no_iommu (Facts *facts)
{
  facts_vf (facts, VF0)->iommu_group = facts_vf (facts, VF1)->iommu_group = -1;
  facts_vf (facts, VF2)->iommu_group = facts_vf (facts, VF3)->iommu_group = -1;
}

static void
pf_down (Facts *facts)
{
  facts_pf (facts, "enp1s0f0")->up = FALSE;
}

static void
no_libvirt (Facts *facts)
{
  g_clear_pointer (&facts->guests, g_ptr_array_unref);
  g_clear_pointer (&facts->networks, g_ptr_array_unref);
}

static const struct
{
  const char *name;
  void (*prepare) (Facts *facts);
  const char *pf; /* NULL: enp1s0f0 */
  const char *vf; /* named; NULL: of the PF */
  gboolean config;
  int index; /* of the one that is chosen; -1: none */
  VfpErrorCode code;
  const char *message; /* its end */
} cases[] = {
  { "lowest", nothing, NULL, NULL, FALSE, 0, 0, NULL },
  { "lowest free", first_two_attached, NULL, NULL, FALSE, 2, 0, NULL },
  { "netdev up comes last", first_netdevs_up, NULL, NULL, FALSE, 2, 0, NULL },
  { "all netdevs up", all_netdevs_up, NULL, NULL, FALSE, 0, 0, NULL },
  { "stale is passed over", stale_claim, NULL, NULL, FALSE, 1, 0, NULL },
  { "reserved is passed over", reserved, NULL, NULL, FALSE, 1, 0, NULL },
  { "shared group is passed over", group_with_host, NULL, NULL, FALSE, 1, 0, NULL },
  { "another guest's group is passed over", group_with_other, NULL, NULL, FALSE, 2, 0, NULL },
  { "the guest's own group", group_with_self, NULL, NULL, FALSE, 0, 0, NULL },
  { "no IOMMU, configuration", no_iommu, NULL, NULL, TRUE, 0, 0, NULL },
  { "PF down, configuration", pf_down, NULL, NULL, TRUE, 0, 0, NULL },
  { "named", nothing, NULL, VF3, FALSE, 3, 0, NULL },
  { "named, netdev up", first_netdevs_up, NULL, VF0, FALSE, 0, 0, NULL },

  { "reasons", mixed, NULL, NULL, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    "enp1s0f0: none of 4 VFs fits: 2 attached (web1, web2), 2 foreign (db1, host: enp1s0f0v3 in "
    "br0)" },
  { "each name once", same_guest_twice, NULL, NULL, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    "enp1s0f0: none of 4 VFs fits: 2 attached (web1), 2 reserved (backup)" },
  { "stopped holders", stopped_holders, NULL, NULL, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    ": 2 attached (off1 (off)), 2 foreign (db1)" },
  { "stale is named", stale_claims, NULL, NULL, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    ": 1 claimed (web1), 3 foreign (db1)" },
  { "shared groups", groups_with_host, NULL, NULL, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    ": 4 iommu-group (0000:01:00.0 (igb), 0000:01:00.1 (igb))" },
  { "nothing known of guests", no_libvirt, NULL, NULL, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    ": 4 unknown" },
  { "no VFs", nothing, "enp2s0f0", NULL, FALSE, -1, VFP_ERROR_NO_VFS,
    "enp2s0f0 has no VFs; 'echo 63 > /sys/bus/pci/devices/0000:02:00.0/sriov_numvfs' makes as "
    "many as it can" },
  { "PF down", pf_down, NULL, NULL, FALSE, -1, VFP_ERROR_PF_DOWN, "'ip link set enp1s0f0 up'" },
  { "PF down, named", pf_down, NULL, VF0, FALSE, -1, VFP_ERROR_PF_DOWN,
    "'ip link set enp1s0f0 up'" },
  { "no IOMMU", no_iommu, NULL, NULL, FALSE, -1, VFP_ERROR_IOMMU, "amd_iommu=on" },
  { "no IOMMU, named", no_iommu, NULL, VF1, FALSE, -1, VFP_ERROR_IOMMU, "amd_iommu=on" },

  { "named, attached", mixed, NULL, VF0, FALSE, -1, VFP_ERROR_VF_IN_USE,
    VF0 " is in use by web1 (net0, attached)" },
  { "named, being attached", at_work, NULL, VF0, FALSE, -1, VFP_ERROR_VF_IN_USE,
    VF0 " is in use by web1 (net0, claiming)" },
  { "named, foreign", mixed, NULL, VF2, FALSE, -1, VFP_ERROR_VF_IN_USE,
    VF2 " is in use by db1 (foreign)" },
  { "named, used by the host", mixed, NULL, VF3, FALSE, -1, VFP_ERROR_VF_IN_USE,
    VF3 " is in use by the host (enp1s0f0v3 in br0)" },
  { "named, reserved", reserved, NULL, VF0, FALSE, -1, VFP_ERROR_VF_IN_USE,
    VF0 " is in use by backup (reserved)" },
  { "named, stale", stale_claim, NULL, VF0, FALSE, -1, VFP_ERROR_VF_IN_USE,
    VF0 " is in use by web1 (claimed)" },
  { "named, shared group", group_with_host, NULL, VF0, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    "only all of a group can go to one guest" },
  { "named, another guest's group", group_with_other, NULL, VF0, FALSE, -1, VFP_ERROR_NO_VF_FITS,
    "shares its IOMMU group with db1 (iommu-group); only all of a group can go to one guest" },
  { "named, missing", missing, NULL, "0000:77:00.0", FALSE, -1, VFP_ERROR_NO_SUCH_VF,
    "0000:77:00.0 is not on this host now" },
  { "named, unknown", nothing, NULL, "0000:09:00.0", FALSE, -1, VFP_ERROR_NO_SUCH_VF,
    "0000:09:00.0 is not a VF of this host" },
};

static void
test_choose (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *name = cases[i].name;
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autofree char *self = facts_uuid ("self");
      g_autoptr (GError) error = NULL;
      VfpAddress named;

      cases[i].prepare (facts);
      if (cases[i].vf != NULL)
        assert_true (vfp_address_parse (cases[i].vf, &named, NULL));
      const VfpPolicyRequest request = {
        .pf = cases[i].vf != NULL
                  ? NULL
                  : facts_pf (facts, cases[i].pf != NULL ? cases[i].pf : "enp1s0f0"),
        .vf = cases[i].vf != NULL ? &named : NULL,
        .live = !cases[i].config,
        .guest_uuid = self,
      };
      const VfpVfView *vf = vfp_policy_choose (facts_view (facts), &request, &error);

      check_case (name, (vf != NULL) == (cases[i].index >= 0) && (vf != NULL) == (error == NULL));
      if (vf != NULL)
        check_case (name, vf->index == (unsigned) cases[i].index);
      else if (!g_error_matches (error, VFP_ERROR, (int) cases[i].code)
               || !g_str_has_suffix (error->message, cases[i].message))
        fail_msg ("%s: %s: %s", name, vfp_error_code_string (error), error->message);
    }
}

static void
test_refusal (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  g_autofree char *detail = NULL;

  mixed (facts);
  const VfpView *view = facts_view (facts);
  const VfpVfView *vf = g_ptr_array_index (view->vfs, 2);
  assert_string_equal (vfp_policy_refusal (view, vf, "self", &detail), "foreign");
  assert_string_equal (detail, "db1");
  assert_string_equal (vfp_policy_refusal (view, vf, "self", NULL), "foreign");

  g_autoptr (Facts) empty = facts_new (pfs, G_N_ELEMENTS (pfs));
  view = facts_view (empty);
  assert_null (vfp_policy_refusal (view, g_ptr_array_index (view->vfs, 2), "self", NULL));
}

/* VFs that the kernel leaves out of its list. */
static void
test_untold (void **state)
{
  static const struct
  {
    const char *name;
    gboolean live, has_netlink, named;
    int index; /* of the one that is chosen; -1: none */
    VfpErrorCode code;
    const char *part;
  } with[] = {
    { "of the PF", TRUE, TRUE, FALSE, 1, 0, NULL },
    { "named", TRUE, TRUE, TRUE, -1, VFP_ERROR_HOST, "enp1s0f0 VF 0; make fewer VFs" },
    { "of the PF, configuration", FALSE, TRUE, FALSE, 0, 0, NULL },
    { "named, configuration", FALSE, TRUE, TRUE, 0, 0, NULL },
    { "netlink is off", TRUE, FALSE, FALSE, 0, 0, NULL },
  };
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  VfpVf *first = facts_vf (facts, VF0);

  first->settings.known = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (with); i++)
    {
      const VfpPolicyRequest request = { .pf = first->pf,
                                         .vf = with[i].named ? &first->address : NULL,
                                         .live = with[i].live,
                                         .has_netlink = with[i].has_netlink };
      g_autoptr (GError) error = NULL;
      const VfpVfView *vf = vfp_policy_choose (facts_view (facts), &request, &error);

      check_case (with[i].name, (vf != NULL ? (int) vf->index : -1) == with[i].index);
      check_case (with[i].name, vf != NULL
                                    || (g_error_matches (error, VFP_ERROR, (int) with[i].code)
                                        && strstr (error->message, with[i].part) != NULL));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_choose),
    cmocka_unit_test (test_refusal),
    cmocka_unit_test (test_untold),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
