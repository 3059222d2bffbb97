/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool: finds the command, runs it, prints its error. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/output.h"

static volatile int interrupted;

/* The first signal lets the running step finish; the second one ends at once. */
static void
on_signal (int number)
{
  interrupted = number;
}

static void
set_signals (void)
{
  const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };

      sigaction (numbers[i], &action, NULL);
    }
  signal (SIGPIPE, SIG_IGN);
}

/* A file that is opened later must not become stdout or stderr. /dev/full makes what is written to
 * a closed stdout the error that it is. */
static gboolean
fix_standard_files (void)
{
  const gboolean has_stdout = fcntl (STDOUT_FILENO, F_GETFD) >= 0;

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      (void) open (fd == STDOUT_FILENO ? "/dev/full" : "/dev/null", O_RDWR);
  return has_stdout;
}

/* Whether the next argument is the option's value: of a long one, or of -c at the end of a bundle
 * of letters. */
static gboolean
takes_value (const char *option)
{
  static const char *const options[]
      = { "--connect", "--state", "--config-file", "--sysroot", "--color" };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (g_str_equal (option, options[i]))
      return TRUE;
  return option[0] == '-' && option[1] != '-' && g_str_has_suffix (option, "c");
}

/* The place of the command's name in @argv; 0: none. */
static int
find_command_word (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (takes_value (argv[i]))
      i++;
    else if (*argv[i] != '-')
      return i;
  return 0;
}

static const VfpCommand *
find_command (const char *name)
{
  for (const VfpCommand *const *command = vfp_commands; *command != NULL; command++)
    if (g_str_equal ((*command)->name, name))
      return *command;
  return NULL;
}

static gboolean
run_without_command (VfpCli *cli, int argc, char **argv, GError **error)
{
  gboolean version = FALSE;

  if (!vfp_cli_parse_global (cli, argc, argv, &version, error))
    return FALSE;
  if (version)
    printf ("vfpool %s\n", PACKAGE_VERSION);
  return version || cli->help
         || vfp_throw (error, VFP_ERROR_USAGE, "say a command; 'vfpool --help' lists them");
}

static gboolean
run_unknown (VfpCli *cli, int argc, char **argv, const char *name, GError **error)
{
  gboolean version;

  /* For --json, which the error is to be printed by; an option that is wrong too does not matter.
   */
  (void) vfp_cli_parse_global (cli, argc, argv, &version, NULL);
  return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not a command; 'vfpool --help' lists them",
                    name);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  char *to_help[] = { argv[0], (char *) "--help", NULL };
  const int word = find_command_word (argc, argv);
  const gboolean help = word != 0 && g_str_equal (argv[word], "help");
  const char *name = help ? argv[word + 1] : argv[word];

  if (word == 0)
    return run_without_command (cli, argc, argv, error);
  if (help && name == NULL)
    return run_without_command (cli, 2, to_help, error);

  const VfpCommand *command = find_command (name);
  if (command == NULL)
    return run_unknown (cli, word, argv, name, error);
  if (help)
    return command->run (cli, 2, to_help, error);

  /* The options before the command are parsed with those behind it. */
  memmove (argv + word, argv + word + 1, (gsize) (argc - word) * sizeof *argv);
  return command->run (cli, argc - 1, argv, error);
}

static int
finish (VfpCli *cli, GError *error)
{
  vfp_cli_print_warnings (cli);
  if (error != NULL)
    vfp_output_error (cli, error);
  if ((fflush (stdout) != 0 || ferror (stdout)) && error == NULL)
    {
      fprintf (stderr, "vfpool: cannot write to standard output: %s\n", g_strerror (errno));
      return 1;
    }
  if (error == NULL)
    return 0;
  return g_error_matches (error, VFP_ERROR, VFP_ERROR_INTERRUPTED) && interrupted != 0
             ? 128 + interrupted
             : vfp_error_status (error);
}

int
main (int argc, char **argv)
{
  VfpCli cli = { .interrupted = &interrupted };
  g_autoptr (GError) error = NULL;

  if (!fix_standard_files ())
    {
      fprintf (stderr, "vfpool: standard output is closed\n");
      return 1;
    }
  setlocale (LC_ALL, "");
  set_signals ();

  const gboolean ok = run (&cli, argc, argv, &error);
  g_assert (ok == (error == NULL));

  const int status = finish (&cli, error);
  g_debug ("done");
  vfp_cli_clear (&cli);
  return status;
}
