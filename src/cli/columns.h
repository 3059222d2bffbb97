/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of VF lists: one table for header, --output, help and JSON. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "cli/cli.h"
#include "pool/view.h"

/* Chooses columns: NULL for the default ones, "A,B" for those, "+A,B" for the default ones and
 * those. Returns indexes (guint). Error: %VFP_ERROR_USAGE, listing all. */
GArray *vfp_columns_choose (const char *output, GError **error);

/* Prints a table of the VFs (VfpVfView). */
void vfp_columns_print (const VfpCli *cli, GPtrArray *vfs, GArray *columns);

/* Prints the columns that say something, a line each. */
void vfp_columns_print_list (const VfpVfView *vf);

/* Adds an object with all columns as members. */
void vfp_columns_add_json (JsonBuilder *builder, const VfpVfView *vf);

/* Text for --help: a line per column. */
char *vfp_columns_help (void);
