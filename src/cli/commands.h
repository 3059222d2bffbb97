/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every command; each is defined at the end of its cmd-NAME.c. */
#pragma once

#include "cli/cli.h"

extern const VfpCommand vfp_command_adopt;
extern const VfpCommand vfp_command_attach;
extern const VfpCommand vfp_command_boot;
extern const VfpCommand vfp_command_detach;
extern const VfpCommand vfp_command_disown;
extern const VfpCommand vfp_command_export;
extern const VfpCommand vfp_command_forget;
extern const VfpCommand vfp_command_guest_config;
extern const VfpCommand vfp_command_history;
extern const VfpCommand vfp_command_import;
extern const VfpCommand vfp_command_list;
extern const VfpCommand vfp_command_migrate;
extern const VfpCommand vfp_command_move;
extern const VfpCommand vfp_command_pools;
extern const VfpCommand vfp_command_ports;
extern const VfpCommand vfp_command_reconcile;
extern const VfpCommand vfp_command_reserve;
extern const VfpCommand vfp_command_set;
extern const VfpCommand vfp_command_settle;
extern const VfpCommand vfp_command_show;
extern const VfpCommand vfp_command_unreserve;
extern const VfpCommand vfp_command_xml;
