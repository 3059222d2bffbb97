/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The halves of a guest's failover pairs take turns, and the driver in the guest tells nobody:
 * bridges and switches go on sending to the half that they heard last (net_failover.rst in the
 * kernel's documentation leaves it to the host). So the host announces the guest's MAC where the
 * other half is. */
#pragma once

#include "ops/world.h"

typedef struct VfpHandover VfpHandover;

/* The pairs of @snapshot's guest @uuid whose VF is in the running guest; @slot: that of this slot
 * alone, NULL: all. NULL: there is none, or netlink is off. Borrows nothing of @snapshot; @world
 * must outlive it. */
VfpHandover *vfp_handover_new (VfpWorld *world, const VfpSnapshot *snapshot, const char *uuid,
                               const char *slot);

/* The guest has let go of the VFs: what is for it goes to the standbys. Nothing depends on it: what
 * fails is warned of. @handover may be NULL. */
void vfp_handover_to_standbys (VfpHandover *handover);

/* From when the driver in the guest has taken a VF on, what is for the guest goes to it; it is told
 * again for some seconds, for the driver does not use it at once. Goes on in a thread of its own.
 * @handover may be NULL. */
void vfp_handover_to_vfs (VfpHandover *handover);

/* Waits until all that has been told, and some seconds for a driver that has not come yet; not
 * after a signal. @handover may be NULL. */
void vfp_handover_finish (VfpHandover *handover);

/* The slots whose VF no driver in the guest has enabled, "net0, net1", or NULL. Owned by the
 * caller.
 * @handover may be NULL. */
char *vfp_handover_find_unused (const VfpHandover *handover);

/* Ends what still goes on. */
void vfp_handover_free (VfpHandover *handover);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpHandover, vfp_handover_free)
