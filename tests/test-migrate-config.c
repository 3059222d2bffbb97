/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configuration of a guest says after it has gone from one host to another. */
#include "config.h"

#include <string.h>

#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/nic.h"
#include "tests/lib/two-hosts.h"

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

static gboolean
has_autostart (World *world)
{
  g_autofree char *conf = world_read (world, VFP_FAKE_DIR "/guests/web1/guest.conf");

  return conf != NULL && strstr (conf, "autostart=true") != NULL;
}

static const struct
{
  const char *name;
  gboolean autostart, keep_source;
  gboolean here, there; /* autostart afterwards */
  const char *check;    /* in what was checked; NULL: nothing of it */
} autostarts[] = {
  { .name = "none" },
  { .name = "goes along", .autostart = TRUE, .there = TRUE, .check = "on the other host, too" },
  { .name = "stays",
    .autostart = TRUE,
    .keep_source = TRUE,
    .here = TRUE,
    .check = "virsh autostart --disable web1" },
};

static void
test_autostart (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (autostarts); i++)
    {
      const char *name = autostarts[i].name;
      g_autoptr (Hosts) hosts = hosts_new (NULL, FALSE);
      VfpMigrateRequest request = hosts_request ();
      g_autoptr (VfpMigrateResult) result = NULL;
      g_autoptr (GError) error = NULL;

      world_set_guest (hosts->here, "web1", "autostart", autostarts[i].autostart);
      request.keep_source = autostarts[i].keep_source;
      if (!hosts_migrate (hosts, &request, &result, &error))
        fail_msg ("%s: %s", name, error->message);
      const VfpMigrateCheck *last = g_ptr_array_index (result->checks, result->checks->len - 1);
      check_case (name, g_str_equal (last->id, "autostart") == (autostarts[i].check != NULL));
      check_case (name,
                  autostarts[i].check == NULL || strstr (last->text, autostarts[i].check) != NULL);
      check_case (name, has_autostart (hosts->here) == autostarts[i].here);
      check_case (name, has_autostart (hosts->there) == autostarts[i].there);
      assert_int_equal (hosts->here->warnings->len, 0);
    }
}

/* Whatever fails, the guest has it where it runs, or somebody is told how to set it. */
static void
test_autostart_faults (void **state)
{
  gboolean over = FALSE, warned = FALSE;

  for (unsigned k = 1; !over; k++)
    {
      g_autofree char *name = g_strdup_printf ("call %u", k);
      g_autoptr (Hosts) hosts = hosts_new (NULL, FALSE);
      const VfpMigrateRequest request = hosts_request ();
      g_autoptr (VfpMigrateResult) result = NULL;

      world_set_guest (hosts->here, "web1", "autostart", TRUE);
      hosts->here->faults.fail_at = k;
      World *home = hosts_migrate (hosts, &request, &result, NULL) ? hosts->there : hosts->here;
      over = hosts->here->faults.calls < k;
      check_case (name, hosts_runs (home, "web1"));
      const gboolean told
          = world_warned (hosts->here, "'virsh -c " HOSTB_URI " autostart web1' does it");
      check_case (name, has_autostart (home) != told);
      warned = warned || told;
    }
  assert_true (warned);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_two_pairs),
    cmocka_unit_test (test_exchanged),
    cmocka_unit_test (test_autostart),
    cmocka_unit_test (test_autostart_faults),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
