/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool reconcile --rebuild. */
#include "config.h"

#include "cli/rebuild.h"

#include <stdio.h>

#include "cli/output.h"
#include "ops/rebuild.h"

static void
print_json (const VfpCli *cli, GPtrArray *results, GPtrArray *lost)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  vfp_json_bool (builder, "changed", TRUE);
  json_builder_set_member_name (builder, "slots");
  json_builder_begin_array (builder);
  for (guint i = 0; i < results->len; i++)
    vfp_output_add_result (builder, cli, g_ptr_array_index (results, i));
  json_builder_end_array (builder);
  vfp_json_texts (builder, "lost", lost);
  vfp_json_texts (builder, "warnings", cli->world.warnings);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}

static void
print_slot (const VfpResult *result)
{
  char address[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];

  vfp_mac_format (&result->mac, mac);
  if (result->pf == NULL)
    printf ("%s %s: without VF, MAC %s\n", result->guest, result->slot, mac);
  else
    printf ("%s %s: %s VF %u (%s), MAC %s; %s\n", result->guest, result->slot, result->pf,
            result->vf, vfp_address_format (&result->address, address), mac,
            result->live && result->config ? "live + config"
            : result->live                 ? "live"
                                           : "config");
}

static void
print_text (const VfpCli *cli, GPtrArray *results, GPtrArray *lost)
{
  for (guint i = 0; i < results->len; i++)
    print_slot (g_ptr_array_index (results, i));
  for (guint i = 0; i < lost->len; i++)
    printf ("lost: %s\n", (char *) g_ptr_array_index (lost, i));
  printf ("%s %s with %u slot%s\n",
          cli->dry_run ? "would make anew" : "made anew:", cli->world.state_path, results->len,
          results->len == 1 ? "" : "s");
}

gboolean
vfp_cli_rebuild (VfpCli *cli, GError **error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  g_autoptr (GPtrArray) lost = g_ptr_array_new_with_free_func (g_free);

  if (!vfp_cli_open (cli, VFP_NEEDS_REBUILD, error)
      || !vfp_rebuild (&cli->world, cli->dry_run, lost, results, error))
    return FALSE;
  if (cli->json)
    print_json (cli, results, lost);
  else
    print_text (cli, results, lost);
  return TRUE;
}
