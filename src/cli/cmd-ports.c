/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool ports. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash. */
#include "config.h"

#include <stdio.h>

#include "base/parse.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/ports.h"

#define PORTS_MAX 32
#define TIMEOUT_MS 30000

static void
print_json (const VfpPorts *ports)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  vfp_json_bool (builder, "changed", ports->added > 0);
  vfp_json_string (builder, "guest", ports->guest);
  vfp_json_string (builder, "uuid", ports->uuid);
  vfp_json_int (builder, "free", ports->free);
  vfp_json_int (builder, "total", ports->total);
  vfp_json_int (builder, "pending", ports->pending);
  vfp_json_int (builder, "added", ports->added);
  vfp_json_bool (builder, "power_cycle", ports->power_cycle);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}

static void
print_text (const VfpCli *cli, const VfpPorts *ports)
{
  if (ports->hotplug_bus)
    printf ("%s: %u of %u hot-plug ports free\n", ports->guest, ports->free, ports->total);
  else
    printf ("%s: not of machine type q35; it plugs into free slots of its PCI bus\n", ports->guest);
  if (ports->added > 0)
    printf ("%s: %u more %sin its configuration\n", ports->guest, ports->added,
            cli->dry_run ? "would be " : "");
  if (ports->pending > 0)
    printf ("%s: %u in its configuration only; 'virsh shutdown' and 'virsh start' bring them "
            "(a reboot inside the guest is not enough)\n",
            ports->guest, ports->pending);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_autofree char *add_text = NULL;
  guint64 add = 0;
  const GOptionEntry entries[] = {
    { "add", 0, 0, G_OPTION_ARG_FILENAME, &add_text, "Add ports to the configuration", "N" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_ports, entries, &argc, &argv, 1, 1, &local)
      || (add_text != NULL && !vfp_parse_uint (add_text, 10, 1, PORTS_MAX, "--add", &add, &local)))
    return vfp_cli_end_parse (&local, error);
  cli->dry_run = cli->dry_run || add == 0;
  if (!vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;

  g_autoptr (VfpPorts) ports
      = vfp_ports (&cli->world, argv[1], (unsigned) add, cli->dry_run, TIMEOUT_MS, error);
  if (ports == NULL)
    return FALSE;
  if (cli->json)
    print_json (ports);
  else
    print_text (cli, ports);
  return TRUE;
}

const VfpCommand vfp_command_ports = {
  .name = "ports",
  .arguments = "GUEST [--add N]",
  .summary = "Show or add hot-plug ports of a guest",
  .run = run,
};
