/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool attach. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "cli/attach-options.h"
#include "cli/commands.h"
#include "cli/output.h"

static gboolean
attach_bond (VfpCli *cli, const VfpAttachOptions *options, const VfpAttachRequest *leg,
             GError **error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  VfpBondRequest request;

  if (!vfp_attach_options_bond (options, leg, &request, error)
      || !vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  if (options->timeout == NULL)
    request.leg.timeout_ms = vfp_cli_timeout_ms (cli);
  if (!vfp_bond_attach (&cli->world, &request, results, error))
    return FALSE;
  vfp_output_results (cli, leg->guest, results, NULL, TRUE);
  return TRUE;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (VfpAttachOptions) options = { 0 };
  VfpAttachRequest request;
  g_autoptr (GError) local = NULL;

  if (!vfp_attach_options_parse (cli, &vfp_command_attach, &options, &argc, &argv, &request,
                                 &local))
    return vfp_cli_end_parse (&local, error);
  if (options.bond)
    return attach_bond (cli, &options, &request, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  if (options.timeout == NULL)
    request.timeout_ms = vfp_cli_timeout_ms (cli);
  VfpResult *result = vfp_attach (&cli->world, &request, error);
  if (result == NULL)
    return FALSE;

  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  g_ptr_array_add (results, result);
  vfp_output_results (cli, request.guest, results, NULL, FALSE);
  return TRUE;
}

const VfpCommand vfp_command_attach = {
  .name = "attach",
  .arguments = "GUEST [--pf PF... | --vf VF] [OPTION...]",
  .summary = "Attach a VF to a guest",
  .run = run,
};
