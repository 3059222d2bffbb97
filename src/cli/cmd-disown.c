/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool disown. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/adopt.h"

#define TIMEOUT_MS 30000

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autofree char *slot = NULL;
  VfpDisownRequest request = { .timeout_ms = TIMEOUT_MS };
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &request.all, "All guests", NULL },
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &slot, "Only this slot of the guest", "netN" },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &request.ensure, "Already so is success", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_disown, entries, &argc, &argv, 0, 1, &local))
    return vfp_cli_end_parse (&local, error);
  if ((argc > 1) == request.all)
    return vfp_throw (error, VFP_ERROR_USAGE, "say a guest or --all");
  if (request.all && slot != NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "--slot and --all exclude each other");
  request.guest = argc > 1 ? argv[1] : NULL;
  request.slot = slot;
  request.dry_run = cli->dry_run;
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  const gboolean done = vfp_disown (&cli->world, &request, results, error);
  /* What was done before a failure is told too; JSON then has the error alone. */
  if (done || (results->len > 0 && !cli->json))
    vfp_output_changes (cli, request.guest, results, slot == NULL);
  return done;
}

const VfpCommand vfp_command_disown = {
  .name = "disown",
  .arguments = "GUEST|--all [--slot netN]",
  .summary = "Leave VFs in their guests and forget them",
  .run = run,
};
