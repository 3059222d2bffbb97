/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every command, in the order of the help. */
#include "config.h"

#include "cli/commands.h"

/* clang-format off */
const VfpCommand *const vfp_commands[] = {
  &vfp_command_list,
  &vfp_command_show,
  &vfp_command_pools,
  &vfp_command_attach,
  &vfp_command_detach,
  &vfp_command_set,
  &vfp_command_move,
  &vfp_command_migrate,
  &vfp_command_xml,
  &vfp_command_forget,
  &vfp_command_adopt,
  &vfp_command_disown,
  &vfp_command_ports,
  &vfp_command_reserve,
  &vfp_command_unreserve,
  &vfp_command_settle,
  &vfp_command_boot,
  &vfp_command_reconcile,
  &vfp_command_history,
  &vfp_command_guest_config,
  &vfp_command_export,
  &vfp_command_import,
  NULL,
};
/* clang-format on */
