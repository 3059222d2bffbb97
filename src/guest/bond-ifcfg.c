/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for the network scripts of Red Hat's systems, which NetworkManager reads too
 * (initscripts' sysconfig.txt, nm-settings-ifcfg-rh(5)). */
#include "config.h"

#include "guest/bond-config-private.h"

static char *
render_bond (const VfpBondConfig *bond)
{
  g_autofree char *options = vfp_bond_options (bond, " ");

  return g_strdup_printf ("DEVICE=%s\n"
                          "NAME=%s\n"
                          "TYPE=Bond\n"
                          "BONDING_MASTER=yes\n"
                          "BONDING_OPTS=\"%s\"\n"
                          "ONBOOT=yes\n"
                          "# Put the guest's own addresses here.\n"
                          "BOOTPROTO=dhcp\n",
                          bond->name, bond->name, options);
}

/* HWADDR is the permanent MAC. */
static char *
render_leg (const VfpBondConfig *bond, const VfpBondLegConfig *leg)
{
  char mac[VFP_MAC_STRLEN];

  return g_strdup_printf ("HWADDR=%s\n"
                          "NAME=%s-%s\n"
                          "TYPE=Ethernet\n"
                          "MASTER=%s\n"
                          "SLAVE=yes\n"
                          "ONBOOT=yes\n"
                          "BOOTPROTO=none\n",
                          vfp_mac_format (&leg->mac, mac), bond->name, leg->slot, bond->name);
}

void
vfp_bond_ifcfg_render (const VfpBondConfig *bond, GPtrArray *files)
{
  vfp_bond_file_add (files, g_strdup_printf ("ifcfg-%s", bond->name), render_bond (bond), 0644);
  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLegConfig *leg = vfp_bond_leg (bond, i);

      vfp_bond_file_add (files, g_strdup_printf ("ifcfg-%s-%s", bond->name, leg->slot),
                         render_leg (bond, leg), 0644);
    }
}
