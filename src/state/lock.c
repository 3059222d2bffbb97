/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flock() locks beside the state file. */
#include "config.h"

#include "state/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/deadline.h"
#include "base/error.h"
#include "state/folder.h"

struct VfpLock
{
  int fd;
};

static int
open_lock_file (const char *state_path, const char *name, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s.lock", state_path);
  g_autofree char *file = g_build_filename (path, name, NULL);

  if (!vfp_folder_make (state_path, error))
    return -1;
  if (g_mkdir (path, 0750) != 0 && errno != EEXIST)
    {
      vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot make '%s'", path);
      return -1;
    }

  const int fd = open (file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0)
    vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot open '%s'", file);
  return fd;
}

/* Runs in a thread, on a duplicate of the descriptor: a flock() belongs to the open file that both
 * share. A thread that is left behind ends with the process. */
static gpointer
wait_for_lock (gpointer data, GError **error)
{
  const int fd = GPOINTER_TO_INT (data);
  int rc;

  do
    rc = flock (fd, LOCK_EX);
  while (rc != 0 && errno == EINTR);
  if (rc != 0)
    vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot lock");
  return rc == 0 ? GINT_TO_POINTER (1) : NULL;
}

static void
close_duplicate (gpointer data)
{
  close (GPOINTER_TO_INT (data));
}

static gboolean
take (int fd, unsigned timeout_ms, GError **error)
{
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno != EWOULDBLOCK || timeout_ms == 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot lock");

  const int duplicate = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0)
    return vfp_throw_errno (error, VFP_ERROR_STATE, errno, "cannot lock");
  return vfp_deadline_run (wait_for_lock, GINT_TO_POINTER (duplicate), close_duplicate, NULL,
                           g_get_monotonic_time () + (gint64) timeout_ms * 1000, NULL,
                           "the holder of the lock", error)
         != NULL;
}

/* What the holder has written about itself: "pid 4711, 'vfpool attach web1'". */
static char *
read_holder (int fd)
{
  char text[200] = "";

  if (pread (fd, text, sizeof text - 1, 0) <= 0)
    return g_strdup ("unknown process");
  return g_strdup (g_strchomp (text));
}

static void
write_holder (int fd)
{
  g_autofree char *cmdline = NULL;
  gsize length = 0;

  if (!g_file_get_contents ("/proc/self/cmdline", &cmdline, &length, NULL) || length == 0)
    return;
  for (gsize i = 0; i + 1 < length; i++)
    if (cmdline[i] == '\0' || g_ascii_iscntrl (cmdline[i]))
      cmdline[i] = ' ';

  g_autofree char *text = g_strdup_printf ("pid %d, '%.150s'\n", (int) getpid (), cmdline);
  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, strlen (text), 0) < 0)
    g_debug ("cannot write who holds the lock, ignoring");
}

VfpLock *
vfp_lock_take (const char *state_path, const char *name, unsigned timeout_ms, GError **error)
{
  const int fd = open_lock_file (state_path, name, error);

  if (fd < 0)
    return NULL;
  if (!take (fd, timeout_ms, NULL))
    {
      g_autofree char *holder = read_holder (fd);

      close (fd);
      vfp_throw (error, VFP_ERROR_BUSY, "another vfpool is at work (%s); try again", holder);
      return NULL;
    }
  write_holder (fd);

  VfpLock *lock = g_new0 (VfpLock, 1);
  lock->fd = fd;
  return lock;
}

void
vfp_lock_free (VfpLock *lock)
{
  if (lock == NULL)
    return;
  close (lock->fd);
  g_free (lock);
}
