/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that act at once in one fake host. */
#include "config.h"

#include "tests/lib/parallel.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/virt-fake-private.h"
#include "host/fd.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"

#define MEMORY "/dev/shm"

static unsigned limit;

void
parallel_init (unsigned seconds)
{
  if (access (MEMORY, W_OK | X_OK) == 0)
    g_setenv ("TMPDIR", MEMORY, TRUE);
  limit = seconds;
  alarm (seconds);
}

pid_t
parallel_start (World *world, ParallelAct act, unsigned number, gpointer data)
{
  const pid_t process = fork ();

  assert_true (process >= 0);
  if (process > 0)
    return process;
  alarm (limit);
  _exit (act (world, number, data) ? 0 : 1);
}

void
parallel_end (const char *name, pid_t process, gboolean killed)
{
  int status = -1;

  check_case (name, waitpid (process, &status, 0) == process);
  if (WIFSIGNALED (status) && !(killed && WTERMSIG (status) == SIGKILL))
    fail_msg ("%s: a process has ended by signal %d", name, WTERMSIG (status));
  check_case (name, WIFSIGNALED (status) || WEXITSTATUS (status) == 0);
}

void
parallel_run (World *world, const char *name, unsigned count, ParallelAct act, gpointer data)
{
  g_autofree pid_t *processes = g_new (pid_t, count);

  for (unsigned i = 0; i < count; i++)
    processes[i] = parallel_start (world, act, i, data);
  for (unsigned i = 0; i < count; i++)
    parallel_end (name, processes[i], FALSE);
}

gboolean
parallel_fail (const char *name, const GError *error)
{
  g_printerr ("%s: %s\n", name, error != NULL ? error->message : "failed");
  return FALSE;
}

void
parallel_check (World *world, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, &error);

  if (store == NULL || !vfp_store_check (store, &error))
    fail_msg ("%s: %s", name, error->message);
  world_check (world, name);
}

static char *
guest_path (World *world, const char *guest, const char *file)
{
  return g_build_filename (hosttree_path (world->tree), VFP_FAKE_DIR, "guests", guest, file, NULL);
}

static gboolean
set_running (World *world, const char *guest, gboolean running)
{
  g_autoptr (GKeyFile) conf = g_key_file_new ();
  g_autofree char *path = guest_path (world, guest, "guest.conf");

  if (!g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  g_key_file_set_boolean (conf, "guest", "running", running);
  return vfp_fake_write_key_file (conf, path, NULL);
}

/* The guest's configuration becomes its live XML. Owned by the caller. */
static char *
activate (World *world, const VfpRoot *root, const char *guest)
{
  g_autofree char *live = guest_path (world, guest, VFP_FAKE_LIVE_FILE);
  g_autofree char *config = guest_path (world, guest, VFP_FAKE_CONFIG_FILE);
  g_autofree char *xml = NULL;
  g_auto (VfpFd) lock = vfp_fake_lock (root);

  if (lock < 0 || !g_file_get_contents (config, &xml, NULL, NULL)
      || !vfp_fake_write (live, xml, NULL) || !set_running (world, guest, TRUE))
    return NULL;
  return g_steal_pointer (&xml);
}

/* All VFs of @domxml to the guest, or back. */
static gboolean
place (const VfpRoot *root, const VfpDomxml *domxml, gboolean in)
{
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (!vfp_fake_place_vf (root, &device->source, in ? device : NULL, domxml->uuid, NULL))
        return FALSE;
    }
  return TRUE;
}

static gboolean
place_locked (const VfpRoot *root, const VfpDomxml *domxml, gboolean in)
{
  g_auto (VfpFd) lock = vfp_fake_lock (root);

  return lock >= 0 && place (root, domxml, in);
}

/* The hook lets a guest start that it could not look at within its 2 s, which a busy machine with
 * sanitizers takes; what is tested here is what it does where it can, so it is called again. */
#define HOOK_TRIES 20

static gboolean
call_hook (World *world, const char *operation, const char *xml, gboolean *out_settle,
           gboolean *out_again)
{
  g_auto (VfpWorld) opened = world_unopened (world);
  const VfpHookRequest request = { .operation = operation, .xml = xml };
  g_auto (VfpHookReply) reply = { 0 };
  g_autoptr (GError) error = NULL;

  *out_again = FALSE;
  if (!vfp_hook_run (&opened, &request, &reply, &error))
    return parallel_fail (operation, error);
  if (out_settle != NULL)
    *out_settle = reply.settle;
  if (reply.verdict == VFP_HOOK_PASS)
    return TRUE;
  *out_again = reply.verdict != VFP_HOOK_REFUSED;
  if (!*out_again)
    g_printerr ("%s: %s\n", operation, reply.text);
  return FALSE;
}

gboolean
parallel_hook (World *world, const char *operation, const char *xml, gboolean *out_settle)
{
  gboolean done = FALSE, again = TRUE;

  for (unsigned try = 0; try < HOOK_TRIES && !done && again; try++)
    done = call_hook (world, operation, xml, out_settle, &again);
  return done;
}

gboolean
parallel_power_on (World *world, const char *guest, gboolean *out_settle)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autofree char *xml = activate (world, root, guest);
  g_autoptr (VfpDomxml) domxml = xml != NULL ? vfp_domxml_parse (xml, NULL) : NULL;

  return domxml != NULL && parallel_hook (world, "prepare", xml, NULL)
         && place_locked (root, domxml, TRUE) && parallel_hook (world, "start", xml, NULL)
         && parallel_hook (world, "started", xml, out_settle);
}

char *
parallel_destroy (World *world, const char *guest)
{
  g_autofree char *live = guest_path (world, guest, VFP_FAKE_LIVE_FILE);
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autofree char *xml = NULL;
  g_auto (VfpFd) lock = vfp_fake_lock (root);

  if (lock < 0 || !g_file_get_contents (live, &xml, NULL, NULL))
    return NULL;
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);
  if (domxml == NULL || !place (root, domxml, FALSE) || !set_running (world, guest, FALSE)
      || unlink (live) != 0)
    return NULL;
  return g_steal_pointer (&xml);
}

gboolean
parallel_power_off (World *world, const char *guest, gboolean *out_settle)
{
  g_autofree char *xml = parallel_destroy (world, guest);

  return xml != NULL && parallel_hook (world, "release", xml, out_settle);
}
