/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of VF lists. */
#include "config.h"

#include "cli/columns.h"

#include <stdio.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "base/error.h"

/* A value for both outputs; without text it is null, or "-" in a table. */
typedef struct
{
  enum
  {
    CELL_NULL,
    CELL_STRING,
    CELL_INT,
    CELL_BOOL,
  } kind;
  char *text;
  gint64 number;
} Cell;

static Cell
string_cell (const char *text)
{
  return (Cell){ text != NULL ? CELL_STRING : CELL_NULL, g_strdup (text), 0 };
}

static Cell
taken_cell (char *text)
{
  return (Cell){ text != NULL ? CELL_STRING : CELL_NULL, text, 0 };
}

static Cell
int_cell (gint64 number)
{
  return (Cell){ CELL_INT, g_strdup_printf ("%" G_GINT64_FORMAT, number), number };
}

static Cell
bool_cell (gboolean value)
{
  return (Cell){ CELL_BOOL, g_strdup (value ? "yes" : "no"), value };
}

static Cell
switch_cell (gboolean known, gboolean value)
{
  if (!known)
    return (Cell){ CELL_NULL, NULL, 0 };
  return (Cell){ CELL_BOOL, g_strdup (value ? "on" : "off"), value };
}

static gboolean
knows (const VfpVfView *vf, VfpSetting which)
{
  return vf->vf != NULL && (vf->vf->settings.known & which);
}

static Cell
get_host (const VfpVfView *vf)
{
  return string_cell (g_get_host_name ());
}

static Cell
get_pf (const VfpVfView *vf)
{
  return string_cell (vf->pf_name);
}

static Cell
get_pf_address (const VfpVfView *vf)
{
  return taken_cell (vfp_address_to_string (&vf->pf_address));
}

static Cell
get_vf (const VfpVfView *vf)
{
  return int_cell (vf->index);
}

static Cell
get_address (const VfpVfView *vf)
{
  return taken_cell (vfp_address_to_string (&vf->address));
}

static Cell
get_state (const VfpVfView *vf)
{
  return string_cell (vfp_vf_state_to_string (vf->state));
}

static Cell
get_live (const VfpVfView *vf)
{
  return bool_cell (vf->live);
}

static Cell
get_config (const VfpVfView *vf)
{
  return bool_cell (vf->config);
}

static Cell
get_used_by (const VfpVfView *vf)
{
  return string_cell (vf->used_by);
}

static Cell
get_guest (const VfpVfView *vf)
{
  return string_cell (vf->guest);
}

static Cell
get_guest_uuid (const VfpVfView *vf)
{
  return string_cell (vf->guest_uuid);
}

static Cell
get_slot (const VfpVfView *vf)
{
  return string_cell (vf->slot != NULL && !vf->stale ? vf->slot->name : NULL);
}

static Cell
get_pool (const VfpVfView *vf)
{
  return string_cell (vf->slot != NULL && !vf->stale ? vf->slot->pool : NULL);
}

static Cell
get_on_start (const VfpVfView *vf)
{
  return vf->slot != NULL && !vf->stale ? bool_cell (vf->slot->on_start) : string_cell (NULL);
}

static Cell
get_bond (const VfpVfView *vf)
{
  return string_cell (NULL);
}

static Cell
get_since (const VfpVfView *vf)
{
  if (vf->claim == NULL || vf->stale)
    return string_cell (NULL);

  g_autoptr (GDateTime) since = g_date_time_new_from_unix_utc (vf->claim->since);
  return taken_cell (g_date_time_format (since, "%Y-%m-%dT%H:%M:%SZ"));
}

static Cell
get_by (const VfpVfView *vf)
{
  return string_cell (vf->claim != NULL && !vf->stale ? vf->claim->by : NULL);
}

static Cell
get_mac (const VfpVfView *vf)
{
  const gboolean has = knows (vf, VFP_SETTING_MAC) && !vfp_mac_is_zero (&vf->vf->settings.mac);

  return taken_cell (has ? vfp_mac_to_string (&vf->vf->settings.mac) : NULL);
}

static Cell
get_vlan (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_VLAN) && vf->vf->settings.vlan != 0
             ? int_cell (vf->vf->settings.vlan)
             : string_cell (NULL);
}

static Cell
get_vlan_qos (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_VLAN) && vf->vf->settings.vlan != 0
             ? int_cell (vf->vf->settings.vlan_qos)
             : string_cell (NULL);
}

static Cell
get_spoofchk (const VfpVfView *vf)
{
  const gboolean known = knows (vf, VFP_SETTING_SPOOFCHK);

  return switch_cell (known, known && vf->vf->settings.spoofchk);
}

static Cell
get_trust (const VfpVfView *vf)
{
  const gboolean known = knows (vf, VFP_SETTING_TRUST);

  return switch_cell (known, known && vf->vf->settings.trust);
}

static Cell
get_link_state (const VfpVfView *vf)
{
  return string_cell (knows (vf, VFP_SETTING_LINK_STATE)
                          ? vfp_link_state_to_string (vf->vf->settings.link_state)
                          : NULL);
}

static Cell
get_min_tx_rate (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_RATE) && vf->vf->settings.min_tx_rate != 0
             ? int_cell (vf->vf->settings.min_tx_rate)
             : string_cell (NULL);
}

static Cell
get_max_tx_rate (const VfpVfView *vf)
{
  return knows (vf, VFP_SETTING_RATE) && vf->vf->settings.max_tx_rate != 0
             ? int_cell (vf->vf->settings.max_tx_rate)
             : string_cell (NULL);
}

static Cell
get_driver (const VfpVfView *vf)
{
  return string_cell (vf->vf != NULL ? vf->vf->driver : NULL);
}

static Cell
get_netdev (const VfpVfView *vf)
{
  return string_cell (vf->vf != NULL ? vf->vf->netdev : NULL);
}

static Cell
get_iommu_group (const VfpVfView *vf)
{
  return vf->vf != NULL && vf->vf->iommu_group >= 0 ? int_cell (vf->vf->iommu_group)
                                                    : string_cell (NULL);
}

static Cell
get_numa_node (const VfpVfView *vf)
{
  return vf->pf != NULL && vf->pf->numa_node >= 0 ? int_cell (vf->pf->numa_node)
                                                  : string_cell (NULL);
}

/* The order is that of the JSON; a released key keeps its name and meaning. */
static const struct
{
  const char *key;
  const char *header;
  gboolean by_default;
  gboolean right;
  Cell (*get) (const VfpVfView *vf);
  const char *help;
} columns[] = {
  { "host", "HOST", FALSE, FALSE, get_host, "name of this host" },
  { "pf", "PF", TRUE, FALSE, get_pf, "Physical Function, by netdev name" },
  { "pf_address", "PF-ADDRESS", FALSE, FALSE, get_pf_address, "PCI address of the PF" },
  { "vf", "VF", TRUE, TRUE, get_vf, "index of the Virtual Function" },
  { "address", "ADDRESS", TRUE, FALSE, get_address, "PCI address of the VF" },
  { "state", "STATE", TRUE, FALSE, get_state,
    "free, claiming, attached, detaching, reserved, foreign, missing or unknown" },
  { "live", "LIVE", FALSE, FALSE, get_live, "in the running guest" },
  { "config", "CONFIG", FALSE, FALSE, get_config, "in the guest's configuration" },
  { "used_by", "USED-BY", TRUE, FALSE, get_used_by, "guest, owner, network or host" },
  { "guest", "GUEST", FALSE, FALSE, get_guest, "name of the guest" },
  { "guest_uuid", "GUEST-UUID", FALSE, FALSE, get_guest_uuid, "UUID of the guest" },
  { "slot", "SLOT", TRUE, FALSE, get_slot, "slot of the guest" },
  { "pool", "POOL", FALSE, FALSE, get_pool, "pool of the slot" },
  { "on_start", "ON-START", FALSE, FALSE, get_on_start, "given at each start of the guest" },
  { "bond", "BOND", FALSE, FALSE, get_bond, "bond of the slot" },
  { "since", "SINCE", TRUE, FALSE, get_since, "when it was claimed" },
  { "by", "BY", FALSE, FALSE, get_by, "who asked for it" },
  { "mac", "MAC", TRUE, FALSE, get_mac, "admin MAC" },
  { "vlan", "VLAN", TRUE, TRUE, get_vlan, "VLAN id" },
  { "vlan_qos", "VLAN-QOS", FALSE, TRUE, get_vlan_qos, "VLAN priority" },
  { "spoofchk", "SPOOFCHK", FALSE, FALSE, get_spoofchk, "MAC spoof check" },
  { "trust", "TRUST", FALSE, FALSE, get_trust, "trust" },
  { "link_state", "LINK-STATE", FALSE, FALSE, get_link_state, "link state" },
  { "min_tx_rate", "MIN-TX-RATE", FALSE, TRUE, get_min_tx_rate, "Mbit/s" },
  { "max_tx_rate", "MAX-TX-RATE", FALSE, TRUE, get_max_tx_rate, "Mbit/s" },
  { "driver", "DRIVER", FALSE, FALSE, get_driver, "driver on the host" },
  { "netdev", "NETDEV", FALSE, FALSE, get_netdev, "netdev on the host" },
  { "iommu_group", "GROUP", FALSE, TRUE, get_iommu_group, "IOMMU group" },
  { "numa_node", "NUMA", FALSE, TRUE, get_numa_node, "NUMA node" },
};

/* The default table's order, which differs from the JSON's: what is asked most comes first. */
static const char *const default_order[]
    = { "pf", "vf", "address", "state", "used_by", "slot", "mac", "vlan", "since" };

static int
find_column (const char *name)
{
  g_autofree char *key = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (g_str_equal (columns[i].key, g_strdelimit (key, "-", '_'))
        || g_ascii_strcasecmp (columns[i].header, name) == 0)
      return (int) i;
  return -1;
}

static gboolean
add_named (GArray *chosen, const char *names, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (names, ",", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      const int found = find_column (*part);

      if (found < 0)
        return vfp_throw (error, VFP_ERROR_USAGE,
                          "'%s' is not a column; 'vfpool list --help' lists them", *part);
      g_array_append_val (chosen, found);
    }
  return TRUE;
}

GArray *
vfp_columns_choose (const char *output, GError **error)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (int));

  if (output == NULL || *output == '+')
    for (guint i = 0; i < G_N_ELEMENTS (default_order); i++)
      {
        const int found = find_column (default_order[i]);

        g_array_append_val (chosen, found);
      }
  if (output != NULL && !add_named (chosen, *output == '+' ? output + 1 : output, error))
    return NULL;
  return g_steal_pointer (&chosen);
}

static const char *
state_color (VfpVfState state)
{
  switch (state)
    {
    case VFP_VF_FREE:
      return "green";
    case VFP_VF_ATTACHED:
    case VFP_VF_RESERVED:
      return "blue";
    case VFP_VF_FOREIGN:
      return "yellow";
    default:
      return "red";
    }
}

/* A table has less room than JSON: the day, or the time of today, in local time. */
static char *
short_time (const char *iso)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_iso8601 (iso, NULL);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (local == NULL)
    return g_strdup (iso);
  const gboolean today
      = g_date_time_get_year (local) == g_date_time_get_year (now)
        && g_date_time_get_day_of_year (local) == g_date_time_get_day_of_year (now);
  return g_date_time_format (local, today ? "%H:%M:%S" : "%Y-%m-%d");
}

static void
fill_cell (struct libscols_line *line, gsize place, const VfpVfView *vf, int column, gboolean color)
{
  Cell cell = columns[column].get (vf);
  g_autofree char *text = cell.text;

  if (text != NULL && columns[column].get == get_since)
    text = short_time (cell.text);
  if (text != cell.text)
    g_free (cell.text);
  scols_line_set_data (line, place, text != NULL ? text : "-");
  if (color && columns[column].get == get_state)
    scols_cell_set_color (scols_line_get_cell (line, place), state_color (vf->state));
}

void
vfp_columns_print (const VfpCli *cli, GPtrArray *vfs, GArray *chosen)
{
  const gboolean color = vfp_cli_wants_color (cli);
  struct libscols_table *table = scols_new_table ();

  scols_table_enable_colors (table, color);
  for (guint i = 0; i < chosen->len; i++)
    {
      const int column = g_array_index (chosen, int, i);

      scols_table_new_column (table, columns[column].header, 0,
                              columns[column].right ? SCOLS_FL_RIGHT : 0);
    }
  for (guint i = 0; i < vfs->len; i++)
    {
      struct libscols_line *line = scols_table_new_line (table, NULL);

      for (guint k = 0; k < chosen->len; k++)
        fill_cell (line, k, g_ptr_array_index (vfs, i), g_array_index (chosen, int, k), color);
    }
  if (vfs->len > 0)
    scols_print_table (table);
  scols_unref_table (table);
}

void
vfp_columns_print_list (const VfpVfView *vf)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      const Cell cell = columns[i].get (vf);
      g_autofree char *text = cell.text;

      if (text != NULL)
        printf ("  %-12s %s\n", columns[i].key, text);
    }
}

void
vfp_columns_add_json (JsonBuilder *builder, const VfpVfView *vf)
{
  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      const Cell cell = columns[i].get (vf);
      g_autofree char *text = cell.text;
      g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

      json_builder_set_member_name (builder, columns[i].key);
      switch (cell.kind)
        {
        case CELL_STRING:
          json_builder_add_string_value (builder, valid);
          break;
        case CELL_INT:
          json_builder_add_int_value (builder, cell.number);
          break;
        case CELL_BOOL:
          json_builder_add_boolean_value (builder, cell.number != 0);
          break;
        default:
          json_builder_add_null_value (builder);
        }
    }
  json_builder_end_object (builder);
}

char *
vfp_columns_help (void)
{
  GString *text = g_string_new ("Columns:\n");

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_string_append_printf (text, "  %-12s %s\n", columns[i].header, columns[i].help);
  return g_string_free (text, FALSE);
}
