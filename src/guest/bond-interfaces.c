/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for Debian's ifupdown with ifenslave: interfaces(5), ifenslave's README.Debian. It knows
 * NICs by name only; vfpool keeps the names. */
#include "config.h"

#include "guest/bond-config-private.h"

static void
append_names (GString *text, const VfpBondConfig *bond)
{
  for (guint i = 0; i < bond->legs->len; i++)
    g_string_append_printf (text, " %s", vfp_bond_leg (bond, i)->ifname);
}

/* The legs are named here, so that the bond has them before it asks for its addresses. */
static void
append_bond (GString *text, const VfpBondConfig *bond)
{
  g_string_append_printf (text,
                          "auto %s\n"
                          "# Put the guest's own addresses here.\n"
                          "iface %s inet dhcp\n"
                          "\tbond-slaves",
                          bond->name, bond->name);
  append_names (text, bond);
  g_string_append_printf (text,
                          "\n"
                          "\tbond-mode active-backup\n"
                          "\tbond-miimon %d\n"
                          "\tbond-fail-over-mac %s\n"
                          "\tbond-num-grat-arp %d\n"
                          "\tbond-primary %s\n",
                          VFP_BOND_MIIMON_MS, vfp_bond_mac_fail_over (bond->mac),
                          VFP_BOND_NUM_GRAT_ARP, vfp_bond_leg (bond, 0)->ifname);
}

/* What joins the bond when it is plugged in later. */
static void
append_leg (GString *text, const VfpBondConfig *bond, const VfpBondLegConfig *leg)
{
  g_string_append_printf (text,
                          "\n"
                          "allow-hotplug %s\n"
                          "iface %s inet manual\n"
                          "\tbond-master %s\n"
                          "\tbond-primary %s\n",
                          leg->ifname, leg->ifname, bond->name, vfp_bond_leg (bond, 0)->ifname);
}

void
vfp_bond_interfaces_render (const VfpBondConfig *bond, GPtrArray *files)
{
  GString *text = g_string_new (NULL);

  append_bond (text, bond);
  for (guint i = 0; i < bond->legs->len; i++)
    append_leg (text, bond, vfp_bond_leg (bond, i));
  vfp_bond_file_add (files, g_strdup (bond->name), g_string_free (text, FALSE), 0644);
}
