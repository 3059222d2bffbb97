/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A migration, for people and as JSON. */
#include "config.h"

#include "cli/migrate.h"

#include <stdio.h>

#include "cli/json.h"

static void
add_slot (JsonBuilder *builder, const VfpMigrateSlot *slot)
{
  json_builder_begin_object (builder);
  vfp_json_string (builder, "slot", slot->name);
  vfp_json_mac (builder, "mac", &slot->mac);
  vfp_json_string (builder, "pool", slot->pool);
  vfp_json_string (builder, "to_pool", slot->pool_there);
  vfp_json_string (builder, "pf", slot->pf);
  vfp_json_int (builder, "vf", slot->vf);
  vfp_json_address (builder, "address", &slot->from);
  vfp_json_bool (builder, "config", slot->config);
  vfp_json_address (builder, "to_address", slot->has_to ? &slot->to : NULL);
  json_builder_end_object (builder);
}

static void
add_check (JsonBuilder *builder, const VfpMigrateCheck *check)
{
  json_builder_begin_object (builder);
  vfp_json_string (builder, "check", check->id);
  vfp_json_string (builder, "level", vfp_check_level_to_string (check->level));
  vfp_json_string (builder, "text", check->text);
  json_builder_end_object (builder);
}

static void
add_lists (JsonBuilder *builder, const VfpMigrateResult *result)
{
  json_builder_set_member_name (builder, "slots");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->slots->len; i++)
    add_slot (builder, g_ptr_array_index (result->slots, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "checks");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->checks->len; i++)
    add_check (builder, g_ptr_array_index (result->checks, i));
  json_builder_end_array (builder);
}

static void
add_number (JsonBuilder *builder, const char *key, gboolean known, guint64 number)
{
  if (known)
    vfp_json_int (builder, key, (gint64) number);
  else
    vfp_json_null (builder, key);
}

static void
print_json (VfpCli *cli, const VfpMigrateResult *result, const GError *error)
{
  JsonBuilder *builder = json_builder_new ();
  const VfpProgress *last = &result->last;

  json_builder_begin_object (builder);
  vfp_json_bool (builder, "changed", result->changed || (cli->dry_run && error == NULL));
  vfp_json_string (builder, "guest", result->guest);
  vfp_json_string (builder, "uuid", result->uuid);
  vfp_json_string (builder, "destination", result->uri);
  vfp_json_string (builder, "mode", vfp_migrate_mode_to_string (result->mode));
  vfp_json_bool (builder, "undefines", result->undefines);
  add_number (builder, "elapsed_ms", result->changed, (guint64) result->elapsed_ms);
  add_number (builder, "transferred", last->transferred > 0, last->transferred);
  add_number (builder, "downtime_ms", last->has_downtime, last->downtime_ms);
  add_lists (builder, result);
  vfp_json_texts (builder, "warnings", cli->world.warnings);
  vfp_json_error (builder, error);
  json_builder_end_object (builder);
  vfp_output_json (builder);
  cli->has_document = TRUE;
}

static void
print_slots (const VfpCli *cli, const VfpMigrateResult *result)
{
  for (guint i = 0; i < result->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (result->slots, i);
      char from[VFP_ADDRESS_STRLEN], to[VFP_ADDRESS_STRLEN], mac[VFP_MAC_STRLEN];

      printf ("%s %s: had %s VF %u (%s), ", result->guest, slot->name,
              slot->pf != NULL ? slot->pf : "-", slot->vf, vfp_address_format (&slot->from, from));
      if (slot->has_to)
        printf ("%s %s there", cli->dry_run ? "would have" : "has",
                vfp_address_format (&slot->to, to));
      else
        printf ("waits for its VF there");
      printf (", MAC %s\n", vfp_mac_format (&slot->mac, mac));
    }
}

void
vfp_migrate_print_checks (const VfpMigrateResult *result)
{
  for (guint i = 0; i < result->checks->len; i++)
    {
      const VfpMigrateCheck *check = g_ptr_array_index (result->checks, i);

      printf ("%-4s  %-11s  %s\n", vfp_check_level_to_string (check->level), check->id,
              check->text);
    }
}

void
vfp_migrate_print (VfpCli *cli, const VfpMigrateResult *result, const GError *error)
{
  const VfpProgress *last = &result->last;

  if (cli->json)
    {
      print_json (cli, result, error);
      return;
    }
  if (cli->dry_run)
    vfp_migrate_print_checks (result);
  printf ("%s: %s %s, %s", result->guest, cli->dry_run ? "would go to" : "is at", result->uri,
          vfp_migrate_mode_to_string (result->mode));
  if (result->changed)
    printf (", in %.1f s", (double) result->elapsed_ms / 1000);
  if (result->changed && last->has_downtime)
    printf (", downtime about %" G_GUINT64_FORMAT " ms", last->downtime_ms);
  printf ("\n");
  print_slots (cli, result);
}
