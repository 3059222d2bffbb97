/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all commands share. */
#include "config.h"

#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/parse.h"

#define TIMEOUT_MS 30000
#define TIMEOUT_MAX_S 3600
#define DEFAULT_URI "qemu:///system"

static GOptionGroup *
make_group (const char *name, const char *title, const GOptionEntry *entries)
{
  GOptionGroup *group = g_option_group_new (name, title, "", NULL, NULL);

  g_option_group_add_entries (group, entries);
  return group;
}

/* Strings are taken as file names are: bytes, not converted from the locale, since hooks and cron
 * run in the C locale and a guest's name may be any UTF-8. */
static GOptionGroup *
make_global_group (VfpCli *cli)
{
  const GOptionEntry entries[] = {
    { "connect", 'c', 0, G_OPTION_ARG_FILENAME, &cli->uri, "libvirt's URI [" DEFAULT_URI "]",
      "URI" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &cli->state_path, "State file", "FILE" },
    { "config-file", 0, 0, G_OPTION_ARG_FILENAME, &cli->config_path, "Configuration", "FILE" },
    { "sysroot", 0, 0, G_OPTION_ARG_FILENAME, &cli->sysroot, "Work on a captured host", "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, "Print JSON", NULL },
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &cli->dry_run, "Say what would be done, change nothing",
      NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, "No warnings", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &cli->verbose, "Say on stderr what takes how long",
      NULL },
    { "color", 0, 0, G_OPTION_ARG_FILENAME, &cli->color, "auto, always or never", "WHEN" },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &cli->help, "Show this help", NULL },
    G_OPTION_ENTRY_NULL,
  };
  GOptionGroup *group
      = g_option_group_new ("global", "Global options:", "Show global options", NULL, NULL);

  g_option_group_add_entries (group, entries);
  return group;
}

static gboolean
check_color (const VfpCli *cli, GError **error)
{
  if (cli->color == NULL || g_str_equal (cli->color, "auto") || g_str_equal (cli->color, "always")
      || g_str_equal (cli->color, "never"))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_USAGE, "--color: '%s' is not auto, always or never",
                    cli->color);
}

static gboolean
check_arguments (const VfpCommand *command, int argc, char **argv, int min, int max, GError **error)
{
  if (argc - 1 > max)
    return vfp_throw (error, VFP_ERROR_USAGE, "%s: unexpected argument '%s'", command->name,
                      argv[max + 1]);
  if (argc - 1 < min)
    return vfp_throw (error, VFP_ERROR_USAGE, "usage: vfpool %s %s", command->name,
                      command->arguments);
  for (int i = 1; i < argc; i++)
    if (*argv[i] == '\0')
      return vfp_throw (error, VFP_ERROR_USAGE, "%s: an argument is empty", command->name);
  return TRUE;
}

static const GOptionEntry *
find_entry (const GOptionEntry *entries, const char *name, gsize length)
{
  for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++)
    if (strlen (entry->long_name) == length && strncmp (entry->long_name, name, length) == 0)
      return entry;
  return NULL;
}

/* GLib lets the last one win, of values of which one must be wrong. */
static gboolean
check_once (const GOptionEntry *entries, int argc, char **argv, GError **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 1; i < argc && !g_str_equal (argv[i], "--"); i++)
    {
      const char *name = g_str_has_prefix (argv[i], "--") ? argv[i] + 2 : "";
      const gsize length = strcspn (name, "=");
      const GOptionEntry *entry = find_entry (entries, name, length);

      if (entry == NULL || entry->arg != G_OPTION_ARG_FILENAME)
        continue;
      const char *value = name[length] == '=' ? name + length + 1 : argv[++i];
      const char *before = g_hash_table_lookup (values, entry->long_name);

      if (i >= argc)
        break;
      if (before != NULL && !g_str_equal (before, value))
        return vfp_throw (error, VFP_ERROR_USAGE, "--%s is given twice, with '%s' and '%s'",
                          entry->long_name, before, value);
      g_hash_table_insert (values, (gpointer) entry->long_name, (gpointer) value);
    }
  return TRUE;
}

gboolean
vfp_cli_parse (VfpCli *cli, const VfpCommand *command, const GOptionEntry *entries, int *argc,
               char ***argv, int min, int max, GError **error)
{
  g_autofree char *parameters = g_strdup_printf ("%s %s", command->name, command->arguments);
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_autoptr (GError) local = NULL;

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, command->summary);
  if (entries != NULL)
    g_option_context_add_group (context, make_group ("command", "Options:", entries));
  g_option_context_add_group (context, make_global_group (cli));
  if (entries != NULL && !check_once (entries, *argc, *argv, error))
    return FALSE;
  if (!g_option_context_parse (context, argc, argv, &local))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s: %s; see 'vfpool %s --help'", command->name,
                      local->message, command->name);

  if (cli->help)
    {
      g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);

      fputs (help, stdout);
      return FALSE;
    }
  /* "--" ends the options and is left in place by GLib. */
  if (*argc > 1 && g_str_equal ((*argv)[1], "--"))
    {
      memmove (*argv + 1, *argv + 2, (gsize) (*argc - 1) * sizeof **argv);
      (*argc)--;
    }
  return check_color (cli, error) && check_arguments (command, *argc, *argv, min, max, error);
}

gboolean
vfp_cli_parse_global (VfpCli *cli, int argc, char **argv, gboolean *out_version, GError **error)
{
  const GOptionEntry entries[] = {
    { "version", 'V', 0, G_OPTION_ARG_NONE, out_version, "Show the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND [ARGUMENT...]");
  g_autoptr (GString) commands = g_string_new ("Commands:");
  g_autoptr (GError) local = NULL;

  for (const VfpCommand *const *command = vfp_commands; *command != NULL; command++)
    if (!(*command)->hidden)
      g_string_append_printf (commands, "\n  %-12s %s", (*command)->name, (*command)->summary);
  g_string_append (commands, "\n\n'vfpool COMMAND --help' shows a command's options; see also "
                             "vfpool(8).");
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, "Hands out Virtual Functions of SR-IOV network cards to "
                                         "libvirt guests.");
  g_option_context_set_description (context, commands->str);
  g_option_context_add_group (context, make_global_group (cli));
  g_option_context_add_group (context, make_group ("program", "Program:", entries));
  if (!g_option_context_parse (context, &argc, &argv, &local))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s; see 'vfpool --help'", local->message);

  if (cli->help)
    {
      g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);

      fputs (help, stdout);
    }
  return TRUE;
}

gboolean
vfp_cli_end_parse (GError **local, GError **error)
{
  if (*local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (local));
  return FALSE;
}

gboolean
vfp_cli_refuse_dry_run (const VfpCli *cli, const VfpCommand *command, GError **error)
{
  return !cli->dry_run
         || vfp_throw (error, VFP_ERROR_USAGE, "%s: there is no dry run of it", command->name);
}

static void
print_debug (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  const gint64 start = *(const gint64 *) data;

  fprintf (stderr, "vfpool: [%8.1f ms] %s\n", (double) (g_get_monotonic_time () - start) / 1000.0,
           message);
}

static void
ignore_debug (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

static void
set_verbosity (const VfpCli *cli)
{
  static gint64 start;

  start = g_get_monotonic_time ();
  g_log_set_handler (G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG, cli->verbose ? print_debug : ignore_debug,
                     &start);
}

static gboolean
check_rights (const VfpCli *cli, GError **error)
{
  if (geteuid () == 0 || cli->sysroot != NULL)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_NO_PERMISSION,
                    "this changes the host's VFs; run it as root (sudo vfpool ...)");
}

gboolean
vfp_cli_open (VfpCli *cli, VfpNeeds needs, GError **error)
{
  const char *uri = cli->uri != NULL ? cli->uri : DEFAULT_URI;
  const gboolean local = needs == VFP_NEEDS_FILE || needs == VFP_NEEDS_FILE_CHANGE;
  const gboolean changing = needs != VFP_NEEDS_READ && needs != VFP_NEEDS_FILE;

  set_verbosity (cli);
  if (!vfp_virt_check_uri (uri, error))
    return FALSE;
  if (cli->sysroot == NULL && g_str_has_prefix (uri, "test:"))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--connect %s needs --sysroot: its guests are not "
                      "this host's",
                      uri);
  if (changing && !cli->dry_run && !check_rights (cli, error))
    return FALSE;
  if (cli->sysroot != NULL && cli->state_path == NULL)
    cli->state_path = g_build_filename (cli->sysroot, VFP_STATE_FILE, NULL);
  cli->template_dir
      = g_build_filename (cli->sysroot != NULL ? cli->sysroot : "/", VFP_USER_TEMPLATE_DIR, NULL);

  cli->world = (VfpWorld){
    .sysroot = cli->sysroot,
    .state_path = cli->state_path != NULL ? cli->state_path : VFP_STATE_FILE,
    .config_path = cli->config_path,
    .uri = uri,
    .user_template_dir = cli->template_dir,
    .template_dir = VFP_TEMPLATE_DIR,
    .interrupted = cli->interrupted,
    .read_only = !changing || cli->dry_run,
    .via = cli->via,
    .needs_libvirt = changing && !local,
    .libvirt_timeout_ms = cli->libvirt_timeout_ms,
    .rebuild = needs == VFP_NEEDS_REBUILD,
  };
  return local ? vfp_world_open_local (&cli->world, error) : vfp_world_open (&cli->world, error);
}

void
vfp_cli_clear (VfpCli *cli)
{
  vfp_world_clear (&cli->world);
  g_free (cli->uri);
  g_free (cli->state_path);
  g_free (cli->config_path);
  g_free (cli->sysroot);
  g_free (cli->template_dir);
  g_free (cli->color);
}

gboolean
vfp_cli_wants_color (const VfpCli *cli)
{
  if (cli->color != NULL && !g_str_equal (cli->color, "auto"))
    return g_str_equal (cli->color, "always");
  return isatty (STDOUT_FILENO) && g_getenv ("NO_COLOR") == NULL;
}

void
vfp_cli_print_warnings (VfpCli *cli)
{
  GPtrArray *warnings = cli->world.warnings;

  for (guint i = 0; warnings != NULL && i < warnings->len && !cli->quiet; i++)
    fprintf (stderr, "vfpool: warning: %s\n", (char *) g_ptr_array_index (warnings, i));
  if (warnings != NULL)
    g_ptr_array_set_size (warnings, 0);
}

gboolean
vfp_cli_parse_timeout (const char *text, unsigned *out_timeout_ms, GError **error)
{
  guint64 seconds;

  if (!vfp_parse_uint (text, 10, 0, TIMEOUT_MAX_S, "--timeout", &seconds, error))
    return FALSE;
  *out_timeout_ms = (unsigned) seconds * 1000;
  return TRUE;
}

unsigned
vfp_cli_timeout_ms (const VfpCli *cli)
{
  return cli->world.config->timeout_ms != 0 ? cli->world.config->timeout_ms : TIMEOUT_MS;
}
