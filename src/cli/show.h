/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is known of one guest, PF or VF. */
#pragma once

#include "cli/cli.h"

/* @name: name, UUID or id; a guest that libvirt does not know is shown from the state file.
 * Error: %VFP_ERROR_NO_SUCH_GUEST. */
gboolean vfp_show_guest (VfpCli *cli, const VfpSnapshot *snapshot, const char *name,
                         GError **error);

void vfp_show_pf (VfpCli *cli, const VfpSnapshot *snapshot, const VfpPf *pf);
void vfp_show_vf (VfpCli *cli, const VfpVfView *vf);
