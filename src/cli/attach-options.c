/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of attach, which xml takes too. */
#include "config.h"

#include "cli/attach-options.h"

#include "base/error.h"
#include "base/parse.h"

#define TIMEOUT_MS 30000
#define LEGS_MIN 2
#define LEGS_MAX 16

void
vfp_attach_options_clear (VfpAttachOptions *options)
{
  char **strings[] = {
    &options->pool,    &options->vf,        &options->slot,
    &options->timeout, &options->bond_name, &options->bond_mac,
    &options->legs,    &options->standby,   &options->driver_model,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
  vfp_setting_options_clear (&options->wish);
  g_clear_pointer (&options->pfs, g_strfreev);
}

static gboolean
read_driver_model (const char *text, VfpAttachRequest *request, GError **error)
{
  if (text == NULL)
    return TRUE;
  request->has_driver_model = TRUE;
  if (g_str_equal (text, "none"))
    return TRUE;
  if (!vfp_parse_driver_model (text, error))
    {
      g_prefix_error (error, "--driver-model: ");
      return FALSE;
    }
  request->driver_model = text;
  return TRUE;
}

static gboolean
fill_request (const VfpCli *cli, VfpAttachOptions *options, const char *guest,
              VfpAttachRequest *request, GError **error)
{
  *request = (VfpAttachRequest){
    .guest = guest,
    .pf = options->pfs != NULL ? options->pfs[0] : NULL,
    .pool = options->pool,
    .vf = options->vf,
    .slot = options->slot,
    .affect = { options->live, options->config, options->current },
    .on_start = options->on_start,
    .ensure = options->ensure,
    .failover = options->failover,
    .force = options->force,
    .explain = options->explain,
    .dry_run = cli->dry_run,
    .timeout_ms = TIMEOUT_MS,
  };
  if (options->slot != NULL && !vfp_parse_slot_name (options->slot, NULL, error))
    return FALSE;
  if (options->timeout != NULL
      && !vfp_cli_parse_timeout (options->timeout, &request->timeout_ms, error))
    return FALSE;
  if (options->ensure && options->slot == NULL && !options->bond)
    return vfp_throw (error, VFP_ERROR_USAGE, "--ensure needs --slot");
  if (options->standby != NULL && !vfp_standby_parse (options->standby, &request->standby, error))
    return FALSE;
  return read_driver_model (options->driver_model, request, error)
         && vfp_setting_options_read (&options->wish, request, error);
}

/* What each leg has of its own, and what only a bond has. */
static gboolean
check_bond (VfpAttachOptions *options, GError **error)
{
  const struct
  {
    const char *option, *value;
  } own[] = {
    { "--vf", options->vf },
    { "--slot", options->slot },
    { "--mac", options->wish.mac },
    { "--guest-address", options->wish.guest_address },
    { "--acpi-index", options->wish.acpi_index },
  };

  options->bond = options->bond || options->bond_name != NULL;
  if (options->pfs != NULL && options->pfs[1] != NULL && !options->bond)
    return vfp_throw (error, VFP_ERROR_USAGE, "--pf: several of them are for --bond");
  if (!options->bond && (options->bond_mac != NULL || options->legs != NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s is for --bond",
                      options->bond_mac != NULL ? "--bond-mac" : "--legs");
  if (options->legs != NULL && (options->pool == NULL || options->pfs != NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "--legs is for --pool; there is a leg for each --pf");
  for (gsize i = 0; options->bond && i < G_N_ELEMENTS (own); i++)
    if (own[i].value != NULL)
      return vfp_throw (error, VFP_ERROR_USAGE,
                        "%s is for one slot, and a bond has several; leave it out", own[i].option);
  return TRUE;
}

/* To a bond of VFs "failover" is active-backup, which is another thing. */
static gboolean
check_failover (const VfpAttachOptions *options, GError **error)
{
  if (options->standby != NULL && !options->failover)
    return vfp_throw (error, VFP_ERROR_USAGE, "--standby is for --failover");
  return !options->failover || !options->bond
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "--failover and --bond exclude each other: a pair is one VF and a virtio "
                       "NIC, a bond is several VFs, of which one is active");
}

gboolean
vfp_attach_options_parse (VfpCli *cli, const VfpCommand *command, VfpAttachOptions *options,
                          int *argc, char ***argv, VfpAttachRequest *request, GError **error)
{
  const GOptionEntry entries[] = {
    { "pf", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->pfs, "Take a VF of this PF", "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &options->pool, "Take a VF of this pool", "POOL" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &options->vf, "Take this VF: its address or PF/index",
      "VF" },
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &options->slot, "Slot of the guest", "netN" },
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.mac, "MAC of a new slot [derived]",
      "MAC" },
    VFP_SETTING_ENTRIES (&options->wish),
    { "guest-address", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.guest_address,
      "PCI address in the guest, of a new slot [planned]", "ADDRESS" },
    { "acpi-index", 0, 0, G_OPTION_ARG_FILENAME, &options->wish.acpi_index,
      "ACPI index of a new slot [planned]", "N|none" },
    { "live", 0, 0, G_OPTION_ARG_NONE, &options->live, "Change the running guest", NULL },
    { "config", 0, 0, G_OPTION_ARG_NONE, &options->config, "Change the configuration", NULL },
    { "persistent", 0, 0, G_OPTION_ARG_NONE, &options->config, "The same as --config", NULL },
    { "current", 0, 0, G_OPTION_ARG_NONE, &options->current, "Change what the guest is now", NULL },
    { "on-start", 0, 0, G_OPTION_ARG_NONE, &options->on_start,
      "A VF at each start of the guest, and none while it is off", NULL },
    { "bond", 0, 0, G_OPTION_ARG_NONE, &options->bond, "A bond: a VF of each --pf, or none", NULL },
    { "bond-name", 0, 0, G_OPTION_ARG_FILENAME, &options->bond_name, "This bond of the guest",
      "bondN" },
    { "bond-mac", 0, 0, G_OPTION_ARG_FILENAME, &options->bond_mac, "Whose MAC the bond has [all]",
      "all|active" },
    { "legs", 0, 0, G_OPTION_ARG_FILENAME, &options->legs, "Legs of a bond in a pool [2]", "N" },
    { "failover", 0, 0, G_OPTION_ARG_NONE, &options->failover,
      "A failover pair: the VF, and a virtio NIC that stands by", NULL },
    { "standby", 0, 0, G_OPTION_ARG_FILENAME, &options->standby, "That NIC, or where it is [only]",
      "KIND=NAME" },
    { "driver-model", 0, 0, G_OPTION_ARG_FILENAME, &options->driver_model,
      "VFIO driver of the VF [the template's]", "MODULE|none" },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &options->ensure, "Already so is success", NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->force, "Even if memory is short", NULL },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &options->explain, "Say why not another VF", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &options->timeout, "Time limit [30]", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };

  return vfp_cli_parse (cli, command, entries, argc, argv, 1, 1, error)
         && check_bond (options, error) && check_failover (options, error)
         && fill_request (cli, options, (*argv)[1], request, error);
}

gboolean
vfp_attach_options_bond (const VfpAttachOptions *options, const VfpAttachRequest *leg,
                         VfpBondRequest *request, GError **error)
{
  guint64 legs = 0;

  *request = (VfpBondRequest){
    .leg = *leg,
    .bond = options->bond_name,
    .pfs = (const char *const *) options->pfs,
    .pool = options->pool,
    .has_mac = options->bond_mac != NULL,
  };
  if (options->bond_name != NULL && !vfp_bond_parse_name (options->bond_name, error))
    return FALSE;
  if (options->bond_mac != NULL && !vfp_bond_mac_parse (options->bond_mac, &request->mac, error))
    {
      g_prefix_error (error, "--");
      return FALSE;
    }
  if (options->legs != NULL
      && !vfp_parse_uint (options->legs, 10, LEGS_MIN, LEGS_MAX, "--legs", &legs, error))
    return FALSE;
  request->legs = (unsigned) legs;
  return TRUE;
}
