/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results, for people and as JSON. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "cli/cli.h"
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

/* One line on stderr and, with --json, an object on stdout. */
void vfp_output_error (const VfpCli *cli, const GError *error);

/* Prints the document that @builder has made, and frees it. */
void vfp_output_json (JsonBuilder *builder);

/* Members of an object; what is not there is null. */
void vfp_json_string (JsonBuilder *builder, const char *key, const char *value);
void vfp_json_int (JsonBuilder *builder, const char *key, gint64 value);
void vfp_json_bool (JsonBuilder *builder, const char *key, gboolean value);
void vfp_json_null (JsonBuilder *builder, const char *key);
void vfp_json_texts (JsonBuilder *builder, const char *key, GPtrArray *texts);
void vfp_json_mac (JsonBuilder *builder, const char *key, const VfpMac *mac);
void vfp_json_address (JsonBuilder *builder, const char *key, const VfpAddress *address);

/* The settings, as the keys vlan, vlan_qos, vlan_proto, spoofchk, trust, link_state, min_tx_rate,
 * max_tx_rate; unknown ones are null. */
void vfp_json_settings (JsonBuilder *builder, const VfpSettings *settings);
