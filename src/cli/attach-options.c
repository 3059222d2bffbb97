/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of attach, which xml takes too. */
#include "config.h"

#include "cli/attach-options.h"

#include "base/error.h"
#include "base/parse.h"

#define ACPI_INDEX_MAX 16383
#define TIMEOUT_MS 30000

void
vfp_attach_options_clear (VfpAttachOptions *options)
{
  char **strings[] = {
    &options->pf,         &options->pool,        &options->vf,          &options->slot,
    &options->mac,        &options->vlan,        &options->trust,       &options->spoofchk,
    &options->link_state, &options->max_tx_rate, &options->min_tx_rate, &options->guest_address,
    &options->acpi_index, &options->timeout,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
}

static gboolean
read_rates (const VfpAttachOptions *options, VfpSettings *settings, GError **error)
{
  guint64 max = 0, min = 0;

  if (options->max_tx_rate == NULL && options->min_tx_rate == NULL)
    return TRUE;
  if ((options->max_tx_rate != NULL
       && !vfp_parse_uint (options->max_tx_rate, 10, 0, G_MAXUINT32, "--max-tx-rate", &max, error))
      || (options->min_tx_rate != NULL
          && !vfp_parse_uint (options->min_tx_rate, 10, 0, G_MAXUINT32, "--min-tx-rate", &min,
                              error)))
    return FALSE;
  if (max != 0 && min > max)
    return vfp_throw (error, VFP_ERROR_USAGE, "--min-tx-rate is above --max-tx-rate");

  settings->max_tx_rate = (guint32) max;
  settings->min_tx_rate = (guint32) min;
  settings->known |= VFP_SETTING_RATE;
  return TRUE;
}

static gboolean
read_switch (const char *text, const char *name, VfpSettings *settings, VfpSetting which,
             gboolean *value, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!vfp_parse_on_off (text, name, value, error))
    return FALSE;
  settings->known |= which;
  return TRUE;
}

static gboolean
read_settings (const VfpAttachOptions *options, VfpSettings *settings, GError **error)
{
  if (options->vlan != NULL && !vfp_settings_parse_vlan (settings, options->vlan, error))
    {
      g_prefix_error (error, "--vlan: ");
      return FALSE;
    }
  if (options->link_state != NULL
      && !vfp_settings_parse_link_state (settings, options->link_state, error))
    {
      g_prefix_error (error, "--");
      return FALSE;
    }
  return read_switch (options->trust, "--trust", settings, VFP_SETTING_TRUST, &settings->trust,
                      error)
         && read_switch (options->spoofchk, "--spoofchk", settings, VFP_SETTING_SPOOFCHK,
                         &settings->spoofchk, error)
         && read_rates (options, settings, error);
}

static gboolean
read_placement (const VfpAttachOptions *options, VfpAttachRequest *request, GError **error)
{
  guint64 index;

  request->acpi_index = -1;
  if (options->guest_address != NULL)
    {
      if (!vfp_address_parse (options->guest_address, &request->guest_address, error))
        return FALSE;
      /* Devices are hot-plugged by slot, and libvirt plugs function 0 only. */
      if (request->guest_address.function != 0)
        return vfp_throw (error, VFP_ERROR_USAGE, "--guest-address: '%s' is not function 0",
                          options->guest_address);
      request->has_guest_address = TRUE;
    }
  if (options->acpi_index == NULL)
    return TRUE;
  if (g_str_equal (options->acpi_index, "none"))
    request->acpi_index = 0;
  else if (vfp_parse_uint (options->acpi_index, 10, 1, ACPI_INDEX_MAX, "--acpi-index", &index,
                           error))
    request->acpi_index = (int) index;
  else
    return FALSE;
  return TRUE;
}

static gboolean
fill_request (const VfpCli *cli, const VfpAttachOptions *options, const char *guest,
              VfpAttachRequest *request, GError **error)
{
  *request = (VfpAttachRequest){
    .guest = guest,
    .pf = options->pf,
    .pool = options->pool,
    .vf = options->vf,
    .slot = options->slot,
    .affect = { options->live, options->config, options->current },
    .on_start = options->on_start,
    .ensure = options->ensure,
    .force = options->force,
    .explain = options->explain,
    .dry_run = cli->dry_run,
    .timeout_ms = TIMEOUT_MS,
  };
  if (options->slot != NULL && !vfp_parse_slot_name (options->slot, NULL, error))
    return FALSE;
  if (options->mac != NULL && !vfp_mac_parse_unicast (options->mac, &request->mac, error))
    return FALSE;
  request->has_mac = options->mac != NULL;
  if (options->timeout != NULL
      && !vfp_cli_parse_timeout (options->timeout, &request->timeout_ms, error))
    return FALSE;
  if (options->ensure && options->slot == NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "--ensure needs --slot");
  return read_settings (options, &request->settings, error)
         && read_placement (options, request, error);
}

gboolean
vfp_attach_options_parse (VfpCli *cli, const VfpCommand *command, VfpAttachOptions *options,
                          int *argc, char ***argv, VfpAttachRequest *request, GError **error)
{
  const GOptionEntry entries[] = {
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &options->pf, "Take a VF of this PF", "PF" },
    { "pool", 0, 0, G_OPTION_ARG_FILENAME, &options->pool, "Take a VF of this pool", "POOL" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &options->vf, "Take this VF: its address or PF/index",
      "VF" },
    { "slot", 0, 0, G_OPTION_ARG_FILENAME, &options->slot, "Slot of the guest", "netN" },
    { "mac", 0, 0, G_OPTION_ARG_FILENAME, &options->mac, "MAC of a new slot [derived]", "MAC" },
    { "vlan", 0, 0, G_OPTION_ARG_FILENAME, &options->vlan, "VLAN, its priority and protocol",
      "ID[:QOS[:PROTO]]" },
    { "trust", 0, 0, G_OPTION_ARG_FILENAME, &options->trust, "Trust the guest [off]", "on|off" },
    { "spoofchk", 0, 0, G_OPTION_ARG_FILENAME, &options->spoofchk, "Check its MACs [on]",
      "on|off" },
    { "link-state", 0, 0, G_OPTION_ARG_FILENAME, &options->link_state, "Link state [auto]",
      "auto|enable|disable" },
    { "max-tx-rate", 0, 0, G_OPTION_ARG_FILENAME, &options->max_tx_rate, "Upper limit [none]",
      "MBIT" },
    { "min-tx-rate", 0, 0, G_OPTION_ARG_FILENAME, &options->min_tx_rate, "Lower limit [none]",
      "MBIT" },
    { "guest-address", 0, 0, G_OPTION_ARG_FILENAME, &options->guest_address,
      "PCI address in the guest, of a new slot [planned]", "ADDRESS" },
    { "acpi-index", 0, 0, G_OPTION_ARG_FILENAME, &options->acpi_index,
      "ACPI index of a new slot [planned]", "N|none" },
    { "live", 0, 0, G_OPTION_ARG_NONE, &options->live, "Change the running guest", NULL },
    { "config", 0, 0, G_OPTION_ARG_NONE, &options->config, "Change the configuration", NULL },
    { "persistent", 0, 0, G_OPTION_ARG_NONE, &options->config, "The same as --config", NULL },
    { "current", 0, 0, G_OPTION_ARG_NONE, &options->current, "Change what the guest is now", NULL },
    { "on-start", 0, 0, G_OPTION_ARG_NONE, &options->on_start,
      "A VF at each start of the guest, and none while it is off", NULL },
    { "ensure", 0, 0, G_OPTION_ARG_NONE, &options->ensure, "Already so is success", NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->force, "Even if memory is short", NULL },
    { "explain", 0, 0, G_OPTION_ARG_NONE, &options->explain, "Say why not another VF", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &options->timeout, "Time limit [30]", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };

  return vfp_cli_parse (cli, command, entries, argc, argv, 1, 1, error)
         && fill_request (cli, options, (*argv)[1], request, error);
}
