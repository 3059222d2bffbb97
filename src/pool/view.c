/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which VF: the kernel's, libvirt's and the state file's words joined. */
#include "config.h"

#include "pool/view.h"

#include "pool/reserve-group.h"
#include "pool/view-index.h"

static void
set_guest (VfpVfView *view, const char *name, const char *uuid)
{
  view->guest = g_strdup (name);
  view->guest_uuid = g_strdup (uuid);
  view->used_by = g_strdup (name);
}

/* A VF that no claim names, or whose claim truth has ended. */
static void
decide_unclaimed (VfpVfView *view, const VfpViewIndex *index, const VfpFacts *facts)
{
  const VfpViewUse *use = vfp_view_find_foreign_use (index, view, NULL);
  char key[VFP_ADDRESS_STRLEN];
  const char *network
      = g_hash_table_lookup (index->networks, vfp_address_format (&view->address, key));

  if (network == NULL && view->pf->netdev != NULL)
    network = g_hash_table_lookup (index->networks, view->pf->netdev);

  view->state = VFP_VF_FOREIGN;
  if (use != NULL)
    {
      view->live = use->live;
      view->config = use->config;
      set_guest (view, use->guest->name, use->guest->uuid);
    }
  else if (network != NULL)
    view->used_by = g_strdup_printf ("network %s", network);
  else if (view->vf->host_use != NULL)
    view->used_by = g_strdup_printf ("host: %s", view->vf->host_use);
  else
    view->state = facts->guests == NULL ? VFP_VF_UNKNOWN : VFP_VF_FREE;
}

/* The slot's own device is in the configuration, on another VF: a snapshot was reverted, or the
 * card has moved. The state file's word stands until that is put right. */
static gboolean
is_elsewhere (const VfpClaim *claim, const VfpSlot *slot, const VfpFacts *facts)
{
  const VfpGuest *guest = claim->config ? vfp_guest_find (facts->guests, slot->guest_uuid) : NULL;

  return guest != NULL && guest->config != NULL
         && vfp_domxml_find_alias (guest->config, slot->alias) != NULL;
}

/* Whether what the claim says still stands, as far as one look can tell. An intent of a dead
 * claimer that no XML shows may still be carried out by libvirt: it stands until settled. */
static gboolean
claim_holds (const VfpClaim *claim, const VfpSlot *slot, const VfpFacts *facts,
             const VfpViewUse *use)
{
  if (facts->guests == NULL || use != NULL || is_elsewhere (claim, slot, facts))
    return TRUE;
  if (claim->claimer.pid != 0 && vfp_process_is_alive (&claim->claimer))
    return TRUE;
  if (claim->expires != 0)
    return vfp_claim_is_awaited (claim, facts->boot_id);
  return (claim->intent == VFP_INTENT_CLAIMING || claim->intent == VFP_INTENT_CHANGING)
         && g_strcmp0 (claim->boot_id, facts->boot_id) == 0;
}

gboolean
vfp_view_is_defined (const VfpSlot *slot, const VfpGuest *guest)
{
  return guest != NULL && guest->persistent && !guest->running && !guest->arriving
         && guest->config != NULL && vfp_domxml_find_alias (guest->config, slot->alias) != NULL;
}

/* A guest that comes back is defined before it is started. */
static gboolean
may_still_start (const VfpClaim *claim)
{
  return vfp_boot_seconds () < claim->expires - VFP_ARRIVE_S + VFP_ARRIVE_START_S;
}

gboolean
vfp_view_has_arrived (const VfpRecords *records, const VfpClaim *claim, const VfpSlot *slot,
                      const VfpGuest *guest)
{
  const gboolean off = guest == NULL || (!guest->running && !guest->arriving);

  if (guest != NULL && guest->live != NULL
      && vfp_domxml_find_source (guest->live, &claim->address) != NULL)
    return TRUE;
  return (vfp_view_is_defined (slot, guest) && !may_still_start (claim))
         || (off && vfp_records_generation (records, slot->guest_uuid) > claim->generation);
}

static VfpVfState
state_of_intent (const VfpClaim *claim, const VfpViewUse *use)
{
  if (claim->intent == VFP_INTENT_DETACHING)
    return VFP_VF_DETACHING;
  if (claim->intent == VFP_INTENT_NONE || claim->intent == VFP_INTENT_CHANGING)
    return VFP_VF_ATTACHED;
  return use != NULL && !vfp_process_is_alive (&claim->claimer) ? VFP_VF_ATTACHED : VFP_VF_CLAIMING;
}

/* Kept for a slot that is changing VFs. */
static void
decide_held (VfpVfView *view, const VfpViewIndex *index, const VfpFacts *facts)
{
  const VfpViewUse *use;

  view->slot = vfp_records_slot_of_claim (facts->records, view->claim);
  use = vfp_view_find_use (index, &view->address, view->slot->guest_uuid);
  view->live = use != NULL && use->live;
  view->config = use != NULL && use->config;
  view->state = view->vf != NULL ? VFP_VF_CLAIMING : VFP_VF_MISSING;
  set_guest (view, view->slot->guest_name, view->slot->guest_uuid);
}

static void
decide_claimed (VfpVfView *view, const VfpViewIndex *index, const VfpFacts *facts)
{
  const VfpClaim *claim = view->claim;

  if (claim->owner != NULL)
    {
      view->state = view->vf != NULL ? VFP_VF_RESERVED : VFP_VF_MISSING;
      view->used_by = g_strdup (claim->owner);
      return;
    }

  if (claim->held_for != 0)
    {
      decide_held (view, index, facts);
      return;
    }

  view->slot = g_hash_table_lookup (index->slots, &claim->slot_id);
  const VfpViewUse *use = vfp_view_find_use (index, &view->address, view->slot->guest_uuid);
  if (view->vf != NULL && !claim_holds (claim, view->slot, facts, use))
    {
      view->stale = TRUE;
      decide_unclaimed (view, index, facts);
      return;
    }

  /* Two guests have it: the one that runs with it is what matters to people. */
  const VfpViewUse *other = vfp_view_find_foreign_use (index, view, view->slot->guest_uuid);
  if (view->vf != NULL && other != NULL && other->live && (use == NULL || !use->live))
    {
      view->state = VFP_VF_FOREIGN;
      view->live = TRUE;
      view->config = other->config;
      set_guest (view, other->guest->name, other->guest->uuid);
      return;
    }

  view->arrived = claim->expires != 0 && facts->guests != NULL
                  && vfp_view_has_arrived (facts->records, claim, view->slot,
                                           vfp_guest_find (facts->guests, view->slot->guest_uuid));
  view->live = use != NULL ? use->live : facts->guests == NULL && claim->live;
  view->config = use != NULL ? use->config : facts->guests == NULL && claim->config;
  view->state = view->vf != NULL ? state_of_intent (claim, use) : VFP_VF_MISSING;
  set_guest (view, use != NULL ? use->guest->name : view->slot->guest_name, view->slot->guest_uuid);
}

static VfpVfView *
add_view (VfpView *view, const char *pf_name, const VfpAddress *pf_address, unsigned index,
          const VfpAddress *address)
{
  VfpVfView *added = g_new0 (VfpVfView, 1);

  added->pf_name = g_strdup (pf_name);
  added->pf_address = *pf_address;
  added->index = index;
  added->address = *address;
  g_ptr_array_add (view->vfs, added);
  return added;
}

static void
add_pf (VfpView *view, const VfpViewIndex *index, VfpPf *pf)
{
  const VfpPfRecord *record = vfp_records_find_pf (view->facts.records, &pf->address, &pf->mac);
  g_autofree char *name = vfp_pf_name (pf);

  for (guint i = 0; i < pf->vfs->len; i++)
    {
      VfpVf *vf = g_ptr_array_index (pf->vfs, i);
      VfpVfView *added = add_view (view, name, &pf->address, vf->index, &vf->address);
      g_autofree char *key = record != NULL ? vfp_view_claim_key (record->id, vf->index) : NULL;

      added->pf = pf;
      added->vf = vf;
      added->claim = key != NULL ? g_hash_table_lookup (index->claims, key) : NULL;
      if (added->claim != NULL)
        {
          decide_claimed (added, index, &view->facts);
          g_hash_table_remove (index->claims, key);
        }
      else
        decide_unclaimed (added, index, &view->facts);
    }
}

/* Claims of VFs that this host does not have now. */
static void
add_missing (VfpView *view, const VfpViewIndex *index)
{
  for (guint i = 0; i < view->facts.records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (view->facts.records->claims, i);
      g_autofree char *key = vfp_view_claim_key (claim->pf_id, claim->vf);

      if (!g_hash_table_contains (index->claims, key))
        continue;

      const VfpPfRecord *pf = vfp_records_get_pf (view->facts.records, claim->pf_id);
      g_autofree char *name
          = pf->netdev != NULL ? g_strdup (pf->netdev) : vfp_address_to_string (&pf->address);
      VfpVfView *added = add_view (view, name, &pf->address, claim->vf, &claim->address);
      added->claim = claim;
      decide_claimed (added, index, &view->facts);
    }
}

static void
vf_view_free (VfpVfView *view)
{
  g_free (view->pf_name);
  g_free (view->guest);
  g_free (view->guest_uuid);
  g_free (view->used_by);
  g_free (view);
}

VfpView *
vfp_view_new (const VfpFacts *facts)
{
  VfpView *view = g_new0 (VfpView, 1);
  g_auto (VfpViewIndex) index = { 0 };

  view->facts = *facts;
  view->vfs = g_ptr_array_new_with_free_func ((GDestroyNotify) vf_view_free);
  vfp_view_index_init (&index, facts);
  for (guint i = 0; i < facts->inventory->pfs->len; i++)
    add_pf (view, &index, g_ptr_array_index (facts->inventory->pfs, i));
  add_missing (view, &index);
  vfp_reserve_groups_mark (view);
  return view;
}

void
vfp_view_free (VfpView *view)
{
  if (view == NULL)
    return;
  g_ptr_array_unref (view->vfs);
  g_free (view);
}

VfpPoolNames
vfp_view_names (const VfpView *view)
{
  return (VfpPoolNames){ view->facts.config, view->facts.inventory, view->facts.records };
}

VfpVfView *
vfp_view_find (const VfpView *view, const VfpAddress *address)
{
  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vfp_address_equal (&vf->address, address))
        return vf;
    }
  return NULL;
}

VfpVfView *
vfp_view_find_claim (const VfpView *view, const VfpClaim *claim)
{
  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->claim == claim)
        return vf;
    }
  return NULL;
}

const char *
vfp_vf_state_to_string (VfpVfState state)
{
  static const char *const strings[] = {
    [VFP_VF_FREE] = "free",         [VFP_VF_CLAIMING] = "claiming",
    [VFP_VF_ATTACHED] = "attached", [VFP_VF_DETACHING] = "detaching",
    [VFP_VF_RESERVED] = "reserved", [VFP_VF_FOREIGN] = "foreign",
    [VFP_VF_MISSING] = "missing",   [VFP_VF_UNKNOWN] = "unknown",
  };

  return strings[state];
}
