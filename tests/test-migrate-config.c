/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configuration of a guest says after it has gone from one host to another. */
#include "config.h"

#include "tests/lib/check.h"
#include "tests/lib/nic.h"
#include "tests/lib/two-hosts.h"

#include <string.h>

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"
#define VF2 "0000:01:10.4"

static void
migrate (Hosts *hosts, const VfpMigrateRequest *request)
{
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (!hosts_migrate (hosts, request, &result, &error))
    fail_msg ("migrate: %s", error->message);
}

/* Each with a standby of its own. */
static void
attach_pairs (World *world)
{
  static const char *const slots[] = { "net0", "net1" };

  for (gsize i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      VfpAttachRequest request = world_attach_request ("web1");

      request.pf = "enp1s0f0";
      request.slot = slots[i];
      request.failover = TRUE;
      assert_true (vfp_standby_parse ("bridge=br0", &request.standby, NULL));
      vfp_result_free (world_must_attach (world, slots[i], &request));
    }
}

/* The slot's device, by its alias, is of the VF at @source in that XML. */
static void
check_source (World *world, const char *slot, const char *file, const char *source)
{
  g_autofree char *alias = g_strdup_printf ("ua-vfpool-%s", slot);
  g_autofree char *text = world_guest_xml (world, "web1", file);
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (text, NULL);
  const VfpGuestDevice *device = vfp_domxml_find_alias (domxml, alias);
  char address[VFP_ADDRESS_STRLEN];

  check_case (slot, device != NULL);
  check_case_string (slot, vfp_address_format (&device->source, address), source);
}

/* The VF of the first slot is another guest's there, and that of the second is the first's. */
static void
test_two_pairs (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new (NULL, FALSE);
  const VfpMigrateRequest request = hosts_request ();

  attach_pairs (hosts->here);
  hosts_attach (hosts->there, "other", "net0", FALSE);
  migrate (hosts, &request);
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "two pairs", 2), hosts->there);
  check_source (hosts->there, "net0", "live.xml", VF1);
  check_source (hosts->there, "net1", "live.xml", VF2);
  check_source (hosts->there, "net0", "config.xml", VF1);
  check_source (hosts->there, "net1", "config.xml", VF2);

  /* It starts there by its configuration. */
  world_pull_plug (hosts->there, "web1");
  world_start_guest (hosts->there, "web1");
  hosts_reconcile (hosts, "two pairs, started again");
  hosts_check (hosts, "two pairs, started again", 2);
}

/* Each of two slots has its configuration on the VF of the other. */
static void
test_exchanged (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new (NULL, FALSE);
  const VfpReconcileRequest request = { .fix = TRUE };
  g_autoptr (GError) error = NULL;

  hosts_attach (hosts->here, "web1", "net0", FALSE);
  hosts_attach (hosts->here, "web1", "net1", FALSE);
  nic_move (hosts->here, "web1", VF0, VF2, NULL);
  nic_move (hosts->here, "web1", VF1, VF0, NULL);
  nic_move (hosts->here, "web1", VF2, VF1, NULL);
  check_source (hosts->here, "net0", "config.xml", VF1);
  g_autoptr (GPtrArray) findings = world_reconcile (hosts->here, &request, &error);
  if (findings == NULL)
    fail_msg ("reconcile: %s", error->message);
  assert_int_equal (findings->len, 2);
  check_source (hosts->here, "net0", "config.xml", VF0);
  check_source (hosts->here, "net1", "config.xml", VF1);
  hosts_check (hosts, "exchanged", 2);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_two_pairs),
    cmocka_unit_test (test_exchanged),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
