/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fake hosts: files, folders and links. */
#include "config.h"

#include "tests/lib/hosttree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "host/fd.h"
#include "host/netlink-fake.h"
#include "tests/lib/hosttree-private.h"

void
hosttree_give_up (const char *what, const char *reason)
{
  fprintf (stderr, "hosttree: '%s' %s\n", what, reason);
  exit (1);
}

static G_NORETURN void
give_up (const char *path)
{
  g_autofree char *reason = g_strdup_printf ("cannot be made or removed: %s", g_strerror (errno));

  hosttree_give_up (path, reason);
}

void
hosttree_make_folder (HostTree *tree, const char *path)
{
  g_autofree char *parent = NULL;

  if (mkdirat (tree->fd, path, 0777) == 0 || errno == EEXIST)
    return;
  if (errno != ENOENT)
    give_up (path);
  parent = g_path_get_dirname (path);
  hosttree_make_folder (tree, parent);
  if (mkdirat (tree->fd, path, 0777) != 0)
    give_up (path);
}

void
hosttree_write_bytes (HostTree *tree, const char *path, const void *data, gsize length)
{
  g_auto (VfpFd) fd = openat (tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

  if (fd < 0 || write (fd, data, length) != (ssize_t) length)
    give_up (path);
}

void
hosttree_write (HostTree *tree, const char *path, const char *text)
{
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  hosttree_write_bytes (tree, path, line, strlen (line));
}

void
hosttree_write_format (HostTree *tree, const char *folder, const char *name, const char *format,
                       ...)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", folder, name);
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  hosttree_write (tree, path, text);
}

void
hosttree_link (HostTree *tree, const char *path, const char *target)
{
  if (unlinkat (tree->fd, path, 0) != 0 && errno != ENOENT)
    give_up (path);
  if (symlinkat (target, tree->fd, path) != 0)
    give_up (path);
}

static int
remove_one (const char *path, const struct stat *status, int type, struct FTW *where)
{
  return remove (path);
}

static void
remove_all (const char *path)
{
  if (nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
    give_up (path);
}

void
hosttree_remove (HostTree *tree, const char *path)
{
  g_autofree char *whole = g_build_filename (tree->path, path, NULL);

  remove_all (whole);
}

HostTree *
hosttree_new (const char *path)
{
  HostTree *tree = g_new0 (HostTree, 1);

  tree->temporary = path == NULL;
  tree->path = path != NULL ? g_canonicalize_filename (path, NULL)
                            : g_dir_make_tmp ("hosttree-XXXXXX", NULL);
  if (tree->path == NULL || g_mkdir_with_parents (tree->path, 0777) != 0)
    give_up (tree->path);
  tree->fd = open (tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tree->fd < 0)
    give_up (tree->path);
  tree->links = g_key_file_new ();
  tree->port_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  tree->next_ifindex = 2;

  hosttree_make_folder (tree, "sys/bus/pci/devices");
  hosttree_make_folder (tree, "sys/bus/pci/drivers");
  hosttree_make_folder (tree, "sys/class/net");
  hosttree_make_folder (tree, "sys/devices/virtual/net/lo");
  hosttree_write (tree, "sys/devices/virtual/net/lo/address", "00:00:00:00:00:00");
  hosttree_link (tree, "sys/class/net/lo", "../../devices/virtual/net/lo");
  hosttree_make_folder (tree, "proc/sys/kernel/random");
  hosttree_write (tree, "proc/sys/kernel/random/boot_id", "3b1f8a52-6a0e-4c1c-9d3e-0c5f7d2e4b10");
  hosttree_make_folder (tree, VFP_FAKE_DIR "/guests");
  hosttree_make_folder (tree, VFP_FAKE_DIR "/networks");
  return tree;
}

void
hosttree_free (HostTree *tree)
{
  if (tree == NULL)
    return;
  close (tree->fd);
  if (tree->temporary)
    remove_all (tree->path);
  g_key_file_unref (tree->links);
  g_hash_table_unref (tree->port_groups);
  g_free (tree->path);
  g_free (tree);
}

const char *
hosttree_path (const HostTree *tree)
{
  return tree->path;
}

VfpRoot *
hosttree_open (const HostTree *tree)
{
  VfpRoot *root = vfp_root_open (tree->path, NULL);

  if (root == NULL)
    give_up (tree->path);
  return root;
}

GKeyFile *
hosttree_links (HostTree *tree)
{
  return tree->links;
}

void
hosttree_save_links (HostTree *tree)
{
  gsize length;
  g_autofree char *text = g_key_file_to_data (tree->links, &length, NULL);

  hosttree_write_bytes (tree, VFP_FAKE_DIR "/links.conf", text, length);
}
