/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool reconcile. A changed option moves with doc/vfpool.8.scd and
 * scripts/completion/vfpool.bash.
 */
#include "config.h"

#include <unistd.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/findings.h"
#include "cli/rebuild.h"
#include "ops/reconcile.h"

/* --only and --skip may be given more than once, each with several ids. */
static GStrv
split_ids (char **options)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (options == NULL)
    return NULL;
  for (char **option = options; *option != NULL; option++)
    {
      g_auto (GStrv) ids = g_strsplit (*option, ",", -1);

      g_strv_builder_addv (builder, (const char **) ids);
    }
  return g_strv_builder_end (builder);
}

static gboolean
act (VfpCli *cli, VfpReconcileRequest *request, gboolean nightly, GError **error)
{
  request->dry_run = cli->dry_run;
  request->remember = !cli->dry_run && (geteuid () == 0 || cli->sysroot != NULL);
  if (request->live && !request->fix)
    return vfp_throw (error, VFP_ERROR_USAGE, "reconcile: --live needs --fix");
  if (!vfp_reconcile_check_ids (request->only, "--only", error)
      || !vfp_reconcile_check_ids (request->skip, "--skip", error)
      || !vfp_cli_open (cli, request->fix || nightly ? VFP_NEEDS_CHANGE : VFP_NEEDS_READ, error))
    return FALSE;
  if (nightly)
    {
      request->fix = cli->world.config->fix != VFP_FIX_NO;
      request->live = cli->world.config->fix == VFP_FIX_LIVE;
    }

  g_autoptr (GPtrArray) findings = vfp_reconcile (&cli->world, request, error);
  if (findings == NULL)
    return FALSE;
  if (cli->json)
    vfp_findings_print_json (findings);
  else
    vfp_findings_print (cli, findings, request->fix);
  return vfp_reconcile_check (findings, request, error);
}

/* It is about the state file as a whole, and looks at no findings. */
static gboolean
rebuild (VfpCli *cli, const VfpReconcileRequest *request, GError **error)
{
  if (request->fix || request->live || request->only != NULL || request->skip != NULL
      || request->guests != NULL)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "reconcile: --rebuild goes with no guest and no other option");
  return vfp_cli_rebuild (cli, error);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (GStrv) only_options = NULL;
  g_auto (GStrv) skip_options = NULL;
  VfpReconcileRequest request = { 0 };
  gboolean wants_rebuild = FALSE, nightly = FALSE;
  const GOptionEntry entries[] = {
    { "fix", 0, 0, G_OPTION_ARG_NONE, &request.fix, "Repair what no running guest sees", NULL },
    { "live", 0, 0, G_OPTION_ARG_NONE, &request.live, "With --fix: and what running guests see",
      NULL },
    { "only", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &only_options, "Only these findings",
      "ID[,ID...]" },
    { "skip", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &skip_options, "All but these findings",
      "ID[,ID...]" },
    { "nightly", 0, 0, G_OPTION_ARG_NONE, &nightly, "Repair what [reconcile] fix allows", NULL },
    { "rebuild", 0, 0, G_OPTION_ARG_NONE, &wants_rebuild,
      "Make a lost or damaged state file anew from the guests", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_reconcile, entries, &argc, &argv, 0, G_MAXINT, &local))
    return vfp_cli_end_parse (&local, error);

  g_auto (GStrv) only = split_ids (only_options);
  g_auto (GStrv) skip = split_ids (skip_options);
  request.only = (const char *const *) only;
  request.skip = (const char *const *) skip;
  request.guests = argc > 1 ? (const char *const *) argv + 1 : NULL;
  if (nightly && (request.fix || request.live || wants_rebuild))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "reconcile: --nightly goes with none of --fix, --live and --rebuild");
  if (nightly)
    cli->via = VFP_VIA_UNIT;
  return wants_rebuild ? rebuild (cli, &request, error) : act (cli, &request, nightly, error);
}

const VfpCommand vfp_command_reconcile = {
  .name = "reconcile",
  .arguments = "[GUEST...] [--fix [--live] | --rebuild] [OPTION...]",
  .summary = "Find what does not agree, and repair it",
  .run = run,
};
