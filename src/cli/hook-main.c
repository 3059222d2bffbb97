/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool-hook: called by scripts/qemu-hook when a guest of libvirt starts, arrives or ends. Links
 * no libvirt. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"
#include "guest/domxml.h"
#include "ops/hook.h"

/* The one status that stops a guest; see scripts/qemu-hook. */
#define STATUS_REFUSED 100
#define STATUS_TROUBLE 1
#define STATUS_USAGE 2

/* How long libvirt waits at the most, with the guest locked. */
#define TIMEOUT_MS 7000

#define USAGE "usage: vfpool-hook [--sysroot DIR] [--state FILE] qemu NAME OPERATION [SUB [EXTRA]]"

typedef struct
{
  const char *sysroot;
  char *state_path;
  char **words; /* "qemu" and what follows */
} Arguments;

/* A file that is opened later must not become stdout, which libvirt reads. */
static void
fix_standard_files (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      (void) open ("/dev/null", O_RDWR);
}

/* libvirt shows stderr at the end of its own error; the log has it for those who were not there. A
 * fake host has no log. */
static void G_GNUC_PRINTF (3, 4)
    tell (const Arguments *arguments, int priority, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  /* Names, and values that an error quotes, are the guest's. */
  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  fprintf (stderr, "vfpool: %s\n", text);
  if (arguments->sysroot == NULL)
    syslog (priority, "%s", text);
}

static gboolean
read_arguments (char **argv, Arguments *arguments)
{
  char **at = argv + 1;

  for (; *at != NULL && g_str_has_prefix (*at, "--"); at += 2)
    if (at[1] != NULL && g_str_equal (*at, "--sysroot"))
      arguments->sysroot = at[1];
    else if (at[1] != NULL && g_str_equal (*at, "--state"))
      arguments->state_path = g_strdup (at[1]);
    else
      return FALSE;
  if (*at == NULL)
    return FALSE;
  arguments->words = at;
  if (arguments->state_path == NULL)
    arguments->state_path = g_build_filename (arguments->sysroot != NULL ? arguments->sysroot : "/",
                                              VFP_STATE_FILE, NULL);
  return TRUE;
}

static void
ask (const Arguments *arguments, const VfpHookReply *reply)
{
  g_autoptr (GError) error = NULL;

  if (reply->settle && arguments->sysroot == NULL
      && !vfp_hook_ask (&vfp_hook_asker, reply->uuid, &error))
    tell (arguments, LOG_WARNING, "%s: cannot ask for its settling: %s; 'vfpool settle %s' does it",
          reply->uuid, error->message, reply->uuid);
}

/* Half an XML would be none. */
static gboolean
print_xml (const Arguments *arguments, const char *xml)
{
  if (fputs (xml, stdout) >= 0 && fflush (stdout) == 0)
    return TRUE;
  tell (arguments, LOG_ERR, "%s: cannot write its XML: %s", arguments->words[1],
        g_strerror (errno));
  return FALSE;
}

static int
answer (const Arguments *arguments, const VfpHookReply *reply)
{
  for (guint i = 0; i < reply->notes->len; i++)
    tell (arguments, LOG_WARNING, "%s", (char *) g_ptr_array_index (reply->notes, i));
  ask (arguments, reply);
  if (reply->verdict == VFP_HOOK_TROUBLE)
    tell (arguments, LOG_ERR, "%s; let through", reply->text);
  if (reply->verdict != VFP_HOOK_REFUSED)
    return reply->xml == NULL || print_xml (arguments, reply->xml) ? 0 : STATUS_REFUSED;
  /* The answer to a preflight guest is for a program. */
  if (*reply->text == '{')
    fprintf (stderr, "%s\n", reply->text);
  else
    tell (arguments, LOG_ERR, "%s", reply->text);
  return STATUS_REFUSED;
}

static int
run (const Arguments *arguments)
{
  const char *name = arguments->words[1];
  g_auto (VfpHookReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  g_auto (VfpWorld) world = { .sysroot = arguments->sysroot, .state_path = arguments->state_path };
  g_autofree char *xml = vfp_domxml_read (STDIN_FILENO, &error);
  const gboolean has_reason = g_strv_length (arguments->words) > 4;
  const VfpHookRequest request = { .operation = arguments->words[2],
                                   .xml = xml,
                                   .reason = has_reason ? arguments->words[4] : NULL,
                                   .timeout_ms = TIMEOUT_MS };

  if (xml != NULL && vfp_hook_run (&world, &request, &reply, &error))
    return answer (arguments, &reply);
  tell (arguments, LOG_ERR, "%s: %s: %s", name, request.operation, error->message);
  return STATUS_TROUBLE;
}

int
main (int argc, char **argv)
{
  Arguments arguments = { 0 };
  int status;

  /* libvirt's is next to empty; what somebody has put into it is not trusted. */
  clearenv ();
  fix_standard_files ();
  openlog ("vfpool-hook", LOG_PID, LOG_DAEMON);
  if (argc > 1 && g_str_equal (argv[1], "--version"))
    {
      printf ("vfpool-hook %s\n", PACKAGE_VERSION);
      return 0;
    }
  if (!read_arguments (argv, &arguments))
    {
      fprintf (stderr, "vfpool: %s\n", USAGE);
      status = STATUS_USAGE;
    }
  else if (!g_str_equal (arguments.words[0], "qemu"))
    status = 0;
  else if (g_strv_length (arguments.words) < 3)
    {
      fprintf (stderr, "vfpool: %s\n", USAGE);
      status = STATUS_USAGE;
    }
  else
    status = vfp_hook_has_operation (arguments.words[2]) ? run (&arguments) : 0;
  g_free (arguments.state_path);
  return status;
}
