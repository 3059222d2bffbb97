/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of attach, which xml takes too. */
#include "config.h"

#include "cli/attach-options.h"

#include "base/error.h"
#include "base/parse.h"

#define TIMEOUT_MS 30000

void
vfp_attach_options_clear (VfpAttachOptions *options)
{
  char **strings[] = {
    &options->pf, &options->pool, &options->vf, &options->slot, &options->timeout,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
  vfp_setting_options_clear (&options->wish);
}

static gboolean
fill_request (const VfpCli *cli, VfpAttachOptions *options, const char *guest,
              VfpAttachRequest *request, GError **error)
{
  *request = (VfpAttachRequest){
    .guest = guest,
    .pf = options->pf,
    .pool = options->pool,
    .vf = options->vf,
    .slot = options->slot,
    .affect = { options->live, options->config, options->current },
    .on_start = options->on_start,
    .ensure = options->ensure,
    .force = options->force,
    .explain = options->explain,
    .dry_run = cli->dry_run,
    .timeout_ms = TIMEOUT_MS,
  };
  if (options->slot != NULL && !vfp_parse_slot_name (options->slot, NULL, error))
    return FALSE;
  if (options->timeout != NULL
      && !vfp_cli_parse_timeout (options->timeout, &request->timeout_ms, error))
    return FALSE;
  if (options->ensure && options->slot == NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "--ensure needs --slot");
  return vfp_setting_options_read (&options->wish, request, error);
}

gboolean
vfp_attach_options_parse (VfpCli *cli, const VfpCommand *command, VfpAttachOptions *options,
                          int *argc, char ***argv, VfpAttachRequest *request, GError **error)
{
  const GOptionEntry entries[] = {
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &options->pf, "Take a VF of this PF", "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &options->pool, "Take a VF of this pool", "POOL" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &options->vf, "Take this VF: its address or PF/index",
      "VF" },
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &options->slot, "Slot of the guest", "netN" },
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.mac, "MAC of a new slot [derived]",
      "MAC" },
    VFP_SETTING_ENTRIES (&options->wish),
    { "guest-address", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.guest_address,
      "PCI address in the guest, of a new slot [planned]", "ADDRESS" },
    { "acpi-index", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.acpi_index,
      "ACPI index of a new slot [planned]", "N|none" },
    { "live", 0, 0, G_OPTION_ARG_NONE, &options->live, "Change the running guest", NULL },
    { "config", 0, 0, G_OPTION_ARG_NONE, &options->config, "Change the configuration", NULL },
    { "persistent", 0, 0, G_OPTION_ARG_NONE, &options->config, "The same as --config", NULL },
    { "current", 0, 0, G_OPTION_ARG_NONE, &options->current, "Change what the guest is now", NULL },
    { "on-start", 0, 0, G_OPTION_ARG_NONE, &options->on_start,
      "A VF at each start of the guest, and none while it is off", NULL },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &options->ensure, "Already so is success", NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->force, "Even if memory is short", NULL },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &options->explain, "Say why not another VF", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &options->timeout, "Time limit [30]", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };

  return vfp_cli_parse (cli, command, entries, argc, argv, 1, 1, error)
         && fill_request (cli, options, (*argv)[1], request, error);
}
