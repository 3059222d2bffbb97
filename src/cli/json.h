/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of JSON objects, and documents. */
#pragma once

#include <json-glib/json-glib.h>

#include "base/address.h"
#include "base/mac.h"
#include "base/settings.h"

/* A member "error", as in every document of a failure; NULL: null. */
void vfp_json_error (JsonBuilder *builder, const GError *error);

/* Prints the document that @builder has made, and frees it. */
void vfp_output_json (JsonBuilder *builder);

/* Members of an object; what is not there is null. */
void vfp_json_string (JsonBuilder *builder, const char *key, const char *value);
void vfp_json_int (JsonBuilder *builder, const char *key, gint64 value);
void vfp_json_bool (JsonBuilder *builder, const char *key, gboolean value);
void vfp_json_null (JsonBuilder *builder, const char *key);
void vfp_json_texts (JsonBuilder *builder, const char *key, GPtrArray *texts);
void vfp_json_mac (JsonBuilder *builder, const char *key, const VfpMac *mac);
void vfp_json_address (JsonBuilder *builder, const char *key, const VfpAddress *address);

/* The settings, as the keys vlan, vlan_qos, vlan_proto, spoofchk, trust, link_state, min_tx_rate,
 * max_tx_rate; unknown ones are null. */
void vfp_json_settings (JsonBuilder *builder, const VfpSettings *settings);
