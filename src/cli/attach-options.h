/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of attach, which xml takes too. */
#pragma once

#include "cli/cli.h"
#include "cli/setting-options.h"
#include "ops/attach.h"

/* Strings as they were typed; owned. */
typedef struct
{
  char *pf, *pool, *vf, *slot, *timeout;
  VfpSettingOptions wish;
  gboolean live, config, current, on_start, ensure, force, explain;
} VfpAttachOptions;

void vfp_attach_options_clear (VfpAttachOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpAttachOptions, vfp_attach_options_clear)

/* Parses the command line into @options and from there into @request, which borrows from both.
 * FALSE without error when help was asked for. Error: %VFP_ERROR_USAGE. */
gboolean vfp_attach_options_parse (VfpCli *cli, const VfpCommand *command,
                                   VfpAttachOptions *options, int *argc, char ***argv,
                                   VfpAttachRequest *request, GError **error);
