/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool reconcile --rebuild. */
#pragma once

#include "cli/cli.h"

/* Opens the world without its state file, makes that anew (with --dry-run: says how), and prints
 * what came back and what did not. Nothing of @cli is open before. Errors: those of vfp_rebuild(),
 * %VFP_ERROR_NO_PERMISSION. */
gboolean vfp_cli_rebuild (VfpCli *cli, GError **error);
