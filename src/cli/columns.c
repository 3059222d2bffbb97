/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of VF lists. */
#include "config.h"

#include "cli/columns.h"

#include <stdio.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "base/error.h"
#include "cli/column-cells.h"

/* The default table's order, which differs from the JSON's: what is asked most comes first. */
static const char *const default_order[]
    = { "pf", "vf", "address", "state", "used_by", "slot", "mac", "vlan", "since" };

static int
find_column (const char *name)
{
  g_autofree char *key = g_ascii_strdown (name, -1);

  for (guint i = 0; i < vfp_n_columns; i++)
    if (g_str_equal (vfp_columns[i].key, g_strdelimit (key, "-", '_'))
        || g_ascii_strcasecmp (vfp_columns[i].header, name) == 0)
      return (int) i;
  return -1;
}

static gboolean
add_named (GArray *chosen, const char *names, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (names, ",", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      const int found = find_column (*part);

      if (found < 0)
        return vfp_throw (error, VFP_ERROR_USAGE,
                          "'%s' is not a column; 'vfpool list --help' lists them", *part);
      g_array_append_val (chosen, found);
    }
  return TRUE;
}

GArray *
vfp_columns_choose (const char *output, GError **error)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (int));

  if (output == NULL || *output == '+')
    for (guint i = 0; i < G_N_ELEMENTS (default_order); i++)
      {
        const int found = find_column (default_order[i]);

        g_array_append_val (chosen, found);
      }
  if (output != NULL && !add_named (chosen, *output == '+' ? output + 1 : output, error))
    return NULL;
  return g_steal_pointer (&chosen);
}

static const char *
state_color (VfpVfState state)
{
  switch (state)
    {
    case VFP_VF_FREE:
      return "green";
    case VFP_VF_ATTACHED:
    case VFP_VF_RESERVED:
      return "blue";
    case VFP_VF_FOREIGN:
      return "yellow";
    default:
      return "red";
    }
}

/* A table has less room than JSON: the day, or the time of today, in local time. */
static char *
short_time (const char *iso)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_iso8601 (iso, NULL);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (local == NULL)
    return g_strdup (iso);
  const gboolean today
      = g_date_time_get_year (local) == g_date_time_get_year (now)
        && g_date_time_get_day_of_year (local) == g_date_time_get_day_of_year (now);
  return g_date_time_format (local, today ? "%H:%M:%S" : "%Y-%m-%d");
}

static void
fill_cell (struct libscols_line *line, gsize place, const VfpVfView *vf, int column, gboolean color)
{
  VfpCell cell = vfp_columns[column].get (vf);
  g_autofree char *text = cell.text;

  if (text != NULL && cell.kind == VFP_CELL_TIME)
    text = short_time (cell.text);
  if (text != cell.text)
    g_free (cell.text);
  scols_line_set_data (line, place, text != NULL ? text : "-");
  if (color && g_str_equal (vfp_columns[column].key, "state"))
    scols_cell_set_color (scols_line_get_cell (line, place), state_color (vf->state));
}

void
vfp_columns_print (const VfpCli *cli, GPtrArray *vfs, GArray *chosen)
{
  const gboolean color = vfp_cli_wants_color (cli);
  struct libscols_table *table = scols_new_table ();

  scols_table_enable_colors (table, color);
  for (guint i = 0; i < chosen->len; i++)
    {
      const int column = g_array_index (chosen, int, i);

      scols_table_new_column (table, vfp_columns[column].header, 0,
                              vfp_columns[column].right ? SCOLS_FL_RIGHT : 0);
    }
  for (guint i = 0; i < vfs->len; i++)
    {
      struct libscols_line *line = scols_table_new_line (table, NULL);

      for (guint k = 0; k < chosen->len; k++)
        fill_cell (line, k, g_ptr_array_index (vfs, i), g_array_index (chosen, int, k), color);
    }
  if (vfs->len > 0)
    scols_print_table (table);
  scols_unref_table (table);
}

void
vfp_columns_print_list (const VfpVfView *vf)
{
  for (guint i = 0; i < vfp_n_columns; i++)
    {
      const VfpCell cell = vfp_columns[i].get (vf);
      g_autofree char *text = cell.text;

      if (text != NULL)
        printf ("  %-12s %s\n", vfp_columns[i].key, text);
    }
}

void
vfp_columns_add_json (JsonBuilder *builder, const VfpVfView *vf)
{
  json_builder_begin_object (builder);
  for (guint i = 0; i < vfp_n_columns; i++)
    {
      const VfpCell cell = vfp_columns[i].get (vf);
      g_autofree char *text = cell.text;
      g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

      json_builder_set_member_name (builder, vfp_columns[i].key);
      switch (cell.kind)
        {
        case VFP_CELL_STRING:
        case VFP_CELL_TIME:
          json_builder_add_string_value (builder, valid);
          break;
        case VFP_CELL_INT:
          json_builder_add_int_value (builder, cell.number);
          break;
        case VFP_CELL_BOOL:
          json_builder_add_boolean_value (builder, cell.number != 0);
          break;
        default:
          json_builder_add_null_value (builder);
        }
    }
  json_builder_end_object (builder);
}

char *
vfp_columns_help (void)
{
  GString *text = g_string_new ("Columns:\n");

  for (guint i = 0; i < vfp_n_columns; i++)
    g_string_append_printf (text, "  %-12s %s\n", vfp_columns[i].header, vfp_columns[i].help);
  return g_string_free (text, FALSE);
}
