/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One repair under way, for the files of the repairs only. */
#pragma once

#include "ops/repair.h"

typedef struct
{
  VfpWorld *world;
  const VfpSnapshot *snapshot; /* where the finding is from: host and other guests */
  const VfpFinding *finding;
  const VfpRepairScope *scope;
  gboolean skipped; /* nothing is to be done, or not now; no error */

  /* Read again. */
  VfpRecords *records;
  VfpGuest *guest;   /* NULL: libvirt does not know it */
  GPtrArray *guests; /* borrowed */
  VfpView *view;
  VfpSlot *slot;   /* NULL: the finding names none */
  VfpClaim *claim; /* the same */
} VfpRepair;

/* Says in the history that it was done, in a transaction of its own. */
gboolean vfp_repair_note (VfpRepair *repair, GError **error);

/* The same in a transaction of the caller's. */
gboolean vfp_repair_add_note (VfpRepair *repair, GError **error);

/* FALSE without error, and skipped: the claim's row is not the one that was read. Under the claim
 * lock. */
gboolean vfp_repair_owns_claim (VfpRepair *repair, GError **error);

/* Of the state file. */
gboolean vfp_repair_dead_intent (VfpRepair *repair, GError **error);
gboolean vfp_repair_claim_without_device (VfpRepair *repair, GError **error);
gboolean vfp_repair_claim_wrong_vf (VfpRepair *repair, GError **error);
gboolean vfp_repair_device_without_claim (VfpRepair *repair, GError **error);
gboolean vfp_repair_part_not_recorded (VfpRepair *repair, GError **error);
gboolean vfp_repair_slot_of_gone_transient (VfpRepair *repair, GError **error);

/* Of a guest's XML, and of what it sees. */
gboolean vfp_repair_metadata_differs (VfpRepair *repair, GError **error);
gboolean vfp_repair_config_wrong_vf (VfpRepair *repair, GError **error);
gboolean vfp_repair_slot_dropped (VfpRepair *repair, GError **error);
gboolean vfp_repair_unplugged (VfpRepair *repair, GError **error);
gboolean vfp_repair_settings_drifted (VfpRepair *repair, GError **error);

/* Of reservations: one that is over, or that is not as asked for. */
gboolean vfp_repair_reservation_over (VfpRepair *repair, GError **error);
gboolean vfp_repair_reservation_not_applied (VfpRepair *repair, GError **error);

/* Of one of the configuration: its VFs are reserved. */
gboolean vfp_repair_reservation_missing (VfpRepair *repair, GError **error);

/* Of the host; only records are read again. */
gboolean vfp_repair_pf_moved (VfpRepair *repair, GError **error);
gboolean vfp_repair_vf_left_over (VfpRepair *repair, GError **error);
gboolean vfp_repair_stale_record (VfpRepair *repair, GError **error);
gboolean vfp_repair_hook_blind (VfpRepair *repair, GError **error);
