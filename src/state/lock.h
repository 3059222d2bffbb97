/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flock() locks beside the state file. Order, from top to bottom and no other: per-guest lock →
 * claim lock → SQLite transaction. Under the claim lock: no libvirt call and no write of
 * sriov_numvfs, since libvirt runs hooks with the domain locked and a hook may wait for us. */
#pragma once

#include <glib.h>

typedef struct VfpLock VfpLock;

/* Takes the lock NAME ("claim", or a guest's UUID) of the state file @state_path, waiting up to
 * @timeout_ms. Given back by vfp_lock_free() or the end of the process. Error: %VFP_ERROR_BUSY,
 * naming the process that has it and its command; %VFP_ERROR_STATE. */
VfpLock *vfp_lock_take (const char *state_path, const char *name, unsigned timeout_ms,
                        GError **error);
void vfp_lock_free (VfpLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpLock, vfp_lock_free)
