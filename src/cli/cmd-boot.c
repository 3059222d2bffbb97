/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool boot: run by vfpool-host.service and vfpool-guests.service. */
#include "config.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/commands.h"
#include "ops/boot-guests.h"
#include "ops/boot-host.h"

#define HOST_WAIT_MS 30000

/* libvirt answers nobody before it has started its guests. */
#define LIBVIRT_TIMEOUT_MS (10 * 60 * 1000)

static void
print_texts (GPtrArray *texts)
{
  for (guint i = 0; i < texts->len; i++)
    printf ("%s\n", (char *) g_ptr_array_index (texts, i));
}

/* A boot never fails for it: what is wrong is in the log, and the hook refuses what cannot be. */
static gboolean
boot_host (VfpCli *cli, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_open (cli, VFP_NEEDS_FILE_CHANGE, &local)
      || !vfp_boot_host (&cli->world, HOST_WAIT_MS, texts, &local))
    {
      if (g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_PERMISSION))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      fprintf (stderr, "vfpool: warning: %s\n", local->message);
    }
  print_texts (texts);
  return TRUE;
}

static gboolean
boot_guests (VfpCli *cli, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  const gboolean done = vfp_boot_guests (&cli->world, texts, error);
  print_texts (texts);
  return done;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_boot, NULL, &argc, &argv, 1, 1, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_refuse_dry_run (cli, &vfp_command_boot, error))
    return FALSE;
  cli->via = VFP_VIA_UNIT;
  cli->libvirt_timeout_ms = LIBVIRT_TIMEOUT_MS;
  if (g_str_equal (argv[1], "host"))
    return boot_host (cli, error);
  if (g_str_equal (argv[1], "guests"))
    return boot_guests (cli, error);
  return vfp_throw (error, VFP_ERROR_USAGE, "boot: '%s' is neither host nor guests", argv[1]);
}

const VfpCommand vfp_command_boot = {
  .name = "boot",
  .arguments = "host|guests",
  .summary = "Make VFs ready before libvirt starts; start what it could not start",
  .hidden = TRUE,
  .run = run,
};
