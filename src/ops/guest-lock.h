/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One changing command at a time per guest, from planning to the end of the libvirt call. */
#pragma once

#include "ops/world.h"
#include "state/lock.h"

/* The guest's UUID, by name, UUID or id: of libvirt, else (a guest that is gone, or a reader whom
 * libvirt does not answer) of the state file.
 * Owned by the caller. Error: %VFP_ERROR_NO_SUCH_GUEST. */
char *vfp_guest_find_uuid (VfpWorld *world, const char *name, GError **error);

/* Finds the UUID and takes the guest's lock. @out_uuid is owned by the caller. Errors:
 * %VFP_ERROR_NO_SUCH_GUEST, %VFP_ERROR_BUSY. */
VfpLock *vfp_guest_lock_take (VfpWorld *world, const char *name, unsigned timeout_ms,
                              char **out_uuid, GError **error);
