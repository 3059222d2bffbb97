/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs set aside for what is no guest: DPDK, containers, the host itself. */
#pragma once

#include "ops/result.h"
#include "ops/world.h"

#define VFP_OWNER_MAX 64

typedef struct
{
  const VfpConfigReserve *group; /* the VFs that it lacks, as far as they are there, and none of the
                                    next four; NULL: none */
  const char *const *vfs;        /* addresses or PF/index; NULL: choose @count */
  const char *pf;                /* of this PF; NULL: any */
  const char *pool; /* of this pool, with its settings; NULL: the PF's own, or the only one */
  unsigned count;
  const char *owner;
  const char *driver;   /* "vfio-pci", "host", "none"; NULL: left alone */
  gboolean auto_mac;    /* one derived from owner and VF */
  VfpSettings settings; /* those that were asked for; a MAC goes with one VF only */
  gint64 until;         /* seconds since the epoch; 0: for ever */
  unsigned timeout_ms;  /* how long another vfpool is waited for */
  gboolean at_boot;     /* libvirt answers nobody yet: its files are read */
  gboolean unrecorded;  /* the VFs are made ready, and nothing is written down */
  gboolean ensure;
  gboolean dry_run;
} VfpReserveRequest;

/* Reserves all of the VFs or none of them; which, the policy says. Results: VfpResult, with owner,
 * one for each VF. With ensure, what the owner has already counts, is made so again where it is not
 * as asked for, and gets a new end. Needs libvirt's word on which VFs guests have. Errors:
 * %VFP_ERROR_USAGE, those of vfp_source_resolve(), vfp_pool_only() and vfp_policy_choose(),
 * %VFP_ERROR_DIFFERS (the owner has it, otherwise), %VFP_ERROR_MAC_IN_USE, %VFP_ERROR_UNSUPPORTED
 * (a driver that is not loaded, a setting that the PF's driver lacks), %VFP_ERROR_HOST,
 * %VFP_ERROR_BUSY, %VFP_ERROR_INTERRUPTED. NULL with @error. */
GPtrArray *vfp_reserve (VfpWorld *world, const VfpReserveRequest *request, GError **error);

/* 1 to VFP_OWNER_MAX bytes without control characters. Error: %VFP_ERROR_USAGE. */
gboolean vfp_reserve_check_owner (const char *owner, GError **error);

/* Whether each looks like an address or PF/index. Error: %VFP_ERROR_USAGE. */
gboolean vfp_reserve_check_vfs (const char *const *vfs, GError **error);

typedef struct
{
  const char *const *vfs; /* addresses or PF/index; NULL: all of @owner */
  const char *owner;
  unsigned timeout_ms; /* how long another vfpool is waited for */
  gboolean ensure;
  gboolean dry_run;
} VfpUnreserveRequest;

/* Gives back all of the VFs as they were, or none of them. Results as above. Errors:
 * %VFP_ERROR_NOT_RESERVED, %VFP_ERROR_VF_IN_USE, %VFP_ERROR_HOST, %VFP_ERROR_BUSY,
 * %VFP_ERROR_INTERRUPTED. NULL with @error. */
GPtrArray *vfp_unreserve (VfpWorld *world, const VfpUnreserveRequest *request, GError **error);
