/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the builder of fake hosts share. */
#pragma once

#include "tests/lib/hosttree.h"

#include "base/address.h"

struct HostTree
{
  char *path;
  int fd;
  gboolean temporary;
  GKeyFile *links;
  GHashTable *port_groups; /* address of a root port → its IOMMU group */
  int next_group;
  unsigned next_ifindex;
  unsigned next_guest;
};

/* Says so on stderr and ends the program. */
G_NORETURN void hosttree_give_up (const char *what, const char *reason);

/* Binary content; @path as in hosttree_write(). */
void hosttree_write_bytes (HostTree *tree, const char *path, const void *data, gsize length);
void hosttree_write_format (HostTree *tree, const char *folder, const char *name,
                            const char *format, ...) G_GNUC_PRINTF (4, 5);
