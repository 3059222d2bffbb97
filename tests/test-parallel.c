/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many commands at once: no VF twice, no claim lost. */
#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define PROCESSES 64

static World *
make_world (unsigned guests, unsigned vfs)
{
  World *world = world_new_empty ();

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = vfs, .driver = "ixgbe" });
  for (unsigned i = 0; i < guests; i++)
    {
      g_autofree char *name = g_strdup_printf ("web%u", i);
      hosttree_add_guest (world->tree, &(HostGuest){ .name = name, .ports = 4 });
    }
  world_start (world);
  return world;
}

/* Exit status: 0, or the code of the error. */
static G_NORETURN void
attach_in_child (World *world, unsigned guest)
{
  g_autofree char *name = g_strdup_printf ("web%u", guest);
  VfpAttachRequest request = world_attach_request (name);
  g_autoptr (GError) error = NULL;

  request.pf = "enp2s0f0";
  request.timeout_ms = 60000;
  g_autoptr (VfpResult) result = world_attach (world, &request, &error);
  if (result == NULL && !g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS))
    g_printerr ("%s: %s\n", name, error->message);
  _exit (result != NULL ? 0 : error->code);
}

/* Guest i of @guests is that of process i. Returns how many succeeded; the others found no VF. */
static unsigned
attach_all (World *world, unsigned processes, unsigned guests)
{
  pid_t children[PROCESSES];
  unsigned done = 0;

  for (unsigned i = 0; i < processes; i++)
    if ((children[i] = fork ()) == 0)
      attach_in_child (world, i % guests);
  for (unsigned i = 0; i < processes; i++)
    {
      int status = -1;

      assert_int_equal (waitpid (children[i], &status, 0), children[i]);
      assert_true (WIFEXITED (status));
      if (WEXITSTATUS (status) == 0)
        done++;
      else
        assert_int_equal (WEXITSTATUS (status), VFP_ERROR_NO_VF_FITS);
    }
  return done;
}

static void
check_world (World *world, const char *name, unsigned claims)
{
  g_autoptr (VfpRecords) records = world_records (world);

  world_check (world, name);
  check_case (name, records->claims->len == claims);
  check_case (name, records->slots->len == claims);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      check_case (name, claim->intent == VFP_INTENT_NONE && claim->live && claim->config);
      for (guint k = i + 1; k < records->claims->len; k++)
        check_case (name, claim->vf != ((VfpClaim *) g_ptr_array_index (records->claims, k))->vf);
    }
}

static void
test_enough (void **state)
{
  g_autoptr (World) world = make_world (PROCESSES, PROCESSES);

  assert_int_equal (attach_all (world, PROCESSES, PROCESSES), PROCESSES);
  check_world (world, "enough", PROCESSES);
}

static void
test_too_few (void **state)
{
  g_autoptr (World) world = make_world (24, 7);

  assert_int_equal (attach_all (world, 24, 24), 7);
  check_world (world, "too few", 7);
}

/* The VFs of one guest get slots, MACs and guest addresses of their own. */
static void
test_one_guest (void **state)
{
  g_autoptr (World) world = make_world (1, 4);

  assert_int_equal (attach_all (world, 4, 1), 4);
  check_world (world, "one guest", 4);
}

/* Attaching and detaching at once; whoever ends last, nothing is shared or left. */
static void
test_to_and_fro (void **state)
{
  g_autoptr (World) world = make_world (6, 3);
  pid_t children[6];

  for (unsigned i = 0; i < G_N_ELEMENTS (children); i++)
    if ((children[i] = fork ()) == 0)
      {
        g_autofree char *name = g_strdup_printf ("web%u", i);
        VfpAttachRequest attach = world_attach_request (name);
        VfpDetachRequest detach = world_detach_request (name);

        attach.pf = "enp2s0f0";
        attach.timeout_ms = detach.timeout_ms = 60000;
        attach.settings.known = VFP_SETTING_TRUST;
        attach.settings.trust = TRUE;
        for (unsigned turn = 0; turn < 6; turn++)
          {
            g_autoptr (GError) error = NULL;
            g_autoptr (VfpResult) result = world_attach (world, &attach, &error);

            if (result == NULL && !g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_VF_FITS))
              _exit (1);
            g_autoptr (GPtrArray) results
                = result != NULL ? world_detach (world, &detach, NULL) : NULL;
            if (result != NULL && results == NULL)
              _exit (2);
          }
        _exit (0);
      }
  for (unsigned i = 0; i < G_N_ELEMENTS (children); i++)
    {
      int status = -1;

      assert_int_equal (waitpid (children[i], &status, 0), children[i]);
      assert_int_equal (status, 0);
    }
  world_check (world, "to and fro");
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_enough),
    cmocka_unit_test (test_too_few),
    cmocka_unit_test (test_one_guest),
    cmocka_unit_test (test_to_and_fro),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
