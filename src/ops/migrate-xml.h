/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XMLs that a guest is sent with, where they are not those that it has here. */
#pragma once

#include "ops/migrate-plan.h"

/* *@out_live, *@out_config: owned by the caller; NULL: as here. The slots in the metadata name the
 * pools there; the configuration names no VF of this host that the other one's would not replace.
 * Errors: of libvirt and of the state file. */
gboolean vfp_migrate_make_xml (VfpWorld *world, const VfpMigratePlan *plan, char **out_live,
                               char **out_config, GError **error);
