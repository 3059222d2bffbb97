/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small reads below a root fd. */
#include "config.h"

#include "host/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "host/fd.h"

/* The kernel shows an attribute in at most one page. */
#define ATTRIBUTE_MAX 4096

/* Reads what is there into @buffer, of ATTRIBUTE_MAX + 1 bytes; FALSE with errno set. */
static gboolean
read_attribute (int root_fd, const char *path, char *buffer)
{
  g_auto (VfpFd) fd = openat (root_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gsize length = 0;

  if (fd < 0)
    return FALSE;
  while (length < ATTRIBUTE_MAX)
    {
      const ssize_t got = read (fd, buffer + length, ATTRIBUTE_MAX - length);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return FALSE;
      if (got == 0)
        break;
      length += (gsize) got;
    }

  if (length > 0 && buffer[length - 1] == '\n')
    length--;
  buffer[length] = '\0';
  return TRUE;
}

char *
vfp_sysfs_read (int root_fd, const char *path, GError **error)
{
  char buffer[ATTRIBUTE_MAX + 1];

  if (!read_attribute (root_fd, path, buffer))
    {
      vfp_throw_errno (error, VFP_ERROR_HOST, errno, "'%s' cannot be read", path);
      return NULL;
    }
  return g_strdup (buffer);
}

char *
vfp_sysfs_read_optional (int root_fd, const char *path)
{
  char buffer[ATTRIBUTE_MAX + 1];

  return read_attribute (root_fd, path, buffer) ? g_strdup (buffer) : NULL;
}

gint64
vfp_sysfs_read_int (int root_fd, const char *path, gint64 fallback)
{
  char buffer[ATTRIBUTE_MAX + 1];
  guint64 hexadecimal;
  gint64 value;

  if (!read_attribute (root_fd, path, buffer))
    return fallback;
  if (g_str_has_prefix (buffer, "0x"))
    return vfp_parse_uint (buffer + strlen ("0x"), 16, 0, G_MAXINT64, path, &hexadecimal, NULL)
               ? (gint64) hexadecimal
               : fallback;
  return g_ascii_string_to_signed (buffer, 10, G_MININT64, G_MAXINT64, &value, NULL) ? value
                                                                                     : fallback;
}

char *
vfp_sysfs_link_name (int root_fd, const char *path)
{
  char target[PATH_MAX];
  const ssize_t length = readlinkat (root_fd, path, target, sizeof target - 1);

  if (length <= 0)
    return NULL;
  target[length] = '\0';

  const char *slash = strrchr (target, '/');
  return g_strdup (slash != NULL ? slash + 1 : target);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
add_names (GPtrArray *names, DIR *directory)
{
  const struct dirent *entry;

  while ((entry = readdir (directory)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
}

GPtrArray *
vfp_sysfs_list (int root_fd, const char *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_auto (VfpFd) fd = openat (root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir (fd);

  if (directory == NULL)
    return names;

  fd = -1; /* the stream's now */
  add_names (names, directory);
  closedir (directory);
  g_ptr_array_sort (names, compare_names);
  return names;
}

gboolean
vfp_sysfs_exists (int root_fd, const char *path)
{
  return faccessat (root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
