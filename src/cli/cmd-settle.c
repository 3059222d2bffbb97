/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool settle: run by vfpool-settle@.service, which the hook asks for. A changed option moves
 * with doc/vfpool.8.scd. */
#include "config.h"

#include <stdio.h>

#include "cli/commands.h"
#include "ops/guest-lock.h"
#include "ops/settle-loop.h"
#include "pool/audit.h"

/* libvirt answers nobody before it has started its guests. */
#define LIBVIRT_TIMEOUT_MS (10 * 60 * 1000)

static gboolean
settle (VfpWorld *world, const char *uuid, gboolean if_wanted, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  gboolean wanted = TRUE;

  if (if_wanted && !vfp_settle_is_wanted (world, uuid, &wanted, error))
    return FALSE;
  if (!wanted)
    return TRUE;

  const gboolean done
      = vfp_settle_until_done (world, uuid, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
  for (guint i = 0; i < texts->len; i++)
    printf ("%s\n", (char *) g_ptr_array_index (texts, i));
  return done;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  gboolean if_wanted = FALSE;
  const GOptionEntry entries[] = {
    { "if-wanted", 0, 0, G_OPTION_ARG_NONE, &if_wanted,
      "Only if the hook has asked since the last time", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_settle, entries, &argc, &argv, 1, 1, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_refuse_dry_run (cli, &vfp_command_settle, error))
    return FALSE;
  cli->via = VFP_VIA_UNIT;
  cli->libvirt_timeout_ms = LIBVIRT_TIMEOUT_MS;
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  /* A guest that is gone, too. */
  g_autofree char *uuid = g_uuid_string_is_valid (argv[1])
                              ? g_ascii_strdown (argv[1], -1)
                              : vfp_guest_find_uuid (&cli->world, argv[1], error);
  return uuid != NULL && settle (&cli->world, uuid, if_wanted, error);
}

const VfpCommand vfp_command_settle = {
  .name = "settle",
  .arguments = "GUEST|UUID",
  .summary = "Bring a guest in line with its slots, and give VFs to those that wait",
  .hidden = TRUE,
  .run = run,
};
