/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool move. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "base/parse.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/move.h"

typedef struct
{
  char *slot, *pf, *pool, *vf, *timeout;
} Options;

static void
options_clear (Options *options)
{
  char *strings[] = { options->slot, options->pf, options->pool, options->vf, options->timeout };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_free (strings[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse (VfpCli *cli, Options *options, int *argc, char ***argv, VfpMoveRequest *request,
       GError **error)
{
  const GOptionEntry entries[] = {
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &options->slot, "Slot of the guest", "netN" },
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &options->pf, "To a VF of this PF", "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &options->pool, "To a VF of this pool", "POOL" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &options->vf, "To this VF: its address or PF/index",
      "VF" },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &options->timeout, "Time limit [30]", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };

  if (!vfp_cli_parse (cli, &vfp_command_move, entries, argc, argv, 1, 1, error)
      || (options->slot != NULL && !vfp_parse_slot_name (options->slot, NULL, error))
      || (options->timeout != NULL
          && !vfp_cli_parse_timeout (options->timeout, &request->timeout_ms, error)))
    return FALSE;
  request->guest = (*argv)[1];
  request->slot = options->slot;
  request->pf = options->pf;
  request->pool = options->pool;
  request->vf = options->vf;
  request->dry_run = cli->dry_run;
  return TRUE;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  VfpMoveRequest request = { 0 };
  g_autoptr (GError) local = NULL;

  if (!parse (cli, &options, &argc, &argv, &request, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  if (options.timeout == NULL)
    request.timeout_ms = vfp_cli_timeout_ms (cli);

  VfpResult *result = vfp_move (&cli->world, &request, error);
  if (result == NULL)
    return FALSE;

  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  g_ptr_array_add (results, result);
  vfp_output_changes (cli, request.guest, results, FALSE);
  return TRUE;
}

const VfpCommand vfp_command_move = {
  .name = "move",
  .arguments = "GUEST [--slot netN] [--pf PF | --pool POOL | --vf VF]",
  .summary = "Give a slot another VF",
  .run = run,
};
