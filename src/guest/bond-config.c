/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of its bonds: the data, and the formats. */
#include "config.h"

#include "guest/bond-config.h"

#include "guest/bond-config-private.h"

const VfpBondFormat vfp_bond_formats[] = {
  { "systemd-networkd", "/etc/systemd/network", FALSE, vfp_bond_networkd_render },
  { "netplan", "/etc/netplan", FALSE, vfp_bond_netplan_render },
  { "nmcli", NULL, FALSE, vfp_bond_nmcli_render },
  { "ifcfg", "/etc/sysconfig/network-scripts", FALSE, vfp_bond_ifcfg_render },
  { "interfaces", "/etc/network/interfaces.d", TRUE, vfp_bond_interfaces_render },
  { NULL, NULL, FALSE, NULL },
};

const VfpBondFormat *
vfp_bond_format_find (const char *name)
{
  for (const VfpBondFormat *format = vfp_bond_formats; format->name != NULL; format++)
    if (g_str_equal (format->name, name))
      return format;
  return NULL;
}

static void
leg_free (VfpBondLegConfig *leg)
{
  g_free (leg->slot);
  g_free (leg->ifname);
  g_free (leg);
}

VfpBondConfig *
vfp_bond_config_new (const char *name, VfpBondMac mac)
{
  VfpBondConfig *bond = g_new0 (VfpBondConfig, 1);

  bond->name = g_strdup (name);
  bond->mac = mac;
  bond->legs = g_ptr_array_new_with_free_func ((GDestroyNotify) leg_free);
  return bond;
}

void
vfp_bond_config_add (VfpBondConfig *bond, const char *slot, const VfpMac *mac, const char *ifname)
{
  VfpBondLegConfig *leg = g_new0 (VfpBondLegConfig, 1);

  leg->slot = g_strdup (slot);
  leg->mac = *mac;
  leg->ifname = g_strdup (ifname);
  g_ptr_array_add (bond->legs, leg);
}

void
vfp_bond_config_free (VfpBondConfig *bond)
{
  if (bond == NULL)
    return;
  g_free (bond->name);
  g_ptr_array_unref (bond->legs);
  g_free (bond);
}

static void
file_free (VfpBondFile *file)
{
  g_free (file->name);
  g_free (file->text);
  g_free (file);
}

void
vfp_bond_file_add (GPtrArray *files, char *name, char *text, unsigned mode)
{
  VfpBondFile *file = g_new0 (VfpBondFile, 1);

  file->name = name;
  file->text = text;
  file->mode = mode;
  g_ptr_array_add (files, file);
}

const VfpBondLegConfig *
vfp_bond_leg (const VfpBondConfig *bond, guint index)
{
  return g_ptr_array_index (bond->legs, index);
}

char *
vfp_bond_options (const VfpBondConfig *bond, const char *separator)
{
  GString *text = g_string_new ("mode=active-backup");
  const VfpBondLegConfig *primary = vfp_bond_leg (bond, 0);

  g_string_append_printf (text, "%smiimon=%d", separator, VFP_BOND_MIIMON_MS);
  g_string_append_printf (text, "%sfail_over_mac=%s", separator,
                          vfp_bond_mac_fail_over (bond->mac));
  g_string_append_printf (text, "%snum_grat_arp=%d", separator, VFP_BOND_NUM_GRAT_ARP);
  if (primary->ifname != NULL)
    g_string_append_printf (text, "%sprimary=%s", separator, primary->ifname);
  return g_string_free (text, FALSE);
}

GPtrArray *
vfp_bond_config_render (const VfpBondFormat *format, GPtrArray *bonds)
{
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify) file_free);

  for (guint i = 0; i < bonds->len; i++)
    format->render (g_ptr_array_index (bonds, i), files);
  return files;
}
