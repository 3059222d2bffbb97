/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another fake host, as it is asked before a guest is sent to it. */
#include "config.h"

#include "guest/virt-fake-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "guest/preflight.h"
#include "host/fd.h"
#include "host/netlink-fake.h"
#include "host/sysfs.h"

#define HOOK_FILE "hook-command"

static char *
read_file (const VfpRoot *root, const char *name)
{
  g_autofree char *path = vfp_fake_path (root, name);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strchomp (text) : NULL;
}

/* The file "unreachable" of a host says that nobody gets through to it. */
VfpVirt *
vfp_virt_fake_open_remote (VfpVirt *virt, const char *uri, GError **error)
{
  const VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  g_autofree char *name
      = g_build_filename ("hosts", parsed != NULL ? g_uri_get_host (parsed) : "", NULL);
  g_autofree char *path = read_file (fake->root, name);
  VfpRoot *root = path != NULL ? vfp_root_open (path, NULL) : NULL;
  VfpVirt *remote = NULL;

  if (root != NULL && !vfp_sysfs_exists (root->fd, VFP_FAKE_DIR "/unreachable"))
    remote = vfp_virt_fake_new (root, fake->faults);
  if (remote == NULL)
    {
      vfp_root_free (root);
      vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE,
                 "cannot connect to '%s': libvirt: unable to connect to server: No route to host",
                 uri);
      return NULL;
    }
  ((VfpVirtFake *) remote)->own_root = root;
  return remote;
}

static VfpFd
open_new (const char *path, const char *text, GError **error)
{
  const int fd = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  if (fd < 0 || write (fd, text, strlen (text)) != (ssize_t) strlen (text)
      || lseek (fd, 0, SEEK_SET) != 0)
    vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", path);
  return fd;
}

/* What stands at the ends of the call, in files of the host. */
typedef struct
{
  char *paths[3];
  VfpFd fds[3];
} Ends;

static void
ends_clear (Ends *ends)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ends->paths); i++)
    {
      if (ends->fds[i] >= 0)
        close (ends->fds[i]);
      if (ends->paths[i] != NULL)
        g_unlink (ends->paths[i]);
      g_free (ends->paths[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ends, ends_clear)

static gboolean
spawn (char **argv, const Ends *ends, int *out_status, GError **error)
{
  g_autoptr (GError) local = NULL;
  GPid pid;

  if (!g_spawn_async_with_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                               ends->fds[0], ends->fds[1], ends->fds[2], &local))
    return vfp_throw (error, VFP_ERROR_FAILED, "fake host: %s", local->message);
  while (waitpid (pid, out_status, 0) < 0)
    if (errno != EINTR)
      return vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", argv[0]);
  return TRUE;
}

static gboolean
throw_refused (const char *program, int status, const char *path, GError **error)
{
  g_autofree char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return vfp_throw (error, VFP_ERROR_LIBVIRT,
                    "libvirt: Hook script execution failed: internal error: Child process (%s) "
                    "unexpected exit status %d: %s",
                    program, WEXITSTATUS (status), text != NULL ? g_strchomp (text) : "");
}

gboolean
vfp_fake_call_hook (const VfpVirtFake *fake, const char *name, const char *operation,
                    const char *xml, char **out_xml, GError **error)
{
  static const char *const names[] = { "hook.in", "hook.out", "hook.err" };
  g_autofree char *command = read_file (fake->root, HOOK_FILE);
  g_autofree char *line = g_strdup_printf ("%s\nqemu\n%s\n%s\nbegin\n-", command, name, operation);
  g_auto (GStrv) argv = g_strsplit (line, "\n", -1);
  g_auto (Ends) ends = { .fds = { -1, -1, -1 } };
  int status;

  if (command == NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      ends.paths[i] = vfp_fake_path (fake->root, names[i]);
      ends.fds[i] = open_new (ends.paths[i], i == 0 ? xml : "", error);
      if (ends.fds[i] < 0)
        return FALSE;
    }
  if (!spawn (argv, &ends, &status, error))
    return FALSE;
  if (status != 0)
    return throw_refused ("/etc/libvirt/hooks/qemu.d/50-vfpool", status, ends.paths[2], error);

  g_autofree char *printed = NULL;
  g_file_get_contents (ends.paths[1], &printed, NULL, NULL);
  if (out_xml != NULL)
    *out_xml = printed != NULL && *printed != '\0' ? g_steal_pointer (&printed) : NULL;
  return TRUE;
}

char *
vfp_fake_ask_hook (VfpVirt *virt, const VfpPreflight *asked, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *name = g_strconcat (VFP_PREFLIGHT_NAME_PREFIX, uuid, NULL);
  g_autofree char *xml = vfp_preflight_render (uuid, asked);
  g_autoptr (GError) refused = NULL;

  if (!vfp_faults_pass (fake->faults, "ask_hook", error))
    return NULL;
  if (!vfp_fake_call_hook (fake, name, "prepare", xml, NULL, &refused))
    return g_strdup (refused->message);
  vfp_throw (error, VFP_ERROR_DESTINATION, "it has not run vfpool's hook");
  return NULL;
}

gboolean
vfp_fake_has_network (VfpVirt *virt, const char *name, VfpSays *out_says, GError **error)
{
  const VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/networks/%s.xml", name);

  *out_says = vfp_sysfs_exists (fake->root->fd, path) ? VFP_SAYS_YES : VFP_SAYS_NO;
  return TRUE;
}

/* The file "lacks" says what the host cannot do. */
gboolean
vfp_fake_fits (VfpVirt *virt, const VfpGuestNeeds *needs, VfpSays *out_says, char **out_text,
               GError **error)
{
  *out_text = read_file (((VfpVirtFake *) virt)->root, "lacks");
  *out_says = *out_text == NULL ? VFP_SAYS_YES : VFP_SAYS_NO;
  return TRUE;
}
