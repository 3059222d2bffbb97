/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be done at boot before libvirt starts its guests. libvirt is not called: it lets no
 * client in before it has started them. */
#pragma once

#include "ops/world.h"

/* Until the VFs that configurations and reservations name are there, or for @wait_ms: follows PFs
 * that have moved, and brings up those of these VFs and of the pools of on-start slots that are
 * down and that no network manager has (libvirt starts no guest with a VF of a PF that is down).
 * Then makes reserved VFs ready again, ends reservations whose time is over, and makes those of the
 * configuration that lack VFs.
 * @texts (char *): appended to, what was done; what is missing or cannot be done is a warning.
 * Error: the state file or sysfs cannot be read. */
gboolean vfp_boot_host (VfpWorld *world, unsigned wait_ms, GPtrArray *texts, GError **error);
