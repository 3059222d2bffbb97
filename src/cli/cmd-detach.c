/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool detach. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "cli/commands.h"
#include "cli/output.h"
#include "ops/detach.h"

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autofree char *slot = NULL;
  g_autofree char *timeout = NULL;
  VfpDetachRequest request = { 0 };
  const GOptionEntry entries[] = {
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &slot, "Slot of the guest", "netN" },
    { "all", 0, 0, G_OPTION_ARG_NONE, &request.all, "All slots of the guest", NULL },
    { "live", 0, 0, G_OPTION_ARG_NONE, &request.affect.live, "Change the running guest", NULL },
    { "config", 0, 0, G_OPTION_ARG_NONE, &request.affect.config, "Change the configuration", NULL },
    { "persistent", 0, 0, G_OPTION_ARG_NONE, &request.affect.config, "The same as --config", NULL },
    { "current", 0, 0, G_OPTION_ARG_NONE, &request.affect.current, "Change what the guest is now",
      NULL },
    { "with-standby", 0, 0, G_OPTION_ARG_NONE, &request.with_standby,
      "The standby of a failover pair too", NULL },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &request.ensure, "Already so is success", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &timeout, "Time limit [30]", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_detach, entries, &argc, &argv, 1, 1, &local)
      || (timeout != NULL && !vfp_cli_parse_timeout (timeout, &request.timeout_ms, &local)))
    return vfp_cli_end_parse (&local, error);
  request.guest = argv[1];
  request.slot = slot;
  request.dry_run = cli->dry_run;
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  if (timeout == NULL)
    request.timeout_ms = vfp_cli_timeout_ms (cli);

  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  const gboolean done = vfp_detach (&cli->world, &request, results, error);
  /* What was done before a failure is told too; JSON then has the error alone. */
  if (done || (results->len > 0 && !cli->json))
    vfp_output_results (cli, request.guest, results, "detached", request.all);
  return done;
}

const VfpCommand vfp_command_detach = {
  .name = "detach",
  .arguments = "GUEST [--slot netN | --all] [OPTION...]",
  .summary = "Detach a VF from a guest",
  .run = run,
};
