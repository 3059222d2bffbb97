/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the configuration, for its files only. */
#pragma once

#include "pool/conf.h"

typedef enum
{
  VFP_GROUP_VFPOOL,
  VFP_GROUP_RECONCILE,
  VFP_GROUP_POOL,
  VFP_GROUP_RESERVE,
} VfpGroupKind;

/* Reads one key into @target, which is the kind's struct. Error: %VFP_ERROR_CONFIG without file and
 * group; it names key and allowed values. */
gboolean vfp_config_read_key (VfpGroupKind kind, gpointer target, const char *key,
                              const char *value, GError **error);

/* What only the whole group shows. Error: %VFP_ERROR_CONFIG without file and group. */
gboolean vfp_config_check_vfs (const VfpConfigVfs *vfs, GError **error);
