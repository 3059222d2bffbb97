/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be done at boot after libvirt has started its guests. */
#pragma once

#include "ops/world.h"

/* Settles every guest that has slots, persistent XMLs included; then starts the guests that libvirt
 * was to start and that are off because this boot's hook has refused them (libvirt does not try
 * again), and, the first time after a boot, those whose configuration has a VF: it came late.
 * @texts (char *): appended to, a line for each. A guest that fails is a warning and does not stop
 * the others. Errors: %VFP_ERROR_FAILED when one has failed; those of reading. */
gboolean vfp_boot_guests (VfpWorld *world, GPtrArray *texts, GError **error);
