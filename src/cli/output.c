/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results, for people and as JSON. */
#include "config.h"

#include "cli/output.h"

#include <stdio.h>

#include "base/error.h"
#include "base/time.h"

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
  if (result->standby != NULL)
    printf ("; standby %s", result->standby);
  printf ("; %s%s\n", attached_parts (result), result->changed ? "" : "; already so");
  if (result->summary != NULL && *result->summary != '\0')
    printf ("  not chosen: %s\n", result->summary);
}

/* What is left of a slot whose VF or mark has ended. */
static void
print_rest (const VfpResult *result)
{
  char mac[VFP_MAC_STRLEN];

  if (result->ended_standby != NULL && result->pf != NULL)
    printf ("; the standby %s too", result->ended_standby);
  else if (result->ends_pair && result->pf != NULL)
    printf ("; no half of a pair any more");
  if (result->ends_mark)
    printf ("; no VF at the guest's start any more");
  if (result->ends_arrive && result->pf != NULL)
    printf ("; it does not come back after the migration");
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
  else if (result->ended_standby != NULL)
    printf ("%s%s: the standby %s", would, verb, result->ended_standby);
  else if (result->ends_pair)
    printf ("%sno half of a pair any more", would);
  else if (result->ends_mark)
    printf ("%sunmarked", would);
  else if (result->ends_arrive)
    printf ("%sunmarked; no VF after the migration any more", would);
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
  g_autofree char *line = vfp_error_line (error);

  fprintf (stderr, "vfpool: %s\n", line);
  /* With findings there is a document already. */
  if (!cli->json || cli->has_document
      || g_error_matches (error, VFP_ERROR, VFP_ERROR_FINDINGS_REMAIN))
    return;

  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  vfp_json_error (builder, error);
  json_builder_end_object (builder);
  vfp_output_json (builder);
}
