/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool adopt. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash. */
#include "config.h"

#include "base/error.h"
#include "base/parse.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/adopt.h"

#define TIMEOUT_MS 30000

typedef struct
{
  char *slot, *mac, *vf, *pf, *pool;
} Texts;

static void
texts_clear (Texts *texts)
{
  g_free (texts->slot);
  g_free (texts->mac);
  g_free (texts->vf);
  g_free (texts->pf);
  g_free (texts->pool);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Texts, texts_clear)

static gboolean
fill_request (const VfpCli *cli, const Texts *texts, const char *guest, VfpAdoptRequest *request,
              GError **error)
{
  if ((guest != NULL) == request->all)
    return vfp_throw (error, VFP_ERROR_USAGE, "say a guest or --all");
  if (request->all && (texts->slot != NULL || texts->mac != NULL || texts->vf != NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "--all goes with none of --slot, --mac and --vf");
  if (texts->mac != NULL && texts->vf != NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "--mac and --vf exclude each other");
  if ((texts->slot != NULL && !vfp_parse_slot_name (texts->slot, NULL, error))
      || (texts->mac != NULL && !vfp_mac_parse_unicast (texts->mac, &request->mac, error)))
    return FALSE;

  request->guest = guest;
  request->slot = texts->slot;
  request->has_mac = texts->mac != NULL;
  request->vf = texts->vf;
  request->pf = texts->pf;
  request->pool = texts->pool;
  request->dry_run = cli->dry_run;
  request->timeout_ms = TIMEOUT_MS;
  return TRUE;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Texts) texts = { 0 };
  VfpAdoptRequest request = { 0 };
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &request.all, "All guests", NULL },
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &texts.mac, "Only the NIC with this MAC", "MAC" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &texts.vf, "Only this VF", "VF" },
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &texts.slot, "Slot that it becomes", "netN" },
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &texts.pf, "Where another VF is needed, one of this PF",
      "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &texts.pool, "The same, of this pool", "POOL" },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &request.ensure, "Nothing to adopt is success", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_adopt, entries, &argc, &argv, 0, 1, &local)
      || !fill_request (cli, &texts, argc > 1 ? argv[1] : NULL, &request, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  const gboolean done = vfp_adopt (&cli->world, &request, results, error);
  /* What was done before a failure is told too; JSON then has the error alone. */
  if (done || (results->len > 0 && !cli->json))
    vfp_output_changes (cli, request.guest, results,
                        request.slot == NULL && !request.has_mac && request.vf == NULL);
  return done;
}

const VfpCommand vfp_command_adopt = {
  .name = "adopt",
  .arguments = "GUEST|--all [--mac MAC | --vf VF] [OPTION...]",
  .summary = "Take over VFs that guests have without vfpool",
  .run = run,
};
