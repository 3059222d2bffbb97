/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool set. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "base/parse.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/setting-options.h"
#include "ops/set.h"

typedef struct
{
  VfpSettingOptions wish;
  char *slot, *timeout;
} Options;

static void
options_clear (Options *options)
{
  vfp_setting_options_clear (&options->wish);
  g_free (options->slot);
  g_free (options->timeout);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse (VfpCli *cli, Options *options, int *argc, char ***argv, VfpSetRequest *request,
       GError **error)
{
  VfpAttachRequest *asked = &request->asked;
  const GOptionEntry entries[] = {
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &options->slot, "Slot of the guest", "netN" },
    VFP_SETTING_ENTRIES (&options->wish),
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.mac, "MAC", "MAC" },
    { "guest-address", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.guest_address,
      "PCI address in the guest", "ADDRESS" },
    { "acpi-index", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.acpi_index, "ACPI index",
      "N|none" },
    { "live", 0, 0, G_OPTION_ARG_NONE, &asked->affect.live, "The VF, until the guest's end", NULL },
    { "config", 0, 0, G_OPTION_ARG_NONE, &asked->affect.config, "From the guest's next start on",
      NULL },
    { "current", 0, 0, G_OPTION_ARG_NONE, &asked->affect.current, "What the guest is now", NULL },
    { "replug", 0, 0, G_OPTION_ARG_NONE, &request->replug, "Plug in anew what must be", NULL },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &asked->ensure, "As without: already so is success",
      NULL },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &options->timeout, "Time limit [30]", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };

  if (!vfp_cli_parse (cli, &vfp_command_set, entries, argc, argv, 1, 1, error)
      || !vfp_setting_options_read (&options->wish, asked, error)
      || (options->slot != NULL && !vfp_parse_slot_name (options->slot, NULL, error))
      || (options->timeout != NULL
          && !vfp_cli_parse_timeout (options->timeout, &asked->timeout_ms, error)))
    return FALSE;
  asked->guest = (*argv)[1];
  asked->slot = options->slot;
  asked->dry_run = cli->dry_run;
  return TRUE;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  VfpSetRequest request = { 0 };
  g_autoptr (GError) local = NULL;

  if (!parse (cli, &options, &argc, &argv, &request, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  if (options.timeout == NULL)
    request.asked.timeout_ms = vfp_cli_timeout_ms (cli);

  VfpResult *result = vfp_set (&cli->world, &request, error);
  if (result == NULL)
    return FALSE;

  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  g_ptr_array_add (results, result);
  vfp_output_changes (cli, request.asked.guest, results, FALSE);
  return TRUE;
}

const VfpCommand vfp_command_set = {
  .name = "set",
  .arguments = "GUEST [--slot netN] [OPTION...]",
  .summary = "Change the settings of a slot",
  .run = run,
};
