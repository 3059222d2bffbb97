/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking for a settling without waiting for it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "ops/hook.h"

static const char *const systemctls[] = { "/usr/bin/systemctl", "/bin/systemctl", NULL };

const VfpHookAsker vfp_hook_asker = {
  .systemd = "/run/systemd/system", /* sd_booted(3) */
  .systemctls = systemctls,
  .vfpool = VFP_SBIN_DIR "/vfpool",
  .timeout_ms = 1000,
};

/* With no more than the programs need of environment and files: libvirt waits until nobody has the
 * hook's standard files open. */
static G_NORETURN void
be_child (const char *path, char *const *argv, const sigset_t *mask)
{
  char *environment[]
      = { (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *) "LC_ALL=C", NULL };
  const int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    (void) dup2 (null, i);
  (void) setsid ();
  (void) sigprocmask (SIG_SETMASK, mask, NULL);
  execve (path, argv, environment);
  _exit (127);
}

/* FALSE: it has not ended by then. */
static gboolean
wait_until (pid_t child, gint64 deadline_us, const sigset_t *child_ends, int *out_status)
{
  pid_t ended;

  while ((ended = waitpid (child, out_status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR))
    {
      const gint64 left_us = deadline_us - g_get_monotonic_time ();
      const struct timespec left
          = { .tv_sec = left_us / G_USEC_PER_SEC, .tv_nsec = left_us % G_USEC_PER_SEC * 1000 };

      if (left_us <= 0)
        return FALSE;
      (void) sigtimedwait (child_ends, NULL, &left);
    }
  return TRUE;
}

static gboolean
check_end (const char *path, gboolean ended, int status, unsigned timeout_ms, GError **error)
{
  if (!ended)
    return vfp_throw (error, VFP_ERROR_FAILED, "'%s' has not answered for %u s", path,
                      timeout_ms / 1000);
  if (WIFSIGNALED (status))
    return vfp_throw (error, VFP_ERROR_FAILED, "'%s' died of signal %d", path, WTERMSIG (status));
  return WEXITSTATUS (status) == 0
         || vfp_throw (error, VFP_ERROR_FAILED, "'%s' ended with status %d", path,
                       WEXITSTATUS (status));
}

/* @timeout_ms 0: its end is not waited for. */
static gboolean
run (const char *path, char *const *argv, unsigned timeout_ms, GError **error)
{
  sigset_t child_ends, before;
  int status = 0;

  sigemptyset (&child_ends);
  sigaddset (&child_ends, SIGCHLD);
  (void) sigprocmask (SIG_BLOCK, &child_ends, &before);

  const pid_t child = fork ();
  if (child == 0)
    be_child (path, argv, &before);
  const gboolean started = child > 0;
  const gint64 deadline_us = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  const gboolean ended
      = started && timeout_ms > 0 && wait_until (child, deadline_us, &child_ends, &status);
  (void) sigprocmask (SIG_SETMASK, &before, NULL);

  if (!started)
    return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "cannot start '%s'", path);
  return timeout_ms == 0 || check_end (path, ended, status, timeout_ms, error);
}

static gboolean
ask_systemd (const VfpHookAsker *asker, const char *uuid, GError **error)
{
  g_autofree char *unit = g_strdup_printf ("vfpool-settle@%s.service", uuid);
  const char *const *path = asker->systemctls;

  while (*path != NULL && access (*path, X_OK) != 0)
    path++;
  if (*path == NULL)
    return vfp_throw (error, VFP_ERROR_FAILED, "systemd runs, and there is no systemctl");

  char *argv[]
      = { (char *) *path, (char *) "start", (char *) "--no-block", (char *) "--quiet", unit, NULL };
  return run (*path, argv, asker->timeout_ms, error);
}

gboolean
vfp_hook_ask (const VfpHookAsker *asker, const char *uuid, GError **error)
{
  char *argv[] = { (char *) asker->vfpool, (char *) "settle", (char *) uuid, NULL };

  if (access (asker->systemd, F_OK) == 0)
    return ask_systemd (asker, uuid, error);
  if (access (asker->vfpool, X_OK) != 0)
    return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "'%s'", asker->vfpool);
  return run (asker->vfpool, argv, 0, error);
}
