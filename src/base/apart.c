/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that may hang in the kernel, in a child process. */
#include "config.h"

#include "base/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

/* The last byte of a whole reply. */
#define END '\0'

static void
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      const ssize_t written = write (fd, text, length);

      if (written < 0 && errno != EINTR)
        return;
      if (written > 0)
        {
          text += written;
          length -= (gsize) written;
        }
    }
}

/* All but the standard files and these two. */
static void
close_others (int first, int second)
{
  const unsigned low = (unsigned) MIN (first, second), high = (unsigned) MAX (first, second);

  if (low > STDERR_FILENO + 1)
    (void) close_range (STDERR_FILENO + 1, low - 1, 0);
  if (high > low + 1)
    (void) close_range (low + 1, high - 1, 0);
  (void) close_range (high + 1, ~0U, 0);
}

/* Whoever started us waits until nobody has our standard files open any more. */
static G_NORETURN void
be_child (VfpApartFunc func, gpointer data, int fd, int only_fd)
{
  const int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    (void) dup2 (null, i);
  (void) setsid ();
  if (only_fd >= 0)
    close_others (fd, only_fd);

  char *reply = func (data);
  write_all (fd, reply, strlen (reply) + 1);
  _exit (0);
}

/* Reads until END, the end of the file or @deadline_us. TRUE: at END. */
static gboolean
read_reply (int fd, GString *reply, gint64 deadline_us, gboolean *out_late)
{
  char buffer[4096];

  *out_late = FALSE;
  while (TRUE)
    {
      struct pollfd polled = { .fd = fd, .events = POLLIN };
      const gint64 left_us = deadline_us - g_get_monotonic_time ();
      const int ready = left_us > 0 ? poll (&polled, 1, (int) (left_us / 1000) + 1) : 0;

      if (ready == 0)
        {
          *out_late = TRUE;
          return FALSE;
        }
      const ssize_t got = ready > 0 ? read (fd, buffer, sizeof buffer) : -1;
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      g_string_append_len (reply, buffer, got);
      if (buffer[got - 1] == END)
        return TRUE;
    }
}

static gboolean
throw_ended (pid_t child, GError **error)
{
  int status = 0;

  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED (status))
    return vfp_throw (error, VFP_ERROR_FAILED, "a part of it died of signal %d", WTERMSIG (status));
  return vfp_throw (error, VFP_ERROR_FAILED, "a part of it ended with status %d",
                    WEXITSTATUS (status));
}

static char *
wait_for (pid_t child, int fd, unsigned timeout_ms, GError **error)
{
  GString *reply = g_string_new (NULL);
  gboolean late;
  const gboolean whole
      = read_reply (fd, reply, g_get_monotonic_time () + (gint64) timeout_ms * 1000, &late);

  if (whole)
    {
      (void) waitpid (child, NULL, 0);
      return g_string_free (reply, FALSE);
    }
  g_string_free (reply, TRUE);
  if (late)
    (void) kill (child, SIGKILL);
  if (late)
    vfp_throw (error, VFP_ERROR_FAILED, "the kernel or the disk has not answered for %u s",
               timeout_ms / 1000);
  else
    throw_ended (child, error);
  return NULL;
}

static char *
run (VfpApartFunc func, gpointer data, int only_fd, unsigned timeout_ms, GError **error)
{
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) != 0)
    {
      vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "cannot make a pipe");
      return NULL;
    }

  const pid_t child = fork ();
  if (child == 0)
    {
      close (fds[0]);
      be_child (func, data, fds[1], only_fd);
    }
  close (fds[1]);

  char *reply = NULL;
  if (child < 0)
    vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "cannot start a process");
  else
    reply = wait_for (child, fds[0], timeout_ms, error);
  close (fds[0]);
  return reply;
}

char *
vfp_apart_run (VfpApartFunc func, gpointer data, unsigned timeout_ms, GError **error)
{
  return run (func, data, -1, timeout_ms, error);
}

typedef struct
{
  int fd;
  const char *text;
} Write;

static char *
write_once (gpointer data)
{
  const Write *one = data;
  const gsize length = strlen (one->text);
  const ssize_t written = write (one->fd, one->text, length);

  if (written < 0)
    return g_strdup_printf ("%d", errno);
  return g_strdup_printf ("%d", (gsize) written == length ? 0 : EIO);
}

gboolean
vfp_apart_write (int fd, const char *text, unsigned timeout_ms, int *out_failure, GError **error)
{
  Write one = { fd, text };
  g_autofree char *reply = run (write_once, &one, fd, timeout_ms, error);

  if (reply == NULL)
    return FALSE;
  *out_failure = (int) g_ascii_strtoll (reply, NULL, 10);
  return TRUE;
}
