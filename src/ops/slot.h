/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding, making and changing the identity that a slot is. Pure. */
#pragma once

#include <glib.h>

#include "guest/metadata.h"
#include "ops/attach.h"

/* The alias of a slot's device in libvirt: "ua-vfpool-net0". User aliases must begin with "ua-"
 * (libvirt, formatdomain.rst). */
char *vfp_slot_alias (const char *slot_name);

/* Whether neither a slot of the guest has the name, nor a device of it the alias of such a slot. */
gboolean vfp_slot_name_is_free (const VfpSnapshot *snapshot, const VfpGuest *guest,
                                const char *name);

/* A slot that is not in the file, with name, alias and guest only. */
VfpSlot *vfp_slot_new (const VfpGuest *guest, const char *name);

/* A slot that is not in the file, as the guest's metadata has it; with @fallback_pool (may be NULL)
 * where that names no pool. Metadata does not tell which settings somebody has asked for: those
 * that are no default. Whether others have the MAC is not looked at. */
VfpSlot *vfp_slot_from_promise (const VfpGuest *guest, const VfpSlotPromise *promise,
                                const char *fallback_pool);

/* Who has the MAC already, for people; NULL: nobody. The slot's own device is nobody, nor is a VF
 * that is idle: it may still carry what its last user left. @adopted: the VF whose device in its
 * guest is to become the slot's; it and that guest are nobody then. NULL: there is none. */
char *vfp_slot_find_mac_user (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpMac *mac,
                              const VfpAddress *adopted);

/* Gives the slot the first MAC of its own that nobody has. Error: %VFP_ERROR_MAC_IN_USE. */
gboolean vfp_slot_derive_mac (VfpSlot *slot, const VfpSnapshot *snapshot, GError **error);

/* The slot that an attach works on, as a copy: the one that was named; else the first of the guest
 * that has no VF and whose pool is @pool_wanted (NULL: any); else, with a VF named, the only one
 * without VF; else a new one with the lowest free number. A new one has id 0 and name and guest
 * only. Error: %VFP_ERROR_USAGE for a bad name, or when slots without VF of several pools fit. */
VfpSlot *vfp_slot_choose (const VfpSnapshot *snapshot, const VfpGuest *guest,
                          const VfpAttachRequest *request, const char *pool_wanted, GError **error);

/* Fills a new slot (MAC, guest address, ACPI index, alias, pool, settings, the pool's among them),
 * or takes what was asked for over into an existing one. Errors: %VFP_ERROR_MAC_IN_USE,
 * %VFP_ERROR_DIFFERS (identity of an existing slot), those of vfp_placement_plan(). */
gboolean vfp_slot_fill (VfpSlot *slot, const VfpSnapshot *snapshot, const VfpGuest *guest,
                        const VfpAttachRequest *request, const VfpPool *pool, GError **error);

/* Takes over what was asked for of settings, virtualport and driver model. Error: %VFP_ERROR_USAGE
 * where that does not go together with the rest. */
gboolean vfp_slot_ask (VfpSlot *slot, const VfpAttachRequest *request, GError **error);

/* Appends what the other slots of the guest own, though no XML may show it now: guest addresses
 * (VfpAddress) and ACPI indexes (unsigned). */
void vfp_slot_collect_taken (const VfpSlot *slot, const VfpSnapshot *snapshot, GArray *addresses,
                             GArray *indexes);

/* The number in a slot's name. */
unsigned vfp_slot_number (const VfpSlot *slot);

/* %VFP_ERROR_USAGE that names the slots (VfpSlot) and says what to do. Returns FALSE. */
gboolean vfp_slot_throw_several (const char *guest, GPtrArray *slots, const char *advice,
                                 GError **error);

/* Which of a guest's slots a command is for: no implicit "all", no implicit "first". */
typedef struct
{
  const char *guest; /* as the user named it, for messages */
  const char *slot;  /* NULL: the only one */
  gboolean all;
  gboolean ensure;       /* none is no error */
  gboolean claimed_only; /* without a name, only slots with a VF count */
  gboolean marked_too;   /* … and those that get one at each start */
  gboolean paired_too;   /* … and those that are half of a failover pair */
  gboolean arriving_too; /* … and those that get one again after a migration */
  gboolean one_only;     /* there is no "all" */
} VfpSlotSelection;

/* Slots as borrowed pointers. Errors: %VFP_ERROR_USAGE (several; names them),
 * %VFP_ERROR_SLOT_EMPTY, %VFP_ERROR_NO_SUCH_SLOT. */
GPtrArray *vfp_slot_select (const VfpRecords *records, const char *uuid,
                            const VfpSlotSelection *selection, GError **error);
