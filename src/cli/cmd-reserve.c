/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool reserve. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash.
 */
#include "config.h"

#include "base/error.h"
#include "base/parse.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "ops/reserve.h"

typedef struct
{
  char *pf, *pool, *vf, *count, *owner, *driver, *mac, *vlan, *trust, *until;
  gboolean ensure;
  GStrv vfs; /* all that are named */
} Options;

static void
options_clear (Options *options)
{
  char **strings[]
      = { &options->pf,     &options->pool, &options->vf,   &options->count, &options->owner,
          &options->driver, &options->mac,  &options->vlan, &options->trust, &options->until };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
  g_clear_pointer (&options->vfs, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
read_mac (const Options *options, VfpReserveRequest *request, GError **error)
{
  const unsigned named = request->vfs != NULL ? g_strv_length ((char **) request->vfs) : 0;

  request->auto_mac = g_strcmp0 (options->mac, "auto") == 0;
  if (options->mac == NULL || request->auto_mac)
    return TRUE;
  if (!vfp_mac_parse_unicast (options->mac, &request->settings.mac, error))
    return FALSE;
  if (named + request->count != 1)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--mac %s goes with one VF only; --mac auto gives each its own",
                      options->mac);
  request->settings.known |= VFP_SETTING_MAC;
  return TRUE;
}

static gboolean
read_settings (const Options *options, VfpReserveRequest *request, GError **error)
{
  VfpSettings *settings = &request->settings;

  if (options->vlan != NULL && !vfp_settings_parse_vlan (settings, options->vlan, error))
    {
      g_prefix_error (error, "--vlan: ");
      return FALSE;
    }
  if (options->trust == NULL)
    return TRUE;
  settings->known |= VFP_SETTING_TRUST;
  return vfp_parse_on_off (options->trust, "--trust", &settings->trust, error);
}

static gboolean
read_driver (const Options *options, VfpReserveRequest *request, GError **error)
{
  static const char *const drivers[] = { VFP_DRIVER_VFIO, VFP_DRIVER_HOST, VFP_DRIVER_NONE, NULL };

  request->driver = options->driver;
  return options->driver == NULL || g_strv_contains (drivers, options->driver)
         || vfp_throw (error, VFP_ERROR_USAGE, "--driver: '%s' is not vfio-pci, host or none",
                       options->driver);
}

/* Either VFs, or how many. */
static gboolean
read_source (const Options *options, VfpReserveRequest *request, GError **error)
{
  guint64 count = 0;

  if ((options->vfs != NULL) == (options->count != NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "say either VFs or --count");
  if (options->count != NULL
      && !vfp_parse_uint (options->count, 10, 1, G_MAXUINT16, "--count", &count, error))
    return FALSE;
  request->vfs = (const char *const *) options->vfs;
  request->pf = options->pf;
  request->pool = options->pool;
  request->count = (unsigned) count;
  return vfp_reserve_check_vfs (request->vfs, error);
}

/* --vf and the arguments; NULL: none. */
static GStrv
join_vfs (const char *vf, char **arguments)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (vf == NULL && *arguments == NULL)
    return NULL;
  if (vf != NULL)
    g_strv_builder_add (builder, vf);
  g_strv_builder_addv (builder, (const char **) arguments);
  return g_strv_builder_end (builder);
}

static gboolean
fill_request (const VfpCli *cli, const Options *options, VfpReserveRequest *request, GError **error)
{
  *request = (VfpReserveRequest){ .owner = options->owner,
                                  .ensure = options->ensure,
                                  .dry_run = cli->dry_run };
  if (options->owner == NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "say --owner: who the VFs are for");
  if (options->until != NULL
      && !vfp_time_parse_future (options->until, vfp_world_now (), &request->until, error))
    {
      g_prefix_error (error, "--until: ");
      return FALSE;
    }
  return vfp_reserve_check_owner (options->owner, error) && read_source (options, request, error)
         && read_mac (options, request, error) && read_settings (options, request, error)
         && read_driver (options, request, error);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &options.pf, "Take VFs of this PF", "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &options.pool, "Take VFs of this pool", "POOL" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &options.vf, "Take this VF", "ADDRESS|PF/INDEX" },
    { "count", 0, 0, G_OPTION_ARG_FILENAME, &options.count, "So many", "N" },
    { "owner", 0, 0, G_OPTION_ARG_FILENAME, &options.owner, "Who they are for", "TEXT" },
    { "driver", 0, 0, G_OPTION_ARG_FILENAME, &options.driver, "Bind them [left alone]",
      "vfio-pci|host|none" },
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &options.mac, "MAC [left alone]", "auto|MAC" },
    { "vlan", 0, 0, G_OPTION_ARG_FILENAME, &options.vlan, "VLAN, its priority and protocol",
      "ID[:QOS[:PROTO]]" },
    { "trust", 0, 0, G_OPTION_ARG_FILENAME, &options.trust, "Trust the owner [off]", "on|off" },
    { "until", 0, 0, G_OPTION_ARG_FILENAME, &options.until, "Give them back then [never]", "TIME" },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &options.ensure, "Already so is success", NULL },
    G_OPTION_ENTRY_NULL,
  };
  VfpReserveRequest request;
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_reserve, entries, &argc, &argv, 0, G_MAXINT, &local))
    return vfp_cli_end_parse (&local, error);
  options.vfs = join_vfs (options.vf, argv + 1);
  if (!fill_request (cli, &options, &request, error)
      || !vfp_cli_open (cli, VFP_NEEDS_CHANGE, error))
    return FALSE;
  request.timeout_ms = vfp_cli_timeout_ms (cli);

  g_autoptr (GPtrArray) results = vfp_reserve (&cli->world, &request, error);
  if (results == NULL)
    return FALSE;
  vfp_output_reservations (cli, results);
  return TRUE;
}

const VfpCommand vfp_command_reserve = {
  .name = "reserve",
  .arguments = "VF...|--count N --owner TEXT [OPTION...]",
  .summary = "Set VFs aside for DPDK, containers or the host",
  .run = run,
};
