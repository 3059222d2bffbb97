/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool pools. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash. */
#include "config.h"

#include <libsmartcols.h>
#include <stdio.h>

#include "base/error.h"
#include "base/parse.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "pool/capacity.h"
#include "pool/reserve-group.h"

static const struct
{
  const char *key, *header;
  gsize offset;
} counts[] = {
  { "total", "TOTAL", G_STRUCT_OFFSET (VfpCapacity, total) },
  { "free", "FREE", G_STRUCT_OFFSET (VfpCapacity, free) },
  { "attached", "ATTACHED", G_STRUCT_OFFSET (VfpCapacity, attached) },
  { "off", "OFF", G_STRUCT_OFFSET (VfpCapacity, off) },
  { "reserved", "RESERVED", G_STRUCT_OFFSET (VfpCapacity, reserved) },
  { "foreign", "FOREIGN", G_STRUCT_OFFSET (VfpCapacity, foreign) },
  { "unknown", NULL, G_STRUCT_OFFSET (VfpCapacity, unknown) },
  { "waiting", "WAITING", G_STRUCT_OFFSET (VfpCapacity, waiting) },
};

static unsigned
count_of (const VfpCapacity *capacity, gsize i)
{
  return G_STRUCT_MEMBER (unsigned, capacity, counts[i].offset);
}

static char *
join_pfs (const VfpPool *pool)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < pool->pfs->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            ((const VfpPf *) g_ptr_array_index (pool->pfs, i))->netdev);
  if (names->len == 0)
    g_string_append_c (names, '-');
  return g_string_free (names, FALSE);
}

static void
add_line (struct libscols_table *table, const VfpView *view, const VfpPool *pool)
{
  struct libscols_line *line = scols_table_new_line (table, NULL);
  const VfpCapacity capacity = vfp_capacity_count (view, pool);
  g_autofree char *pfs = join_pfs (pool);
  g_autofree char *vfs
      = pool->config != NULL ? vfp_ranges_to_string (pool->config->vfs.ranges) : g_strdup ("-");
  gsize column = 0;

  scols_line_set_data (line, column++, pool->name);
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", count_of (&capacity, i));

      if (counts[i].header != NULL)
        scols_line_set_data (line, column++, number);
    }
  scols_line_set_data (line, column++, vfs);
  scols_line_set_data (line, column, pfs);
}

static void
print_table (const VfpView *view, const GPtrArray *pools)
{
  struct libscols_table *table = scols_new_table ();

  scols_table_new_column (table, "POOL", 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    if (counts[i].header != NULL)
      scols_table_new_column (table, counts[i].header, 0, SCOLS_FL_RIGHT);
  scols_table_new_column (table, "VFS", 0, 0);
  scols_table_new_column (table, "PFS", 0, 0);
  for (guint i = 0; i < pools->len; i++)
    add_line (table, view, g_ptr_array_index (pools, i));
  if (pools->len > 0)
    scols_print_table (table);
  scols_unref_table (table);
}

static void
add_json (JsonBuilder *builder, const VfpView *view, const VfpPool *pool)
{
  const VfpConfigPool *config = pool->config;
  const VfpCapacity capacity = vfp_capacity_count (view, pool);
  const VfpSettings nothing = { 0 };
  g_autofree char *vfs = config != NULL && config->vfs.ranges != NULL
                             ? vfp_ranges_to_string (config->vfs.ranges)
                             : NULL;
  g_autofree char *virtualport
      = config != NULL ? vfp_virtualport_to_string (config->profile_id) : NULL;

  json_builder_begin_object (builder);
  vfp_json_string (builder, "pool", pool->name);
  vfp_json_string (builder, "file", config != NULL ? config->file : NULL);
  vfp_json_string (builder, "vfs", vfs);
  json_builder_set_member_name (builder, "pfs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < pool->pfs->len; i++)
    json_builder_add_string_value (builder,
                                   ((const VfpPf *) g_ptr_array_index (pool->pfs, i))->netdev);
  json_builder_end_array (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    vfp_json_int (builder, counts[i].key, count_of (&capacity, i));
  vfp_json_string (builder, "pick", config != NULL ? vfp_pick_to_string (config->pick) : NULL);
  vfp_json_string (builder, "numa", config != NULL ? vfp_numa_to_string (config->numa) : NULL);
  vfp_json_settings (builder, config != NULL ? &config->vfs.settings : &nothing);
  vfp_json_string (builder, "virtualport", virtualport);
  json_builder_end_object (builder);
}

static void
print_json (const VfpView *view, const GPtrArray *pools)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < pools->len; i++)
    add_json (builder, view, g_ptr_array_index (pools, i));
  json_builder_end_array (builder);
  vfp_output_json (builder);
}

/* The first fault is the error; the others are warnings. */
static gboolean
check_pools (VfpCli *cli, const VfpView *view, const GPtrArray *pools, GError **error)
{
  const VfpPoolNames names = vfp_view_names (view);
  const GPtrArray *groups = cli->world.config->reserves;
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < pools->len; i++)
    {
      GError *fault = NULL;

      if (!vfp_pool_check (&names, g_ptr_array_index (pools, i), &fault))
        vfp_error_keep_first (&first, fault, cli->world.warnings);
    }
  for (guint i = 0; i < groups->len; i++)
    {
      GError *fault = NULL;

      if (!vfp_reserve_group_check (view, g_ptr_array_index (groups, i), &fault))
        vfp_error_keep_first (&first, fault, cli->world.warnings);
    }
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  gboolean check = FALSE;
  const GOptionEntry entries[] = {
    { "check", 0, 0, G_OPTION_ARG_NONE, &check, "Check the configuration, and print nothing",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_pools, entries, &argc, &argv, 0, 0, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, check ? VFP_NEEDS_FILE : VFP_NEEDS_READ, error))
    return FALSE;

  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_take (&cli->world, error);
  if (snapshot == NULL)
    return FALSE;
  const VfpPoolNames names = vfp_view_names (snapshot->view);
  g_autoptr (GPtrArray) pools = vfp_pool_list (&names);
  if (check)
    return check_pools (cli, snapshot->view, pools, error);
  if (cli->json)
    print_json (snapshot->view, pools);
  else
    print_table (snapshot->view, pools);
  return TRUE;
}

const VfpCommand vfp_command_pools = {
  .name = "pools",
  .arguments = "[--check]",
  .summary = "List the pools and what is left of them",
  .run = run,
};
