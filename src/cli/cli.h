/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all commands share: global options, the world they open, and how results are printed. */
#pragma once

#include <glib.h>

#include "ops/world.h"

typedef struct
{
  char *uri;
  char *state_path;
  char *config_path;
  char *sysroot;
  char *template_dir; /* the administrator's */
  char *color;        /* "auto", "always", "never" */
  gboolean json;
  gboolean has_document; /* printed, and a failure is told in it */
  gboolean dry_run;
  gboolean quiet;
  gboolean verbose;
  gboolean help;
  VfpVia via;                  /* who runs the command */
  unsigned libvirt_timeout_ms; /* 0: the usual */
  VfpWorld world;
  const volatile int *interrupted;
} VfpCli;

typedef struct
{
  const char *name;
  const char *arguments; /* "GUEST [OPTION...]" */
  const char *summary;
  gboolean hidden; /* not for people: left out of the program's help */
  gboolean (*run) (VfpCli *cli, int argc, char **argv, GError **error);
} VfpCommand;

typedef enum
{
  VFP_NEEDS_READ,   /* libvirt may be away, nothing is written */
  VFP_NEEDS_CHANGE, /* libvirt must answer; root, unless in a captured host or with --dry-run */
  VFP_NEEDS_FILE,   /* only reads the state file; libvirt is not asked */
  VFP_NEEDS_FILE_CHANGE, /* only changes the state file; root as above */
  VFP_NEEDS_REBUILD,     /* as VFP_NEEDS_CHANGE, and the state file is not opened */
} VfpNeeds;

/* Parses the rest of the command line: @entries and the global options. @argc and @argv are left
 * with the command's name and its arguments, whose number must be @min to @max. FALSE without error
 * when help was asked for and printed. Error: %VFP_ERROR_USAGE. */
gboolean vfp_cli_parse (VfpCli *cli, const VfpCommand *command, const GOptionEntry *entries,
                        int *argc, char ***argv, int min, int max, GError **error);

/* Parses a command line without a command: global options only; prints the help that was asked
 * for. Error: %VFP_ERROR_USAGE. */
gboolean vfp_cli_parse_global (VfpCli *cli, int argc, char **argv, gboolean *out_version,
                               GError **error);

/* The end of a run() whose parsing said FALSE: hands an error on, or is TRUE after help. */
gboolean vfp_cli_end_parse (GError **local, GError **error);

/* Error: %VFP_ERROR_USAGE for a command that has no dry run. */
gboolean vfp_cli_refuse_dry_run (const VfpCli *cli, const VfpCommand *command, GError **error);

/* Opens the world. Errors: those of vfp_world_open(), %VFP_ERROR_NO_PERMISSION. */
gboolean vfp_cli_open (VfpCli *cli, VfpNeeds needs, GError **error);

void vfp_cli_clear (VfpCli *cli);

/* Whether to use colour on stdout. */
gboolean vfp_cli_wants_color (const VfpCli *cli);

/* Prints the world's warnings to stderr, unless --quiet, and forgets them. */
void vfp_cli_print_warnings (VfpCli *cli);

/* Reads SECONDS into milliseconds. Error: %VFP_ERROR_USAGE. */
gboolean vfp_cli_parse_timeout (const char *text, unsigned *out_timeout_ms, GError **error);

/* The time limit that is configured, or the usual 30 s; once the world is open. */
unsigned vfp_cli_timeout_ms (const VfpCli *cli);

/* The commands, in the order of the help; ended by NULL. */
extern const VfpCommand *const vfp_commands[];
