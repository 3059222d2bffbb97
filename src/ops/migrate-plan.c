/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest with VFs can be sent to another host. */
#include "config.h"

#include "ops/migrate-plan.h"

#include "base/error.h"
#include "guest/pair.h"
#include "ops/migrate-result.h"
#include "ops/release.h"

void
vfp_migrate_plan_free (VfpMigratePlan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->slots);
  g_array_unref (plan->left_out);
  g_ptr_array_unref (plan->config_only);
  g_free (plan);
}

static gboolean
check_state (const VfpGuest *guest, GError **error)
{
  if (!guest->running)
    return vfp_throw (error, VFP_ERROR_GUEST_OFF,
                      "%s is off; 'virsh migrate --offline' sends its definition", guest->name);
  if (guest->arriving)
    return vfp_throw (error, VFP_ERROR_BUSY, "%s is about to arrive here or to leave; try again",
                      guest->name);
  return !guest->paused
         || vfp_throw (error, VFP_ERROR_GUEST_PAUSED, "%s is paused; 'virsh resume %s' first",
                       guest->name, guest->name);
}

/* A network may be on another bridge there. */
static const char *
find_standby_netdev (const VfpGuest *guest, const VfpSlot *slot)
{
  const VfpGuestNic *nic
      = slot->standby != NULL ? vfp_domxml_find_nic (guest->live, slot->standby) : NULL;

  return nic == NULL || nic->network != NULL ? NULL : vfp_guest_nic_netdev (nic);
}

static VfpMigrateSlot *
make_slot (const VfpSnapshot *snapshot, const VfpGuest *guest, const VfpSlot *slot,
           const VfpClaim *claim, gboolean config, GHashTable *pool_map)
{
  const VfpVfView *vf = vfp_view_find_claim (snapshot->view, claim);
  VfpMigrateSlot *made = g_new0 (VfpMigrateSlot, 1);

  made->name = g_strdup (slot->name);
  made->pool = g_strdup (slot->pool);
  made->to_pool = g_strdup (pool_map != NULL ? g_hash_table_lookup (pool_map, slot->pool) : NULL);
  made->bond = g_strdup (slot->bond);
  made->driver_model = g_strdup (slot->driver_model);
  made->standby_netdev = g_strdup (find_standby_netdev (guest, slot));
  made->mac = slot->mac;
  made->pf = g_strdup (vf != NULL ? vf->pf_name : NULL);
  made->vf = claim->vf;
  made->from = claim->address;
  made->config = config;
  return made;
}

static gboolean
add_slots (VfpMigratePlan *plan, const VfpSnapshot *snapshot, GHashTable *pool_map, GError **error)
{
  const VfpRecords *records = snapshot->records;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, plan->guest->uuid);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);
      gboolean live, config;

      if (claim == NULL)
        continue;
      if (claim->intent != VFP_INTENT_NONE)
        return vfp_throw (error, VFP_ERROR_BUSY,
                          "%s: something was begun with %s and is not finished; 'vfpool reconcile "
                          "%s --fix --live'",
                          plan->guest->name, slot->name, plan->guest->name);
      vfp_release_look (plan->guest, claim, &live, &config);
      if (live)
        g_ptr_array_add (plan->slots,
                         make_slot (snapshot, plan->guest, slot, claim, config, pool_map));
      if (config && !live)
        g_ptr_array_add (plan->config_only, g_strdup (slot->name));
      if (config && (!live || plan->mode == VFP_MIGRATE_UNPLUG))
        g_array_append_val (plan->left_out, claim->address);
    }
  return TRUE;
}

static const VfpMigrateSlot *
find_source (const VfpMigratePlan *plan, const VfpAddress *source)
{
  for (guint i = 0; i < plan->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (plan->slots, i);

      if (vfp_address_equal (&slot->from, source))
        return slot;
    }
  return NULL;
}

/* Only for devices of slots the other host has something in their place. */
static gboolean
check_devices (const VfpMigratePlan *plan, GError **error)
{
  const VfpGuest *guest = plan->guest;

  for (guint i = 0; i < guest->live->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (guest->live->devices, i);
      char address[VFP_ADDRESS_STRLEN];

      if (find_source (plan, &device->source) == NULL)
        return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                          "%s has the host device %s, which is no slot's; 'vfpool adopt %s' makes "
                          "a VF one, else take it out",
                          guest->name, vfp_address_format (&device->source, address), guest->name);
    }
  return TRUE;
}

static gboolean
check_map (const VfpMigratePlan *plan, GHashTable *pool_map, GError **error)
{
  GHashTableIter iter;
  gpointer pool;

  if (pool_map == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, pool_map);
  while (g_hash_table_iter_next (&iter, &pool, NULL))
    {
      gboolean found = FALSE;

      for (guint i = 0; i < plan->slots->len; i++)
        found
            = found
              || g_str_equal (((VfpMigrateSlot *) g_ptr_array_index (plan->slots, i))->pool, pool);
      if (!found)
        return vfp_throw (error, VFP_ERROR_NO_SUCH_POOL,
                          "no slot of %s has a VF of the pool '%s'; 'vfpool show %s' shows them",
                          plan->guest->name, (const char *) pool, plan->guest->name);
    }
  return TRUE;
}

/* The mode that was asked for, or can be. */
static gboolean
choose_mode (const VfpGuest *guest, VfpMigrateMode asked, VfpMigrateMode *out_mode, GError **error)
{
  g_autofree char *why = NULL;
  const VfpGuestDevice *single = vfp_pair_find_single (guest->live, &why);
  char address[VFP_ADDRESS_STRLEN];

  if (asked == VFP_MIGRATE_FAILOVER && single != NULL)
    return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                      "%s cannot go on without its VF %s: %s; 'vfpool attach --failover', or "
                      "--mode unplug",
                      guest->name, vfp_address_format (&single->source, address), why);
  if (asked == VFP_MIGRATE_AUTO && single != NULL && guest->live->nics->len == 0)
    return vfp_throw (
        error, VFP_ERROR_GUEST_REFUSED,
        "%s would be without network while it is on its way: its VF %s is no half of "
        "a failover pair (%s), and there is no other NIC; --mode unplug if that may be",
        guest->name, vfp_address_format (&single->source, address), why);
  *out_mode = asked != VFP_MIGRATE_AUTO ? asked
              : single == NULL          ? VFP_MIGRATE_FAILOVER
                                        : VFP_MIGRATE_UNPLUG;
  return TRUE;
}

VfpMigratePlan *
vfp_migrate_plan (const VfpSnapshot *snapshot, const char *uuid, const VfpMigrateRequest *request,
                  GError **error)
{
  const VfpGuest *guest = vfp_snapshot_get_guest (snapshot, uuid, error);
  g_autoptr (VfpMigratePlan) plan = g_new0 (VfpMigratePlan, 1);

  plan->guest = guest;
  plan->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_migrate_slot_free);
  plan->left_out = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  plan->config_only = g_ptr_array_new_with_free_func (g_free);
  plan->maps = request->pool_map != NULL && g_hash_table_size (request->pool_map) > 0;
  if (guest == NULL || !check_state (guest, error)
      || !choose_mode (guest, request->mode, &plan->mode, error)
      || !add_slots (plan, snapshot, request->pool_map, error) || !check_devices (plan, error)
      || !check_map (plan, request->pool_map, error))
    return NULL;
  return g_steal_pointer (&plan);
}
