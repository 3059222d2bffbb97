/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options for what a slot is to be: attach, xml and set take them. */
#pragma once

#include "cli/cli.h"
#include "ops/attach.h"

/* Strings as they were typed; owned. */
typedef struct
{
  char *mac, *guest_address, *acpi_index;
  char *vlan, *trust, *spoofchk, *link_state, *max_tx_rate, *min_tx_rate, *virtualport;
  char *profile_id; /* out of virtualport */
} VfpSettingOptions;

void vfp_setting_options_clear (VfpSettingOptions *options);

/* Entries of a table of options. */
#define VFP_SETTING_ENTRIES(options)                                                                  \
  { "vlan",                                                                                           \
    0,                                                                                                \
    0,                                                                                                \
    G_OPTION_ARG_FILENAME,                                                                            \
    &(options)->vlan,                                                                                 \
    "VLAN, its priority and protocol",                                                                \
    "ID[:QOS[:PROTO]]" },                                                                             \
      { "trust", 0, 0, G_OPTION_ARG_FILENAME, &(options)->trust, "Trust the guest [off]", "on|off" }, \
      { "spoofchk", 0, 0, G_OPTION_ARG_FILENAME, &(options)->spoofchk, "Check its MACs [on]",         \
        "on|off" },                                                                                   \
      { "link-state",                                                                                 \
        0,                                                                                            \
        0,                                                                                            \
        G_OPTION_ARG_FILENAME,                                                                        \
        &(options)->link_state,                                                                       \
        "Link state [auto]",                                                                          \
        "auto|enable|disable" },                                                                      \
      { "max-tx-rate",        0,     0, G_OPTION_ARG_FILENAME, &(options)->max_tx_rate,               \
        "Upper limit [none]", "MBIT" },                                                               \
      { "min-tx-rate",        0,     0, G_OPTION_ARG_FILENAME, &(options)->min_tx_rate,               \
        "Lower limit [none]", "MBIT" },                                                               \
  {                                                                                                   \
    "virtualport", 0, 0, G_OPTION_ARG_FILENAME, &(options)->virtualport, "Port profile [none]",       \
        "802.1Qbh:ID|none"                                                                            \
  }

/* Reads them into @request, which borrows from @options. Error: %VFP_ERROR_USAGE. */
gboolean vfp_setting_options_read (VfpSettingOptions *options, VfpAttachRequest *request,
                                   GError **error);
