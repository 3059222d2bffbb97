/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool guest-config. A changed option moves with doc/vfpool.8.scd and
 * scripts/completion/vfpool.bash. */
#include "config.h"

#include <stdio.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/guest-config.h"

typedef struct
{
  char *format, *output;
  gboolean force;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->format);
  g_free (options->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const VfpBondFormat *
find_format (const Options *options, GError **error)
{
  const VfpBondFormat *format
      = options->format != NULL ? vfp_bond_format_find (options->format) : NULL;
  g_autoptr (GString) names = g_string_new (NULL);

  if (format != NULL)
    return format;
  for (const VfpBondFormat *each = vfp_bond_formats; each->name != NULL; each++)
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", each->name);
  if (options->format == NULL)
    vfp_throw (error, VFP_ERROR_USAGE, "guest-config: say --format: one of %s", names->str);
  else
    vfp_throw (error, VFP_ERROR_USAGE, "--format: '%s' is none of %s", options->format, names->str);
  return NULL;
}

static void
add_bonds (JsonBuilder *builder, GPtrArray *bonds)
{
  json_builder_set_member_name (builder, "bonds");
  json_builder_begin_array (builder);
  for (guint i = 0; i < bonds->len; i++)
    {
      const VfpBondConfig *bond = g_ptr_array_index (bonds, i);

      json_builder_begin_object (builder);
      vfp_json_string (builder, "bond", bond->name);
      vfp_json_string (builder, "bond_mac", vfp_bond_mac_to_string (bond->mac));
      json_builder_set_member_name (builder, "legs");
      json_builder_begin_array (builder);
      for (guint k = 0; k < bond->legs->len; k++)
        {
          const VfpBondLegConfig *leg = g_ptr_array_index (bond->legs, k);

          json_builder_begin_object (builder);
          vfp_json_string (builder, "slot", leg->slot);
          vfp_json_mac (builder, "mac", &leg->mac);
          vfp_json_string (builder, "guest_ifname", leg->ifname);
          json_builder_end_object (builder);
        }
      json_builder_end_array (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static gboolean
is_written (const GArray *written, guint i)
{
  return written != NULL && g_array_index (written, gboolean, i);
}

static void
print_json (const VfpGuestConfig *config, const GArray *written)
{
  JsonBuilder *builder = json_builder_new ();
  gboolean changed = FALSE;

  for (guint i = 0; i < config->files->len; i++)
    changed = changed || is_written (written, i);
  json_builder_begin_object (builder);
  vfp_json_bool (builder, "changed", changed);
  vfp_json_string (builder, "guest", config->guest);
  vfp_json_string (builder, "uuid", config->uuid);
  vfp_json_string (builder, "format", config->format->name);
  add_bonds (builder, config->bonds);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < config->files->len; i++)
    {
      const VfpBondFile *file = g_ptr_array_index (config->files, i);
      g_autofree char *mode = g_strdup_printf ("%04o", file->mode);

      json_builder_begin_object (builder);
      vfp_json_string (builder, "file", file->name);
      vfp_json_string (builder, "folder", config->format->folder);
      vfp_json_string (builder, "mode", mode);
      vfp_json_string (builder, "text", file->text);
      vfp_json_bool (builder, "written", is_written (written, i));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}

/* The names as comments, so that one file alone can be used as it is printed. */
static void
print_text (const VfpGuestConfig *config)
{
  const char *folder = config->format->folder;

  for (guint i = 0; i < config->files->len; i++)
    {
      const VfpBondFile *file = g_ptr_array_index (config->files, i);

      if (folder != NULL)
        printf ("%s# %s/%s\n", i > 0 ? "\n" : "", folder, file->name);
      else if (i > 0)
        printf ("\n");
      fputs (file->text, stdout);
    }
}

static void
print_written (const VfpCli *cli, const VfpGuestConfig *config, const char *output,
               const GArray *written)
{
  for (guint i = 0; i < config->files->len; i++)
    {
      const VfpBondFile *file = g_ptr_array_index (config->files, i);
      g_autofree char *path = g_build_filename (output, file->name, NULL);

      printf ("%s %s\n", path,
              !is_written (written, i) ? "is so already"
              : cli->dry_run           ? "would be written"
                                       : "written");
    }
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_FILENAME, &options.format,
      "systemd-networkd, netplan, nmcli, ifcfg or interfaces", "FORMAT" },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &options.output, "Write files into this folder",
      "DIR" },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options.force, "Replace files that differ", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VfpBondFormat *format = NULL;
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_guest_config, entries, &argc, &argv, 1, 1, &local)
      || (format = find_format (&options, &local)) == NULL)
    return vfp_cli_end_parse (&local, error);
  if (!vfp_cli_open (cli, VFP_NEEDS_READ, error))
    return FALSE;

  g_autoptr (VfpGuestConfig) config = vfp_guest_config (&cli->world, argv[1], format, error);
  g_autoptr (GArray) written = NULL;
  if (config == NULL)
    return FALSE;
  if (options.output != NULL
      && (written
          = vfp_guest_config_write (config, options.output, options.force, cli->dry_run, error))
             == NULL)
    return FALSE;
  if (cli->json)
    print_json (config, written);
  else if (written != NULL)
    print_written (cli, config, options.output, written);
  else
    print_text (config);
  return TRUE;
}

const VfpCommand vfp_command_guest_config = {
  .name = "guest-config",
  .arguments = "GUEST --format FORMAT [--output DIR]",
  .summary = "Print the guest's half of its bonds",
  .run = run,
};
