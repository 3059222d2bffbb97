/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vfpool keeps of a bond in a guest. */
#include "config.h"

#include "base/bond.h"

#include <string.h>

#include "base/error.h"

#define PREFIX "bond"
#define NUMBER_MAX 999

gboolean
vfp_bond_parse_name (const char *text, GError **error)
{
  const char *number = g_str_has_prefix (text, PREFIX) ? text + strlen (PREFIX) : "";

  if ((number[0] != '0' || number[1] == '\0')
      && g_ascii_string_to_unsigned (number, 10, 0, NUMBER_MAX, NULL, NULL))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not the name of a bond; say bond0, bond1, …",
                    text);
}

gboolean
vfp_bond_mac_parse (const char *text, VfpBondMac *out_mac, GError **error)
{
  for (int mac = VFP_BOND_MAC_ALL; mac <= VFP_BOND_MAC_ACTIVE; mac++)
    if (g_str_equal (text, vfp_bond_mac_to_string ((VfpBondMac) mac)))
      {
        *out_mac = (VfpBondMac) mac;
        return TRUE;
      }
  return vfp_throw (error, VFP_ERROR_USAGE, "bond-mac: '%s' is neither all nor active", text);
}

const char *
vfp_bond_mac_to_string (VfpBondMac mac)
{
  return mac == VFP_BOND_MAC_ALL ? "all" : "active";
}

const char *
vfp_bond_mac_fail_over (VfpBondMac mac)
{
  return mac == VFP_BOND_MAC_ALL ? "none" : "active";
}
