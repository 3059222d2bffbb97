/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which of two hosts a guest is, and what it has there. */
#pragma once

#include "ops/migrate.h"

typedef enum
{
  VFP_WHERE_HERE,
  VFP_WHERE_THERE,
  VFP_WHERE_UNCERTAIN,
} VfpWhere;

/* Asks both hosts, and again for a while, as long as one of them has it on its way and no
 * further signal comes. *@out_text
 * (owned by the caller): what they say, when it is uncertain; when it runs here and the other host
 * is silent, what to say of that one. libvirt resumes a guest here when the line dies before the
 * other host has said that it runs there, and there it may (qemuMigrationSrcPerformPeer2Peer3() in
 * qemu_migration.c). */
VfpWhere vfp_migrate_where (VfpWorld *world, VfpVirt *there, const char *uuid, char **out_text);

/* Waits for a while until the guest has a VF there for each slot of @result, and says which. Error:
 * %VFP_ERROR_NO_VF_THERE; %VFP_ERROR_DESTINATION: that host does not say so any more. */
gboolean vfp_migrate_await_vfs (VfpWorld *world, VfpVirt *there, const VfpMigrateResult *result,
                                GError **error);
