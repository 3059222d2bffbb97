/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest with VFs can be sent to another host. Pure. */
#pragma once

#include "ops/migrate.h"

/* What is to be done with the running guest. */
typedef struct
{
  const VfpGuest *guest; /* of the snapshot */
  VfpMigrateMode mode;   /* failover or unplug */
  GPtrArray *slots;      /* VfpMigrateSlot: those that have a VF in it now */
  GArray *left_out; /* VfpAddress: VFs of this host that its configuration there is not to name */
  GPtrArray *config_only; /* char *: slots that have a VF in the configuration alone */
  gboolean maps;          /* pools have other names there */
} VfpMigratePlan;

void vfp_migrate_plan_free (VfpMigratePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpMigratePlan, vfp_migrate_plan_free)

/* Decides for the guest @uuid. Errors: %VFP_ERROR_GUEST_OFF, %VFP_ERROR_GUEST_PAUSED,
 * %VFP_ERROR_GUEST_REFUSED (a device that is no slot's; failover that cannot be; unplugging that
 * would take the only NIC), %VFP_ERROR_BUSY (an attach or a detach is unfinished),
 * %VFP_ERROR_NO_SUCH_POOL (a mapped one that no slot has). */
VfpMigratePlan *vfp_migrate_plan (const VfpSnapshot *snapshot, const char *uuid,
                                  const VfpMigrateRequest *request, GError **error);
