/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The planning of an adoption, for its files only: what is found in the guest, whose slot it is,
 * and which VF it has then. */
#pragma once

#include "guest/metadata.h"
#include "ops/adopt-plan.h"

/* A NIC of the guest: the devices of one VF in its XMLs, or of two where the configuration names
 * another VF for the same NIC. One of them may be NULL. */
typedef struct
{
  const VfpGuestDevice *live, *config;
} VfpAdoptFound;

typedef struct
{
  const VfpSnapshot *snapshot;
  const VfpAdoptRequest *request;
  VfpGuest *guest;
  VfpAdoptPlan *plan;
  GPtrArray *promises; /* VfpSlotPromise of the metadata, those that are not used yet */
  char *origin_uuid;   /* of the guest that the metadata was written for; NULL: there is none */
  gboolean copied;     /* that is another guest */
} VfpAdoptPlanning;

/* The device that counts. */
static inline const VfpGuestDevice *
vfp_adopt_device_of (const VfpAdoptFound *found)
{
  return found->live != NULL ? found->live : found->config;
}

/* All (VfpAdoptFound) that may be VFs of NICs: live ones first, in the order of the XML. */
GArray *vfp_adopt_find (const VfpSnapshot *snapshot, const VfpGuest *guest);

/* The slot of the file that it belongs to, borrowed; NULL: none. */
const VfpSlot *vfp_adopt_slot_match (const VfpAdoptPlanning *planning, const VfpAdoptFound *found);

/* The slot that it is to belong to, as a copy; a new one has name and guest only. What the
 * metadata promised is taken out of the promises; NULL: nothing. */
VfpSlot *vfp_adopt_slot_choose (VfpAdoptPlanning *planning, const VfpAdoptFound *found,
                                VfpSlotPromise **out_promise, GError **error);

/* MAC, guest address, ACPI index, pool and settings. The action has slot, VF and claim already. */
gboolean vfp_adopt_slot_fill (VfpAdoptPlanning *planning, const VfpAdoptFound *found,
                              const VfpSlotPromise *promise, VfpAdoptAction *action,
                              GError **error);

/* A slot that the metadata names and neither file nor XML has. */
VfpSlot *vfp_adopt_slot_restore (VfpAdoptPlanning *planning, const VfpSlotPromise *promise,
                                 GError **error);

/* Decides on VF and, where it is not the one that the device names, on the reason. The action has
 * slot and claim already. */
gboolean vfp_adopt_vf_choose (VfpAdoptPlanning *planning, const VfpAdoptFound *found,
                              const VfpSlotPromise *promise, VfpAdoptAction *action,
                              GError **error);
