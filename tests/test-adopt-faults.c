/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adopting that goes wrong at every step: the call fails, a signal comes, the process dies. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/nic.h"

#define BOTH (VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG)
#define MAC1 "52:54:00:aa:01:01"
#define MAC2 "52:54:00:aa:01:02"
#define VF0 "0000:02:10.0"
#define VF1 "0000:02:10.2"
#define STOPPED 77
#define STEPS_MAX 40

static void
attach_off1 (World *world, const char *vf)
{
  VfpAttachRequest request = world_attach_request ("off1");

  request.vf = vf;
  vfp_result_free (world_must_attach (world, "off1", &request));
}

static void
make_kept (World *world)
{
  nic_plug (world, "web1", &(Nic){ .vf = VF0, .mac = MAC1, .alias = "hostdev0" }, BOTH);
  nic_plug (world, "web1", &(Nic){ .vf = VF1, .mac = MAC2, .alias = "hostdev1" }, BOTH);
}

static void
make_replaced (World *world)
{
  nic_plug (world, "off1", &(Nic){ .vf = "0000:77:10.0", .mac = MAC1 }, VFP_AFFECT_CONFIG);
  nic_plug (world, "off1", &(Nic){ .vf = "0000:77:10.2", .mac = MAC2 }, VFP_AFFECT_CONFIG);
}

/* One stays, the other does not. */
static void
make_mixed (World *world)
{
  nic_plug (world, "off1", &(Nic){ .vf = VF0, .mac = MAC1 }, VFP_AFFECT_CONFIG);
  nic_plug (world, "off1", &(Nic){ .vf = "0000:77:10.2", .mac = MAC2 }, VFP_AFFECT_CONFIG);
}

static void
make_copied (World *world)
{
  attach_off1 (world, "enp1s0f0/0");
  attach_off1 (world, "enp1s0f0/1");
  nic_clone (world, "off1", "copy");
}

static void
make_reverted (World *world)
{
  attach_off1 (world, VF0);
  nic_move (world, "off1", VF0, VF1, MAC2);
}

/* The running guest has VF 0, its configuration another one, and the claim has no part in it. */
static void
make_reverted_running (World *world)
{
  VfpAttachRequest request = world_attach_request ("web1");

  request.vf = VF0;
  request.affect.live = TRUE;
  g_autoptr (VfpResult) result = world_must_attach (world, "reverted", &request);
  g_autofree char *mac = vfp_mac_to_string (&result->mac);
  nic_plug (world, "web1", &(Nic){ .vf = VF1, .mac = mac }, VFP_AFFECT_CONFIG);
}

typedef struct
{
  const char *name;
  void (*make) (World *world);
  const char *guest;
  unsigned claims; /* of the guest, afterwards */
  unsigned least_calls;
  gboolean unclean; /* until it is adopted, a device has our alias and no claim */
} FaultCase;

static const FaultCase cases[] = {
  { "kept", make_kept, "web1", 2, 1, FALSE },
  { "re-placed", make_replaced, "off1", 2, 3, FALSE },
  { "mixed", make_mixed, "off1", 2, 2, FALSE },
  { "copied", make_copied, "copy", 2, 3, TRUE },
  { "reverted", make_reverted, "off1", 1, 1, TRUE },
  { "reverted while running", make_reverted_running, "web1", 1, 1, FALSE },
};

static World *
make_world (const FaultCase *with)
{
  World *world = world_new ();

  with->make (world);
  world->faults.calls = 0;
  return world;
}

static VfpAdoptRequest
make_request (const FaultCase *with)
{
  return (VfpAdoptRequest){ .guest = with->guest, .pf = "enp2s0f0", .timeout_ms = 2000 };
}

static unsigned
count_claims (World *world, const char *guest)
{
  g_autofree char *slots = nic_slots (world, guest);
  g_auto (GStrv) lines = g_strsplit (slots, "\n", -1);
  unsigned count = 0;

  for (char **line = lines; *line != NULL && **line != '\0'; line++)
    count += strstr (*line, "no VF") == NULL;
  return count;
}

/* The same command again ends as if nothing had been. */
static void
check_repeat (World *world, const FaultCase *with, const char *name)
{
  const VfpAdoptRequest request = make_request (with);
  g_autoptr (World) undisturbed = make_world (with);
  g_autoptr (GError) error = NULL;

  g_autoptr (GPtrArray) wanted_results = world_adopt (undisturbed, &request, NULL);
  g_autoptr (GPtrArray) results = world_adopt (world, &request, &error);
  check_case (name, wanted_results != NULL);
  if (results == NULL)
    fail_msg ("%s: %s", name, error->message);
  world_check (world, name);
  check_case (name, count_claims (world, with->guest) == with->claims);
  g_autofree char *got = world_dump (world);
  g_autofree char *wanted = world_dump (undisturbed);
  check_case_string (name, got, wanted);
}

/* Metadata that cannot be written is a warning; whatever else fails leaves nothing. */
static gboolean
fail_one (const FaultCase *with, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  g_autofree char *name = g_strdup_printf ("%s, call %u", with->name, k);
  g_autofree char *before = world_dump (world);
  const VfpAdoptRequest request = make_request (with);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (GPtrArray) results = world_adopt (world, &request, &error);
  const gboolean reached = world->faults.calls >= k;
  world->faults.fail_at = 0;
  g_autofree char *after = world_dump (world);

  check_case (name, reached || k > with->least_calls);
  if (results == NULL)
    {
      check_case (name, strstr (error->message, "failed on demand") != NULL);
      check_case_string (name, after, before);
    }
  else if (reached)
    check_case (name, world_warned (world, "its metadata does not name its slots"));
  check_repeat (world, with, name);
  return reached;
}

static void
test_fail_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; fail_one (&cases[i], k); k++)
      assert_true (k < STEPS_MAX);
}

/* What happens at the step or call number at. */
static struct
{
  World *world;
  unsigned seen, at;
} hooked;

static void
count_and_stop (void)
{
  if (++hooked.seen == hooked.at)
    _exit (STOPPED);
}

static void
stop_at_call (unsigned call)
{
  count_and_stop ();
}

/* Every step tells of its end. */
static void
stop_behind_step (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if (strstr (message, " ms") != NULL)
    count_and_stop ();
}

static void
hook_process (World *world, unsigned k)
{
  hooked.world = world;
  hooked.seen = 0;
  hooked.at = k;
  world->faults.on_call = stop_at_call;
  g_log_set_handler ("vfpool", G_LOG_LEVEL_DEBUG, stop_behind_step, NULL);
}

/* In a process of its own, which dies before call or behind step @k. FALSE: it has ended before. */
static gboolean
adopt_or_stop (World *world, const FaultCase *with, unsigned k)
{
  const VfpAdoptRequest request = make_request (with);
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      hook_process (world, k);
      _exit (world_adopt (world, &request, NULL) != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  if (!WIFEXITED (status) || (WEXITSTATUS (status) != 0 && WEXITSTATUS (status) != STOPPED))
    fail_msg ("%s, stopped at %u: status %#x", with->name, k, (unsigned) status);
  return WEXITSTATUS (status) == STOPPED;
}

/* Nobody works on any claim, and each is of what the XMLs show. */
static void
check_no_intent (World *world, const char *name)
{
  g_autoptr (VfpRecords) records = world_records (world);

  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      check_case (name, claim->intent == VFP_INTENT_NONE && claim->claimer.pid == 0);
    }
}

static void
detach_all (World *world, const FaultCase *with, const char *name)
{
  VfpDetachRequest request = world_detach_request (with->guest);

  request.all = request.ensure = TRUE;
  world_must_detach (world, name, &request);
  check_no_intent (world, name);
  check_case (name, count_claims (world, with->guest) == 0);
}

static void
disown (World *world, const FaultCase *with, const char *name)
{
  const VfpDisownRequest request = { .guest = with->guest, .ensure = TRUE, .timeout_ms = 2000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_disown (world, &request, &error);
  g_autofree char *slots = nic_slots (world, with->guest);

  if (results == NULL)
    fail_msg ("%s: %s", name, error->message);
  check_case_string (name, slots, "");
}

/* Another guest that wants VFs of the same PF gets none that is in use. */
static void
give_to_other (World *world, const FaultCase *with, const char *name)
{
  for (unsigned i = 0; i < 3; i++)
    {
      VfpAttachRequest request = world_attach_request ("web2");

      request.pf = "enp2s0f0";
      G_GNUC_UNUSED g_autoptr (VfpResult) result = world_attach (world, &request, NULL);
    }
  check_no_intent (world, name);
  if (!with->unclean)
    world_check (world, name);
}

static const struct
{
  const char *name;
  void (*act) (World *world, const FaultCase *with, const char *name);
} followers[] = {
  { "then again", check_repeat },
  { "then detach", detach_all },
  { "then disown", disown },
  { "then another guest", give_to_other },
};

static void
test_stop_everywhere (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize f = 0; f < G_N_ELEMENTS (followers); f++)
      for (unsigned k = 1;; k++)
        {
          g_autoptr (World) world = make_world (&cases[i]);
          g_autofree char *name
              = g_strdup_printf ("%s, dead at %u, %s", cases[i].name, k, followers[f].name);

          assert_true (k < STEPS_MAX);
          if (!adopt_or_stop (world, &cases[i], k))
            {
              /* Three steps at least, and the calls. */
              check_case (name, k > 3 + cases[i].least_calls);
              break;
            }
          followers[f].act (world, &cases[i], name);
        }
}

static void
set_signal (unsigned call)
{
  if (call == hooked.at)
    hooked.world->interrupted = 2;
}

/* A signal undoes what was done, or comes too late. */
static gboolean
interrupt_one (const FaultCase *with, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  g_autofree char *name = g_strdup_printf ("%s, signal at call %u", with->name, k);
  g_autofree char *before = world_dump (world);
  const VfpAdoptRequest request = make_request (with);
  g_autoptr (GError) error = NULL;

  hooked.world = world;
  hooked.at = k;
  world->faults.on_call = set_signal;
  g_autoptr (GPtrArray) results = world_adopt (world, &request, &error);
  world->faults.on_call = NULL;
  world->interrupted = 0;
  g_autofree char *after = world_dump (world);
  if (results == NULL)
    {
      check_case (name, g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED));
      check_case_string (name, after, before);
    }
  check_repeat (world, with, name);
  return world->faults.calls >= k;
}

static void
test_interrupt_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned k = 1; k <= cases[i].least_calls; k++)
      (void) interrupt_one (&cases[i], k);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_interrupt_every_call),
    cmocka_unit_test (test_stop_everywhere),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
