/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vfpool keeps of a bond in a guest: its name, and whose MAC it sends with. */
#pragma once

#include <glib.h>

/* Linux' fail_over_mac (Documentation/networking/bonding.rst). */
typedef enum
{
  VFP_BOND_MAC_ALL = 0, /* none: all legs get the bond's MAC, which takes trust on the VFs */
  VFP_BOND_MAC_ACTIVE,  /* active: the bond has the MAC of the leg that is active */
} VfpBondMac;

/* Checks the name of a bond: "bond" and a number up to 999 without leading zeros.
 * Error: %VFP_ERROR_USAGE. */
gboolean vfp_bond_parse_name (const char *text, GError **error);

/* Reads "all" or "active". Error: %VFP_ERROR_USAGE. */
gboolean vfp_bond_mac_parse (const char *text, VfpBondMac *out_mac, GError **error);
const char *vfp_bond_mac_to_string (VfpBondMac mac);

/* The value of fail_over_mac: "none" or "active". */
const char *vfp_bond_mac_fail_over (VfpBondMac mac);
