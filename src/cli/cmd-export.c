/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool export. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/commands.h"
#include "ops/export.h"
#include "state/folder.h"

/* A device or pipe is written to; a link is followed, so that its target is what is replaced. */
static gboolean
write_file (const char *path, const char *text, GError **error)
{
  g_autofree char *real = NULL;
  char *resolved = realpath (path, NULL);
  g_autoptr (GError) local = NULL;
  struct stat status;

  real = resolved != NULL ? g_strdup (resolved) : g_strdup (path);
  free (resolved);
  if (stat (real, &status) != 0 || S_ISREG (status.st_mode))
    return vfp_folder_put_file (real, text, 0640, &local)
           || vfp_throw (error, VFP_ERROR_OUTPUT, "%s", local->message);

  FILE *file = fopen (real, "we");
  gboolean ok = file != NULL && fputs (text, file) >= 0;
  ok = (file == NULL || fclose (file) == 0) && ok;
  return ok || vfp_throw_errno (error, VFP_ERROR_OUTPUT, errno, "cannot write '%s'", path);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_export, NULL, &argc, &argv, 0, 1, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_FILE, error))
    return FALSE;

  g_autofree char *text = vfp_export_json (&cli->world, error);
  if (text == NULL)
    return FALSE;
  if (argc > 1 && !g_str_equal (argv[1], "-"))
    return cli->dry_run || write_file (argv[1], text, error);
  fputs (text, stdout);
  return TRUE;
}

const VfpCommand vfp_command_export = {
  .name = "export",
  .arguments = "[FILE|-]",
  .summary = "Print the state as JSON",
  .run = run,
};
