/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options for what a slot is to be: attach, xml and set take them. */
#include "config.h"

#include "cli/setting-options.h"

#include "base/error.h"
#include "base/parse.h"

#define ACPI_INDEX_MAX 16383

void
vfp_setting_options_clear (VfpSettingOptions *options)
{
  char **strings[] = {
    &options->mac,         &options->guest_address, &options->acpi_index, &options->vlan,
    &options->trust,       &options->spoofchk,      &options->link_state, &options->max_tx_rate,
    &options->min_tx_rate, &options->virtualport,   &options->profile_id,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_clear_pointer (strings[i], g_free);
}

static gboolean
read_rates (const VfpSettingOptions *options, VfpAttachRequest *request, GError **error)
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

  request->settings.max_tx_rate = (guint32) max;
  request->settings.min_tx_rate = (guint32) min;
  request->settings.known |= VFP_SETTING_RATE;
  request->rates = (options->max_tx_rate != NULL ? VFP_RATE_MAX : 0)
                   | (options->min_tx_rate != NULL ? VFP_RATE_MIN : 0);
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
read_settings (const VfpSettingOptions *options, VfpSettings *settings, GError **error)
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
                         &settings->spoofchk, error);
}

static gboolean
read_placement (const VfpSettingOptions *options, VfpAttachRequest *request, GError **error)
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
read_virtualport (VfpSettingOptions *options, VfpAttachRequest *request, GError **error)
{
  if (options->virtualport == NULL)
    return TRUE;
  if (!vfp_parse_virtualport (options->virtualport, &options->profile_id, error))
    {
      g_prefix_error (error, "--virtualport: ");
      return FALSE;
    }
  if (options->profile_id != NULL && request->settings.vlan != 0)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--virtualport and --vlan exclude each other; libvirt: direct setting of the "
                      "vlan tag is not allowed for hostdev devices using 802.1Qbh mode");
  request->has_virtualport = TRUE;
  request->profile_id = options->profile_id;
  return TRUE;
}

gboolean
vfp_setting_options_read (VfpSettingOptions *options, VfpAttachRequest *request, GError **error)
{
  if (options->mac != NULL && !vfp_mac_parse_unicast (options->mac, &request->mac, error))
    return FALSE;
  request->has_mac = options->mac != NULL;
  return read_settings (options, &request->settings, error) && read_rates (options, request, error)
         && read_virtualport (options, request, error) && read_placement (options, request, error);
}
