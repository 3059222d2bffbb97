/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool unreserve. A changed option moves with doc/vfpool.8.scd and
 * scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/reserve.h"

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autofree char *owner = NULL;
  VfpUnreserveRequest request = { 0 };
  const GOptionEntry entries[] = {
    { "owner", 0, 0, G_OPTION_ARG_FILENAME, &owner, "All that is reserved for it", "TEXT" },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &request.ensure, "Already so is success", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_unreserve, entries, &argc, &argv, 0, G_MAXINT, &local))
    return vfp_cli_end_parse (&local, error);
  if ((argc > 1) == (owner != NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "say either VFs or --owner");
  if (owner != NULL && !vfp_reserve_check_owner (owner, error))
    return FALSE;
  request.vfs = argc > 1 ? (const char *const *) argv + 1 : NULL;
  request.owner = owner;
  request.dry_run = cli->dry_run;
  if (!vfp_reserve_check_vfs (request.vfs, error) || !vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  request.timeout_ms = vfp_cli_timeout_ms (cli);

  g_autoptr (GPtrArray) results = vfp_unreserve (&cli->world, &request, error);
  if (results == NULL)
    return FALSE;
  vfp_output_reservations (cli, results);
  return TRUE;
}

const VfpCommand vfp_command_unreserve = {
  .name = "unreserve",
  .arguments = "VF...|--owner TEXT",
  .summary = "Give reserved VFs back as they were",
  .run = run,
};
