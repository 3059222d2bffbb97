/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migrations that go wrong at every step: whatever fails, the guest is on one host and has its VFs.
 */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "ops/migrate-result.h"
#include "ops/migrate-where.h"
#include "tests/lib/check.h"
#include "tests/lib/faults.h"
#include "tests/lib/two-hosts.h"

#define CALLS_MAX 60
#define INTERRUPTS "sys/bus/pci/devices/0000:01:10.0/msi_irqs"

typedef struct
{
  const char *name;
  VfpMigrateMode mode;
  gboolean keep_source, transient;
  unsigned slots;
} MoveCase;

static const MoveCase cases[] = {
  { .name = "failover", .mode = VFP_MIGRATE_FAILOVER, .slots = 1 },
  { .name = "unplug", .mode = VFP_MIGRATE_UNPLUG, .slots = 2 },
  { .name = "unplug, keep source", .mode = VFP_MIGRATE_UNPLUG, .keep_source = TRUE, .slots = 1 },
  { .name = "unplug, transient", .mode = VFP_MIGRATE_UNPLUG, .transient = TRUE, .slots = 1 },
};

static Hosts *
make_hosts (const MoveCase *with)
{
  Hosts *hosts = hosts_new ("bridge=br0+ua-lan", with->transient);

  hosts_attach (hosts->here, "web1", "net0", with->mode == VFP_MIGRATE_FAILOVER);
  if (with->slots > 1)
    hosts_attach (hosts->here, "web1", "net1", FALSE);
  hosts->here->faults.calls = 0;
  return hosts;
}

static VfpMigrateRequest
make_request (const MoveCase *with)
{
  VfpMigrateRequest request = hosts_request ();

  request.mode = with->mode;
  request.keep_source = with->keep_source;
  return request;
}

/* Where the MACs are is told twice, and what is told once needs no warning. */
static gboolean
is_told_again (const char *call)
{
  return g_str_equal (call, "forget mac") || g_str_equal (call, "announce");
}

/* One call fails: the migration is as if it had not been, or it has been done. Nobody mends
 * anything but the units that the hooks ask for. */
static gboolean
fail_one (const MoveCase *with, unsigned k)
{
  g_autoptr (Hosts) hosts = make_hosts (with);
  const VfpMigrateRequest request = make_request (with);
  g_autofree char *name = g_strdup_printf ("%s, call %u", with->name, k);
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  hosts->here->faults.fail_at = k;
  const gboolean done = hosts_migrate (hosts, &request, &result, &error);
  const unsigned calls = hosts->here->faults.calls;
  const gboolean warned = hosts->here->warnings->len > 0;
  const gboolean unmended
      = warned || (!done && strstr (error->message, "may still lose its VF") != NULL);
  hosts->here->faults.fail_at = 0;
  if (calls < k)
    {
      check_case (name, done);
      return FALSE;
    }
  hosts_settle (hosts);
  if (unmended)
    hosts_reconcile (hosts, name);
  World *home = hosts_check (hosts, name, with->slots);
  check_case (name, (home == hosts->there) == done);
  if (done)
    check_case (name, warned || is_told_again (hosts->here->faults.failed));
  else
    check_case (name, strstr (error->message, "failed on demand") != NULL
                          && strstr (error->message, "install the same vfpool") == NULL);
  return TRUE;
}

static void
test_fail_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; fail_one (&cases[i], k); k++)
      assert_true (k < CALLS_MAX);
}

/* A guest that stays without a VF is told of in the error itself. */
static void
check_told (Hosts *hosts, const char *name, unsigned slots, const GError *error)
{
  g_autoptr (VfpRecords) records = world_records (hosts->here);
  unsigned live = 0;

  for (guint i = 0; i < records->claims->len; i++)
    live += ((const VfpClaim *) g_ptr_array_index (records->claims, i))->live;
  if (live < slots && strstr (error->message, "it is not certain") == NULL
      && (strstr (error->message, "has no VF now") == NULL
          || strstr (error->message, "'vfpool reconcile web1 --fix --live'") == NULL))
    fail_msg ("%s: %s", name, error->message);
}

/* libvirt here is away from some call on, so that nothing can be put back before it returns. */
static gboolean
fail_from (const MoveCase *with, unsigned k)
{
  g_autoptr (Hosts) hosts = make_hosts (with);
  const VfpMigrateRequest request = make_request (with);
  g_autofree char *name = g_strdup_printf ("%s, from call %u", with->name, k);
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  faults_hook (hosts->here, fault_fail_from, k);
  const gboolean done = hosts_migrate (hosts, &request, &result, &error);
  const unsigned calls = hosts->here->faults.calls;
  faults_unhook (hosts->here);
  if (!done)
    check_told (hosts, name, with->slots, error);
  check_case (name, !world_warned (hosts->here, "cannot undo"));
  hosts_settle (hosts);
  hosts_reconcile (hosts, name);
  hosts_check (hosts, name, with->slots);
  return calls >= k;
}

static void
test_fail_from_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; fail_from (&cases[i], k); k++)
      assert_true (k < CALLS_MAX);
}

static gboolean
interrupt_one (const MoveCase *with, unsigned k)
{
  g_autoptr (Hosts) hosts = make_hosts (with);
  const VfpMigrateRequest request = make_request (with);
  g_autofree char *name = g_strdup_printf ("%s, signal at call %u", with->name, k);
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  faults_hook (hosts->here, fault_interrupt, k);
  const gboolean done = hosts_migrate (hosts, &request, &result, &error);
  const gboolean reached = hosts->here->interrupted != 0;
  faults_unhook (hosts->here);
  if (!done && !g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED))
    fail_msg ("%s: %s", name, error->message);
  hosts_settle (hosts);
  World *home = hosts_check (hosts, name, with->slots);
  check_case (name, (home == hosts->there) == done);
  return reached;
}

static void
test_interrupt_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; interrupt_one (&cases[i], k); k++)
      assert_true (k < CALLS_MAX);
}

static gboolean
migrate_or_stop (Hosts *hosts, const MoveCase *with, unsigned k)
{
  const VfpMigrateRequest request = make_request (with);
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      VfpMigrateResult *result = NULL;

      faults_hook (hosts->here, fault_stop, k);
      _exit (hosts_migrate (hosts, &request, &result, NULL) ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  if (!WIFEXITED (status) || (WEXITSTATUS (status) != 0 && WEXITSTATUS (status) != FAULT_STOPPED))
    fail_msg ("%s, stopped at %u: status %#x", with->name, k, (unsigned) status);
  return WEXITSTATUS (status) == FAULT_STOPPED;
}

/* vfpool is killed; reconcile --fix --live on both hosts leaves no leaked claim and no missing VF.
 */
static void
test_stop_at_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1;; k++)
      {
        g_autoptr (Hosts) hosts = make_hosts (&cases[i]);
        g_autofree char *name = g_strdup_printf ("%s, dead at call %u", cases[i].name, k);

        assert_true (k < CALLS_MAX);
        if (!migrate_or_stop (hosts, &cases[i], k))
          break;
        hosts_give_up (hosts);
        hosts_settle (hosts);
        hosts_reconcile (hosts, name);
        hosts_check (hosts, name, cases[i].slots);
      }
}

/* It stays with its VFs, or with what it has not let go of. */
static void
test_guest_hangs (void **state)
{
  g_autoptr (Hosts) hosts = make_hosts (&cases[1]);
  VfpMigrateRequest request = make_request (&cases[1]);
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  request.detach_timeout_ms = 1000;
  world_set_guest (hosts->here, "web1", "hung", TRUE);
  assert_false (hosts_migrate (hosts, &request, &result, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT));
  assert_null (strstr (error->message, "has no VF now"));
  assert_non_null (strstr (error->message, "net0 may still lose its VF: it has it now"));
  assert_int_equal (hosts->here->warnings->len, 0);
  world_set_guest (hosts->here, "web1", "hung", FALSE);
  hosts_settle (hosts);
  hosts_reconcile (hosts, "hung");
  assert_ptr_equal (hosts_check (hosts, "hung", 2), hosts->here);
}

/* QEMU would wait for it without end. */
static void
test_pair_hangs (void **state)
{
  g_autoptr (Hosts) hosts = make_hosts (&cases[0]);
  VfpMigrateRequest request = make_request (&cases[0]);
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  world_set_guest (hosts->here, "web1", "hung", TRUE);
  assert_false (hosts_migrate (hosts, &request, &result, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT));
  assert_non_null (strstr (error->message, "web1 stays here"));
  assert_non_null (strstr (error->message, "has not let go of the VFs of its pairs within 2 s"));
  world_set_guest (hosts->here, "web1", "hung", FALSE);
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "hung pair", 1), hosts->here);
}

static Hosts *signalled;

/* Behind the preflight and the marks in the metadata. */
#define ASKED 3

/* A signal comes while the guest is asked for the first VF, which it lets go of afterwards. */
static void
signal_while_asked (unsigned call)
{
  if (call == ASKED)
    signalled->here->interrupted = 2;
  if (call == ASKED || call == ASKED + 1)
    world_set_guest (signalled->here, "web1", "hung", call == ASKED);
}

static void
test_signal_while_asked (void **state)
{
  g_autoptr (Hosts) hosts = make_hosts (&cases[1]);
  VfpMigrateRequest request = make_request (&cases[1]);
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) error = NULL;

  signalled = hosts;
  request.detach_timeout_ms = 1000;
  hosts->here->faults = (VfpFaults){ .on_call = signal_while_asked };
  assert_false (hosts_migrate (hosts, &request, &result, &error));
  faults_unhook (hosts->here);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_TIMEOUT));
  assert_int_equal (hosts->here->warnings->len, 0);
  assert_ptr_equal (hosts_check (hosts, "signal", 2), hosts->here);
}

static World *spoiled;

/* Between the preflight and the migration. */
static void
remove_pool (unsigned call)
{
  if (call == 2)
    world_configure (spoiled, "[pool fast]\npf = enp1s0f0\n[reserve dpdk]\npf = enp1s0f0\n"
                              "count = 3\n");
}

static void
cut_line (unsigned call)
{
  if (call == 2)
    hosttree_write (spoiled->tree, VFP_FAKE_DIR "/unreachable", "");
}

/* What the destination says when it is too late for the preflight. */
static void
check_late (void (*fault) (unsigned call), const char *name, const char *part)
{
  for (gsize i = 0; i < 2; i++)
    {
      g_autoptr (Hosts) hosts = make_hosts (&cases[i]);
      const VfpMigrateRequest request = make_request (&cases[i]);
      g_autoptr (VfpMigrateResult) result = NULL;
      g_autoptr (GError) error = NULL;

      spoiled = hosts->there;
      hosts->here->faults = (VfpFaults){ .on_call = fault };
      check_case (name, !hosts_migrate (hosts, &request, &result, &error));
      faults_unhook (hosts->here);
      check_case (name, strstr (error->message, "web1 stays here") != NULL);
      check_case (name, part == NULL || strstr (error->message, part) != NULL);
      check_case (name, hosts->here->warnings->len == 0);
      world_configure (hosts->there, "");
      assert_ptr_equal (hosts_check (hosts, name, cases[i].slots), hosts->here);
    }
}

static void
lose_refusal (unsigned call)
{
  remove_pool (call);
  hosttree_write (spoiled->tree, VFP_FAKE_DIR "/hangs-up", "");
}

static void
test_destination_refuses (void **state)
{
  check_late (remove_pool, "refused", "none of 3 VFs fits: 3 reserved (dpdk)");
  check_late (lose_refusal, "refusal lost", "none of 3 VFs fits: 3 reserved (dpdk)");
}

static void
test_destination_dies (void **state)
{
  check_late (cut_line, "dead", "; " HOSTB_URI " does not answer: see that it does not run there");
}

/* QEMU plugs the VF in again, and the guest's driver takes it on, or does not. */
static void
test_handed_back (void **state)
{
  for (unsigned used = 0; used < 2; used++)
    {
      g_autoptr (Hosts) hosts = make_hosts (&cases[0]);
      const VfpMigrateRequest request = make_request (&cases[0]);
      g_autoptr (VfpMigrateResult) result = NULL;
      g_autoptr (GError) error = NULL;

      world_set_guest (hosts->here, "web1", "hung", TRUE);
      hosttree_make_folder (hosts->here->tree, INTERRUPTS);
      if (used)
        hosttree_write (hosts->here->tree, INTERRUPTS "/40", "msix\n");
      assert_false (hosts_migrate (hosts, &request, &result, &error));
      assert_true ((strstr (error->message, "does not use net0 yet") == NULL) == (used != 0));
    }
}

/* FALSE: it was done before call @k. */
static gboolean
fail_there (unsigned k)
{
  static const MoveCase with = { .name = "arrival", .mode = VFP_MIGRATE_UNPLUG, .slots = 1 };
  g_autoptr (Hosts) hosts = make_hosts (&with);
  const VfpMigrateRequest request = make_request (&with);
  g_autofree char *name = g_strdup_printf ("failing there at call %u", k);
  g_autoptr (VfpMigrateResult) result = NULL;

  assert_true (hosts_migrate (hosts, &request, &result, NULL));
  const VfpAddress kept = ((VfpMigrateSlot *) g_ptr_array_index (result->slots, 0))->from;
  hosts->there->faults = (VfpFaults){ .fail_at = k };
  hosts_settle (hosts);
  const gboolean failed = hosts->there->faults.calls >= k;
  hosts->there->faults = (VfpFaults){ 0 };

  g_autoptr (VfpRecords) records = world_records (hosts->there);
  check_case (name, records->claims->len == 1);
  const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  check_case (name, vfp_address_equal (&claim->address, &kept));
  hosts_reconcile (hosts, name);
  assert_ptr_equal (hosts_check (hosts, name, 1), hosts->there);
  return failed;
}

/* The VF that was kept for a guest's arrival is its own until it can be plugged in. */
static void
test_attach_fails_there (void **state)
{
  for (unsigned k = 1; fail_there (k); k++)
    assert_true (k < CALLS_MAX);
}

static volatile int asked_to_stop;

/* A host that does not answer, while somebody loses patience. */
static VfpGuest *
get_no_guest (VfpVirt *virt, const char *uuid, GError **error)
{
  asked_to_stop = 2;
  vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE, "libvirt does not answer");
  return NULL;
}

static void
test_signal_ends_wait (void **state)
{
  VfpRoot root = { .is_system = TRUE };
  VfpVirt silent = { .get_guest = get_no_guest };
  VfpWorld world = { .root = &root, .virt = &silent, .interrupted = &asked_to_stop };
  const gint64 start_us = g_get_monotonic_time ();
  g_autofree char *text = NULL;

  asked_to_stop = 0;
  assert_int_equal (vfp_migrate_where (&world, &silent, "uuid", &text), VFP_WHERE_UNCERTAIN);
  assert_true (g_get_monotonic_time () - start_us < 10 * G_USEC_PER_SEC);
  assert_non_null (text);
}

/* The guest has arrived, and its host cannot be asked for its VFs any more. */
static void
test_silent_after_all (void **state)
{
  VfpRoot root = { 0 };
  VfpVirt silent = { .get_guest = get_no_guest };
  VfpWorld world = { .root = &root, .virt = &silent };
  const VfpMigrateRequest request = hosts_request ();
  g_autoptr (VfpMigrateResult) result = vfp_migrate_result_new (&request, "uuid");
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (result->slots, g_new0 (VfpMigrateSlot, 1));
  assert_false (vfp_migrate_await_vfs (&world, &silent, result, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_DESTINATION));
  assert_non_null (strstr (error->message, "cannot be asked: libvirt does not answer"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_fail_every_call),      cmocka_unit_test (test_fail_from_every_call),
    cmocka_unit_test (test_interrupt_every_call), cmocka_unit_test (test_stop_at_every_call),
    cmocka_unit_test (test_guest_hangs),          cmocka_unit_test (test_signal_while_asked),
    cmocka_unit_test (test_destination_refuses),  cmocka_unit_test (test_destination_dies),
    cmocka_unit_test (test_attach_fails_there),   cmocka_unit_test (test_signal_ends_wait),
    cmocka_unit_test (test_handed_back),          cmocka_unit_test (test_pair_hangs),
    cmocka_unit_test (test_silent_after_all),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
