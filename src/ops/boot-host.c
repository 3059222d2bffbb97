/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be done at boot before libvirt starts its guests. */
#include "config.h"

#include "ops/boot-host.h"

#include "base/error.h"
#include "host/netdev-manager.h"
#include "ops/follow-pf.h"
#include "ops/reservation.h"
#include "ops/reserve-group.h"
#include "pool/card.h"

#define POLL_MS 100

typedef struct
{
  VfpWorld *world;
  GPtrArray *texts;
  GHashTable *seen; /* netdevs of PFs that were brought up, or told to be down */
} Boot;

/* A live part of an earlier boot is void, and so waits for nothing. */
static gboolean
is_needed (const VfpClaim *claim)
{
  return claim->config || claim->owner != NULL;
}

static void
tell_down (Boot *boot, const VfpPf *pf, const char *why)
{
  vfp_world_warn (boot->world,
                  "%s is administratively down: %s; its guests do not start until 'ip link set %s "
                  "up'",
                  pf->netdev, why, pf->netdev);
}

static void
bring_up (Boot *boot, const VfpPf *pf)
{
  VfpNetlink *netlink = boot->world->netlink;
  g_autoptr (GError) error = NULL;

  if (pf == NULL || pf->netdev == NULL || pf->up || netlink == NULL
      || !g_hash_table_add (boot->seen, g_strdup (pf->netdev)))
    return;

  const char *manager = vfp_netdev_manager (boot->world->root, pf->netdev);
  if (manager != NULL)
    {
      g_autofree char *why = g_strdup_printf ("%s has it", manager);
      tell_down (boot, pf, why);
    }
  else if (netlink->set_up (netlink, pf->netdev, &error))
    g_ptr_array_add (boot->texts, g_strdup_printf ("%s brought up", pf->netdev));
  else
    tell_down (boot, pf, error->message);
}

static void
bring_up_all (Boot *boot, const VfpInventory *inventory, const VfpRecords *records)
{
  const VfpPoolNames names = { boot->world->config, inventory, records };

  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (is_needed (claim))
        bring_up (boot, vfp_card_find (inventory, vfp_records_get_pf (records, claim->pf_id)));
    }
  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      g_autoptr (VfpPool) pool = slot->on_start ? vfp_pool_find (&names, slot->pool, NULL) : NULL;

      for (guint k = 0; pool != NULL && k < pool->pfs->len; k++)
        bring_up (boot, g_ptr_array_index (pool->pfs, k));
    }
}

static gboolean
is_there (const VfpInventory *inventory, const VfpRecords *records, const VfpClaim *claim)
{
  const VfpPf *pf = vfp_card_find (inventory, vfp_records_get_pf (records, claim->pf_id));

  return pf != NULL && vfp_pf_find_vf (pf, claim->vf) != NULL;
}

static void
tell_missing (Boot *boot, const VfpRecords *records, const VfpClaim *claim)
{
  const VfpPfRecord *pf = vfp_records_get_pf (records, claim->pf_id);
  const VfpSlot *slot = vfp_records_get_slot (records, claim->slot_id);
  char address[VFP_ADDRESS_STRLEN];

  vfp_address_format (&pf->address, address);
  vfp_world_warn (boot->world, "VF %u of %s, which %s %s wants, is not on this host", claim->vf,
                  pf->netdev != NULL ? pf->netdev : address,
                  slot != NULL ? slot->guest_name : claim->owner, slot != NULL ? slot->name : "");
}

/* @tell: warn of each that is missing. */
static gboolean
all_there (Boot *boot, const VfpInventory *inventory, const VfpRecords *records, gboolean tell)
{
  gboolean all = TRUE;

  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (!is_needed (claim) || is_there (inventory, records, claim))
        continue;
      all = FALSE;
      if (tell)
        tell_missing (boot, records, claim);
    }
  return all;
}

static gboolean
look (Boot *boot, gboolean last, VfpInventory **out_inventory, GError **error)
{
  VfpWorld *world = boot->world;
  g_autoptr (VfpInventory) inventory = vfp_inventory_read (world->root, world->netlink, error);

  if (inventory == NULL || !vfp_follow_pfs (world, inventory, boot->texts, error))
    return FALSE;

  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  if (records == NULL)
    return FALSE;
  bring_up_all (boot, inventory, records);
  gboolean waiting;
  g_autoptr (GPtrArray) pfs = vfp_reserve_groups_needed (world, inventory, records, &waiting);
  for (guint i = 0; i < pfs->len; i++)
    bring_up (boot, g_ptr_array_index (pfs, i));
  if ((all_there (boot, inventory, records, last) && !waiting) || last)
    *out_inventory = g_steal_pointer (&inventory);
  return TRUE;
}

gboolean
vfp_boot_host (VfpWorld *world, unsigned wait_ms, GPtrArray *texts, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Boot boot = { world, texts, seen };
  const gint64 end_us = g_get_monotonic_time () + (gint64) wait_ms * 1000;
  g_autoptr (VfpInventory) inventory = NULL;

  while (inventory == NULL)
    {
      const gboolean last = g_get_monotonic_time () >= end_us || vfp_world_is_interrupted (world);
      g_autoptr (GError) local = NULL;

      /* What the kernel does not tell while VFs are made it may tell a moment later. */
      if (!look (&boot, last, &inventory, &local)
          && (last || !g_error_matches (local, VFP_ERROR, VFP_ERROR_HOST)))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (inventory == NULL)
        g_usleep (POLL_MS * 1000);
    }
  if (!vfp_reservations_boot (world, inventory, texts, error))
    return FALSE;
  vfp_reserve_groups_boot (world, inventory, texts);
  return TRUE;
}
