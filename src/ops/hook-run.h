/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations of the hook. */
#pragma once

#include "guest/domxml.h"
#include "ops/hook-check.h"
#include "ops/hook.h"

/* How long the state file is waited for, in all. */
#define VFP_HOOK_STATE_MS 2000

typedef struct
{
  VfpWorld *world;
  const char *xml; /* that @domxml was read from */
  const VfpDomxml *domxml;
  gboolean from_file; /* the guest arrives from no host: it was saved */
  const char *reason; /* see VfpHookRequest */
  VfpHookReply *reply;
  unsigned state_left_ms; /* of the time for the state file */
} VfpHookRun;

/* One each for libvirt's operations; the world is open and the state file is there. FALSE: trouble.
 */
gboolean vfp_hook_prepare (VfpHookRun *run, GError **error);
gboolean vfp_hook_start (VfpHookRun *run, GError **error);
gboolean vfp_hook_started (VfpHookRun *run, GError **error);
gboolean vfp_hook_release (VfpHookRun *run, GError **error);

/* "migrate" and "restore": the file need not be there. Errors: there is no VF for a slot, and
 * trouble. */
gboolean vfp_hook_arrive (VfpHookRun *run, GError **error);

/* The one line for a preflight guest; always refuses. @trouble: why nothing can be told; NULL:
 * the world is open. */
void vfp_hook_preflight (VfpHookRun *run, const char *trouble);

/* vfp_store_begin() within what is left of the time. */
VfpTransaction *vfp_hook_begin (VfpHookRun *run, GError **error);

/* The guest's row as it is in @records, or a new one; its strings are owned by @records and @run.
 */
VfpGuestRecord vfp_hook_guest (const VfpHookRun *run, const VfpRecords *records);

/* Within a transaction: that the hook was called in this boot. */
gboolean vfp_hook_put_seen (VfpHookRun *run, GError **error);

/* Within a transaction: one more settling is wanted. */
gboolean vfp_hook_put_wanted (VfpHookRun *run, const VfpRecords *records, GError **error);

/* Refuses the start for @reason, and records that where it can be: libvirt gives up on a guest that
 * is refused at boot, and "vfpool boot guests" does not. @counted: the start has its number
 * already. */
void vfp_hook_refuse (VfpHookRun *run, const char *reason, gboolean counted);

/* Reads host and state file. Error: also where a PF of the guest's VFs does not answer: whether it
 * is the card that claims name is then not known. */
gboolean vfp_hook_read_host (VfpHookRun *run, VfpInventory **out_inventory, GError **error);

/* What the hook decides on @inventory and @records. */
VfpView *vfp_hook_view (const VfpHookRun *run, const VfpInventory *inventory,
                        const VfpRecords *records);
