/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool migrate. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "cli/commands.h"
#include "cli/migrate.h"
#include "cli/progress.h"

#define BANDWIDTH_MAX (1024 * 1024)

typedef struct
{
  char *mode, *copy, *bandwidth, *timeout;
  char **maps;
  gboolean keep_source;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->mode);
  g_free (options->copy);
  g_free (options->bandwidth);
  g_free (options->timeout);
  g_strfreev (options->maps);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* The place of @text in @words, which ends with NULL. */
static gboolean
read_word (const char *option, const char *text, const char *const *words, unsigned *out_index,
           GError **error)
{
  for (unsigned i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], text))
      {
        *out_index = i;
        return TRUE;
      }
  g_autofree char *all = g_strjoinv (", ", (char **) words);
  return vfp_throw (error, VFP_ERROR_USAGE, "%s '%s': one of %s", option, text, all);
}

static gboolean
read_map (const char *text, GHashTable *map, GError **error)
{
  const char *equals = strchr (text, '=');

  if (equals == NULL || equals == text || equals[1] == '\0')
    return vfp_throw (error, VFP_ERROR_USAGE, "--pool-map '%s': it is OLD=NEW", text);

  char *pool = g_strndup (text, (gsize) (equals - text));
  if (!g_hash_table_insert (map, pool, g_strdup (equals + 1)))
    return vfp_throw (error, VFP_ERROR_USAGE, "--pool-map names the pool of '%s' twice", text);
  return TRUE;
}

static gboolean
read_values (const Options *options, VfpMigrateRequest *request, GError **error)
{
  static const char *const modes[] = { "auto", "failover", "unplug", NULL };
  static const char *const copies[] = { "all", "inc", NULL };
  unsigned mode = VFP_MIGRATE_AUTO, copy = 0;
  guint64 bandwidth = 0;

  if ((options->mode != NULL && !read_word ("--mode", options->mode, modes, &mode, error))
      || (options->copy != NULL
          && !read_word ("--copy-storage", options->copy, copies, &copy, error))
      || (options->bandwidth != NULL
          && !vfp_parse_uint (options->bandwidth, 10, 1, BANDWIDTH_MAX, "--bandwidth", &bandwidth,
                              error))
      || (options->timeout != NULL
          && !vfp_cli_parse_timeout (options->timeout, &request->timeout_ms, error)))
    return FALSE;
  for (char **at = options->maps; at != NULL && *at != NULL; at++)
    if (!read_map (*at, request->pool_map, error))
      return FALSE;
  request->mode = (VfpMigrateMode) mode;
  request->copy = options->copy == NULL ? VFP_COPY_NONE : copy == 0 ? VFP_COPY_ALL : VFP_COPY_INC;
  request->bandwidth_mib = (unsigned) bandwidth;
  request->keep_source = options->keep_source;
  return TRUE;
}

static gboolean
parse (VfpCli *cli, Options *options, int *argc, char ***argv, VfpMigrateRequest *request,
       GError **error)
{
  const GOptionEntry entries[] = {
    { "mode", 0, 0, G_OPTION_ARG_FILENAME, &options->mode, "auto, failover or unplug [auto]",
      "MODE" },
    { "copy-storage", 0, 0, G_OPTION_ARG_FILENAME, &options->copy,
      "Send the disks too: all of them, or inc", "all|inc" },
    { "bandwidth", 0, 0, G_OPTION_ARG_FILENAME, &options->bandwidth, "At most so much in a second",
      "MIB" },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &options->timeout, "Abort the migration then [never]",
      "SECONDS" },
    { "keep-source", 0, 0, G_OPTION_ARG_NONE, &options->keep_source, "The guest stays defined here",
      NULL },
    { "pool-map", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->maps,
      "VFs of this pool come of that one there; may be repeated", "OLD=NEW" },
    G_OPTION_ENTRY_NULL,
  };

  if (!vfp_cli_parse (cli, &vfp_command_migrate, entries, argc, argv, 2, 2, error)
      || !read_values (options, request, error))
    return FALSE;
  request->guest = (*argv)[1];
  request->uri = (*argv)[2];
  request->dry_run = cli->dry_run;
  return vfp_virt_check_destination (request->uri, error);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GHashTable) map = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  VfpMigrateRequest request = { .pool_map = map, .told = vfp_progress_show };
  g_autoptr (VfpMigrateResult) result = NULL;
  g_autoptr (GError) local = NULL;

  if (!parse (cli, &options, &argc, &argv, &request, &local))
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  VfpProgressView view = vfp_progress_view (request.guest, cli->quiet);
  request.data = &view;
  request.detach_timeout_ms = vfp_cli_timeout_ms (cli);
  const gboolean done = vfp_migrate (&cli->world, &request, &result, &local);
  vfp_progress_end (&view);
  const gboolean tells = cli->json && cli->dry_run && result != NULL && result->planned;
  if (done || tells || (result != NULL && result->changed))
    vfp_migrate_print (cli, result, local);
  else if (cli->dry_run && !cli->json && result != NULL)
    vfp_migrate_print_checks (result);
  if (!done)
    g_propagate_error (error, g_steal_pointer (&local));
  return done;
}

const VfpCommand vfp_command_migrate = {
  .name = "migrate",
  .arguments = "GUEST DESTURI [OPTION...]",
  .summary = "Send a running guest to another host",
  .run = run,
};
