/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [reserve NAME] of the configuration: which VFs it keeps, and who makes it. */
#include "config.h"

#include "pool/reserve-group.h"

#include <string.h>

#include "base/error.h"
#include "ops/boot-host.h"
#include "ops/reconcile.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"
#include "tests/lib/world.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"

static const HostPf pfs[] = {
  { .name = "p1", .address = "0000:01:00.0", .vfs = 3, .total = 3 },
  { .name = "p2", .address = "0000:02:00.0", .vfs = 3, .total = 3 },
};

/* What happens to the VFs: "PF/INDEX=USE", with USE one of guest (in a running one), off (in the
 * configuration of one), made (reserved for the group), other (reserved for somebody else), vfio
 * (bound to vfio-pci), shared (an IOMMU group with the host). */
static void
use_vf (Facts *facts, const char *word)
{
  char name[3] = { word[0], word[1], '\0' };
  const VfpPf *pf = facts_pf (facts, name);
  VfpVf *vf = vfp_pf_find_vf (pf, (unsigned) (word[3] - '0'));
  g_autofree char *address = vfp_address_to_string (&vf->address);
  const char *use = word + 5;

  if (g_str_equal (use, "guest"))
    facts_add_guest (facts, address, address, NULL);
  else if (g_str_equal (use, "off"))
    facts_add_guest (facts, address, NULL, address);
  else if (g_str_equal (use, "made") || g_str_equal (use, "other"))
    {
      VfpClaim *claim = facts_add_claim (facts, NULL, name, vf->index);

      g_free (claim->owner);
      claim->owner = g_strdup (g_str_equal (use, "made") ? "dpdk" : "lxc");
    }
  else if (g_str_equal (use, "vfio"))
    {
      g_free (vf->driver);
      vf->driver = g_strdup ("vfio-pci");
    }
  else if (g_str_equal (use, "shared"))
    vf->iommu_conflict = g_strdup ("0000:01:00.0 (igb)");
  else
    fail_msg ("what is '%s'?", use);
}

static const struct
{
  const char *name;
  const char *keys;  /* of [reserve dpdk] */
  const char *state; /* see use_vf() */
  const char *want;  /* what is kept, and "MADE of WANTED" */
} cases[] = {
  { "all of a PF", "pf = p2\n", "", "p2/0 p2/1 p2/2 0 of 3" },
  { "a count", "pf = p1\ncount = 2\n", "", "p1/0 p1/1 0 of 2" },
  { "a range", "pf = p1\nvfs = 1-2\ncount = 1\n", "", "p1/1 0 of 1" },
  { "in the order of the PFs", "pf = p2 p1\ncount = 4\n", "", "p1/0 p2/0 p2/1 p2/2 0 of 4" },
  { "one is made", "pf = p1\ncount = 2\n", "p1/1=made", "p1/0 1 of 2" },
  { "all are made", "pf = p1\ncount = 1\n", "p1/2=made", "1 of 1" },
  { "more than all are made", "pf = p1\ncount = 1\n", "p1/1=made p1/2=made", "2 of 1" },
  { "of another owner", "pf = p1\ncount = 1\n", "p1/0=other", "p1/1 0 of 1" },
  { "made elsewhere does not count", "pf = p1\nvfs = 0-1\ncount = 1\n", "p1/2=made",
    "p1/0 0 of 1" },
  { "guests keep theirs", "pf = p1\ncount = 2\n", "p1/0=guest p1/1=off", "p1/2 0 of 2" },
  { "none is left", "pf = p1\ncount = 1\n", "p1/0=guest p1/1=guest p1/2=guest", "0 of 1" },
  { "more than there are", "pf = p1\ncount = 9\n", "", "p1/0 p1/1 p1/2 0 of 9" },
  { "no group with the host", "pf = p1\ncount = 1\n", "p1/0=shared", "p1/1 0 of 1" },
  { "that have the driver first", "pf = p1 p2\ncount = 2\ndriver = vfio-pci\n", "p2/1=vfio",
    "p1/0 p2/1 0 of 2" },
  { "any driver", "pf = p1\ncount = 1\n", "p1/1=vfio", "p1/0 0 of 1" },
  { "a PF that is not here", "pf = p9; p2\ncount = 1\n", "", "p2/0 0 of 1" },
  { "no PF that is here", "pf = p9\ncount = 1\n", "", "0 of 0" },
};

static void
test_mark (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
      g_autofree char *text = g_strdup_printf ("[reserve dpdk]\n%s", cases[i].keys);
      g_auto (GStrv) words = g_strsplit (cases[i].state, " ", -1);
      g_autoptr (GString) now = g_string_new (NULL);

      facts_configure (facts, text);
      for (char **word = words; *word != NULL && **word != '\0'; word++)
        use_vf (facts, *word);
      const VfpView *view = facts_view (facts);
      for (guint k = 0; k < view->vfs->len; k++)
        {
          const VfpVfView *vf = g_ptr_array_index (view->vfs, k);

          if (vf->wanted_by == NULL)
            continue;
          assert_int_equal (vf->state, VFP_VF_RESERVED);
          assert_string_equal (vf->used_by, "dpdk");
          g_string_append_printf (now, "%s/%u ", vf->pf_name, vf->index);
        }
      const VfpReserveGroup group
          = vfp_reserve_group_count (view, g_ptr_array_index (facts->config->reserves, 0));
      g_string_append_printf (now, "%u of %u", group.made, group.wanted);
      check_case_string (cases[i].name, now->str, cases[i].want);
    }
}

/* Two groups never mean the same VF. */
static void
test_two_groups (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));

  facts_configure (facts, "[reserve a]\npf = p1\ncount = 2\n[reserve b]\npf = p1\n");
  VfpView *view = facts_view (facts);
  const VfpReserveGroup a
      = vfp_reserve_group_count (view, g_ptr_array_index (facts->config->reserves, 0));
  const VfpReserveGroup b
      = vfp_reserve_group_count (view, g_ptr_array_index (facts->config->reserves, 1));

  assert_int_equal (a.marked, 2);
  assert_int_equal (b.marked, 1);
  assert_int_equal (b.wanted, 3);
  vfp_reserve_groups_unmark (view, "a");
  assert_int_equal (((VfpVfView *) g_ptr_array_index (view->vfs, 0))->state, VFP_VF_FREE);
  assert_int_equal (((VfpVfView *) g_ptr_array_index (view->vfs, 2))->state, VFP_VF_RESERVED);
}

/* Without libvirt's word it is unknown who has them, and they are kept all the same. */
static void
test_without_libvirt (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));

  g_clear_pointer (&facts->guests, g_ptr_array_unref);
  facts_configure (facts, "[reserve a]\npf = p1\ncount = 1\n");
  const VfpVfView *vf = g_ptr_array_index (facts_view (facts)->vfs, 0);
  assert_int_equal (vf->state, VFP_VF_UNKNOWN);
  assert_non_null (vf->wanted_by);
}

static World *
make_world (const char *keys)
{
  g_autofree char *text = g_strdup_printf ("[reserve dpdk]\npf = enp1s0f0\n%s", keys);
  World *world = world_new ();

  hosttree_make_folder (world->tree, "sys/bus/pci/drivers/vfio-pci");
  world_configure (world, text);
  return world;
}

static gboolean
boot_act (VfpWorld *opened, gpointer data, GError **error)
{
  return vfp_boot_host (opened, 0, data, error);
}

/* Returns the first line that it prints; NULL: none. */
static char *
boot (World *world)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  if (!world_act (world, boot_act, texts, &error))
    fail_msg ("%s", error->message);
  assert_true (texts->len <= 1);
  return texts->len == 1 ? g_ptr_array_steal_index (texts, 0) : NULL;
}

static void
check_driver (const World *world, const char *vf, const char *wanted)
{
  g_autofree char *link
      = g_strdup_printf ("%s/sys/bus/pci/devices/%s/driver", hosttree_path (world->tree), vf);
  g_autofree char *target = g_file_read_link (link, NULL);
  g_autofree char *driver = target != NULL ? g_path_get_basename (target) : g_strdup ("none");

  assert_string_equal (driver, wanted);
}

static unsigned
count_claims (World *world, const char *owner)
{
  g_autoptr (VfpRecords) records = world_records (world);
  unsigned count = 0;

  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      count += g_strcmp0 (claim->owner, owner) == 0 && claim->intent == VFP_INTENT_NONE;
    }
  return count;
}

/* What libvirt has of a guest on its disk. */
static void
save_guest (World *world, const char *guest)
{
  g_autofree char *xml = world_guest_xml (world, guest, "config.xml");
  g_autofree char *path = g_strdup_printf ("etc/libvirt/qemu/%s.xml", guest);

  hosttree_make_folder (world->tree, "etc/libvirt/qemu");
  hosttree_write (world->tree, path, xml);
}

static void
test_boot (void **state)
{
  g_autoptr (World) world = make_world ("count = 2\ndriver = vfio-pci\nmac = auto\ntrust = on\n");
  VfpAttachRequest attach = world_attach_request ("off1");

  attach.pf = "enp1s0f0";
  vfp_result_free (world_must_attach (world, "attach", &attach));
  save_guest (world, "off1");
  g_autofree char *first = boot (world);
  assert_string_equal (first, "reserved for dpdk: " VF0 " " VF1);
  assert_int_equal (count_claims (world, "dpdk"), 2);
  check_driver (world, VF0, "vfio-pci");
  g_autofree char *settings = world_settings (world, "enp1s0f0", 0);
  assert_non_null (strstr (settings, "trust=on"));
  assert_null (boot (world));
  assert_int_equal (world->warnings->len, 0);
}

/* The state file is gone, and guests carry slots: the VFs are ready for their owner, guests' VFs
 * are left alone, and the file that --rebuild makes is not forestalled. */
static void
test_lost (void **state)
{
  g_autoptr (World) world = make_world ("count = 3\ndriver = vfio-pci\n");
  VfpAttachRequest attach = world_attach_request ("off1");

  attach.vf = VF1;
  world_configure (world, "");
  vfp_result_free (world_must_attach (world, "attach", &attach));
  world_configure (world, "[reserve dpdk]\npf = enp1s0f0\ncount = 3\ndriver = vfio-pci\n");
  save_guest (world, "off1");
  hosttree_remove (world->tree, "state/state.db");

  g_autofree char *first = boot (world);
  assert_string_equal (first, "made ready for dpdk: " VF0 " 0000:01:10.4 0000:01:10.6");
  check_driver (world, VF0, "vfio-pci");
  check_driver (world, VF1, "igbvf");
  assert_false (g_file_test (world->state_path, G_FILE_TEST_EXISTS));
}

/* A host that is new has no guests with slots: the file is made. */
static void
test_new (void **state)
{
  g_autoptr (World) world = make_world ("count = 1\n");
  g_autofree char *first = boot (world);

  assert_string_equal (first, "reserved for dpdk: " VF0);
  assert_int_equal (count_claims (world, "dpdk"), 1);
}

static void
test_boot_trouble (void **state)
{
  g_autoptr (World) world = make_world ("count = 9\ndriver = vfio-pci\n");

  g_autofree char *first = boot (world);
  assert_string_equal (first, "reserved for dpdk: " VF0 " " VF1 " 0000:01:10.4 0000:01:10.6");
  assert_true (world_warned (world, "[reserve dpdk] lacks 5 VFs: no other is free"));
  g_autoptr (World) bare = world_new ();
  world_configure (bare, "[reserve dpdk]\npf = enp1s0f0\ndriver = vfio-pci\n");
  assert_null (boot (bare));
  assert_true (world_warned (bare, "[reserve dpdk] is not made: "));
  assert_true (world_warned (bare, "'modprobe vfio-pci'"));
}

/* The finding of the group; NULL: none. */
static const VfpFinding *
find (const GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      if (g_str_equal (finding->kind->id, "reservation-missing"))
        return finding;
    }
  return NULL;
}

static GPtrArray *
reconcile (World *world, gboolean fix)
{
  const VfpReconcileRequest request = { .fix = fix };
  g_autoptr (GError) error = NULL;
  GPtrArray *findings = world_reconcile (world, &request, &error);

  if (findings == NULL)
    fail_msg ("%s", error->message);
  return findings;
}

/* Nobody gets a VF that a group lacks; reconcile makes it, and again after unreserve. */
static void
test_reconcile (void **state)
{
  g_autoptr (World) world = make_world ("count = 3\n");
  VfpAttachRequest attach = world_attach_request ("web1");
  const VfpUnreserveRequest end = { .owner = "dpdk" };
  g_autoptr (GError) error = NULL;

  attach.vf = VF0;
  assert_null (world_attach (world, &attach, &error));
  assert_int_equal (error->code, VFP_ERROR_VF_IN_USE);
  attach.vf = NULL;
  attach.pf = "enp1s0f0";
  g_autoptr (VfpResult) result = world_must_attach (world, "attach", &attach);
  assert_int_equal (result->vf, 3);

  g_autoptr (GPtrArray) before = reconcile (world, FALSE);
  assert_non_null (find (before));
  assert_string_equal (find (before)->object, "reserve dpdk");
  g_autoptr (GPtrArray) fixed = reconcile (world, TRUE);
  assert_true (find (fixed)->fixed);
  assert_int_equal (count_claims (world, "dpdk"), 3);
  g_autoptr (GPtrArray) after = reconcile (world, TRUE);
  assert_null (find (after));

  g_ptr_array_unref (world_unreserve (world, &end, NULL));
  assert_true (world_warned (world, "[reserve dpdk] stands"));
  assert_int_equal (count_claims (world, "dpdk"), 0);
  g_autoptr (GPtrArray) again = reconcile (world, TRUE);
  assert_true (find (again)->fixed);
}

/* What cannot be had is told, and what can is taken. */
static void
test_partly (void **state)
{
  g_autoptr (World) world = make_world ("");
  VfpAttachRequest attach = world_attach_request ("web1");

  world_configure (world, "");
  attach.vf = VF0;
  vfp_result_free (world_must_attach (world, "attach", &attach));
  world_configure (world, "[reserve dpdk]\npf = enp1s0f0\n");
  g_autoptr (GPtrArray) findings = reconcile (world, TRUE);
  assert_int_equal (count_claims (world, "dpdk"), 3);
  assert_false (find (findings)->fixed);
  assert_true (find (findings)->by_hand);
  assert_non_null (strstr (find (findings)->detail, "3 of 4 VFs"));
}

/* A reservation in the name of the group is the group's. */
static void
test_own_hand (void **state)
{
  g_autoptr (World) world = make_world ("count = 2\n");
  VfpReserveRequest request = { .pf = "enp1s0f0", .count = 3, .owner = "lxc" };
  g_autoptr (GError) error = NULL;

  assert_null (world_reserve (world, &request, &error));
  assert_int_equal (error->code, VFP_ERROR_NO_VF_FITS);
  assert_non_null (strstr (error->message, "reserved (dpdk"));
  request.owner = "dpdk";
  g_ptr_array_unref (world_reserve (world, &request, NULL));
  assert_int_equal (count_claims (world, "dpdk"), 3);
  g_autoptr (GPtrArray) findings = reconcile (world, FALSE);
  assert_null (find (findings));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_mark),
    cmocka_unit_test (test_two_groups),
    cmocka_unit_test (test_without_libvirt),
    cmocka_unit_test (test_boot),
    cmocka_unit_test (test_lost),
    cmocka_unit_test (test_new),
    cmocka_unit_test (test_boot_trouble),
    cmocka_unit_test (test_reconcile),
    cmocka_unit_test (test_partly),
    cmocka_unit_test (test_own_hand),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
