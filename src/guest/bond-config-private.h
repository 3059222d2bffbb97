/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats share, for their files only. */
#pragma once

#include "guest/bond-config.h"

/* Links are watched by their carrier. Never by ARP: the vendors' guides to bonds of VFs allow the
 * MII monitor alone. */
#define VFP_BOND_MIIMON_MS 100

/* The default is one, and one that is lost leaves the switches wrong until the guest sends. */
#define VFP_BOND_NUM_GRAT_ARP 3

/* Appends a file with @text, which is taken. */
void vfp_bond_file_add (GPtrArray *files, char *name, char *text, unsigned mode);

/* "mode=active-backup miimon=100 …", as the bonding driver names its options, with @separator
 * between them; primary only where its name is certain. */
char *vfp_bond_options (const VfpBondConfig *bond, const char *separator);

/* Borrowed. */
const VfpBondLegConfig *vfp_bond_leg (const VfpBondConfig *bond, guint index);

void vfp_bond_networkd_render (const VfpBondConfig *bond, GPtrArray *files);
void vfp_bond_netplan_render (const VfpBondConfig *bond, GPtrArray *files);
void vfp_bond_nmcli_render (const VfpBondConfig *bond, GPtrArray *files);
void vfp_bond_ifcfg_render (const VfpBondConfig *bond, GPtrArray *files);
void vfp_bond_interfaces_render (const VfpBondConfig *bond, GPtrArray *files);
