/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A live migration: what libvirt is asked for, what it tells meanwhile, and what is asked of the
 * other host before. */
#pragma once

#include <glib.h>

typedef enum
{
  VFP_COPY_NONE, /* both hosts have the same storage */
  VFP_COPY_ALL,  /* all of the guest's disks */
  VFP_COPY_INC,  /* what stands above their backing files */
} VfpCopyStorage;

/* What libvirt tells of a migration that goes on (virDomainGetJobStats()). */
typedef struct
{
  guint64 elapsed_ms;
  guint64 total, transferred, remaining; /* bytes: memory, and disks that are copied; 0: unknown */
  guint64 disks_left;                    /* bytes of disks; memory is not sent before */
  guint64 memory_sent; /* bytes; none is before QEMU has unplugged the VFs of pairs */
  gboolean has_dirty_rate;
  guint64 dirty_rate; /* bytes in a second */
  gboolean has_downtime;
  guint64 downtime_ms; /* how long the guest is expected to stand still */
} VfpProgress;

typedef void (*VfpProgressFunc) (const VfpProgress *progress, gpointer data);

typedef struct
{
  const char *uri;    /* of the destination's libvirt, as this host's libvirtd is to call it */
  gboolean persists;  /* it is defined there, too */
  gboolean undefines; /* it is defined here no more */
  VfpCopyStorage copy;
  unsigned bandwidth_mib;     /* in a second; 0: libvirt's own limit */
  unsigned timeout_ms;        /* then it is aborted; 0: never */
  unsigned unplug_timeout_ms; /* for the guest to let go of the VFs of its pairs; 0: it has
                               * none, or any time */
  gboolean (*is_awaited) (gpointer data); /* whether the other host waits for the guest by now, from
                                             when on it is asked to let go; NULL: from the start */
  const volatile int *interrupted;        /* it is aborted when this becomes set; may be NULL */
  const char *live_xml;                   /* as it is to arrive; NULL: as it is here */
  const char *config_xml;                 /* as it is to be defined there; NULL: as it is here */
  VfpProgressFunc told;                   /* now and then, in the caller's thread; may be NULL */
  gpointer data;
} VfpMigration;

/* A guest that is to let go of the VFs of its pairs: QEMU asks it, and waits without end (state
 * "wait-unplug" in QEMU's migration.c). libvirt tells of that by sending nothing. */
typedef struct
{
  unsigned limit_ms; /* 0: it has any time */
  gint64 end_us;     /* monotonic; 0: it has not been asked */
  gboolean has_let_go;
} VfpUnplugWait;

/* A second is added for each GiB of @memory_kib, which the other host takes when QEMU starts. */
VfpUnplugWait vfp_unplug_wait_new (const VfpMigration *migration, guint64 memory_kib);

/* Whether the guest has not let go in time, as far as @progress tells. @awaited: the other host
 * waits for it; QEMU does not ask before. */
gboolean vfp_unplug_wait_is_over (VfpUnplugWait *wait, const VfpProgress *progress,
                                  gboolean awaited, gint64 now_us);

/* Throws %VFP_ERROR_GUEST_TIMEOUT. */
gboolean vfp_unplug_wait_throw (const VfpUnplugWait *wait, GError **error);

/* What a host says when it is asked for something. */
typedef enum
{
  VFP_SAYS_UNKNOWN, /* it cannot tell */
  VFP_SAYS_YES,
  VFP_SAYS_NO,
} VfpSays;
