/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for netplan(5). */
#include "config.h"

#include "guest/bond-config-private.h"

static void
append_legs (GString *text, const VfpBondConfig *bond)
{
  char mac[VFP_MAC_STRLEN];

  g_string_append (text, "  # The MACs are matched when a NIC appears; once the bond has given\n"
                         "  # its own to the legs, 'netplan apply' may not find them by these.\n"
                         "  ethernets:\n");
  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLegConfig *leg = vfp_bond_leg (bond, i);

      g_string_append_printf (text,
                              "    %s-%s:\n"
                              "      match:\n"
                              "        macaddress: \"%s\"\n",
                              bond->name, leg->slot, vfp_mac_format (&leg->mac, mac));
    }
}

static void
append_bond (GString *text, const VfpBondConfig *bond)
{
  g_string_append_printf (text,
                          "  bonds:\n"
                          "    %s:\n"
                          "      interfaces:\n",
                          bond->name);
  for (guint i = 0; i < bond->legs->len; i++)
    g_string_append_printf (text, "        - %s-%s\n", bond->name, vfp_bond_leg (bond, i)->slot);
  g_string_append_printf (text,
                          "      parameters:\n"
                          "        mode: active-backup\n"
                          "        mii-monitor-interval: %d\n"
                          "        fail-over-mac-policy: %s\n"
                          "        gratuitous-arp: %d\n"
                          "        primary: %s-%s\n"
                          "      # Put the guest's own addresses here.\n"
                          "      dhcp4: true\n",
                          VFP_BOND_MIIMON_MS, vfp_bond_mac_fail_over (bond->mac),
                          VFP_BOND_NUM_GRAT_ARP, bond->name, vfp_bond_leg (bond, 0)->slot);
}

void
vfp_bond_netplan_render (const VfpBondConfig *bond, GPtrArray *files)
{
  GString *text = g_string_new ("network:\n"
                                "  version: 2\n");

  append_legs (text, bond);
  append_bond (text, bond);
  /* netplan complains about files that others may read. */
  vfp_bond_file_add (files, g_strdup_printf ("60-%s.yaml", bond->name), g_string_free (text, FALSE),
                     0600);
}
