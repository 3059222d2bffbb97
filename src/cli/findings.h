/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings, as a table and as JSON. */
#pragma once

#include <glib.h>

#include "cli/cli.h"

/* A table of the findings (VfpFinding), with a column FIXED where @fix. Nothing where there are
 * none. */
void vfp_findings_print (const VfpCli *cli, GPtrArray *findings, gboolean fix);

/* {"findings": [...]} */
void vfp_findings_print_json (GPtrArray *findings);
