/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool xml. Takes the options of attach. */
#include "config.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/attach-options.h"
#include "cli/commands.h"

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (VfpAttachOptions) options = { 0 };
  VfpAttachRequest request;
  g_autoptr (GError) local = NULL;

  cli->dry_run = TRUE;
  if (!vfp_attach_options_parse (cli, &vfp_command_xml, &options, &argc, &argv, &request, &local))
    return vfp_cli_end_parse (&local, error);
  if (options.bond)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "xml: it prints one device; name a leg by --slot and --pf instead of --bond");
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  g_autofree char *xml = vfp_attach_xml (&cli->world, &request, error);
  if (xml == NULL)
    return FALSE;
  printf ("%s%s", xml, g_str_has_suffix (xml, "\n") ? "" : "\n");
  return TRUE;
}

const VfpCommand vfp_command_xml = {
  .name = "xml",
  .arguments = "GUEST [--pf PF | --vf VF] [OPTION...]",
  .summary = "Print the XML that attach would use",
  .run = run,
};
