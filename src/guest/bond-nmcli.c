/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for NetworkManager, as a script of nmcli(1): nm-settings-nmcli(5). */
#include "config.h"

#include "guest/bond-config-private.h"

/* nmcli would make a second connection of the same name. */
static void
append_check (GString *text, const VfpBondConfig *bond)
{
  GString *names = g_string_new (bond->name);

  for (guint i = 0; i < bond->legs->len; i++)
    g_string_append_printf (names, " %s-%s", bond->name, vfp_bond_leg (bond, i)->slot);
  g_string_append_printf (text,
                          "if nmcli -g connection.id connection show %s >/dev/null 2>&1; then\n"
                          "\techo \"%s is there already; first: nmcli connection delete %s\" >&2\n"
                          "\texit 1\n"
                          "fi\n",
                          bond->name, bond->name, names->str);
  g_string_free (names, TRUE);
}

static void
append_bond (GString *text, const VfpBondConfig *bond)
{
  g_autofree char *options = vfp_bond_options (bond, ",");

  g_string_append_printf (text,
                          "# Put the guest's own addresses here; without them it is DHCP.\n"
                          "nmcli connection add type bond con-name %s ifname %s \\\n"
                          "\tconnection.autoconnect-slaves 1 \\\n"
                          "\tbond.options '%s'\n",
                          bond->name, bond->name, options);
}

/* 802-3-ethernet.mac-address is compared with the permanent MAC. */
static void
append_leg (GString *text, const VfpBondConfig *bond, const VfpBondLegConfig *leg)
{
  char mac[VFP_MAC_STRLEN];

  g_string_append_printf (text,
                          "nmcli connection add type ethernet con-name %s-%s ifname '*' \\\n"
                          "\tconnection.master %s connection.slave-type bond \\\n"
                          "\t802-3-ethernet.mac-address %s\n",
                          bond->name, leg->slot, bond->name, vfp_mac_format (&leg->mac, mac));
}

void
vfp_bond_nmcli_render (const VfpBondConfig *bond, GPtrArray *files)
{
  GString *text = g_string_new ("#!/bin/sh\n"
                                "set -e\n");

  append_check (text, bond);
  append_bond (text, bond);
  for (guint i = 0; i < bond->legs->len; i++)
    append_leg (text, bond, vfp_bond_leg (bond, i));
  g_string_append_printf (text, "nmcli connection up %s\n", bond->name);
  vfp_bond_file_add (files, g_strdup_printf ("%s.sh", bond->name), g_string_free (text, FALSE),
                     0755);
}
