/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration: vfpool.conf, and the files of pools.d beside it. Key files in, values out;
 * what they mean on this host is the business of pool.h. */
#pragma once

#include <glib.h>

#include "base/mac.h"
#include "base/settings.h"
#include "base/range.h"

typedef enum
{
  VFP_PICK_SPREAD, /* the PF with the fewest VFs in use first */
  VFP_PICK_PACK,   /* the PF with the most */
} VfpPick;

typedef enum
{
  VFP_NUMA_PREFER,
  VFP_NUMA_REQUIRE,
  VFP_NUMA_IGNORE,
} VfpNuma;

/* What the nightly run may do by itself. */
typedef enum
{
  VFP_FIX_NO,
  VFP_FIX_SAFE,
  VFP_FIX_LIVE,
} VfpFix;

/* What a reserved VF is to be bound to. */
typedef enum
{
  VFP_BIND_KEEP,
  VFP_BIND_VFIO,
  VFP_BIND_HOST,
  VFP_BIND_NONE,
} VfpBind;

/* VFs by their PFs, and what is set on them. */
typedef struct
{
  GStrv pfs;            /* netdev names, altnames, addresses or "mac:…"; at least one */
  GArray *ranges;       /* VfpRange; NULL: all VFs of these PFs */
  VfpSettings settings; /* known: those that are given */
} VfpConfigVfs;

/* [pool NAME] */
typedef struct
{
  char *name;
  char *file; /* for messages */
  VfpConfigVfs vfs;
  VfpPick pick;
  VfpNuma numa;
  unsigned guest_bus;           /* 0: planned */
  unsigned guest_pci_slot_base; /* on that bus */
  char *profile_id;             /* of a virtualport 802.1Qbh; NULL: none */
  GStrv accepts; /* pools of other hosts whose slots come here with their guests; NULL: none */
} VfpConfigPool;

/* [reserve NAME] */
typedef struct
{
  char *name; /* the owner */
  char *file;
  VfpConfigVfs vfs;
  unsigned count; /* of these VFs; 0: all */
  VfpBind bind;
  gboolean derive_mac; /* mac = auto; another one is a setting */
} VfpConfigReserve;

typedef struct
{
  VfpMacPrefix mac_prefix;
  gboolean refuse_on_error; /* the hook in trouble of our own */
  gboolean boot_start;      /* guests that were refused at boot are started later */
  VfpFix fix;
  unsigned timeout_ms;  /* 0: not given */
  GPtrArray *pools;     /* VfpConfigPool, as they stand in the files */
  GPtrArray *reserves;  /* VfpConfigReserve */
  char *vfpool_file;    /* where [vfpool] stands; NULL: nowhere */
  char *reconcile_file; /* the same of [reconcile] */
} VfpConfig;

/* Reads @path and the files of pools.d beside it that end in .conf, in the order of their names.
 * Without them all is as it is by default; @required: @path must be there. Error:
 * %VFP_ERROR_CONFIG, with file, group, key and what is allowed. */
VfpConfig *vfp_config_load (const char *path, gboolean required, GError **error);

/* Nothing is configured. */
VfpConfig *vfp_config_new (void);
void vfp_config_free (VfpConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpConfig, vfp_config_free)

/* NULL when there is none. */
const VfpConfigPool *vfp_config_find_pool (const VfpConfig *config, const char *name);
const VfpConfigReserve *vfp_config_find_reserve (const VfpConfig *config, const char *name);

const char *vfp_pick_to_string (VfpPick pick);
const char *vfp_numa_to_string (VfpNuma numa);
