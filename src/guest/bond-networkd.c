/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for systemd-networkd: systemd.netdev(5), systemd.network(5). */
#include "config.h"

#include "guest/bond-config-private.h"

static char *
render_netdev (const VfpBondConfig *bond)
{
  return g_strdup_printf ("[NetDev]\n"
                          "Name=%s\n"
                          "Kind=bond\n"
                          "\n"
                          "[Bond]\n"
                          "Mode=active-backup\n"
                          "MIIMonitorSec=%dms\n"
                          "FailOverMACPolicy=%s\n"
                          "GratuitousARP=%d\n",
                          bond->name, VFP_BOND_MIIMON_MS, vfp_bond_mac_fail_over (bond->mac),
                          VFP_BOND_NUM_GRAT_ARP);
}

/* The permanent MAC stays what it is when the bond gives its own to all legs. */
static char *
render_leg (const VfpBondConfig *bond, const VfpBondLegConfig *leg, gboolean primary)
{
  char mac[VFP_MAC_STRLEN];

  return g_strdup_printf ("[Match]\n"
                          "PermanentMACAddress=%s\n"
                          "\n"
                          "[Network]\n"
                          "Bond=%s\n"
                          "%s",
                          vfp_mac_format (&leg->mac, mac), bond->name,
                          primary ? "PrimarySlave=yes\n" : "");
}

void
vfp_bond_networkd_render (const VfpBondConfig *bond, GPtrArray *files)
{
  vfp_bond_file_add (files, g_strdup_printf ("10-%s.netdev", bond->name), render_netdev (bond),
                     0644);
  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLegConfig *leg = vfp_bond_leg (bond, i);

      vfp_bond_file_add (files, g_strdup_printf ("10-%s-%s.network", bond->name, leg->slot),
                         render_leg (bond, leg, i == 0), 0644);
    }
  vfp_bond_file_add (files, g_strdup_printf ("10-%s.network", bond->name),
                     g_strdup_printf ("[Match]\n"
                                      "Name=%s\n"
                                      "\n"
                                      "# Put the guest's own addresses here.\n"
                                      "[Network]\n"
                                      "DHCP=yes\n",
                                      bond->name),
                     0644);
}
