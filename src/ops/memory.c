/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first VF of a running guest pins all of its memory. */
#include "config.h"

#include "ops/memory.h"

#include <string.h>

#include "base/error.h"
#include "host/sysfs.h"

/* The number behind "NAME:" in a file of the form of /proc/meminfo, in KiB; 0: not told. */
static guint64
read_kib (int root_fd, const char *path, const char *name)
{
  g_autofree char *text = vfp_sysfs_read_optional (root_fd, path);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, name) && (*line)[strlen (name)] == ':')
      return g_ascii_strtoull (*line + strlen (name) + 1, NULL, 10);
  return 0;
}

/* What QEMU has resident already. libvirt keeps the process number in a file by the guest's name.
 */
static guint64
resident_kib (int root_fd, const char *guest_name)
{
  g_autofree char *pid_path = g_strdup_printf ("run/libvirt/qemu/%s.pid", guest_name);
  const gint64 pid = vfp_sysfs_read_int (root_fd, pid_path, 0);
  g_autofree char *status_path = g_strdup_printf ("proc/%" G_GINT64_FORMAT "/status", pid);

  if (pid <= 0)
    return 0;
  /* VmRSS leaves huge pages out, which are pinned from the start. */
  return read_kib (root_fd, status_path, "VmRSS") + read_kib (root_fd, status_path, "HugetlbPages");
}

gboolean
vfp_memory_check (const VfpRoot *root, const VfpGuest *guest, GError **error)
{
  const guint64 available = read_kib (root->fd, "proc/meminfo", "MemAvailable");

  if (guest->live == NULL || guest->live->devices->len > 0 || available == 0)
    return TRUE;

  const guint64 resident = resident_kib (root->fd, guest->name);
  const guint64 memory = guest->live->memory_kib;
  if (memory <= resident || memory - resident <= available)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_MEMORY,
                    "%s: a VF pins %" G_GUINT64_FORMAT " MiB, %" G_GUINT64_FORMAT
                    " MiB are available; --force does it all the same",
                    guest->name, (memory - resident) / 1024, available / 1024);
}
