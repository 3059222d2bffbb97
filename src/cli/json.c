/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of JSON objects, and documents. */
#include "config.h"

#include "cli/json.h"

#include <stdio.h>

#include "base/error.h"

void
vfp_json_null (JsonBuilder *builder, const char *key)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_null_value (builder);
}

/* JSON is UTF-8, and json-glib writes what it is given. */
void
vfp_json_string (JsonBuilder *builder, const char *key, const char *value)
{
  g_autofree char *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;

  json_builder_set_member_name (builder, key);
  if (valid != NULL)
    json_builder_add_string_value (builder, valid);
  else
    json_builder_add_null_value (builder);
}

void
vfp_json_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

void
vfp_json_bool (JsonBuilder *builder, const char *key, gboolean value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_boolean_value (builder, value);
}

void
vfp_json_error (JsonBuilder *builder, const GError *error)
{
  if (error == NULL)
    {
      vfp_json_null (builder, "error");
      return;
    }
  g_autofree char *line = vfp_error_line (error);

  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  vfp_json_string (builder, "code", vfp_error_code_string (error));
  vfp_json_string (builder, "message", line);
  json_builder_end_object (builder);
}

void
vfp_json_mac (JsonBuilder *builder, const char *key, const VfpMac *mac)
{
  char buffer[VFP_MAC_STRLEN];

  vfp_json_string (builder, key, mac != NULL ? vfp_mac_format (mac, buffer) : NULL);
}

void
vfp_json_address (JsonBuilder *builder, const char *key, const VfpAddress *address)
{
  char buffer[VFP_ADDRESS_STRLEN];

  vfp_json_string (builder, key, address != NULL ? vfp_address_format (address, buffer) : NULL);
}

static void
add_positive (JsonBuilder *builder, const char *key, gint64 value)
{
  if (value > 0)
    vfp_json_int (builder, key, value);
  else
    vfp_json_null (builder, key);
}

static void
add_switch (JsonBuilder *builder, const char *key, gboolean known, gboolean value)
{
  if (known)
    vfp_json_bool (builder, key, value);
  else
    vfp_json_null (builder, key);
}

void
vfp_json_settings (JsonBuilder *builder, const VfpSettings *settings)
{
  const gboolean has_vlan = (settings->known & VFP_SETTING_VLAN) && settings->vlan != 0;
  const gboolean has_rate = (settings->known & VFP_SETTING_RATE) != 0;

  if (has_vlan)
    {
      vfp_json_int (builder, "vlan", settings->vlan);
      vfp_json_int (builder, "vlan_qos", settings->vlan_qos);
    }
  else
    {
      vfp_json_null (builder, "vlan");
      vfp_json_null (builder, "vlan_qos");
    }
  vfp_json_string (builder, "vlan_proto",
                   has_vlan ? vfp_vlan_proto_to_string (settings->vlan_proto) : NULL);
  add_switch (builder, "spoofchk", settings->known & VFP_SETTING_SPOOFCHK, settings->spoofchk);
  add_switch (builder, "trust", settings->known & VFP_SETTING_TRUST, settings->trust);
  vfp_json_string (builder, "link_state",
                   settings->known & VFP_SETTING_LINK_STATE
                       ? vfp_link_state_to_string (settings->link_state)
                       : NULL);
  add_positive (builder, "min_tx_rate", has_rate ? settings->min_tx_rate : 0);
  add_positive (builder, "max_tx_rate", has_rate ? settings->max_tx_rate : 0);
}

void
vfp_json_texts (JsonBuilder *builder, const char *key, GPtrArray *texts)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  for (guint i = 0; i < texts->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (texts, i));
  json_builder_end_array (builder);
}

void
vfp_output_json (JsonBuilder *builder)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  printf ("%s\n", text);
  g_object_unref (builder);
}
