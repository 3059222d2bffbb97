/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hook in trouble: the state file cannot be used, the kernel refuses, the process dies. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "host/netlink-fake.h"
#include "state/lock.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define VF0 "0000:02:10.0"
#define ALL_SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"
#define STOPPED 77
#define CALLS_MAX 50
#define KILL_ROUNDS 20
#define KILL_US 6000

/* "off1" has slot net0, with VF 0 of enp2s0f0 in its configuration; "off2" names it too. */
static World *
make_world (void)
{
  World *world = world_new_empty ();
  VfpAttachRequest request = world_attach_request ("off1");

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off1", .ports = 3, .off = TRUE });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off2", .ports = 3, .off = TRUE });
  world_start (world);
  request.vf = "enp2s0f0/0";
  assert_true (vfp_settings_from_string (ALL_SETTINGS, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, "make_world", &request));
  return world;
}

static void
name_vf_twice (World *world)
{
  world_add_device (world, "off2", "config.xml", "ua-other", VF0);
}

static char *
read_meta (World *world, const char *key)
{
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_READ, NULL);
  char *value = NULL;

  assert_non_null (store);
  assert_true (vfp_store_get_meta (store, key, &value, NULL));
  return value;
}

static void
execute (World *world, const char *sql)
{
  sqlite3 *db = NULL;

  assert_int_equal (sqlite3_open (world->state_path, &db), SQLITE_OK);
  assert_int_equal (sqlite3_exec (db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close (db);
}

static void
damage (World *world)
{
  assert_true (
      g_file_set_contents (world->state_path, "this is not SQLite at all ......", -1, NULL));
}

static void
make_newer (World *world)
{
  execute (world, "PRAGMA user_version = 999");
}

static void
remove_file (World *world)
{
  assert_int_equal (unlink (world->state_path), 0);
}

static const struct
{
  const char *name;
  void (*spoil) (World *world);
  const char *text;
} troubles[] = {
  { "damaged", damage, "is damaged" },
  { "newer", make_newer, "was written by a newer vfpool" },
  { "missing", remove_file, "is missing, but the guest has vfpool slots" },
};

/* Let through, with the file as it was; "started" and "release" neither fail nor write. */
static void
test_state_trouble (void **state)
{
  static const char *const operations[] = { "prepare", "start", "started", "release" };

  for (gsize i = 0; i < G_N_ELEMENTS (troubles); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (operations); k++)
      {
        g_autoptr (World) world = make_world ();
        g_autofree char *before = NULL, *after = NULL;

        troubles[i].spoil (world);
        (void) g_file_get_contents (world->state_path, &before, NULL, NULL);
        g_auto (VfpHookReply) reply = world_hook (world, "off1", operations[k]);
        check_case (troubles[i].name, reply.verdict == VFP_HOOK_TROUBLE);
        if (strstr (reply.text, troubles[i].text) == NULL || strchr (reply.text, '\n') != NULL)
          fail_msg ("%s: %s", troubles[i].name, reply.text);
        (void) g_file_get_contents (world->state_path, &after, NULL, NULL);
        check_case_string (troubles[i].name, after, before);
      }
}

static void
test_refuse_on_error (void **state)
{
  static const struct
  {
    const char *operation;
    VfpHookVerdict verdict;
  } cases[] = { { "prepare", VFP_HOOK_REFUSED },
                { "start", VFP_HOOK_REFUSED },
                { "started", VFP_HOOK_TROUBLE },
                { "release", VFP_HOOK_TROUBLE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_world ();
      g_auto (VfpWorld) opened = world_unopened (world);
      g_autofree char *xml = world_guest_xml (world, "off1", "config.xml");
      const VfpHookRequest request = { .operation = cases[i].operation, .xml = xml };
      g_auto (VfpHookReply) reply = { 0 };

      world_configure (world, "[vfpool]\nhook-on-error = refuse\n");
      damage (world);
      check_case (cases[i].operation, vfp_hook_run (&opened, &request, &reply, NULL));
      check_case (cases[i].operation, reply.verdict == cases[i].verdict);
    }
}

/* Another process that does @sql and then holds what it has until it is killed. */
static pid_t
hold (World *world, const char *sql)
{
  int fds[2];
  char ready;

  assert_int_equal (pipe (fds), 0);
  const pid_t child = fork ();
  assert_true (child >= 0);
  if (child == 0)
    {
      sqlite3 *db = NULL;

      if (sqlite3_open (world->state_path, &db) != SQLITE_OK
          || sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK || write (fds[1], "x", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }
  close (fds[1]);
  assert_int_equal (read (fds[0], &ready, 1), 1);
  close (fds[0]);
  return child;
}

static void
let_go (pid_t child)
{
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
}

static const struct
{
  const char *name;
  const char *sql;
  const char *guest;
  const char *operation;
  VfpHookVerdict verdict;
  gboolean settle;
} holders[] = {
  { "writer", "BEGIN IMMEDIATE", "off1", "prepare", VFP_HOOK_TROUBLE, FALSE },
  { "writer, another's VF", "BEGIN IMMEDIATE", "off2", "prepare", VFP_HOOK_REFUSED, FALSE },
  { "writer", "BEGIN IMMEDIATE", "off1", "started", VFP_HOOK_TROUBLE, TRUE },
  { "committer", "BEGIN EXCLUSIVE", "off1", "prepare", VFP_HOOK_TROUBLE, FALSE },
  { "committer", "BEGIN EXCLUSIVE", "off1", "started", VFP_HOOK_TROUBLE, TRUE },
  { "committer", "BEGIN EXCLUSIVE", "off1", "release", VFP_HOOK_TROUBLE, TRUE },
  { "committer, another's VF", "BEGIN EXCLUSIVE", "off2", "prepare", VFP_HOOK_TROUBLE, FALSE },
};

/* Who writes for long is waited for no longer than 2 s; what can be read is enough to refuse. */
static void
test_busy (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (holders); i++)
    {
      g_autoptr (World) world = make_world ();

      name_vf_twice (world);
      const pid_t child = hold (world, holders[i].sql);
      const gint64 start = g_get_monotonic_time ();
      g_auto (VfpHookReply) reply = world_hook (world, holders[i].guest, holders[i].operation);
      const gint64 spent_ms = (g_get_monotonic_time () - start) / 1000;
      let_go (child);
      if (reply.verdict != holders[i].verdict)
        fail_msg ("%s: %s", holders[i].name, reply.text);
      check_case (holders[i].name, reply.settle == holders[i].settle);
      if (spent_ms < 1900 || spent_ms > 3500)
        fail_msg ("%s: %d ms", holders[i].name, (int) spent_ms);
    }
}

/* One whose XML does not tell of its slots is settled too: the state file told of them. */
static void
test_busy_without_metadata (void **state)
{
  g_autoptr (World) world = make_world ();
  g_autofree char *xml = world_guest_xml (world, "off1", "config.xml");
  char *metadata = strstr (xml, "<metadata");
  const char *end = strstr (xml, "</metadata>");

  assert_true (metadata != NULL && end != NULL);
  memmove (metadata, end + strlen ("</metadata>"), strlen (end) - strlen ("</metadata>") + 1);
  const pid_t child = hold (world, "BEGIN IMMEDIATE");
  g_auto (VfpHookReply) reply = world_hook_xml (world, "started", xml);
  let_go (child);
  assert_int_equal (reply.verdict, VFP_HOOK_TROUBLE);
  assert_true (reply.settle);
}

/* Without the claim lock the end of a guest is left to settle. */
static void
test_claim_lock_held (void **state)
{
  g_autoptr (World) world = make_world ();

  world_start_guest (world, "off1");
  g_autofree char *before = world_settings (world, "enp2s0f0", 0);
  G_GNUC_UNUSED g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", 0, NULL);
  const gint64 start = g_get_monotonic_time ();
  g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
  const gint64 spent_ms = (g_get_monotonic_time () - start) / 1000;

  assert_int_equal (reply.verdict, VFP_HOOK_PASS);
  assert_true (reply.settle);
  assert_true (spent_ms >= 900 && spent_ms < 2500);
  g_autoptr (VfpRecords) records = world_records (world);
  const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  const VfpGuestRecord *guest = g_ptr_array_index (records->guests, 0);
  assert_true (claim->live);
  assert_int_equal (guest->wanted, 2);
  g_autofree char *after = world_settings (world, "enp2s0f0", 0);
  assert_string_equal (after, before);
}

/* A full disk: nothing can be written any more, in a process of its own. */
static void
test_disk_full (void **state)
{
  static const struct
  {
    const char *guest;
    VfpHookVerdict verdict;
  } cases[] = { { "off1", VFP_HOOK_TROUBLE }, { "off2", VFP_HOOK_REFUSED } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = make_world ();
      int status = -1;

      name_vf_twice (world);
      g_autofree char *before = world_dump (world);
      const pid_t child = fork ();
      if (child == 0)
        {
          const struct rlimit none = { 0, 0 };

          signal (SIGXFSZ, SIG_IGN);
          setrlimit (RLIMIT_FSIZE, &none);
          _exit ((int) world_hook_verdict (world, cases[i].guest, "prepare"));
        }
      assert_int_equal (waitpid (child, &status, 0), child);
      check_case (cases[i].guest,
                  WIFEXITED (status) && WEXITSTATUS (status) == (int) cases[i].verdict);
      g_autofree char *after = world_dump (world);
      check_case_string (cases[i].guest, after, before);
    }
}

/* The kernel does not tell which card it is. */
static void
test_blind (void **state)
{
  g_autoptr (World) world = make_world ();

  G_GNUC_UNUSED g_autofree char *links = world_read (world, VFP_FAKE_DIR "/links.conf");
  hosttree_write (world->tree, VFP_FAKE_DIR "/links.conf", "[addresses]");
  g_auto (VfpHookReply) reply = world_hook (world, "off1", "prepare");
  assert_int_equal (reply.verdict, VFP_HOOK_TROUBLE);
  g_autofree char *blind = read_meta (world, "hook-blind");
  assert_non_null (blind);
  assert_non_null (strstr (blind, " off1: "));
}

/* Calls of the kernel that fail or at which the process dies. Counted in memory that a child
 * shares. */
static struct
{
  unsigned *calls;
  unsigned stop_at;
} hooked;

static void
count (unsigned call)
{
  *hooked.calls = call;
  if (call == hooked.stop_at)
    _exit (STOPPED);
}

/* Each operation with the world in which it comes. */
static const struct
{
  const char *operation;
  const char *file;
  gboolean runs;
  unsigned least_calls;
} stages[] = {
  { "prepare", "config.xml", FALSE, 0 },
  { "start", "live.xml", TRUE, 5 },
  { "started", "live.xml", TRUE, 0 },
  { "release", "live.xml", FALSE, 5 },
};

/* The world right before stage @i. */
static World *
make_stage (gsize i, char **out_xml)
{
  World *world = make_world ();

  if (i == 0)
    {
      *out_xml = world_guest_xml (world, "off1", "config.xml");
      return world;
    }
  assert_int_equal (world_hook_verdict (world, "off1", "prepare"), VFP_HOOK_PASS);
  world_power_on (world, "off1");
  *out_xml = world_guest_xml (world, "off1", "live.xml");
  if (i == 1)
    return world;
  assert_int_equal (world_hook_verdict (world, "off1", "start"), VFP_HOOK_PASS);
  if (i == 2)
    return world;
  assert_int_equal (world_hook_verdict (world, "off1", "started"), VFP_HOOK_PASS);
  world_power_off (world, "off1", VF0, "ixgbevf");
  return world;
}

/* The guest's next start and end go as if nothing had been. */
static void
check_next (World *world, const char *name, gsize stage, const char *original)
{
  if (stage < 3)
    {
      if (world_hook_verdict (world, "off1", "prepare") != VFP_HOOK_PASS)
        fail_msg ("%s: prepare", name);
      if (stage == 0)
        world_power_on (world, "off1");
      check_case (name, world_hook_verdict (world, "off1", "start") == VFP_HOOK_PASS);
      check_case (name, world_hook_verdict (world, "off1", "started") == VFP_HOOK_PASS);
      g_autofree char *running = world_settings (world, "enp2s0f0", 0);
      check_case (name, strstr (running, ALL_SETTINGS) != NULL);
      g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
      check_case (name, reply.verdict == VFP_HOOK_PASS);
    }
  else
    {
      world_start_guest (world, "off1");
      g_auto (VfpHookReply) reply = world_end_guest (world, "off1", VF0, "ixgbevf");
      check_case (name, reply.verdict == VFP_HOOK_PASS);
    }
  g_autofree char *settings = world_settings (world, "enp2s0f0", 0);
  check_case_string (name, settings, original);
  world_check (world, name);
}

/* FALSE: the operation has fewer calls. */
static gboolean
stop_one (gsize i, unsigned k)
{
  g_autofree char *xml = NULL;
  g_autoptr (World) pristine = make_world ();
  g_autofree char *original = world_settings (pristine, "enp2s0f0", 0);
  g_autoptr (World) world = make_stage (i, &xml);
  g_autofree char *name = g_strdup_printf ("%s, dead at call %u", stages[i].operation, k);
  int status = -1;

  *hooked.calls = 0;
  hooked.stop_at = k;
  const pid_t child = fork ();
  assert_true (child >= 0);
  if (child == 0)
    {
      world->faults = (VfpFaults){ .on_call = count };
      g_auto (VfpHookReply) reply = world_hook_xml (world, stages[i].operation, xml);
      _exit (reply.verdict == VFP_HOOK_PASS ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  check_case (name,
              WIFEXITED (status) && (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == STOPPED));
  if (WEXITSTATUS (status) == STOPPED)
    check_next (world, name, i, original);
  else
    check_case (name, k > stages[i].least_calls);
  return WEXITSTATUS (status) == STOPPED;
}

static void
test_stop_at_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    for (unsigned k = 1; stop_one (i, k); k++)
      assert_true (k < CALLS_MAX);
}

/* At any moment, within a commit too. */
static void
kill_one (gsize i, unsigned delay_us)
{
  g_autofree char *xml = NULL;
  g_autoptr (World) pristine = make_world ();
  g_autofree char *original = world_settings (pristine, "enp2s0f0", 0);
  g_autoptr (World) world = make_stage (i, &xml);
  g_autofree char *name = g_strdup_printf ("%s, killed after %u us", stages[i].operation, delay_us);
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      G_GNUC_UNUSED g_auto (VfpHookReply) reply = world_hook_xml (world, stages[i].operation, xml);
      _exit (0);
    }
  g_usleep (delay_us);
  kill (child, SIGKILL);
  assert_int_equal (waitpid (child, NULL, 0), child);
  check_next (world, name, i, original);
}

static void
test_kill_any_time (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    for (unsigned round = 0; round < KILL_ROUNDS; round++)
      kill_one (i, (unsigned) g_random_int_range (0, KILL_US));
}

/* A setting that fails is told, and stops nobody. FALSE: the operation has fewer calls. */
static gboolean
fail_one (gsize i, unsigned k)
{
  g_autofree char *xml = NULL;
  g_autoptr (World) pristine = make_world ();
  g_autofree char *original = world_settings (pristine, "enp2s0f0", 0);
  g_autoptr (World) world = make_stage (i, &xml);
  g_autofree char *name = g_strdup_printf ("%s, call %u fails", stages[i].operation, k);

  world->faults = (VfpFaults){ .fail_at = k };
  g_auto (VfpHookReply) reply = world_hook_xml (world, stages[i].operation, xml);
  const unsigned calls = world->faults.calls;
  world->faults = (VfpFaults){ 0 };
  check_case (name, reply.verdict == VFP_HOOK_PASS);
  if (calls < k)
    {
      check_case (name, k > stages[i].least_calls && reply.notes->len == 0);
      return FALSE;
    }
  check_case (name, reply.notes->len > 0);
  if (i == 3)
    check_case (name, reply.settle);
  check_next (world, name, i, original);
  return TRUE;
}

static void
test_fail_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    for (unsigned k = 1; fail_one (i, k); k++)
      assert_true (k < CALLS_MAX);
}

/* The same as one program does it: the work in a child, whose end is the hook's trouble. */
static void
test_child_dies (void **state)
{
  g_autofree char *xml = NULL;
  g_autoptr (World) world = make_stage (1, &xml);
  g_auto (VfpWorld) opened = world_unopened (world);
  const VfpHookRequest request = { .operation = "start", .xml = xml, .timeout_ms = 5000 };
  g_auto (VfpHookReply) reply = { 0 };

  hooked.stop_at = 2;
  world->faults = (VfpFaults){ .on_call = count };
  assert_true (vfp_hook_run (&opened, &request, &reply, NULL));
  assert_int_equal (reply.verdict, VFP_HOOK_TROUBLE);
  assert_non_null (strstr (reply.text, "off1: "));
}

/* A preflight guest is not let through either. */
static void
test_preflight_late (void **state)
{
  g_autoptr (World) world = make_world ();
  g_auto (VfpWorld) opened = world_unopened (world);
  const VfpHookRequest request = {
    .operation = "prepare",
    .xml = "<domain><name>vfpool-preflight-1</name>"
           "<uuid>5dd0d3b6-6f4e-4a0e-9a53-64a8d3a5b0f1</uuid><metadata>"
           "<v:preflight xmlns:v='urn:vfpool:slots:1' version='1'/></metadata></domain>",
    .timeout_ms = 100,
  };
  g_auto (VfpHookReply) reply = { 0 };

  const pid_t child = hold (world, "BEGIN EXCLUSIVE");
  const gboolean answered = vfp_hook_run (&opened, &request, &reply, NULL);
  let_go (child);
  assert_true (answered && reply.verdict == VFP_HOOK_REFUSED);
  assert_true (g_str_has_prefix (reply.text, "{\"version\":\""));
  assert_non_null (strstr (reply.text, "has not answered"));
}

static void
test_child_replies (void **state)
{
  g_autoptr (World) world = make_world ();
  g_auto (VfpWorld) opened = world_unopened (world), again = world_unopened (world);

  name_vf_twice (world);
  g_autofree char *xml = world_guest_xml (world, "off2", "config.xml");
  g_autofree char *own = world_guest_xml (world, "off1", "config.xml");
  const VfpHookRequest request = { .operation = "prepare", .xml = xml, .timeout_ms = 5000 };
  const VfpHookRequest started = { .operation = "started", .xml = own, .timeout_ms = 5000 };
  g_auto (VfpHookReply) reply = { 0 }, started_reply = { 0 };

  assert_true (vfp_hook_run (&opened, &request, &reply, NULL));
  assert_int_equal (reply.verdict, VFP_HOOK_REFUSED);
  assert_non_null (strstr (reply.text, "off2: enp2s0f0 VF 0 (" VF0 ") is net0 of off1;"));
  assert_true (vfp_hook_run (&again, &started, &started_reply, NULL));
  assert_true (started_reply.verdict == VFP_HOOK_PASS && started_reply.settle);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_state_trouble),
    cmocka_unit_test (test_refuse_on_error),
    cmocka_unit_test (test_busy),
    cmocka_unit_test (test_busy_without_metadata),
    cmocka_unit_test (test_claim_lock_held),
    cmocka_unit_test (test_disk_full),
    cmocka_unit_test (test_blind),
    cmocka_unit_test (test_stop_at_every_call),
    cmocka_unit_test (test_kill_any_time),
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_child_dies),
    cmocka_unit_test (test_preflight_late),
    cmocka_unit_test (test_child_replies),
  };

  hooked.calls = mmap (NULL, sizeof *hooked.calls, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return cmocka_run_group_tests (tests, NULL, NULL);
}
