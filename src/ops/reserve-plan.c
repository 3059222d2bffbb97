/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VFs a reservation takes, decided from one snapshot. */
#include "config.h"

#include "ops/reserve-plan.h"

#include "base/error.h"
#include "ops/reserve-claim.h"
#include "ops/source.h"
#include "pool/policy.h"
#include "pool/reservation.h"
#include "pool/reserve-group.h"

typedef struct
{
  VfpWorld *world;
  VfpSnapshot *snapshot;
  const VfpReserveRequest *request;
  VfpReserveRequest wanted; /* the same, with the settings of the pool */
  VfpSource source;         /* where VFs that are not named come from */
  GPtrArray *items;
} Planning;

static void
item_free (VfpReserveItem *item)
{
  vfp_claim_free (item->claim);
  g_free (item);
}

static VfpVfView *
choose (Planning *planning, const VfpAddress *named, GError **error)
{
  const VfpPolicyRequest wanted = {
    .pool = named == NULL ? planning->source.pool : NULL,
    .pf = named == NULL ? planning->source.pf : NULL,
    .vf = named,
    .live = g_strcmp0 (planning->request->driver, VFP_DRIVER_VFIO) == 0,
    .has_netlink = planning->world->netlink != NULL,
  };

  return vfp_policy_choose (planning->snapshot->view, &wanted, error);
}

static gboolean
add_new (Planning *planning, VfpVfView *vf, GError **error)
{
  VfpClaim *claim
      = vfp_reserve_claim_new (planning->world, planning->snapshot, &planning->wanted, vf, error);

  if (claim == NULL)
    return FALSE;
  VfpReserveItem *item = g_new0 (VfpReserveItem, 1);
  item->vf = vf;
  item->claim = claim;
  g_ptr_array_add (planning->items, item);
  vf->state = VFP_VF_RESERVED;
  g_free (vf->used_by);
  vf->used_by = g_strdup (claim->owner);
  return TRUE;
}

static gboolean
add_known (Planning *planning, VfpVfView *vf, GError **error)
{
  const VfpReserveRequest *request = planning->request;

  if (!vfp_reserve_claim_check (planning->world, &planning->wanted, vf, error))
    return FALSE;
  g_autofree char *difference
      = vf->vf != NULL ? vfp_reservation_difference (vf->claim, vf->vf) : NULL;
  VfpReserveItem *item = g_new0 (VfpReserveItem, 1);
  item->vf = vf;
  item->claim = vfp_claim_copy (vf->claim);
  item->drifted = difference != NULL;
  item->prolongs = request->until != 0 && request->until != vf->claim->until;
  if (item->prolongs)
    item->claim->until = request->until;
  g_ptr_array_add (planning->items, item);
  return TRUE;
}

static gboolean
is_own (const Planning *planning, const VfpVfView *vf)
{
  return vf != NULL && vf->claim != NULL
         && g_strcmp0 (vf->claim->owner, planning->request->owner) == 0
         && !vfp_reservation_is_over (vf->claim, vfp_world_now ());
}

static gboolean
is_planned (const Planning *planning, const VfpVfView *vf)
{
  for (guint i = 0; i < planning->items->len; i++)
    if (((VfpReserveItem *) g_ptr_array_index (planning->items, i))->vf == vf)
      return TRUE;
  return FALSE;
}

/* Where VFs come from, or the VF @vf. What a pool sets is as if it had been asked for. */
static gboolean
resolve (Planning *planning, const char *vf, GError **error)
{
  const VfpReserveRequest *request = planning->request;
  const VfpPoolNames names = vfp_view_names (planning->snapshot->view);
  VfpSource *source = &planning->source;

  vfp_source_clear (source);
  *source = (VfpSource){ 0 };
  if (!vfp_source_resolve_any (planning->snapshot, request->pf, request->pool, vf, source, error)
      || (source->pool == NULL
          && (source->pool = vfp_pool_only (&names, "--pf, --pool or the VFs", error)) == NULL))
    return FALSE;
  planning->wanted = *request;
  if (source->pool->config != NULL)
    {
      planning->wanted.settings = source->pool->config->vfs.settings;
      vfp_settings_take (&planning->wanted.settings, &request->settings, request->settings.known);
    }
  return TRUE;
}

static gboolean
add_named (Planning *planning, const char *text, GError **error)
{
  VfpAddress address;

  if (!resolve (planning, text, error))
    return FALSE;
  address = planning->source.vf;
  VfpVfView *vf = vfp_view_find (planning->snapshot->view, &address);
  if (vf != NULL && is_planned (planning, vf))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s is named twice", text);
  if (is_own (planning, vf) && planning->request->ensure)
    return add_known (planning, vf, error);
  if (is_own (planning, vf))
    return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                      "%s is reserved for %s already; --ensure accepts that", text,
                      planning->request->owner);
  vf = choose (planning, &address, error);
  return vf != NULL && add_new (planning, vf, error);
}

static gboolean
is_candidate (const Planning *planning, const VfpVfView *vf)
{
  const VfpSource *source = &planning->source;

  return vf->pf != NULL && (source->pf == NULL || vf->pf == source->pf)
         && vfp_pool_has_vf (source->pool, vf->pf, vf->index);
}

/* What the owner has of the pool already counts, and must be as asked for, even if it has more. */
static gboolean
add_own (Planning *planning, GError **error)
{
  for (guint i = 0; i < planning->snapshot->view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (planning->snapshot->view->vfs, i);

      if (!is_candidate (planning, vf) || !is_own (planning, vf))
        continue;
      if (planning->items->len == planning->request->count)
        return TRUE;
      if (!add_known (planning, vf, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_chosen (Planning *planning, GError **error)
{
  const unsigned count = planning->request->count;

  while (planning->items->len < count)
    {
      VfpVfView *vf = choose (planning, NULL, error);

      if (vf == NULL && planning->items->len > 0)
        g_prefix_error (error, "%u of %u VFs for %s are found, and no more: ", planning->items->len,
                        count, planning->request->owner);
      if (vf == NULL || !add_new (planning, vf, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_group (Planning *planning, GError **error)
{
  const GPtrArray *vfs = planning->snapshot->view->vfs;

  planning->wanted = *planning->request;
  for (guint i = 0; i < vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (vfs, i);

      if (vf->wanted_by == planning->request->group && !add_new (planning, vf, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
plan (Planning *planning, GError **error)
{
  const VfpReserveRequest *request = planning->request;

  if (request->driver != NULL
      && !vfp_drivers_check_loaded (planning->world->root, request->driver, error))
    return FALSE;
  if (request->group != NULL)
    return add_group (planning, error);
  vfp_reserve_groups_unmark (planning->snapshot->view, request->owner);
  if (request->vfs == NULL)
    return resolve (planning, NULL, error) && (!request->ensure || add_own (planning, error))
           && add_chosen (planning, error);
  for (const char *const *vf = request->vfs; *vf != NULL; vf++)
    if (!add_named (planning, *vf, error))
      return FALSE;
  return TRUE;
}

GPtrArray *
vfp_reserve_plan (VfpWorld *world, VfpSnapshot *snapshot, const VfpReserveRequest *request,
                  GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  Planning planning = { .world = world, .snapshot = snapshot, .request = request, .items = items };

  const gboolean planned = plan (&planning, error);

  vfp_source_clear (&planning.source);
  return planned ? g_steal_pointer (&items) : NULL;
}

VfpResult *
vfp_reserve_result (const VfpVfView *vf, const VfpClaim *claim)
{
  VfpResult *result = vfp_result_new_of_guest (NULL, NULL);

  result->owner = g_strdup (claim->owner);
  result->driver = g_strdup (claim->driver);
  result->until = claim->until;
  result->pool = g_strdup (vf->pf_name);
  result->pf = g_strdup (vf->pf_name);
  result->vf = vf->index;
  result->address = vf->address;
  if (claim->settings.known & VFP_SETTING_MAC)
    result->mac = claim->settings.mac;
  result->vlan = claim->settings.vlan;
  return result;
}
