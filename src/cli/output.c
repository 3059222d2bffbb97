/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results, for people and as JSON. */
#include "config.h"

#include "cli/output.h"

#include <stdio.h>

#include "base/error.h"
#include "base/time.h"

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

/* Only where they were asked for. */
static void
add_reasons (JsonBuilder *builder, const GPtrArray *reasons)
{
  if (reasons == NULL)
    return;
  json_builder_set_member_name (builder, "not_chosen");
  json_builder_begin_array (builder);
  for (guint i = 0; i < reasons->len; i++)
    {
      const VfpResultReason *reason = g_ptr_array_index (reasons, i);

      json_builder_begin_object (builder);
      vfp_json_string (builder, "pf", reason->pf);
      vfp_json_int (builder, "vf", reason->vf);
      vfp_json_address (builder, "address", &reason->address);
      vfp_json_string (builder, "reason", reason->reason);
      vfp_json_string (builder, "detail", reason->detail);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_members (JsonBuilder *builder, const VfpCli *cli, const VfpResult *result)
{
  const gboolean has_vf = result->pf != NULL;

  vfp_json_bool (builder, "changed", result->changed);
  vfp_json_string (builder, "guest", result->guest);
  vfp_json_string (builder, "uuid", result->uuid);
  vfp_json_string (builder, "slot", result->slot);
  vfp_json_string (builder, "pool", result->pool);
  vfp_json_string (builder, "pf", result->pf);
  if (has_vf)
    vfp_json_int (builder, "vf", result->vf);
  else
    vfp_json_null (builder, "vf");
  vfp_json_address (builder, "address", has_vf ? &result->address : NULL);
  vfp_json_mac (builder, "mac", !vfp_mac_is_zero (&result->mac) ? &result->mac : NULL);
  vfp_json_address (builder, "guest_address",
                    result->has_guest_address ? &result->guest_address : NULL);
  vfp_json_string (builder, "guest_ifname", result->guest_ifname);
  vfp_json_bool (builder, "live", result->live);
  vfp_json_bool (builder, "config", result->config);
  vfp_json_bool (builder, "on_start", result->on_start);
  vfp_json_texts (builder, "changes", result->changes);
  add_reasons (builder, result->reasons);
  vfp_json_texts (builder, "warnings", cli->world.warnings);
}

void
vfp_output_add_result (JsonBuilder *builder, const VfpCli *cli, const VfpResult *result)
{
  json_builder_begin_object (builder);
  add_members (builder, cli, result);
  json_builder_end_object (builder);
}

/* Nothing was to do, and there is no slot to tell of. */
static void
add_no_result (JsonBuilder *builder, const VfpCli *cli, const char *guest)
{
  static const char *const nulls[]
      = { "uuid", "slot", "pool", "pf", "vf", "address", "mac", "guest_address", "guest_ifname" };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  json_builder_begin_object (builder);
  vfp_json_bool (builder, "changed", FALSE);
  vfp_json_string (builder, "guest", guest);
  for (gsize i = 0; i < G_N_ELEMENTS (nulls); i++)
    vfp_json_null (builder, nulls[i]);
  vfp_json_bool (builder, "live", FALSE);
  vfp_json_bool (builder, "config", FALSE);
  vfp_json_bool (builder, "on_start", FALSE);
  vfp_json_texts (builder, "changes", none);
  vfp_json_texts (builder, "warnings", cli->world.warnings);
  json_builder_end_object (builder);
}

static const char *
parts (const VfpResult *result)
{
  if (result->live && result->config)
    return "live + config";
  return result->live ? "live" : "config";
}

/* "enp1s0f0 VF 3 (0000:01:10.6)", or what a slot without VF waits for */
static char *
describe_vf (const VfpResult *result)
{
  char address[VFP_ADDRESS_STRLEN];

  if (result->pf == NULL)
    return g_strdup_printf ("a VF of %s at each start", result->pool);
  return g_strdup_printf ("%s VF %u (%s)", result->pf, result->vf,
                          vfp_address_format (&result->address, address));
}

static const char *
attached_parts (const VfpResult *result)
{
  if (!result->on_start)
    return parts (result);
  return result->live ? "live + on-start" : "on-start";
}

/* "web1 net0: enp1s0f0 VF 3 (0000:01:10.6), MAC 56:66:…, vlan 42; in the guest: eno101; live +
 * config" */
static void
print_attached (const VfpCli *cli, const VfpResult *result)
{
  const char *would = result->pf != NULL ? "would attach " : "would mark ";
  g_autofree char *vf = describe_vf (result);
  char mac[VFP_MAC_STRLEN];

  printf ("%s%s %s: %s, MAC %s", cli->dry_run && result->changed ? would : "", result->guest,
          result->slot, vf, vfp_mac_format (&result->mac, mac));
  if (result->vlan != 0)
    printf (", vlan %u", result->vlan);
  if (result->guest_ifname != NULL)
    printf ("; in the guest: %s", result->guest_ifname);
  printf ("; %s%s\n", attached_parts (result), result->changed ? "" : "; already so");
  if (result->summary != NULL && *result->summary != '\0')
    printf ("  not chosen: %s\n", result->summary);
}

/* What is left of a slot whose VF or mark has ended. */
static void
print_rest (const VfpResult *result)
{
  char mac[VFP_MAC_STRLEN];

  if (result->ends_mark)
    printf ("; no VF at the guest's start any more");
  printf ("; the slot keeps MAC %s%s\n", vfp_mac_format (&result->mac, mac),
          result->on_start ? " and gets a VF at the next start" : "");
}

static void
print_ended (const VfpCli *cli, const VfpResult *result, const char *verb)
{
  const char *would = cli->dry_run ? "would be " : "";
  char address[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];

  printf ("%s %s: ", result->guest, result->slot);
  if (!result->changed)
    printf ("already so");
  else if (result->pf != NULL)
    printf ("%s%s from %s VF %u (%s), %s", would, verb, result->pf, result->vf,
            vfp_address_format (&result->address, address), parts (result));
  else if (result->ends_mark)
    printf ("%sunmarked", would);
  else
    {
      printf ("%s%s; it had MAC %s\n", would, verb, vfp_mac_format (&result->mac, mac));
      return;
    }
  print_rest (result);
}

/* "web1 net0: kept, enp1s0f0 VF 3 (0000:01:10.6), MAC 52:54:…, vlan 42; nothing changes in the
 * guest" */
static void
print_changes (const VfpCli *cli, const VfpResult *result)
{
  const GPtrArray *changes = result->changes;
  const char *would = cli->dry_run && result->changed ? "would be " : "";
  char address[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];

  if (result->slot == NULL)
    {
      printf ("%s: %s%s\n", result->guest, cli->dry_run ? "would do: " : "",
              (const char *) g_ptr_array_index (changes, 0));
      return;
    }
  printf ("%s %s: %s%s", result->guest, result->slot, would,
          changes->len > 0 ? (const char *) g_ptr_array_index (changes, 0) : "already so");
  if (result->pf != NULL)
    printf (", %s VF %u (%s)", result->pf, result->vf,
            vfp_address_format (&result->address, address));
  printf (", MAC %s", vfp_mac_format (&result->mac, mac));
  if (result->vlan != 0)
    printf (", vlan %u", result->vlan);
  for (guint i = 1; i < changes->len; i++)
    printf ("; %s", (const char *) g_ptr_array_index (changes, i));
  printf ("\n");
}

static void
print_json (const VfpCli *cli, const char *guest, GPtrArray *results, gboolean several)
{
  JsonBuilder *builder = json_builder_new ();

  if (several)
    json_builder_begin_array (builder);
  else if (results->len == 0)
    add_no_result (builder, cli, guest);
  for (guint i = 0; i < results->len; i++)
    vfp_output_add_result (builder, cli, g_ptr_array_index (results, i));
  if (several)
    json_builder_end_array (builder);
  vfp_output_json (builder);
}

void
vfp_output_results (VfpCli *cli, const char *guest, GPtrArray *results, const char *verb,
                    gboolean several)
{
  if (cli->json)
    {
      print_json (cli, guest, results, several);
      return;
    }
  if (results->len == 0)
    printf ("%s: already so\n", guest);
  for (guint i = 0; i < results->len; i++)
    if (verb == NULL)
      print_attached (cli, g_ptr_array_index (results, i));
    else
      print_ended (cli, g_ptr_array_index (results, i), verb);
}

static void
add_reservation (JsonBuilder *builder, const VfpCli *cli, const VfpResult *result)
{
  g_autofree char *until = result->until != 0 ? vfp_time_to_string (result->until) : NULL;

  json_builder_begin_object (builder);
  add_members (builder, cli, result);
  vfp_json_string (builder, "owner", result->owner);
  vfp_json_string (builder, "driver", result->driver);
  vfp_json_string (builder, "until", until);
  json_builder_end_object (builder);
}

void
vfp_output_reservations (VfpCli *cli, GPtrArray *results)
{
  char address[VFP_ADDRESS_STRLEN];

  for (guint i = 0; !cli->json && i < results->len; i++)
    {
      const VfpResult *result = g_ptr_array_index (results, i);

      printf ("%s\n", vfp_address_format (&result->address, address));
    }
  if (!cli->json)
    return;

  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; i < results->len; i++)
    add_reservation (builder, cli, g_ptr_array_index (results, i));
  json_builder_end_array (builder);
  vfp_output_json (builder);
}

void
vfp_output_changes (VfpCli *cli, const char *guest, GPtrArray *results, gboolean several)
{
  if (cli->json)
    {
      print_json (cli, guest, results, several);
      return;
    }
  if (results->len == 0)
    printf ("%s%snothing to do\n", guest != NULL ? guest : "", guest != NULL ? ": " : "");
  for (guint i = 0; i < results->len; i++)
    print_changes (cli, g_ptr_array_index (results, i));
}

void
vfp_output_error (const VfpCli *cli, const GError *error)
{
  /* libvirt's texts may have several lines. */
  g_autofree char *line = g_strdup (error->message);

  g_strdelimit (line, "\n\r", ' ');
  fprintf (stderr, "vfpool: %s\n", g_strchomp (line));
  /* With findings there is a document already. */
  if (!cli->json || g_error_matches (error, VFP_ERROR, VFP_ERROR_FINDINGS_REMAIN))
    return;

  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "error");
  json_builder_begin_object (builder);
  vfp_json_string (builder, "code", vfp_error_code_string (error));
  vfp_json_string (builder, "message", line);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}
