/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings, as a table and as JSON. */
#include "config.h"

#include "cli/findings.h"

#include <libsmartcols.h>

#include "cli/output.h"
#include "pool/audit.h"

enum
{
  LEVEL,
  ID,
  OBJECT,
  DETAIL,
  FIXED,
};

static const char *
color_of (VfpLevel level)
{
  switch (level)
    {
    case VFP_LEVEL_FAIL:
      return "red";
    case VFP_LEVEL_WARN:
      return "yellow";
    default:
      return "blue";
    }
}

static const char *
fixed_text (const VfpCli *cli, const VfpFinding *finding)
{
  if (!finding->fixed)
    return "no";
  return cli->dry_run ? "would be" : "yes";
}

static void
add_line (struct libscols_table *table, const VfpCli *cli, const VfpFinding *finding, gboolean fix)
{
  struct libscols_line *line = scols_table_new_line (table, NULL);

  scols_line_set_data (line, LEVEL, vfp_level_to_string (finding->kind->level));
  scols_line_set_data (line, ID, finding->kind->id);
  scols_line_set_data (line, OBJECT, finding->object);
  scols_line_set_data (line, DETAIL, finding->detail);
  if (fix)
    scols_line_set_data (line, FIXED, fixed_text (cli, finding));
  if (vfp_cli_wants_color (cli))
    scols_cell_set_color (scols_line_get_cell (line, LEVEL), color_of (finding->kind->level));
}

void
vfp_findings_print (const VfpCli *cli, GPtrArray *findings, gboolean fix)
{
  static const char *const headers[] = { "LEVEL", "ID", "OBJECT", "DETAIL", "FIXED" };
  struct libscols_table *table = scols_new_table ();

  scols_table_enable_colors (table, vfp_cli_wants_color (cli));
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    if (i != FIXED || fix)
      scols_table_new_column (table, headers[i], 0, i == DETAIL ? SCOLS_FL_WRAP : 0);
  for (guint i = 0; i < findings->len; i++)
    add_line (table, cli, g_ptr_array_index (findings, i), fix);
  if (findings->len > 0)
    scols_print_table (table);
  scols_unref_table (table);
}

static void
add_time (JsonBuilder *builder, const char *key, gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds != 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  vfp_json_string (builder, key, text);
}

void
vfp_findings_print_json (GPtrArray *findings)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      json_builder_begin_object (builder);
      vfp_json_string (builder, "id", finding->kind->id);
      vfp_json_string (builder, "level", vfp_level_to_string (finding->kind->level));
      vfp_json_string (builder, "class", vfp_class_to_string (finding->kind->class));
      vfp_json_string (builder, "object", finding->object);
      vfp_json_string (builder, "detail", finding->detail);
      add_time (builder, "first_seen", finding->first_seen);
      vfp_json_bool (builder, "fixed", finding->fixed);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}
