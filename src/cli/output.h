/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results, for people and as JSON. */
#pragma once

#include <glib.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "ops/result.h"

/* What a changing command did to @guest: a line per slot, or JSON (an object; an array of them when
 * @several). @results: VfpResult; empty: there was nothing to do. @verb: NULL for an attach, whose
 * line says where the VF is; else "detached", … */
void vfp_output_results (VfpCli *cli, const char *guest, GPtrArray *results, const char *verb,
                         gboolean several);

/* The same of a command whose changes say what was done: the first is a word for it. @guest: NULL
 * for all of them. */
void vfp_output_changes (VfpCli *cli, const char *guest, GPtrArray *results, gboolean several);

/* Results of reserve and unreserve: addresses, one in a line, and nothing else; or JSON. */
void vfp_output_reservations (VfpCli *cli, GPtrArray *results);

/* Adds the object of one result. */
void vfp_output_add_result (JsonBuilder *builder, const VfpCli *cli, const VfpResult *result);

/* One line on stderr and, with --json, an object on stdout unless there is one already. */
void vfp_output_error (const VfpCli *cli, const GError *error);
