/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything outside that a use case touches, opened on demand, and one reading of it. */
#pragma once

#include <glib.h>

#include "base/faults.h"
#include "guest/virt.h"
#include "host/drivers.h"
#include "host/inventory.h"
#include "host/netlink.h"
#include "host/root.h"
#include "pool/conf.h"
#include "pool/view.h"
#include "state/store.h"

typedef struct
{
  /* Set by whoever makes the world. */
  const char *sysroot; /* NULL: the machine itself */
  const char *state_path;
  const char *config_path; /* NULL: the usual one of the host, which need not be there */
  const char *uri;
  const char *user_template_dir;
  const char *template_dir;
  const volatile int *interrupted; /* number of the signal, 0: none; may be NULL */
  gboolean read_only;              /* dry run, list, show: libvirt must answer within 5 s */
  VfpVia via;                      /* for the history */
  unsigned state_timeout_ms;       /* how long another writer is waited for; 0: as usual */
  gboolean needs_libvirt;          /* no answer is an error; else it leaves things unknown */
  unsigned libvirt_timeout_ms;     /* to wait for libvirt's answers; 0: as commands do */
  gboolean rebuild;                /* the state file is not opened: it is to be made anew */
  VfpFaults *faults;               /* for tests */

  /* Opened by vfp_world_open(). */
  VfpConfig *config;
  VfpRoot *root;
  VfpNetlink *netlink; /* NULL: off */
  VfpDrivers *drivers;
  VfpVirt *virt; /* NULL: not reachable, see virt_error */
  GError *virt_error;
  VfpStore *store;
  char *boot_id;
  char *by;            /* who asks: login name behind sudo, else the user's */
  GPtrArray *warnings; /* texts for stderr and JSON */
  gboolean has_hook;   /* libvirt was asked and runs the hook */
} VfpWorld;

/* Reads the configuration, if that was not done yet. Error: %VFP_ERROR_CONFIG. */
gboolean vfp_world_load_config (VfpWorld *world, GError **error);

/* Opens configuration, root and state file, and nothing of libvirt: for the hook and for boot,
 * where libvirtd must not be called. */
gboolean vfp_world_open_local (VfpWorld *world, GError **error);

/* The same and libvirt. In a file of its own, so that a program can do without libvirt's library.
 */
gboolean vfp_world_open (VfpWorld *world, GError **error);

/* libvirt of the host that a guest is to be sent to; nothing else is read there. @world is open.
 * Owned by the caller. Errors: %VFP_ERROR_USAGE, %VFP_ERROR_LIBVIRT_UNREACHABLE. */
VfpVirt *vfp_world_open_destination (VfpWorld *world, const char *uri, GError **error);

void vfp_world_clear (VfpWorld *world);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpWorld, vfp_world_clear)

/* Whether a signal has asked to stop. */
gboolean vfp_world_is_interrupted (const VfpWorld *world);

/* Appends to the warnings. */
void vfp_world_warn (VfpWorld *world, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* One reading of host, libvirt and state file. */
typedef struct
{
  const VfpRoot *root;     /* the world's */
  const VfpConfig *config; /* the world's */
  VfpInventory *inventory;
  GPtrArray *guests;   /* VfpGuest; NULL: libvirt did not answer */
  GPtrArray *networks; /* VfpNetwork; NULL: libvirt did not answer */
  VfpRecords *records;
  VfpView *view;
  GPtrArray *net_records; /* see VfpFacts; NULL: not read */
  GHashTable *meta;       /* the same */
} VfpSnapshot;

/* Reads host and libvirt: no lock is to be held. The rest is filled by vfp_snapshot_join(). */
VfpSnapshot *vfp_snapshot_read (VfpWorld *world, GError **error);

/* The same of the files that libvirt keeps, for the time when it answers nobody. */
VfpSnapshot *vfp_snapshot_read_files (VfpWorld *world, GError **error);

/* Reads the state file (again) and joins. With a guest that carries our metadata while the state
 * file is missing: %VFP_ERROR_STATE_MISSING, where @changing; else a warning. */
gboolean vfp_snapshot_join (VfpWorld *world, VfpSnapshot *snapshot, gboolean changing,
                            GError **error);

/* For changing commands that need the guest @uuid alone: host, that guest (none if libvirt does not
 * know it) and state file, joined. The states of VFs of other guests in its view mean nothing. */
VfpSnapshot *vfp_snapshot_read_guest (VfpWorld *world, const char *uuid, GError **error);

/* For changing commands that do not read all guests: where the state file is missing, reads them to
 * see whether one has slots. Error: %VFP_ERROR_STATE_MISSING. */
gboolean vfp_snapshot_check_file (VfpWorld *world, GError **error);

/* Reads what only the audit looks at, and joins anew. */
gboolean vfp_snapshot_read_notes (VfpWorld *world, VfpSnapshot *snapshot, GError **error);

/* Joins anew after the records were edited in memory. */
void vfp_snapshot_refresh (VfpWorld *world, VfpSnapshot *snapshot);

/* Both; for readers. Repeats while the state file changes meanwhile. */
VfpSnapshot *vfp_snapshot_take (VfpWorld *world, GError **error);
void vfp_snapshot_free (VfpSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpSnapshot, vfp_snapshot_free)

/* The guest, by name, UUID or id. Error: %VFP_ERROR_NO_SUCH_GUEST. */
VfpGuest *vfp_snapshot_get_guest (const VfpSnapshot *snapshot, const char *name, GError **error);

/* The PF, by name or address. Error: %VFP_ERROR_NO_SUCH_PF, listing those that there are. */
VfpPf *vfp_snapshot_get_pf (const VfpSnapshot *snapshot, const char *name, GError **error);

/* The address that @text names: a PCI address, or PF/index. Error: %VFP_ERROR_NO_SUCH_VF with what
 * the thing is instead. */
gboolean vfp_snapshot_get_vf (const VfpSnapshot *snapshot, const char *text,
                              VfpAddress *out_address, GError **error);

/* What stands for the guest of a reservation in the history: "owner:dpdk". */
#define VFP_OWNER_PREFIX "owner:"

/* Appends to the state file's history, within a transaction. @result: NULL for "done". */
gboolean vfp_world_note (VfpWorld *world, const char *what, const VfpSlot *slot,
                         const VfpClaim *claim, const char *result, GError **error);

/* Seconds since the epoch. */
gint64 vfp_world_now (void);
