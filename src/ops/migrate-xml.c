/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XMLs that a guest is sent with, where they are not those that it has here. */
#include "config.h"

#include "ops/migrate-xml.h"

#include "guest/domxml-edit.h"
#include "guest/metadata.h"
#include "pool/promise.h"

static const char *
find_pool (const VfpMigratePlan *plan, const char *name)
{
  for (guint i = 0; i < plan->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (plan->slots, i);

      if (g_str_equal (slot->name, name))
        return slot->to_pool;
    }
  return NULL;
}

/* The guest's slots with where they are to come to. */
static char *
render (VfpWorld *world, const VfpMigratePlan *plan, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autofree char *own = records != NULL ? vfp_promise_render (records, plan->guest->uuid) : NULL;
  g_autoptr (GPtrArray) promises = own != NULL ? vfp_metadata_parse (own, NULL, error) : NULL;

  if (promises == NULL)
    return NULL;
  for (guint i = 0; i < promises->len; i++)
    {
      VfpSlotPromise *promise = g_ptr_array_index (promises, i);

      g_free (promise->to_pool);
      promise->to_pool = g_strdup (find_pool (plan, promise->name));
    }
  return vfp_metadata_render (plan->guest->uuid, promises);
}

static char *
map_pools (VfpWorld *world, const VfpMigratePlan *plan, const char *xml, GError **error)
{
  g_autofree char *element = plan->maps ? render (world, plan, error) : NULL;

  if (!plan->maps)
    return g_strdup (xml);
  return element != NULL ? vfp_domxml_set_metadata (xml, element, error) : NULL;
}

static char *
leave_out (const VfpMigratePlan *plan, const char *xml, GError **error)
{
  g_autofree char *left = g_strdup (xml);

  for (guint i = 0; i < plan->left_out->len && left != NULL; i++)
    {
      char *fewer
          = vfp_domxml_detach_device (left, &g_array_index (plan->left_out, VfpAddress, i), error);

      g_free (left);
      left = fewer;
    }
  return g_steal_pointer (&left);
}

gboolean
vfp_migrate_make_xml (VfpWorld *world, const VfpMigratePlan *plan, char **out_live,
                      char **out_config, GError **error)
{
  VfpVirt *virt = world->virt;
  const char *uuid = plan->guest->uuid;
  g_autofree char *live = NULL, *config = NULL;

  *out_live = *out_config = NULL;
  if (plan->maps)
    {
      live = virt->dump_xml (virt, uuid, VFP_AFFECT_LIVE, error);
      if (live == NULL || (*out_live = map_pools (world, plan, live, error)) == NULL)
        return FALSE;
    }
  if (!plan->guest->persistent || (!plan->maps && plan->left_out->len == 0))
    return TRUE;
  config = virt->dump_xml (virt, uuid, VFP_AFFECT_CONFIG, error);
  g_autofree char *left = config != NULL ? leave_out (plan, config, error) : NULL;
  *out_config = left != NULL ? map_pools (world, plan, left, error) : NULL;
  if (*out_config == NULL)
    g_clear_pointer (out_live, g_free);
  return *out_config != NULL;
}
