/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read, to be looked up by VF. */
#include "config.h"

#include "pool/view-index.h"

void
vfp_view_index_clear (VfpViewIndex *index)
{
  g_hash_table_unref (index->guests);
  g_hash_table_unref (index->networks);
  g_hash_table_unref (index->claims);
  g_hash_table_unref (index->slots);
}

static void
note_use (GHashTable *uses, VfpGuest *guest, const char *key, gboolean live)
{
  GArray *of_vf = g_hash_table_lookup (uses, key);

  if (of_vf == NULL)
    {
      of_vf = g_array_new (FALSE, TRUE, sizeof (VfpViewUse));
      g_hash_table_insert (uses, g_strdup (key), of_vf);
    }

  /* The two XMLs of a guest are read one after the other, so its entry is the last one. */
  VfpViewUse *use = of_vf->len > 0 ? &g_array_index (of_vf, VfpViewUse, of_vf->len - 1) : NULL;
  if (use == NULL || use->guest != guest)
    {
      const VfpViewUse first = { .guest = guest };

      g_array_append_val (of_vf, first);
      use = &g_array_index (of_vf, VfpViewUse, of_vf->len - 1);
    }
  if (live)
    use->live = TRUE;
  else
    use->config = TRUE;
}

static void
note_devices (GHashTable *uses, VfpGuest *guest, const VfpDomxml *domxml, gboolean live)
{
  if (domxml == NULL)
    return;
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);
      char key[VFP_ADDRESS_STRLEN];

      note_use (uses, guest, vfp_address_format (&device->source, key), live);
    }
  for (guint i = 0; i < domxml->netdevs->len; i++)
    note_use (uses, guest, g_ptr_array_index (domxml->netdevs, i), live);
}

static void
note_network (GHashTable *networks, const VfpNetwork *network)
{
  for (guint i = 0; i < network->pfs->len; i++)
    g_hash_table_insert (networks, g_strdup (g_ptr_array_index (network->pfs, i)), network->name);
  for (guint i = 0; i < network->addresses->len; i++)
    g_hash_table_insert (networks,
                         vfp_address_to_string (&g_array_index (network->addresses, VfpAddress, i)),
                         network->name);
}

char *
vfp_view_claim_key (gint64 pf_id, unsigned vf)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT "/%u", pf_id, vf);
}

void
vfp_view_index_init (VfpViewIndex *index, const VfpFacts *facts)
{
  index->guests
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  index->networks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  index->claims = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  index->slots = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; facts->guests != NULL && i < facts->guests->len; i++)
    {
      VfpGuest *guest = g_ptr_array_index (facts->guests, i);

      note_devices (index->guests, guest, guest->live, TRUE);
      note_devices (index->guests, guest, guest->config, FALSE);
    }
  for (guint i = 0; facts->networks != NULL && i < facts->networks->len; i++)
    note_network (index->networks, g_ptr_array_index (facts->networks, i));
  for (guint i = 0; i < facts->records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (facts->records->claims, i);

      g_hash_table_insert (index->claims, vfp_view_claim_key (claim->pf_id, claim->vf), claim);
    }
  for (guint i = 0; i < facts->records->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (facts->records->slots, i);

      g_hash_table_insert (index->slots, &slot->id, slot);
    }
}

const VfpViewUse *
vfp_view_find_use (const VfpViewIndex *index, const VfpAddress *address, const char *uuid)
{
  char key[VFP_ADDRESS_STRLEN];
  const GArray *uses = g_hash_table_lookup (index->guests, vfp_address_format (address, key));

  for (guint i = 0; uses != NULL && i < uses->len; i++)
    {
      const VfpViewUse *use = &g_array_index (uses, VfpViewUse, i);

      if (uuid == NULL || g_str_equal (use->guest->uuid, uuid))
        return use;
    }
  return NULL;
}

static const VfpViewUse *
first_use (const VfpViewIndex *index, const char *key, const char *except_uuid)
{
  const GArray *uses = g_hash_table_lookup (index->guests, key);
  const VfpViewUse *first = NULL;

  for (guint i = 0; uses != NULL && i < uses->len; i++)
    {
      const VfpViewUse *use = &g_array_index (uses, VfpViewUse, i);

      if (g_strcmp0 (use->guest->uuid, except_uuid) == 0)
        continue;
      if (use->live)
        return use;
      if (first == NULL)
        first = use;
    }
  return first;
}

const VfpViewUse *
vfp_view_find_foreign_use (const VfpViewIndex *index, const VfpVfView *view,
                           const char *except_uuid)
{
  char key[VFP_ADDRESS_STRLEN];
  const VfpViewUse *use = first_use (index, vfp_address_format (&view->address, key), except_uuid);

  if (use == NULL && view->vf != NULL && view->vf->netdev != NULL)
    use = first_use (index, view->vf->netdev, except_uuid);
  return use;
}
