/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool list. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash. */
#include "config.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/source.h"

/* A PF that is no network card can be listed, and has no pool. */
static gboolean
choose_source (const VfpSnapshot *snapshot, const char *pf, const char *pool, VfpSource *source,
               GError **error)
{
  if (pool != NULL && !vfp_source_resolve (snapshot, pf, pool, NULL, source, error))
    return FALSE;
  if (pf != NULL && source->pf == NULL)
    source->pf = vfp_snapshot_get_pf (snapshot, pf, error);
  return pf == NULL || source->pf != NULL;
}

static gboolean
is_wanted (const VfpSource *source, const VfpVfView *vf, gboolean free_only)
{
  if (free_only && vf->state != VFP_VF_FREE)
    return FALSE;
  if (source->pf != NULL && !vfp_address_equal (&vf->pf_address, &source->pf->address))
    return FALSE;
  return source->pool == NULL
         || (vf->pf != NULL && vfp_pool_has_vf (source->pool, vf->pf, vf->index));
}

/* Borrowed VfpVfView. */
static GPtrArray *
filter (const VfpView *view, const VfpSource *source, gboolean free_only)
{
  GPtrArray *vfs = g_ptr_array_new ();

  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (is_wanted (source, vf, free_only))
        g_ptr_array_add (vfs, vf);
    }
  return vfs;
}

/* An empty table is the first thing that a newcomer sees. */
static void
warn_of_none (VfpWorld *world, const VfpInventory *inventory)
{
  if (inventory->pfs->len == 0)
    vfp_world_warn (world, "this host has no SR-IOV card");
  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (inventory->pfs, i);
      g_autofree char *name = vfp_pf_name (pf);
      char address[VFP_ADDRESS_STRLEN];

      if (pf->num_vfs == 0)
        vfp_world_warn (world,
                        "%s has no VFs; 'echo %u > /sys/bus/pci/devices/%s/sriov_numvfs' makes as "
                        "many as it can",
                        name, pf->total_vfs, vfp_address_format (&pf->address, address));
    }
}

static void
print_json (GPtrArray *vfs)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < vfs->len; i++)
    vfp_columns_add_json (builder, g_ptr_array_index (vfs, i));
  json_builder_end_array (builder);
  vfp_output_json (builder);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autofree char *pf_name = NULL;
  g_autofree char *pool = NULL;
  g_autofree char *output = NULL;
  gboolean free_only = FALSE;
  const GOptionEntry entries[] = {
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &pf_name, "Only VFs of this PF", "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &pool, "Only VFs of this pool", "POOL" },
    { "free", 0, 0, G_OPTION_ARG_NONE, &free_only, "Only free VFs", NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Columns; + adds to the default ones",
      "[+]COLUMN,..." },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;
  g_auto (VfpSource) source = { 0 };

  if (!vfp_cli_parse (cli, &vfp_command_list, entries, &argc, &argv, 0, 0, &local))
    {
      if (local == NULL)
        {
          g_autofree char *help = vfp_columns_help ();
          fputs (help, stdout);
        }
      return vfp_cli_end_parse (&local, error);
    }

  g_autoptr (GArray) columns = vfp_columns_choose (output, error);
  if (columns == NULL || !vfp_cli_open (cli, VFP_NEEDS_READ, error))
    return FALSE;
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_take (&cli->world, error);
  if (snapshot == NULL || !choose_source (snapshot, pf_name, pool, &source, error))
    return FALSE;

  g_autoptr (GPtrArray) vfs = filter (snapshot->view, &source, free_only);
  if (snapshot->view->vfs->len == 0)
    warn_of_none (&cli->world, snapshot->inventory);
  if (cli->json)
    print_json (vfs);
  else
    vfp_columns_print (cli, vfs, columns);
  return TRUE;
}

const VfpCommand vfp_command_list = {
  .name = "list",
  .arguments = "[--pf PF] [--pool POOL] [--free] [OPTION...]",
  .summary = "List all VFs and who has them",
  .run = run,
};
