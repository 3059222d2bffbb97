/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of attach, which xml takes too. */
#pragma once

#include "cli/cli.h"
#include "cli/setting-options.h"
#include "ops/bond.h"

/* Strings as they were typed; owned. */
typedef struct
{
  char **pfs;
  char *pool, *vf, *slot, *timeout, *bond_name, *bond_mac, *legs, *standby;
  char *driver_model;
  VfpSettingOptions wish;
  gboolean live, config, current, on_start, ensure, force, explain, bond, failover;
} VfpAttachOptions;

void vfp_attach_options_clear (VfpAttachOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpAttachOptions, vfp_attach_options_clear)

/* Parses the command line into @options and from there into @request, which borrows from both. What
 * is about bonds stays in @options; vfp_attach_options_bond() makes a request of it.
 * FALSE without error when help was asked for. Error: %VFP_ERROR_USAGE. */
gboolean vfp_attach_options_parse (VfpCli *cli, const VfpCommand *command,
                                   VfpAttachOptions *options, int *argc, char ***argv,
                                   VfpAttachRequest *request, GError **error);

/* The request for a bond, where options->bond says so. Error: %VFP_ERROR_USAGE. */
gboolean vfp_attach_options_bond (const VfpAttachOptions *options, const VfpAttachRequest *leg,
                                  VfpBondRequest *request, GError **error);
