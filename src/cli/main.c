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

/* Global options that are followed by a value. */
static gboolean
takes_value (const char *option)
{
  static const char *const options[] = { "-c", "--connect", "--state", "--sysroot", "--color" };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (g_str_equal (option, options[i]))
      return TRUE;
  return FALSE;
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

static void
print_help (void)
{
  printf ("Usage: vfpool [OPTION...] COMMAND [ARGUMENT...]\n\n"
          "Hands out Virtual Functions of SR-IOV network cards to libvirt guests.\n\n"
          "Commands:\n");
  for (const VfpCommand *const *command = vfp_commands; *command != NULL; command++)
    printf ("  %-8s %s\n", (*command)->name, (*command)->summary);
  printf ("\n'vfpool COMMAND --help' shows a command's options; see also vfpool(8).\n");
}

static gboolean
has_option (int argc, char **argv, const char *name, const char *letter)
{
  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], name) || g_str_equal (argv[i], letter))
      return TRUE;
  return FALSE;
}

static gboolean
run_without_command (int argc, char **argv, GError **error)
{
  if (has_option (argc, argv, "--version", "-V"))
    {
      printf ("vfpool %s\n", PACKAGE_VERSION);
      return TRUE;
    }
  if (has_option (argc, argv, "--help", "-h"))
    {
      print_help ();
      return TRUE;
    }
  return vfp_throw (error, VFP_ERROR_USAGE, "say a command; 'vfpool --help' lists them");
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  const int word = find_command_word (argc, argv);

  if (word == 0)
    return run_without_command (argc, argv, error);
  if (g_str_equal (argv[word], "help") && word + 1 == argc)
    {
      print_help ();
      return TRUE;
    }

  const VfpCommand *command = find_command (argv[word]);
  if (command == NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not a command; 'vfpool --help' lists them",
                      argv[word]);

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
  vfp_cli_clear (&cli);
  return status;
}
