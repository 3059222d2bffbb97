/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the columns of VF lists show. */
#include "config.h"

#include "cli/column-cells.h"

#include "base/parse.h"

static VfpCell
string_cell (const char *text)
{
  return (VfpCell){ text != NULL ? VFP_CELL_STRING : VFP_CELL_NULL, g_strdup (text), 0 };
}

static VfpCell
taken_cell (char *text)
{
  return (VfpCell){ text != NULL ? VFP_CELL_STRING : VFP_CELL_NULL, text, 0 };
}

static VfpCell
time_cell (GDateTime *time)
{
  char *text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");

  return (VfpCell){ text != NULL ? VFP_CELL_TIME : VFP_CELL_NULL, text, 0 };
}

static VfpCell
int_cell (gint64 number)
{
  return (VfpCell){ VFP_CELL_INT, g_strdup_printf ("%" G_GINT64_FORMAT, number), number };
}

static VfpCell
bool_cell (gboolean value)
{
  return (VfpCell){ VFP_CELL_BOOL, g_strdup (value ? "yes" : "no"), value };
}

static VfpCell
switch_cell (gboolean known, gboolean value)
{
  if (!known)
    return (VfpCell){ VFP_CELL_NULL, NULL, 0 };
  return (VfpCell){ VFP_CELL_BOOL, g_strdup (value ? "on" : "off"), value };
}

static gboolean
knows (const VfpVfView *vf, VfpSetting which)
{
  return vf->vf != NULL && (vf->vf->settings.known & which);
}

static VfpCell
get_host (const VfpVfView *vf)
{
  return string_cell (g_get_host_name ());
}

static VfpCell
get_pf (const VfpVfView *vf)
{
  return string_cell (vf->pf_name);
}

static VfpCell
get_pf_address (const VfpVfView *vf)
{
  return taken_cell (vfp_address_to_string (&vf->pf_address));
}

static VfpCell
get_vf (const VfpVfView *vf)
{
  return int_cell (vf->index);
}

static VfpCell
get_address (const VfpVfView *vf)
{
  return taken_cell (vfp_address_to_string (&vf->address));
}

static VfpCell
get_state (const VfpVfView *vf)
{
  return string_cell (vfp_vf_state_to_string (vf->state));
}

static VfpCell
get_live (const VfpVfView *vf)
{
  return bool_cell (vf->live);
}

static VfpCell
get_config (const VfpVfView *vf)
{
  return bool_cell (vf->config);
}

static VfpCell
get_used_by (const VfpVfView *vf)
{
  return string_cell (vf->used_by);
}

static VfpCell
get_guest (const VfpVfView *vf)
{
  return string_cell (vf->guest);
}

static VfpCell
get_guest_uuid (const VfpVfView *vf)
{
  return string_cell (vf->guest_uuid);
}

static VfpCell
get_slot (const VfpVfView *vf)
{
  return string_cell (vf->slot != NULL && !vf->stale ? vf->slot->name : NULL);
}

static VfpCell
get_pool (const VfpVfView *vf)
{
  return string_cell (vf->slot != NULL && !vf->stale ? vf->slot->pool : NULL);
}

static VfpCell
get_on_start (const VfpVfView *vf)
{
  return vf->slot != NULL && !vf->stale ? bool_cell (vf->slot->on_start) : string_cell (NULL);
}

static VfpCell
get_bond (const VfpVfView *vf)
{
  return string_cell (vf->slot != NULL && !vf->stale ? vf->slot->bond : NULL);
}

static VfpCell
get_since (const VfpVfView *vf)
{
  if (vf->claim == NULL || vf->stale)
    return string_cell (NULL);

  g_autoptr (GDateTime) since = g_date_time_new_from_unix_utc (vf->claim->since);
  return time_cell (since);
}

static VfpCell
get_until (const VfpVfView *vf)
{
  if (vf->claim == NULL || vf->claim->until == 0)
    return string_cell (NULL);

  g_autoptr (GDateTime) until = g_date_time_new_from_unix_utc (vf->claim->until);
  return time_cell (until);
}

static VfpCell
get_by (const VfpVfView *vf)
{
  return string_cell (vf->claim != NULL && !vf->stale ? vf->claim->by : NULL);
}

static VfpCell
get_mac (const VfpVfView *vf)
{
  const gboolean has = knows (vf, VFP_SETTING_MAC) && !vfp_mac_is_zero (&vf->vf->settings.mac);

  return taken_cell (has ? vfp_mac_to_string (&vf->vf->settings.mac) : NULL);
}

static VfpCell
get_vlan (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_VLAN) && vf->vf->settings.vlan != 0
             ? int_cell (vf->vf->settings.vlan)
             : string_cell (NULL);
}

static VfpCell
get_vlan_qos (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_VLAN) && vf->vf->settings.vlan != 0
             ? int_cell (vf->vf->settings.vlan_qos)
             : string_cell (NULL);
}

static VfpCell
get_vlan_proto (const VfpVfView *vf)
{
  return string_cell (knows (vf, VFP_SETTING_VLAN) && vf->vf->settings.vlan != 0
                          ? vfp_vlan_proto_to_string (vf->vf->settings.vlan_proto)
                          : NULL);
}

static VfpCell
get_virtualport (const VfpVfView *vf)
{
  return taken_cell (
      vf->slot != NULL && !vf->stale ? vfp_virtualport_to_string (vf->slot->profile_id) : NULL);
}

static VfpCell
get_spoofchk (const VfpVfView *vf)
{
  const gboolean known = knows (vf, VFP_SETTING_SPOOFCHK);

  return switch_cell (known, known && vf->vf->settings.spoofchk);
}

static VfpCell
get_trust (const VfpVfView *vf)
{
  const gboolean known = knows (vf, VFP_SETTING_TRUST);

  return switch_cell (known, known && vf->vf->settings.trust);
}

static VfpCell
get_link_state (const VfpVfView *vf)
{
  return string_cell (knows (vf, VFP_SETTING_LINK_STATE)
                          ? vfp_link_state_to_string (vf->vf->settings.link_state)
                          : NULL);
}

static VfpCell
get_min_tx_rate (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_RATE) && vf->vf->settings.min_tx_rate != 0
             ? int_cell (vf->vf->settings.min_tx_rate)
             : string_cell (NULL);
}

static VfpCell
get_max_tx_rate (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_RATE) && vf->vf->settings.max_tx_rate != 0
             ? int_cell (vf->vf->settings.max_tx_rate)
             : string_cell (NULL);
}

static VfpCell
get_driver (const VfpVfView *vf)
{
  return string_cell (vf->vf != NULL ? vf->vf->driver : NULL);
}

static VfpCell
get_netdev (const VfpVfView *vf)
{
  return string_cell (vf->vf != NULL ? vf->vf->netdev : NULL);
}

static VfpCell
get_iommu_group (const VfpVfView *vf)
{
  return vf->vf != NULL && vf->vf->iommu_group >= 0 ? int_cell (vf->vf->iommu_group)
                                                    : string_cell (NULL);
}

static VfpCell
get_numa_node (const VfpVfView *vf)
{
  return vf->pf != NULL && vf->pf->numa_node >= 0 ? int_cell (vf->pf->numa_node)
                                                  : string_cell (NULL);
}

const VfpColumn vfp_columns[] = {
  { "host", "HOST", FALSE, get_host, "name of this host" },
  { "pf", "PF", FALSE, get_pf, "Physical Function, by netdev name" },
  { "pf_address", "PF-ADDRESS", FALSE, get_pf_address, "PCI address of the PF" },
  { "vf", "VF", TRUE, get_vf, "index of the Virtual Function" },
  { "address", "ADDRESS", FALSE, get_address, "PCI address of the VF" },
  { "state", "STATE", FALSE, get_state,
    "free, claiming, attached, detaching, reserved, foreign, missing or unknown" },
  { "live", "LIVE", FALSE, get_live, "in the running guest" },
  { "config", "CONFIG", FALSE, get_config, "in the guest's configuration" },
  { "used_by", "USED-BY", FALSE, get_used_by, "guest, owner, network or host" },
  { "guest", "GUEST", FALSE, get_guest, "name of the guest" },
  { "guest_uuid", "GUEST-UUID", FALSE, get_guest_uuid, "UUID of the guest" },
  { "slot", "SLOT", FALSE, get_slot, "slot of the guest" },
  { "pool", "POOL", FALSE, get_pool, "pool of the slot" },
  { "on_start", "ON-START", FALSE, get_on_start, "given at each start of the guest" },
  { "bond", "BOND", FALSE, get_bond, "bond of the slot" },
  { "since", "SINCE", FALSE, get_since, "when it was claimed" },
  { "until", "UNTIL", FALSE, get_until, "end of a reservation" },
  { "by", "BY", FALSE, get_by, "who asked for it" },
  { "mac", "MAC", FALSE, get_mac, "admin MAC" },
  { "vlan", "VLAN", TRUE, get_vlan, "VLAN id" },
  { "vlan_qos", "VLAN-QOS", TRUE, get_vlan_qos, "VLAN priority" },
  { "vlan_proto", "VLAN-PROTO", FALSE, get_vlan_proto, "802.1Q or 802.1ad" },
  { "spoofchk", "SPOOFCHK", FALSE, get_spoofchk, "MAC spoof check" },
  { "trust", "TRUST", FALSE, get_trust, "trust" },
  { "link_state", "LINK-STATE", FALSE, get_link_state, "link state" },
  { "min_tx_rate", "MIN-TX-RATE", TRUE, get_min_tx_rate, "Mbit/s" },
  { "max_tx_rate", "MAX-TX-RATE", TRUE, get_max_tx_rate, "Mbit/s" },
  { "virtualport", "VIRTUALPORT", FALSE, get_virtualport, "port profile of the slot" },
  { "driver", "DRIVER", FALSE, get_driver, "driver on the host" },
  { "netdev", "NETDEV", FALSE, get_netdev, "netdev on the host" },
  { "iommu_group", "GROUP", TRUE, get_iommu_group, "IOMMU group" },
  { "numa_node", "NUMA", TRUE, get_numa_node, "NUMA node" },
};

const gsize vfp_n_columns = G_N_ELEMENTS (vfp_columns);
