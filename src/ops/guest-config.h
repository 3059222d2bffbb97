/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of its bonds, from its slots alone. */
#pragma once

#include "guest/bond-config.h"
#include "ops/world.h"

typedef struct
{
  char *guest;
  char *uuid;
  const VfpBondFormat *format;
  GPtrArray *bonds; /* VfpBondConfig */
  GPtrArray *files; /* VfpBondFile */
} VfpGuestConfig;

/* The files for @guest in a format. Errors: %VFP_ERROR_NO_SUCH_GUEST, %VFP_ERROR_NO_SUCH_SLOT (no
 * bond), %VFP_ERROR_UNSUPPORTED (the format needs a name in the guest that is not certain). */
VfpGuestConfig *vfp_guest_config (VfpWorld *world, const char *guest, const VfpBondFormat *format,
                                  GError **error);
void vfp_guest_config_free (VfpGuestConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpGuestConfig, vfp_guest_config_free)

/* Writes the files into @folder, each whole or not at all. All are looked at first: one that is
 * there with the same text, and no wider permissions, is left alone; one that differs, or is no
 * plain file, is an error unless @force, and a link is never followed. Returns
 * a flag (gboolean) for each file: whether it was, or with @dry_run would be, written. Errors:
 * %VFP_ERROR_DIFFERS, %VFP_ERROR_OUTPUT. */
GArray *vfp_guest_config_write (const VfpGuestConfig *config, const char *folder, gboolean force,
                                gboolean dry_run, GError **error);
