/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bonds of a guest. */
#include "config.h"

#include "cli/show-bond.h"

#include <stdio.h>

#include "cli/output.h"

static void
add_leg_json (JsonBuilder *builder, const VfpBond *bond, const VfpBondLeg *leg)
{
  json_builder_begin_object (builder);
  vfp_json_string (builder, "slot", leg->slot->name);
  if (bond->running)
    vfp_json_bool (builder, "up", leg->why == NULL);
  else
    vfp_json_null (builder, "up");
  vfp_json_string (builder, "detail", leg->why);
  json_builder_end_object (builder);
}

void
vfp_show_bonds_json (JsonBuilder *builder, GPtrArray *bonds)
{
  json_builder_set_member_name (builder, "bonds");
  json_builder_begin_array (builder);
  for (guint i = 0; i < bonds->len; i++)
    {
      const VfpBond *bond = g_ptr_array_index (bonds, i);

      json_builder_begin_object (builder);
      vfp_json_string (builder, "bond", bond->name);
      vfp_json_string (builder, "bond_mac", vfp_bond_mac_to_string (bond->mac));
      if (bond->running)
        vfp_json_int (builder, "up", bond->up);
      else
        vfp_json_null (builder, "up");
      json_builder_set_member_name (builder, "legs");
      json_builder_begin_array (builder);
      for (guint k = 0; k < bond->legs->len; k++)
        add_leg_json (builder, bond, g_ptr_array_index (bond->legs, k));
      json_builder_end_array (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
vfp_show_bonds_print (GPtrArray *bonds)
{
  for (guint i = 0; i < bonds->len; i++)
    {
      const VfpBond *bond = g_ptr_array_index (bonds, i);
      g_autofree char *why = vfp_bond_explain (bond);

      if (!bond->running)
        printf ("  %s: %u legs\n", bond->name, bond->legs->len);
      else
        printf ("  %s: %u of %u legs up%s%s%s\n", bond->name, bond->up, bond->legs->len,
                *why != '\0' ? " (" : "", why, *why != '\0' ? ")" : "");
    }
}
