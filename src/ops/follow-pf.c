/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PFs that have moved or got another name. */
#include "config.h"

#include "ops/follow-pf.h"

#include "pool/card.h"

typedef struct
{
  VfpWorld *world;
  const VfpInventory *inventory;
  VfpRecords *records;
  GPtrArray *texts;
  gboolean changed;
} Follow;

/* A guest that runs with the VF keeps it; a live part of an earlier boot is void. */
static gboolean
may_follow (const Follow *follow, const VfpClaim *claim)
{
  return !vfp_process_is_alive (&claim->claimer)
         && !(claim->live && g_strcmp0 (claim->boot_id, follow->world->boot_id) == 0);
}

/* The claim of the VF @index of the PF @pf_id, other than @claim. */
static gboolean
is_taken (const VfpRecords *records, const VfpClaim *claim, gint64 pf_id)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *other = g_ptr_array_index (records->claims, i);

      if (other != claim && other->pf_id == pf_id && other->vf == claim->vf)
        return TRUE;
    }
  return FALSE;
}

static gboolean
follow_claim (Follow *follow, VfpClaim *claim, const VfpPf *pf, gint64 pf_id, GError **error)
{
  const VfpSlot *slot = vfp_records_get_slot (follow->records, claim->slot_id);
  const VfpVf *vf = vfp_pf_find_vf (pf, claim->vf);

  if (!may_follow (follow, claim) || is_taken (follow->records, claim, pf_id))
    return TRUE;
  if (vf != NULL)
    claim->address = vf->address;
  claim->pf_id = pf_id;
  follow->changed = TRUE;
  return vfp_store_put_claim (follow->world->store, claim, error)
         && vfp_world_note (follow->world, "follow", slot, claim, NULL, error);
}

/* FALSE: the claim is where its VF is, or its VF is not here. */
static gboolean
is_elsewhere (const VfpClaim *claim, const VfpPfRecord *record, const VfpPf *pf)
{
  const VfpVf *vf = vfp_pf_find_vf (pf, claim->vf);

  return claim->pf_id == record->id
         && (!vfp_address_equal (&record->address, &pf->address)
             || (vf != NULL && !vfp_address_equal (&vf->address, &claim->address)));
}

static gboolean
follow_claims (Follow *follow, const VfpPfRecord *record, const VfpPf *pf, gint64 pf_id,
               unsigned *out_count, GError **error)
{
  const GPtrArray *claims = follow->records->claims;

  *out_count = 0;
  for (guint i = 0; i < claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (claims, i);
      const gint64 revision = claim->revision;

      if (!is_elsewhere (claim, record, pf))
        continue;
      if (!follow_claim (follow, claim, pf, pf_id, error))
        return FALSE;
      *out_count += claim->revision != revision;
    }
  return TRUE;
}

static void
tell_claims (Follow *follow, const VfpPfRecord *record, const VfpPf *pf, unsigned count)
{
  char from[VFP_ADDRESS_STRLEN], to[VFP_ADDRESS_STRLEN];
  g_autofree char *name = vfp_pf_name (pf);

  vfp_address_format (&record->address, from);
  vfp_address_format (&pf->address, to);
  if (count == 0)
    return;
  if (vfp_address_equal (&record->address, &pf->address))
    g_ptr_array_add (
        follow->texts,
        g_strdup_printf ("%s: VFs have other addresses now; %u claims follow", name, count));
  else
    g_ptr_array_add (follow->texts, g_strdup_printf ("%s has moved from %s to %s; %u claims follow",
                                                     name, from, to, count));
}

/* The row of the PF as it is now; the former one stays as a memory of where it was. */
static gboolean
put_pf (Follow *follow, const VfpPfRecord *record, const VfpPf *pf, gint64 *out_id, GError **error)
{
  VfpPfRecord now
      = { .address = pf->address, .mac = pf->mac, .serial = record->serial, .netdev = pf->netdev };
  const VfpPfRecord *known = vfp_records_find_pf (follow->records, &pf->address, &pf->mac);

  if (known != NULL && g_strcmp0 (known->netdev, pf->netdev) == 0)
    {
      *out_id = known->id;
      return TRUE;
    }
  follow->changed = TRUE;
  if (!vfp_store_put_pf (follow->world->store, &now, error))
    return FALSE;
  *out_id = now.id;
  return TRUE;
}

static gboolean
follow_pool (Follow *follow, const char *from, const char *to, GError **error)
{
  const GPtrArray *slots = follow->records->slots;
  unsigned count = 0;

  if (from == NULL || to == NULL || g_str_equal (from, to)
      || vfp_inventory_find_pf (follow->inventory, from) != NULL
      || vfp_config_find_pool (follow->world->config, from) != NULL)
    return TRUE;
  for (guint i = 0; i < slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (slots, i);

      if (!g_str_equal (slot->pool, from))
        continue;
      g_free (slot->pool);
      slot->pool = g_strdup (to);
      if (!vfp_store_put_slot (follow->world->store, slot, error))
        return FALSE;
      count++;
    }
  if (count > 0)
    g_ptr_array_add (follow->texts,
                     g_strdup_printf ("%s is called %s now; %u slots follow", from, to, count));
  follow->changed = follow->changed || count > 0;
  return TRUE;
}

static gboolean
has_claim (const VfpRecords *records, const VfpPfRecord *record)
{
  for (guint i = 0; i < records->claims->len; i++)
    if (((const VfpClaim *) g_ptr_array_index (records->claims, i))->pf_id == record->id)
      return TRUE;
  return FALSE;
}

static gboolean
follow_pf (Follow *follow, const VfpPfRecord *record, GError **error)
{
  const VfpPf *pf = vfp_card_find (follow->inventory, record);
  gint64 pf_id;
  unsigned count;

  if (pf == NULL)
    return TRUE;
  if (has_claim (follow->records, record))
    {
      if (!put_pf (follow, record, pf, &pf_id, error)
          || !follow_claims (follow, record, pf, pf_id, &count, error))
        return FALSE;
      tell_claims (follow, record, pf, count);
    }
  return follow_pool (follow, record->netdev, pf->netdev, error);
}

/* Whether there is anything at all that a transaction would be for. */
static gboolean
is_needed (const VfpInventory *inventory, const VfpRecords *records)
{
  for (guint i = 0; i < records->pfs->len; i++)
    {
      const VfpPfRecord *record = g_ptr_array_index (records->pfs, i);
      const VfpPf *pf = vfp_card_find (inventory, record);

      if (pf == NULL)
        continue;
      if (g_strcmp0 (pf->netdev, record->netdev) != 0)
        return TRUE;
      for (guint k = 0; k < records->claims->len; k++)
        if (is_elsewhere (g_ptr_array_index (records->claims, k), record, pf))
          return TRUE;
    }
  return FALSE;
}

static gboolean
follow_all (Follow *follow, GError **error)
{
  for (guint i = 0; i < follow->records->pfs->len; i++)
    if (!follow_pf (follow, g_ptr_array_index (follow->records->pfs, i), error))
      return FALSE;
  return TRUE;
}

gboolean
vfp_follow_pfs (VfpWorld *world, const VfpInventory *inventory, GPtrArray *texts, GError **error)
{
  g_autoptr (VfpRecords) before = vfp_store_load (world->store, error);

  if (before == NULL)
    return FALSE;
  if (!is_needed (inventory, before))
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);
  g_autoptr (VfpRecords) records
      = transaction != NULL ? vfp_store_load (world->store, error) : NULL;
  Follow follow = { world, inventory, records, texts, FALSE };
  if (records == NULL || !follow_all (&follow, error))
    return FALSE;
  return !follow.changed || vfp_transaction_commit (transaction, error);
}
