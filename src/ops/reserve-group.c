/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [reserve NAME] of the configuration is made to be. */
#include "config.h"

#include "ops/reserve-group.h"

#include "base/error.h"
#include "pool/reserve-group.h"

#define BOOT_LOCK_TIMEOUT_MS 10000

VfpReserveRequest
vfp_reserve_group_request (const VfpConfigReserve *config)
{
  return (VfpReserveRequest){
    .group = config,
    .owner = config->name,
    .driver = vfp_bind_to_driver (config->bind),
    .auto_mac = config->derive_mac,
    .settings = config->vfs.settings,
  };
}

int
vfp_reserve_group_make (VfpWorld *world, const char *name, unsigned timeout_ms, GError **error)
{
  const VfpConfigReserve *config = vfp_config_find_reserve (world->config, name);

  if (config == NULL)
    return 0;
  VfpReserveRequest request = vfp_reserve_group_request (config);
  request.timeout_ms = timeout_ms;
  g_autoptr (GPtrArray) results = vfp_reserve (world, &request, error);
  return results != NULL ? (int) results->len : -1;
}

static VfpView *
look (const VfpWorld *world, const VfpInventory *inventory, const VfpRecords *records)
{
  const VfpFacts facts = {
    .inventory = inventory,
    .records = records,
    .boot_id = world->boot_id,
    .config = world->config,
    .now = vfp_world_now (),
  };

  return vfp_view_new (&facts);
}

GPtrArray *
vfp_reserve_groups_needed (const VfpWorld *world, const VfpInventory *inventory,
                           const VfpRecords *records, gboolean *out_waiting)
{
  const GPtrArray *groups = world->config->reserves;
  GPtrArray *needed = g_ptr_array_new ();
  g_autoptr (VfpView) view = groups->len > 0 ? look (world, inventory, records) : NULL;

  *out_waiting = FALSE;
  for (guint i = 0; i < groups->len; i++)
    {
      const VfpConfigReserve *config = g_ptr_array_index (groups, i);
      const VfpReserveGroup group = vfp_reserve_group_count (view, config);
      const VfpPoolNames names = vfp_view_names (view);

      if (group.made >= group.wanted)
        continue;
      *out_waiting |= group.there < group.wanted;
      g_ptr_array_extend_and_steal (needed, vfp_reserve_group_pfs (&names, config));
    }
  return needed;
}

static char *
join_addresses (const GPtrArray *results)
{
  GString *text = g_string_new (NULL);
  char address[VFP_ADDRESS_STRLEN];

  for (guint i = 0; i < results->len; i++)
    {
      const VfpResult *result = g_ptr_array_index (results, i);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                              vfp_address_format (&result->address, address));
    }
  return g_string_free (text, FALSE);
}

/* @lacking: so many VFs. */
static void
boot_one (VfpWorld *world, const VfpConfigReserve *config, unsigned lacking, GPtrArray *texts)
{
  VfpReserveRequest request = vfp_reserve_group_request (config);
  g_autoptr (GError) error = NULL;

  request.timeout_ms = BOOT_LOCK_TIMEOUT_MS;
  request.at_boot = TRUE;
  g_autoptr (GPtrArray) results = vfp_reserve (world, &request, &error);
  if (g_error_matches (error, VFP_ERROR, VFP_ERROR_STATE_MISSING))
    {
      g_clear_error (&error);
      request.unrecorded = TRUE;
      results = vfp_reserve (world, &request, &error);
    }
  if (results == NULL)
    {
      vfp_world_warn (world, "%s: [reserve %s] is not made: %s", config->file, config->name,
                      error->message);
      return;
    }
  g_autofree char *addresses = join_addresses (results);
  if (results->len > 0)
    g_ptr_array_add (texts, g_strdup_printf ("%s for %s: %s",
                                             request.unrecorded ? "made ready" : "reserved",
                                             config->name, addresses));
  if (results->len < lacking)
    vfp_world_warn (world, "%s: [reserve %s] lacks %u VF%s: no other is free", config->file,
                    config->name, lacking - results->len, lacking - results->len == 1 ? "" : "s");
}

static void
tell_absent (VfpWorld *world, const VfpConfigReserve *config)
{
  g_autofree char *pfs = g_strjoinv (" ", config->vfs.pfs);

  vfp_world_warn (world, "%s: [reserve %s] is not made: no PF of it is on this host (%s)",
                  config->file, config->name, pfs);
}

void
vfp_reserve_groups_boot (VfpWorld *world, const VfpInventory *inventory, GPtrArray *texts)
{
  const GPtrArray *groups = world->config->reserves;
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpRecords) records = groups->len > 0 ? vfp_store_load (world->store, &error) : NULL;
  g_autoptr (VfpView) view = records != NULL ? look (world, inventory, records) : NULL;

  if (error != NULL)
    vfp_world_warn (world, "configured reservations are not made: %s", error->message);
  for (guint i = 0; view != NULL && i < groups->len; i++)
    {
      const VfpConfigReserve *config = g_ptr_array_index (groups, i);
      const VfpReserveGroup group = vfp_reserve_group_count (view, config);

      if (!group.here)
        tell_absent (world, config);
      else if (group.made < group.wanted)
        boot_one (world, config, group.wanted - group.made, texts);
    }
}
