/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to the NIC that is the standby of a failover pair. */
#pragma once

#include "ops/standby-plan.h"

/* Adds it, or makes it a standby, as planned. A NIC that is there though libvirt reported an error
 * counts as added. Errors: those of VfpVirt. */
gboolean vfp_standby_act (VfpWorld *world, const char *uuid, const VfpStandbyPlan *plan,
                          GError **error);

/* Undoes what vfp_standby_act() has done, all or a part; nothing is fine too. */
gboolean vfp_standby_undo (VfpWorld *world, const char *uuid, const VfpStandbyPlan *plan,
                           unsigned timeout_ms, GError **error);

/* The parts (VfpAffect bits) that have the NIC with the alias. */
unsigned vfp_standby_parts (const VfpGuest *guest, const char *alias);

/* Takes the NIC with the alias out of the parts (VfpAffect bits) that have it. @out_left: whether
 * another part has it still. Errors: those of VfpVirt. */
gboolean vfp_standby_remove (VfpWorld *world, const char *uuid, const char *alias, unsigned affect,
                             unsigned timeout_ms, gboolean *out_left, GError **error);

/* What of it a result tells. */
void vfp_standby_tell (const VfpStandbyPlan *plan, VfpResult *result);
