/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool import. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/dump.h"
#include "ops/import.h"

/* No more than one byte too many, whatever the file is. */
static GString *
read_stream (FILE *stream, const char *name, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[65536];

  for (;;)
    {
      const gsize room = VFP_DUMP_BYTES_MAX + 1 - text->len;
      const gsize length = fread (buffer, 1, MIN (room, sizeof buffer), stream);

      if (length == 0 && ferror (stream))
        {
          vfp_throw_errno (error, VFP_ERROR_CONFIG, errno, "cannot read '%s'", name);
          return NULL;
        }
      if (length == 0)
        return g_steal_pointer (&text);
      g_string_append_len (text, buffer, (gssize) length);
    }
}

static GString *
read_text (const char *name, GError **error)
{
  if (g_str_equal (name, "-"))
    return read_stream (stdin, "standard input", error);

  FILE *stream = fopen (name, "re");
  if (stream == NULL)
    {
      vfp_throw_errno (error, VFP_ERROR_CONFIG, errno, "cannot read '%s'", name);
      return NULL;
    }
  GString *text = read_stream (stream, name, error);
  fclose (stream);
  return text;
}

static void
print_json (const VfpCli *cli, const VfpImport *import)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  vfp_json_bool (builder, "changed", import->changed);
  vfp_json_int (builder, "new_slots", import->slots);
  vfp_json_int (builder, "new_claims", import->claims);
  vfp_json_int (builder, "new_reservations", import->reservations);
  vfp_json_int (builder, "kept", import->kept);
  vfp_json_int (builder, "removed", import->removed);
  vfp_json_texts (builder, "changes", import->changes);
  vfp_json_texts (builder, "warnings", cli->world.warnings);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}

static void
print_text (const VfpCli *cli, const VfpImport *import)
{
  for (guint i = 0; cli->dry_run && i < import->changes->len; i++)
    printf ("%s\n", (char *) g_ptr_array_index (import->changes, i));
  printf ("%s %u slot%s (%u with a VF) and %u reservation%s",
          cli->dry_run ? "would import" : "imported", import->slots, import->slots == 1 ? "" : "s",
          import->claims, import->reservations, import->reservations == 1 ? "" : "s");
  if (import->kept > 0)
    printf ("; there already: %u", import->kept);
  if (import->removed > 0)
    printf ("; replaced: %u", import->removed);
  printf ("\n");
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  gboolean merge = FALSE, replace = FALSE;
  const GOptionEntry entries[] = {
    { "merge", 0, 0, G_OPTION_ARG_NONE, &merge, "Keep what is there, add what is new", NULL },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &replace, "End what is there", NULL },
    G_OPTION_ENTRY_NULL,
  };
  VfpImportRequest request = { .mode = VFP_IMPORT_EMPTY };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_import, entries, &argc, &argv, 1, 1, &local))
    return vfp_cli_end_parse (&local, error);
  if (merge && replace)
    return vfp_throw (error, VFP_ERROR_USAGE, "--merge and --replace exclude each other");
  if (merge || replace)
    request.mode = merge ? VFP_IMPORT_MERGE : VFP_IMPORT_REPLACE;
  if (!vfp_cli_open (cli, VFP_NEEDS_FILE_CHANGE, error))
    return FALSE;

  g_autoptr (GString) text = read_text (argv[1], error);
  if (text == NULL)
    return FALSE;
  request.text = text->str;
  request.length = text->len;
  request.name = g_str_equal (argv[1], "-") ? "standard input" : argv[1];
  request.timeout_ms = vfp_cli_timeout_ms (cli);
  request.dry_run = cli->dry_run;

  g_autoptr (VfpImport) import = vfp_import (&cli->world, &request, error);
  if (import == NULL)
    return FALSE;
  if (cli->json)
    print_json (cli, import);
  else
    print_text (cli, import);
  return TRUE;
}

const VfpCommand vfp_command_import = {
  .name = "import",
  .arguments = "FILE|- [--merge | --replace]",
  .summary = "Take over the state of an export",
  .run = run,
};
