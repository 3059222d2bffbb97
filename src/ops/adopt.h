/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking over VFs that guests have without vfpool, and the opposite: devices stay, promises go. */
#pragma once

#include <glib.h>

#include "ops/result.h"
#include "ops/world.h"

typedef struct
{
  const char *guest; /* NULL with @all: every guest */
  gboolean all;
  const char *slot; /* NULL: those of the guest's metadata, then the lowest free numbers */
  gboolean has_mac; /* only the device with this MAC … */
  VfpMac mac;
  const char *vf;   /* … or of this VF, which need not be of this host; NULL: all */
  const char *pf;   /* where another VF is needed; NULL: the slot's own, or the only one */
  const char *pool; /* the same */
  gboolean ensure;  /* a guest without VFs is no error */
  gboolean dry_run;
  unsigned timeout_ms;
} VfpAdoptRequest;

/* Makes slots and claims of what is in the guest's XMLs. No running guest is touched; a
 * configuration is rewritten only where it names a VF that the guest cannot have (of another host,
 * another guest's, not that of its claim) or a MAC that another has (a copy). Adds to @results
 * (VfpResult; the first of its changes is "kept", "re-placed", "copied" or "reverted"), one per
 * slot. All of a guest or nothing; with @all it goes on after a failure: the first is the error,
 * the others are warnings. Errors: %VFP_ERROR_VF_IN_USE (claimed for another, of a libvirt network,
 * in two guests), %VFP_ERROR_MAC_IN_USE, %VFP_ERROR_GUEST_RUNNING (a copy, to be changed while
 * off), %VFP_ERROR_PF_NOT_NAMED, %VFP_ERROR_NO_VF_FITS, %VFP_ERROR_SLOT_EMPTY (nothing to adopt), …
 */
gboolean vfp_adopt (VfpWorld *world, const VfpAdoptRequest *request, GPtrArray *results,
                    GError **error);

/* Makes a claim for the VF @source, which a device of @guest names, in a transaction of its own
 * under the claim lock: with the parts that the XMLs show, nothing saved, no device touched. @slot:
 * whose it is to be; one that is not in the file (id 0) is put there, and its id set. Neither the
 * guest's metadata nor
 * @snapshot is changed. Errors: %VFP_ERROR_NO_SUCH_VF where the VF is not on this host or not in
 * the guest, %VFP_ERROR_VF_IN_USE, %VFP_ERROR_SLOT_IN_USE, %VFP_ERROR_MAC_IN_USE, those of the
 * store. */
gboolean vfp_adopt_device (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                           const VfpAddress *source, VfpSlot *slot, GError **error);

/* The same within the caller's transaction. */
gboolean vfp_adopt_device_put (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                               const VfpAddress *source, VfpSlot *slot, GError **error);

typedef struct
{
  const char *guest; /* NULL with @all: every guest, gone ones too */
  gboolean all;
  const char *slot; /* NULL: all of the guest */
  gboolean ensure;  /* a guest without slots is no error */
  gboolean dry_run;
  unsigned timeout_ms;
} VfpDisownRequest;

/* Ends slots and claims, and takes them out of the metadata. Devices and settings stay. Adds to
 * @results as vfp_adopt(). Errors: %VFP_ERROR_BUSY (another vfpool works on one of them; none of
 * the guest is then disowned), %VFP_ERROR_NO_SUCH_SLOT. */
gboolean vfp_disown (VfpWorld *world, const VfpDisownRequest *request, GPtrArray *results,
                     GError **error);
