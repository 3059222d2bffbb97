/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool history. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include <libsmartcols.h>

#include "base/address.h"
#include "base/error.h"
#include "base/mac.h"
#include "base/parse.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "state/history.h"

/* Strings as they were typed. */
typedef struct
{
  char *guest, *slot, *vf, *mac, *at, *since;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->guest);
  g_free (options->slot);
  g_free (options->vf);
  g_free (options->mac);
  g_free (options->at);
  g_free (options->since);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_time (const char *name, const char *text, gboolean *out_has, gint64 *out_time, GError **error)
{
  if (text == NULL)
    return TRUE;
  *out_has = TRUE;
  if (vfp_time_parse (text, vfp_world_now (), out_time, error))
    return TRUE;
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}

/* VF and MAC are written anew, so that they are compared in their full form. */
static gboolean
parse_filter (Options *options, VfpHistoryFilter *filter, GError **error)
{
  VfpAddress address;
  VfpMac mac;

  if (options->at != NULL && options->since != NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "--at and --since exclude each other");
  if ((options->slot != NULL && !vfp_parse_slot_name (options->slot, NULL, error))
      || (options->vf != NULL && !vfp_address_parse (options->vf, &address, error))
      || (options->mac != NULL && !vfp_mac_parse (options->mac, &mac, error))
      || !parse_time ("--at", options->at, &filter->has_at, &filter->at, error)
      || !parse_time ("--since", options->since, &filter->has_since, &filter->since, error))
    return FALSE;

  if (options->vf != NULL)
    {
      g_free (options->vf);
      options->vf = vfp_address_to_string (&address);
    }
  if (options->mac != NULL)
    {
      g_free (options->mac);
      options->mac = vfp_mac_to_string (&mac);
    }
  filter->guest = options->guest;
  filter->slot = options->slot;
  filter->vf = options->vf;
  filter->mac = options->mac;
  return TRUE;
}

static void
print_json (GPtrArray *rows)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < rows->len; i++)
    {
      const VfpHistoryRow *row = g_ptr_array_index (rows, i);
      g_autofree char *time = vfp_time_to_string (row->time);

      json_builder_begin_object (builder);
      vfp_json_string (builder, "time", time);
      vfp_json_string (builder, "by", row->by);
      vfp_json_string (builder, "via", row->via);
      vfp_json_string (builder, "what", row->what);
      vfp_json_string (builder, "guest", row->guest);
      vfp_json_string (builder, "guest_uuid", row->guest_uuid);
      vfp_json_string (builder, "slot", row->slot);
      vfp_json_string (builder, "mac", row->mac);
      vfp_json_string (builder, "address", row->vf);
      vfp_json_string (builder, "result", row->result);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  vfp_output_json (builder);
}

/* In local time, as --at and --since read it. */
static char *
local_time (gint64 time)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_local (time);

  return moment != NULL ? g_date_time_format (moment, "%Y-%m-%d %H:%M:%S") : NULL;
}

static void
print_table (GPtrArray *rows)
{
  static const char *const headers[]
      = { "TIME", "WHO", "VIA", "WHAT", "GUEST", "SLOT", "VF", "RESULT" };
  struct libscols_table *table = scols_new_table ();

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    scols_table_new_column (table, headers[i], 0, 0);
  for (guint i = 0; i < rows->len; i++)
    {
      const VfpHistoryRow *row = g_ptr_array_index (rows, i);
      struct libscols_line *line = scols_table_new_line (table, NULL);
      g_autofree char *time = local_time (row->time);
      const char *const cells[]
          = { time, row->by, row->via, row->what, row->guest, row->slot, row->vf, row->result };

      for (gsize k = 0; k < G_N_ELEMENTS (cells); k++)
        scols_line_set_data (line, k, cells[k] != NULL ? cells[k] : "-");
    }
  if (rows->len > 0)
    scols_print_table (table);
  scols_unref_table (table);
}

/* Nothing found does not mean that nobody had it. */
static gboolean
warn_of_begin (VfpWorld *world, const VfpHistoryFilter *filter, GError **error)
{
  gint64 begin;

  if (!filter->has_at)
    return TRUE;
  if (!vfp_store_history_begin (world->store, &begin, error))
    return FALSE;
  if (begin == 0)
    vfp_world_warn (world, "there is no history");
  else if (begin > filter->at)
    {
      g_autofree char *time = local_time (begin);

      vfp_world_warn (world, "the history begins at %s only", time);
    }
  return TRUE;
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  VfpHistoryFilter filter = { 0 };
  const GOptionEntry entries[] = {
    { "guest", 0, 0, G_OPTION_ARG_FILENAME, &options.guest, "Of this guest, by name or UUID",
      "GUEST" },
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &options.slot, "Of this slot", "netN" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &options.vf, "Of the VF at this address", "ADDRESS" },
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &options.mac, "Of the slot with this MAC", "MAC" },
    { "at", 0, 0, G_OPTION_ARG_FILENAME, &options.at, "Who had it then", "TIME" },
    { "since", 0, 0, G_OPTION_ARG_FILENAME, &options.since, "From this time on", "TIME" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_history, entries, &argc, &argv, 0, 0, &local)
      || !parse_filter (&options, &filter, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_FILE, error))
    return FALSE;

  g_autoptr (GPtrArray) rows = vfp_store_read_history (cli->world.store, &filter, error);
  if (rows == NULL || !warn_of_begin (&cli->world, &filter, error))
    return FALSE;
  if (cli->json)
    print_json (rows);
  else
    print_table (rows);
  return TRUE;
}

const VfpCommand vfp_command_history = {
  .name = "history",
  .arguments = "[--guest GUEST] [--at TIME] [OPTION...]",
  .summary = "Show what was done, by whom",
  .run = run,
};
