/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of an export, into the state file. */
#pragma once

#include "ops/world.h"

typedef enum
{
  VFP_IMPORT_EMPTY,   /* only into a state without slots and claims */
  VFP_IMPORT_MERGE,   /* what is there stays */
  VFP_IMPORT_REPLACE, /* what is there goes */
} VfpImportMode;

typedef struct
{
  const char *text;
  gsize length;
  const char *name; /* of the file, for errors */
  VfpImportMode mode;
  unsigned timeout_ms; /* for each guest that another vfpool is at work on; replace only */
  gboolean dry_run;
} VfpImportRequest;

typedef struct
{
  gboolean changed;
  unsigned slots, claims, reservations; /* new ones; claims: of slots */
  unsigned kept;                        /* slots and reservations that were there already */
  unsigned removed;                     /* slots and reservations that are replaced */
  GPtrArray *changes;                   /* texts */
} VfpImport;

void vfp_import_free (VfpImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpImport, vfp_import_free)

/* Checks everything before it writes anything, and writes in one transaction. Live parts of another
 * boot, or of a start of the guest that has ended, are void. PFs that this host has not are a
 * warning. libvirt is not asked. Errors: %VFP_ERROR_CONFIG (the text), %VFP_ERROR_STATE_NOT_EMPTY,
 * those of vfp_dump_check() where text and state file clash, %VFP_ERROR_BUSY where a command is at
 * work on what would be replaced: it would go on without its rows. */
VfpImport *vfp_import (VfpWorld *world, const VfpImportRequest *request, GError **error);
