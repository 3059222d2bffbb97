/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another set of settings, or another identity, for a slot that there is. */
#pragma once

#include "ops/attach.h"

typedef struct
{
  VfpAttachRequest asked; /* guest, slot, what it is to be, affect, dry_run and timeout_ms; the rest
                             says nothing */
  gboolean replug;        /* the running guest may lose the NIC for a moment */
} VfpSetRequest;

/* Changes the VF through its PF, the persistent XML and the slot, or the slot alone where it has no
 * VF; what fails is undone. The live XML keeps its VLAN, which libvirt cannot change. With
 * affect.live alone, of a slot that is in the configuration too: the VF as it is, and nothing else.
 * Errors: %VFP_ERROR_GUEST_RUNNING (what only a re-plug changes, without @replug),
 * %VFP_ERROR_NO_SUCH_SLOT, %VFP_ERROR_SLOT_EMPTY, %VFP_ERROR_MAC_IN_USE,
 * %VFP_ERROR_GUEST_ADDRESS_IN_USE, %VFP_ERROR_ACPI_INDEX_IN_USE, %VFP_ERROR_UNSUPPORTED,
 * %VFP_ERROR_USAGE, %VFP_ERROR_BUSY, those of attach and detach with @replug. */
VfpResult *vfp_set (VfpWorld *world, const VfpSetRequest *request, GError **error);
