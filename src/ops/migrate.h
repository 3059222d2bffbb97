/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running guest to another host, with VFs there in place of those here. */
#pragma once

#include "ops/world.h"

typedef enum
{
  VFP_MIGRATE_AUTO,     /* failover where that can be, else unplug where that leaves a NIC */
  VFP_MIGRATE_FAILOVER, /* QEMU takes the VFs out, and the guest goes on with their standbys */
  VFP_MIGRATE_UNPLUG,   /* vfpool does, and on the other host they are plugged in again */
} VfpMigrateMode;

/* "failover". */
const char *vfp_migrate_mode_to_string (VfpMigrateMode mode);

typedef struct
{
  const char *guest;
  const char *uri; /* of the destination */
  VfpMigrateMode mode;
  VfpCopyStorage copy;
  unsigned bandwidth_mib;
  unsigned timeout_ms;        /* of the migration itself; 0: none */
  unsigned detach_timeout_ms; /* for the guest to let go of its VFs */
  gboolean keep_source;       /* it stays defined here */
  GHashTable *pool_map;       /* char *: pool here → pool there; may be NULL */
  gboolean dry_run;
  VfpProgressFunc told;
  gpointer data;
} VfpMigrateRequest;

/* A slot that has a VF in the running guest. */
typedef struct
{
  char *name;
  char *pool;
  char *to_pool; /* where --pool-map sends it; NULL: to that of the same name */
  char *bond;
  char *driver_model;   /* NULL: as the template says */
  char *standby_netdev; /* bridge or netdev that the standby of its pair is on; NULL: none, or a
                         * network's */
  VfpMac mac;
  char *pf; /* that it has here */
  unsigned vf;
  VfpAddress from;
  gboolean config;  /* the configuration has it too */
  char *pool_there; /* as the other host's hook says; NULL: it has not */
  gboolean has_to;  /* the VF there: what its hook would choose; afterwards what the guest has */
  VfpAddress to;
} VfpMigrateSlot;

typedef enum
{
  VFP_CHECK_PASS,
  VFP_CHECK_NOTE, /* nobody can tell, or it is worth knowing */
  VFP_CHECK_FAIL,
} VfpCheckLevel;

typedef struct
{
  const char *id; /* "hook" */
  VfpCheckLevel level;
  char *text;
} VfpMigrateCheck;

/* "pass". */
const char *vfp_check_level_to_string (VfpCheckLevel level);

typedef struct
{
  char *guest;
  char *uuid;
  char *uri;
  gboolean planned;    /* the next two are known */
  VfpMigrateMode mode; /* failover or unplug */
  gboolean undefines;
  gboolean autostart; /* libvirt starts it with this host */
  GPtrArray *slots;   /* VfpMigrateSlot */
  GPtrArray *checks;  /* VfpMigrateCheck, in the order in which they were made */
  gboolean changed;
  gint64 elapsed_ms; /* of the migration itself */
  VfpProgress last;  /* what libvirt told last */
} VfpMigrateResult;

void vfp_migrate_result_free (VfpMigrateResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpMigrateResult, vfp_migrate_result_free)

/* Checks both hosts before anything is touched, and sends the guest. Where that fails it stays here
 * and has its VFs again; where the answer is lost both hosts are asked which of them has it. The
 * slots then end here, unless the guest stays defined. @out_result: also of what fails, as far as
 * it is known; NULL: of nothing. Errors: %VFP_ERROR_NO_VF_THERE: the guest has gone
 * (@out_result says changed), and has not got all of its VFs there in time; or, as
 * %VFP_ERROR_DESTINATION, nobody there says. Of a guest that stays:
 * those of vfp_migrate_plan(); %VFP_ERROR_LIBVIRT_UNREACHABLE, %VFP_ERROR_DESTINATION (no
 * hook there, a link that it does not have, CPU or machine), %VFP_ERROR_NO_VF_FITS there,
 * %VFP_ERROR_GUEST_REFUSED (also for snapshots), %VFP_ERROR_GUEST_TIMEOUT, %VFP_ERROR_INTERRUPTED,
 * %VFP_ERROR_FAILED (it is not certain where the guest is). */
gboolean vfp_migrate (VfpWorld *world, const VfpMigrateRequest *request,
                      VfpMigrateResult **out_result, GError **error);
