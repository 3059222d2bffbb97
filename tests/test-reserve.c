/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reserving VFs and giving them back. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "ops/boot-host.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"
#define DEFAULTS "vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto"
#define NO_MAC "mac=00:00:00:00:00:00 " DEFAULTS

static World *
make_world (void)
{
  World *world = world_new ();

  hosttree_make_folder (world->tree, "sys/bus/pci/drivers/vfio-pci");
  return world;
}

static GPtrArray *
must_reserve (World *world, const VfpReserveRequest *request)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *results = world_reserve (world, request, &error);

  if (results == NULL)
    fail_msg ("%s", error->message);
  return results;
}

static void
refuse (World *world, const VfpReserveRequest *request, VfpErrorCode code, const char *part)
{
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_reserve (world, request, &error);
  g_autofree char *after = world_dump (world);

  assert_null (results);
  if (error->code != (int) code || strstr (error->message, part) == NULL)
    fail_msg ("'%s' (%d) instead of '%s'", error->message, error->code, part);
  assert_string_equal (after, before);
}

static void
refuse_unreserve (World *world, const VfpUnreserveRequest *request, VfpErrorCode code,
                  const char *part)
{
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_unreserve (world, request, &error);
  g_autofree char *after = world_dump (world);

  assert_null (results);
  if (error->code != (int) code || strstr (error->message, part) == NULL)
    fail_msg ("'%s' (%d) instead of '%s'", error->message, error->code, part);
  assert_string_equal (after, before);
}

static void
must_unreserve (World *world, const VfpUnreserveRequest *request, unsigned count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_unreserve (world, request, &error);

  if (results == NULL)
    fail_msg ("%s", error->message);
  assert_int_equal (results->len, count);
}

static unsigned
count_changed (const GPtrArray *results)
{
  unsigned count = 0;

  for (guint i = 0; i < results->len; i++)
    count += ((VfpResult *) g_ptr_array_index (results, i))->changed != FALSE;
  return count;
}

static char *
driver_of (const World *world, const char *vf)
{
  g_autofree char *link
      = g_strdup_printf ("%s/sys/bus/pci/devices/%s/driver", hosttree_path (world->tree), vf);
  g_autofree char *target = g_file_read_link (link, NULL);

  return target != NULL ? g_path_get_basename (target) : g_strdup ("none");
}

static void
check_driver (const World *world, const char *vf, const char *wanted)
{
  g_autofree char *driver = driver_of (world, vf);

  assert_string_equal (driver, wanted);
}

static void
check_settings (World *world, unsigned vf, const char *wanted)
{
  g_autofree char *settings = world_settings (world, "enp1s0f0", vf);

  assert_string_equal (settings, wanted);
}

static const VfpSettings vlan_and_trust = { .known = VFP_SETTING_VLAN | VFP_SETTING_TRUST,
                                            .vlan = 42,
                                            .vlan_qos = 3,
                                            .vlan_proto = VFP_VLAN_PROTO_8021Q,
                                            .trust = TRUE };

static void
test_round (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpReserveRequest request = { .pf = "enp1s0f0",
                                      .count = 2,
                                      .owner = "dpdk",
                                      .driver = "vfio-pci",
                                      .auto_mac = TRUE,
                                      .settings = vlan_and_trust };
  const VfpUnreserveRequest end = { .owner = "dpdk" };
  world_set_link (world, "enp1s0f0 0", "settings", "vlan=7:1:802.1Q spoofchk=off");
  g_autofree char *before = world_dump (world);

  g_autoptr (GPtrArray) results = must_reserve (world, &request);
  assert_int_equal (results->len, 2);
  assert_int_equal (count_changed (results), 2);
  const VfpResult *first = g_ptr_array_index (results, 0);
  assert_int_equal (first->vf, 0);
  assert_string_equal (first->owner, "dpdk");
  check_driver (world, VF0, "vfio-pci");
  g_autofree char *mac = vfp_mac_to_string (&first->mac);
  g_autofree char *wanted = g_strdup_printf (
      "mac=%s vlan=42:3:802.1Q tx-rate=0:0 spoofchk=on trust=on link-state=auto", mac);
  check_settings (world, 0, wanted);

  /* Nobody else gets them. */
  VfpAttachRequest attach = world_attach_request ("web1");
  attach.pf = "enp1s0f0";
  attach.dry_run = TRUE;
  g_autoptr (VfpResult) attached = world_must_attach (world, "attach", &attach);
  assert_int_equal (attached->vf, 2);

  must_unreserve (world, &end, 2);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);
}

static void
test_ensure (void **state)
{
  g_autoptr (World) world = make_world ();
  VfpReserveRequest request = { .pf = "enp1s0f0",
                                .count = 2,
                                .owner = "dpdk",
                                .driver = "vfio-pci",
                                .auto_mac = TRUE,
                                .ensure = TRUE };

  g_autoptr (GPtrArray) first = must_reserve (world, &request);
  assert_int_equal (count_changed (first), 2);
  g_autofree char *before = world_dump (world);
  g_autoptr (GPtrArray) again = must_reserve (world, &request);
  g_autofree char *after = world_dump (world);
  assert_int_equal (again->len, 2);
  assert_int_equal (count_changed (again), 0);
  assert_string_equal (after, before);

  request.count = 3;
  g_autoptr (GPtrArray) more = must_reserve (world, &request);
  assert_int_equal (more->len, 3);
  assert_int_equal (count_changed (more), 1);
  request.count = 1;
  g_autoptr (GPtrArray) fewer = must_reserve (world, &request);
  assert_int_equal (fewer->len, 1);
  assert_int_equal (count_changed (fewer), 0);

  /* Somebody has changed one. */
  request.count = 2;
  world_set_link (world, "enp1s0f0 0", "settings", "vlan=5:0:802.1Q");
  g_autoptr (GPtrArray) mended = must_reserve (world, &request);
  assert_int_equal (count_changed (mended), 1);

  request.until = G_GINT64_CONSTANT (4102444800);
  g_autoptr (GPtrArray) longer = must_reserve (world, &request);
  assert_int_equal (count_changed (longer), 2);
  request.driver = "none";
  refuse (world, &request, VFP_ERROR_DIFFERS, "is reserved for dpdk otherwise (driver vfio-pci");
}

static void
test_named (void **state)
{
  g_autoptr (World) world = make_world ();
  const char *vfs[] = { "enp1s0f0/1", "01:10.0", NULL };
  const char *one[] = { VF0, NULL };
  const char *twice[] = { VF0, "enp1s0f0/0", NULL };
  VfpReserveRequest request = { .vfs = vfs, .owner = "lxc", .driver = "none" };
  VfpUnreserveRequest end = { .vfs = one };

  g_autoptr (GPtrArray) results = must_reserve (world, &request);
  assert_int_equal (((VfpResult *) g_ptr_array_index (results, 0))->vf, 1);
  check_driver (world, VF1, "none");
  refuse (world, &request, VFP_ERROR_VF_IN_USE, "--ensure accepts that");
  request.owner = "dpdk";
  request.ensure = TRUE;
  refuse (world, &request, VFP_ERROR_VF_IN_USE, "in use by lxc (reserved)");
  request.vfs = twice;
  request.owner = "lxc";
  refuse (world, &request, VFP_ERROR_USAGE, "named twice");

  must_unreserve (world, &end, 1);
  check_driver (world, VF0, "igbvf");
  check_driver (world, VF1, "none");
  refuse_unreserve (world, &end, VFP_ERROR_NOT_RESERVED, "is not reserved");
  end.ensure = TRUE;
  must_unreserve (world, &end, 1);
}

static void
test_refused (void **state)
{
  g_autoptr (World) world = world_new ();
  const char *vfs[] = { VF0, NULL };
  VfpAttachRequest attach = world_attach_request ("web1");
  VfpReserveRequest request = { .pf = "enp1s0f0", .count = 4, .owner = "dpdk" };
  VfpUnreserveRequest end = { .vfs = vfs };

  attach.vf = VF0;
  vfp_result_free (world_must_attach (world, "attach", &attach));
  refuse (world, &request, VFP_ERROR_NO_VF_FITS, "3 of 4 VFs for dpdk are found, and no more: ");
  request.count = 1;
  request.driver = "vfio-pci";
  refuse (world, &request, VFP_ERROR_UNSUPPORTED, "'modprobe vfio-pci'");
  request.driver = NULL;
  request.owner = "";
  refuse (world, &request, VFP_ERROR_USAGE, "--owner");
  request.owner = "dpdk";
  request.pf = "enp9s0f0";
  refuse (world, &request, VFP_ERROR_NO_SUCH_PF, "enp9s0f0");
  request.pf = NULL;
  request.pool = "dmz";
  refuse (world, &request, VFP_ERROR_NO_SUCH_POOL, "dmz");
  request.pool = NULL;
  refuse (world, &request, VFP_ERROR_PF_NOT_NAMED, "enp2s0f0");
  request.vfs = vfs;
  refuse (world, &request, VFP_ERROR_VF_IN_USE, "in use by web1");

  refuse_unreserve (world, &end, VFP_ERROR_VF_IN_USE, "web1 has it (net0)");
  end.vfs = NULL;
  end.owner = "dpdk";
  refuse_unreserve (world, &end, VFP_ERROR_NOT_RESERVED, "nothing is reserved for dpdk");
}

/* The MAC of a slot is nobody else's, and one that is reserved is no slot's. */
static void
test_macs (void **state)
{
  g_autoptr (World) world = make_world ();
  const char *vfs[] = { VF1, NULL };
  VfpAttachRequest attach = world_attach_request ("web1");
  VfpReserveRequest request
      = { .vfs = vfs, .owner = "dpdk", .settings = { .known = VFP_SETTING_MAC } };
  g_autoptr (GError) error = NULL;

  attach.vf = VF0;
  g_autoptr (VfpResult) attached = world_must_attach (world, "attach", &attach);
  request.settings.mac = attached->mac;
  refuse (world, &request, VFP_ERROR_MAC_IN_USE, "in use by web1");

  request.settings.mac.octet[5] ^= 1;
  g_ptr_array_unref (must_reserve (world, &request));
  attach.guest = "web2";
  attach.vf = NULL;
  attach.pf = "enp1s0f0";
  attach.has_mac = TRUE;
  attach.mac = request.settings.mac;
  g_autoptr (VfpResult) result = world_attach (world, &attach, &error);
  assert_null (result);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_MAC_IN_USE));
  assert_non_null (strstr (error->message, "reserved for dpdk"));
}

/* DPDK has it open. */
static void
test_open (void **state)
{
  g_autoptr (World) world = make_world ();
  const char *vfs[] = { VF0, NULL };
  const VfpReserveRequest request = { .vfs = vfs, .owner = "dpdk", .driver = "vfio-pci" };
  const VfpUnreserveRequest end = { .vfs = vfs };

  g_ptr_array_unref (must_reserve (world, &request));
  hosttree_write (world->tree, "sys/bus/pci/devices/" VF0 "/enable", "1");
  refuse_unreserve (world, &end, VFP_ERROR_VF_IN_USE, "VFIO device open");
  hosttree_write (world->tree, "sys/bus/pci/devices/" VF0 "/enable", "0");
  must_unreserve (world, &end, 1);
}

static void
change_claims (World *world, void (*change) (VfpClaim *claim))
{
  g_autoptr (VfpRecords) records = world_records (world);
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);

  for (guint i = 0; i < records->claims->len; i++)
    {
      change (g_ptr_array_index (records->claims, i));
      assert_true (vfp_store_put_claim (store, g_ptr_array_index (records->claims, i), NULL));
    }
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
expire (VfpClaim *claim)
{
  claim->until = 1;
}

/* An attach that finds no VF ends what has expired. */
static void
test_expired (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpReserveRequest request = {
    .pf = "enp1s0f0", .count = 4, .owner = "dpdk", .driver = "vfio-pci", .until = 4102444800
  };
  VfpAttachRequest attach = world_attach_request ("web1");
  g_autoptr (GError) error = NULL;

  g_ptr_array_unref (must_reserve (world, &request));
  attach.pf = "enp1s0f0";
  g_autoptr (VfpResult) refused = world_attach (world, &attach, &error);
  assert_null (refused);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS));
  change_claims (world, expire);
  attach.dry_run = TRUE;
  vfp_result_free (world_must_attach (world, "dry run", &attach));
  attach.dry_run = FALSE;
  vfp_result_free (world_must_attach (world, "attach", &attach));
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 1);
  check_driver (world, VF1, "igbvf");
}

static void
check_reconcile (World *world, gboolean fix, const char *id, gboolean fixed)
{
  const VfpReconcileRequest request = { .fix = fix };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

  if (findings == NULL)
    fail_msg ("%s", error->message);
  assert_int_equal (findings->len, 1);
  const VfpFinding *finding = g_ptr_array_index (findings, 0);
  assert_string_equal (finding->kind->id, id);
  assert_int_equal (finding->fixed != FALSE, fixed);
}

static void
test_reconcile (void **state)
{
  g_autoptr (World) world = make_world ();
  const char *vfs[] = { VF0, NULL };
  const VfpReserveRequest request = { .vfs = vfs, .owner = "dpdk", .driver = "vfio-pci" };
  g_autofree char *before = world_dump (world);

  g_ptr_array_unref (must_reserve (world, &request));
  g_autofree char *reserved = world_dump (world);
  hosttree_bind (world->tree, VF0, NULL);
  check_reconcile (world, FALSE, "reservation-not-applied", FALSE);
  check_reconcile (world, TRUE, "reservation-not-applied", TRUE);
  check_driver (world, VF0, "vfio-pci");
  world_set_link (world, "enp1s0f0 0", "settings", "vlan=5:0:802.1Q");
  check_reconcile (world, TRUE, "reservation-not-applied", TRUE);
  g_autofree char *again = world_dump (world);
  assert_string_equal (again, reserved);

  change_claims (world, expire);
  hosttree_write (world->tree, "sys/bus/pci/devices/" VF0 "/enable", "1");
  check_reconcile (world, TRUE, "reservation-expired", FALSE);
  hosttree_write (world->tree, "sys/bus/pci/devices/" VF0 "/enable", "0");
  check_reconcile (world, TRUE, "reservation-expired", TRUE);
  g_autofree char *after = world_dump (world);
  assert_string_equal (after, before);
}

static gboolean
boot_act (VfpWorld *opened, gpointer data, GError **error)
{
  return vfp_boot_host (opened, 0, data, error);
}

static unsigned
boot (World *world)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  if (!world_act (world, boot_act, texts, &error))
    fail_msg ("%s", error->message);
  return texts->len;
}

/* After a reboot the VF is new; what it has then is what it gets back. */
static void
test_boot (void **state)
{
  g_autoptr (World) world = make_world ();
  const VfpReserveRequest request = {
    .pf = "enp1s0f0", .count = 2, .owner = "dpdk", .driver = "vfio-pci", .settings = vlan_and_trust
  };
  const VfpUnreserveRequest end = { .owner = "dpdk" };

  g_ptr_array_unref (must_reserve (world, &request));
  assert_int_equal (boot (world), 0);
  hosttree_write (world->tree, "proc/sys/kernel/random/boot_id", "another");
  hosttree_write (world->tree, "sys/bus/pci/devices/" VF0 "/driver_override", "(null)");
  hosttree_bind (world->tree, VF0, NULL);
  world_set_link (world, "enp1s0f0 0", "settings", NULL);
  assert_int_equal (boot (world), 1);
  check_driver (world, VF0, "vfio-pci");
  assert_int_equal (boot (world), 0);

  must_unreserve (world, &end, 2);
  check_driver (world, VF0, "none");
  check_settings (world, 0, NO_MAC);

  g_ptr_array_unref (must_reserve (world, &request));
  change_claims (world, expire);
  assert_int_equal (boot (world), 2);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 0);
}

/* A driver that is gone is no reason to keep the VF. */
static void
test_driver_gone (void **state)
{
  g_autoptr (World) world = make_world ();
  const char *vfs[] = { VF0, NULL };
  const VfpReserveRequest request = { .vfs = vfs, .owner = "dpdk", .driver = "vfio-pci" };
  const VfpUnreserveRequest end = { .vfs = vfs };

  g_ptr_array_unref (must_reserve (world, &request));
  hosttree_remove (world->tree, "sys/bus/pci/drivers/igbvf");
  must_unreserve (world, &end, 1);
  assert_true (world_warned (world, "left without a driver"));
  check_driver (world, VF0, "none");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_round),   cmocka_unit_test (test_ensure),
    cmocka_unit_test (test_named),   cmocka_unit_test (test_refused),
    cmocka_unit_test (test_macs),    cmocka_unit_test (test_open),
    cmocka_unit_test (test_expired), cmocka_unit_test (test_reconcile),
    cmocka_unit_test (test_boot),    cmocka_unit_test (test_driver_gone),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
