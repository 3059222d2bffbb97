/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory that stands for "/": the machine's own, or a captured host (--sysroot). */
#pragma once

#include <glib.h>

typedef struct
{
  int fd;             /* every read of the kernel's files is relative to it */
  char *path;         /* "/" for the machine itself */
  gboolean is_system; /* FALSE: a captured host; netlink and libvirt are fakes or off */
} VfpRoot;

/* @sysroot: NULL or "/" for the machine itself. Error: %VFP_ERROR_USAGE. */
VfpRoot *vfp_root_open (const char *sysroot, GError **error);
void vfp_root_free (VfpRoot *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpRoot, vfp_root_free)

/* This boot's id (proc(5), /proc/sys/kernel/random/boot_id); "" where a captured host has none. */
char *vfp_root_boot_id (const VfpRoot *root);
