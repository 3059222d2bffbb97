/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A migration as it goes on, and its steps in unplug mode; see VfpStep. */
#pragma once

#include "ops/handover.h"
#include "ops/migrate-plan.h"
#include "state/lock.h"

typedef struct
{
  VfpWorld *world;
  const VfpMigrateRequest *request;
  VfpMigratePlan *plan;
  VfpMigrateResult *result;
  VfpVirt *there;
  VfpLock *lock; /* the guest's; NULL: given back */
  char *uuid;
  VfpHandover *handover; /* of the pairs; NULL: there is none */
  gboolean begun;        /* libvirt was asked to send the guest */
  unsigned told;         /* so often the standbys were told to have the MACs */
  gboolean uncertain;    /* nobody knows where the guest is */
  char *without;         /* tells of slots that have not got their VFs again, or whose VF
                          * the guest does not use; NULL: none */
} VfpMigrateRun;

/* Its slots that have a VF are to come back wherever the guest runs; in the metadata too, where the
 * other host reads it. */
gboolean vfp_migrate_mark (gpointer run, GError **error);

/* The end of these marks, for a guest that has gone. */
gboolean vfp_migrate_end_marks (VfpMigrateRun *run, GError **error);

/* The VFs leave the running guest; the configuration keeps them. */
gboolean vfp_migrate_unplug (gpointer run, GError **error);

/* Undoes all of that: the slots that wait have their VFs again, and the marks end. Gives the
 * guest's lock back. Does nothing where nobody knows where the guest is. What fails is warned of.
 */
gboolean vfp_migrate_plug_again (gpointer run, GError **error);
