/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest is destroyed while others are at work on its VF, which another guest gets at once: the
 * settings are the new owner's, whoever ends last. */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/parallel.h"

#define VF0 "0000:02:10.0"
#define PF_NAME "enp2s0f0"
#define LIMIT_S 120
#define UNTOUCHED "mac=00:00:00:00:00:00 vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto"
#define NEW_MAC "52:54:00:aa:bb:02"
#define NEW_SETTINGS "vlan=7:2:802.1Q spoofchk=off link-state=enable"
#define NEW_OWNERS                                                                                 \
  "mac=" NEW_MAC " vlan=7:2:802.1Q tx-rate=0:0 spoofchk=off trust=off link-state=enable"

/* Whom the guest's end meets in the middle of the first thing that it asks for. */
typedef enum
{
  NOBODY,
  DETACH,
  KILLED_DETACH,
  ENSURE,
} Other;

typedef struct
{
  const char *name;
  Other other;
  unsigned rounds;
  gboolean config; /* the claim has that part, too */
  gboolean reconcile;
} Case;

static const Case cases[] = {
  { .name = "detach waits, live", .other = DETACH, .rounds = 70 },
  { .name = "detach waits, live and config", .other = DETACH, .rounds = 60, .config = TRUE },
  { .name = "detach waits, reconcile", .other = DETACH, .rounds = 40, .reconcile = TRUE },
  { .name = "detach is killed", .other = KILLED_DETACH, .rounds = 20, .reconcile = TRUE },
  { .name = "nobody", .other = NOBODY, .rounds = 30, .reconcile = TRUE },
  { .name = "settings are set again", .other = ENSURE, .rounds = 4 },
};

/* Events between the processes of a round: a byte for each that waits. */
static struct
{
  int asked[2], gone[2], taken[2];
  Other other;
} meeting;

static void
tell (const int pipe_fds[2], gsize waiting)
{
  assert_int_equal (write (pipe_fds[1], "....", waiting), waiting);
}

static void
wait_for (const int pipe_fds[2])
{
  char byte;

  if (read (pipe_fds[0], &byte, 1) != 1)
    _exit (1);
}

/* Setting the VF keeps everybody from taking it, so that may not come: it is not waited for long.
 */
static void
wait_briefly (const int pipe_fds[2])
{
  struct pollfd event = { .fd = pipe_fds[0], .events = POLLIN };

  (void) poll (&event, 1, 200);
}

static void
meet (unsigned call)
{
  if (call != 1)
    return;
  tell (meeting.asked, 1);
  if (meeting.other == KILLED_DETACH)
    raise (SIGKILL);
  wait_for (meeting.gone);
  if (meeting.other == ENSURE)
    wait_briefly (meeting.taken);
}

static VfpAttachRequest
old_request (void)
{
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = VF0;
  request.slot = "net0";
  assert_true (vfp_settings_from_string ("vlan=42 trust=on", &request.settings, NULL));
  return request;
}

static gboolean
act_other (World *world, unsigned number, gpointer data)
{
  const VfpDetachRequest detach = world_detach_request ("web1");
  VfpAttachRequest ensure = old_request ();
  g_autoptr (GError) error = NULL;

  if (meeting.other == NOBODY)
    {
      tell (meeting.asked, 1);
      wait_for (meeting.gone);
      return TRUE;
    }
  world->faults = (VfpFaults){ .on_call = meet };
  if (meeting.other == ENSURE)
    {
      ensure.ensure = TRUE;
      ensure.affect.live = TRUE;
      /* Either it was faster, or it has nothing to set any more. */
      g_autoptr (VfpResult) result = world_attach (world, &ensure, &error);
      return result != NULL || g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY)
             || parallel_fail ("ensure", error);
    }
  g_autoptr (GPtrArray) results = world_detach (world, &detach, &error);
  return results != NULL || parallel_fail ("detach", error);
}

static gboolean
act_destroy (World *world, unsigned number, gpointer data)
{
  gboolean settle = FALSE;

  wait_for (meeting.asked);
  g_autofree char *xml = parallel_destroy (world, "web1");
  tell (meeting.gone, 3);
  if (xml == NULL || !parallel_hook (world, "release", xml, &settle))
    return parallel_fail ("release", NULL);
  if (!settle)
    return TRUE;

  g_autoptr (GError) error = NULL;
  g_autofree char *uuid = world_uuid (world, "web1");
  g_autoptr (GPtrArray) findings = world_settle (world, uuid, VFP_CLASSES_SAFE, &error);
  return findings != NULL || parallel_fail ("settle", error);
}

static gboolean
may_come_free (const GError *error)
{
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_VF_IN_USE)
         || g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY);
}

static gboolean
act_take (World *world, unsigned number, gpointer data)
{
  VfpAttachRequest request = world_attach_request ("web2");

  request.vf = VF0;
  request.has_mac = TRUE;
  assert_true (vfp_mac_parse (NEW_MAC, &request.mac, NULL));
  assert_true (vfp_settings_from_string (NEW_SETTINGS, &request.settings, NULL));
  wait_for (meeting.gone);
  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpResult) result = world_attach (world, &request, &error);

      if (result == NULL && may_come_free (error))
        continue;
      tell (meeting.taken, 1);
      return result != NULL || parallel_fail ("attach", error);
    }
}

static gboolean
act_reconcile (World *world, unsigned number, gpointer data)
{
  const VfpReconcileRequest request = { .fix = TRUE };
  g_autoptr (GError) error = NULL;

  wait_for (meeting.gone);
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);
  return findings != NULL || parallel_fail ("reconcile", error);
}

static void
open_meeting (Other other)
{
  meeting.other = other;
  assert_int_equal (pipe (meeting.asked), 0);
  assert_int_equal (pipe (meeting.gone), 0);
  assert_int_equal (pipe (meeting.taken), 0);
}

static void
close_meeting (void)
{
  for (unsigned i = 0; i < 2; i++)
    {
      close (meeting.asked[i]);
      close (meeting.gone[i]);
      close (meeting.taken[i]);
    }
}

static void
attach_old (World *world, const Case *with)
{
  VfpAttachRequest request = old_request ();

  request.affect.live = !with->config;
  vfp_result_free (world_must_attach (world, with->name, &request));
  if (with->other == ENSURE)
    world_set_link (world, PF_NAME " 0", "settings", "vlan=42 trust=off");
}

static void
check_owner (World *world, const char *name)
{
  g_autofree char *settings = world_settings (world, PF_NAME, 0);
  g_autoptr (VfpRecords) records = world_records (world);

  check_case_string (name, settings, NEW_OWNERS);
  check_case (name, records->claims->len == 1);
  const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
  const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);
  check_case_string (name, slot->guest_name, "web2");
  check_case (name, claim->intent == VFP_INTENT_NONE && claim->live && claim->config);
}

/* What it had before its new owner was not what the old one had. */
static void
put_back (World *world, const char *name)
{
  const VfpDetachRequest detach = world_detach_request ("web2");

  world_must_detach (world, name, &detach);
  g_autofree char *settings = world_settings (world, PF_NAME, 0);
  check_case_string (name, settings, UNTOUCHED);
  parallel_check (world, name);
  check_case (name, parallel_power_on (world, "web1", NULL));
}

static void
run_round (World *world, const Case *with, unsigned round)
{
  static const ParallelAct acts[] = { act_other, act_destroy, act_take, act_reconcile };
  const gsize n_acts = with->reconcile ? 4 : 3;
  g_autofree char *name = g_strdup_printf ("%s, round %u", with->name, round);
  pid_t processes[G_N_ELEMENTS (acts)];

  attach_old (world, with);
  open_meeting (with->other);
  for (gsize i = 0; i < n_acts; i++)
    processes[i] = parallel_start (world, acts[i], (unsigned) i, NULL);
  for (gsize i = 0; i < n_acts; i++)
    parallel_end (name, processes[i], i == 0 && with->other == KILLED_DETACH);
  close_meeting ();
  check_owner (world, name);
  put_back (world, name);
}

static void
test_new_owner (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (World) world = world_new ();

      for (unsigned round = 0; round < cases[i].rounds; round++)
        run_round (world, &cases[i], round);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_new_owner),
  };

  parallel_init (LIMIT_S);
  return cmocka_run_group_tests (tests, NULL, NULL);
}
