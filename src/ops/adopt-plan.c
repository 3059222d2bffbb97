/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an adoption is going to do with one guest. */
#include "config.h"

#include "ops/adopt-plan.h"

#include <string.h>

#include "base/error.h"
#include "ops/adopt-plan-private.h"

static void
action_free (VfpAdoptAction *action)
{
  vfp_slot_free (action->slot);
  g_free (action->reason);
  g_free (action);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpAdoptAction, action_free)

void
vfp_adopt_plan_free (VfpAdoptPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->copied_from);
  g_ptr_array_unref (plan->actions);
  g_free (plan);
}

gboolean
vfp_adopt_plan_changes (const VfpAdoptPlan *plan)
{
  for (guint i = 0; i < plan->actions->len; i++)
    if (((VfpAdoptAction *) g_ptr_array_index (plan->actions, i))->kind != VFP_ADOPT_ALREADY)
      return TRUE;
  return plan->copied_from != NULL;
}

const char *
vfp_adopt_kind_to_string (VfpAdoptKind kind)
{
  static const char *const strings[] = {
    [VFP_ADOPT_KEPT] = "kept",          [VFP_ADOPT_REPLACED] = "re-placed",
    [VFP_ADOPT_COPIED] = "copied",      [VFP_ADOPT_REVERTED] = "reverted",
    [VFP_ADOPT_ALREADY] = "already so",
  };

  return strings[kind];
}

static gboolean
read_metadata (VfpAdoptPlanning *planning, GError **error)
{
  const VfpGuest *guest = planning->guest;
  const char *metadata = guest->live != NULL ? guest->live->metadata : NULL;

  if (metadata == NULL && guest->config != NULL)
    metadata = guest->config->metadata;
  planning->promises
      = metadata != NULL ? vfp_metadata_parse (metadata, &planning->origin_uuid, error)
                         : g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_slot_promise_free);
  if (planning->promises == NULL)
    {
      g_prefix_error (error, "%s: ", guest->name);
      return FALSE;
    }

  planning->copied
      = planning->origin_uuid != NULL && !g_str_equal (planning->origin_uuid, guest->uuid);
  if (planning->copied)
    {
      const VfpGuest *origin = vfp_guest_find (planning->snapshot->guests, planning->origin_uuid);

      planning->plan->copied_from
          = g_strdup (origin != NULL ? origin->name : planning->origin_uuid);
    }
  return TRUE;
}

/* What the configuration is to say instead of what it says. */
static void
plan_rewrite (const VfpAdoptFound *found, VfpAdoptAction *action)
{
  const VfpGuestDevice *config = found->config;

  if (config == NULL)
    return;
  const gboolean moved = !vfp_address_equal (&config->source, &action->vf->address);
  action->from = config->source;
  action->has_old_mac = config->has_mac;
  action->old_mac = config->mac;
  action->new_mac
      = config->is_interface
        && (config->has_mac ? !vfp_mac_equal (&config->mac, &action->slot->mac) : moved);
  action->rewrite = moved || action->new_mac;
}

/* A live part of an earlier boot is void. */
static gboolean
has_parts (const VfpAdoptPlanning *planning, const VfpAdoptAction *action)
{
  const VfpClaim *claim = action->claim;
  const gboolean live
      = claim->live && g_strcmp0 (claim->boot_id, planning->snapshot->view->facts.boot_id) == 0;

  return (live || !action->live) && (claim->config || !action->config);
}

static void
decide_kind (const VfpAdoptPlanning *planning, VfpAdoptAction *action)
{
  if (action->claim != NULL && !action->rewrite && has_parts (planning, action))
    {
      const VfpSlot *known = vfp_records_get_slot (planning->snapshot->records, action->slot->id);

      vfp_slot_free (action->slot);
      action->slot = vfp_slot_copy (known);
      action->kind = VFP_ADOPT_ALREADY;
    }
  else if (action->kind == VFP_ADOPT_REPLACED)
    return;
  else if (planning->copied)
    action->kind = VFP_ADOPT_COPIED;
  else if (action->rewrite)
    action->kind = VFP_ADOPT_REVERTED;
}

static gboolean
plan_found (VfpAdoptPlanning *planning, const VfpAdoptFound *found, GError **error)
{
  g_autoptr (VfpAdoptAction) action = g_new0 (VfpAdoptAction, 1);
  g_autoptr (VfpSlotPromise) promise = NULL;

  action->slot = vfp_adopt_slot_choose (planning, found, &promise, error);
  if (action->slot == NULL)
    return FALSE;
  if (action->slot->id != 0)
    action->claim = vfp_records_find_claim_of_slot (planning->snapshot->records, action->slot->id);
  if (!vfp_adopt_vf_choose (planning, found, promise, action, error)
      || !vfp_adopt_slot_fill (planning, found, promise, action, error))
    return FALSE;

  action->live = found->live != NULL;
  action->config = found->config != NULL;
  /* Of the claim that the configuration is brought to: the running guest may have it as well. */
  if (action->claim != NULL)
    action->live = action->live || action->vf->live;
  plan_rewrite (found, action);
  decide_kind (planning, action);
  g_ptr_array_add (planning->plan->actions, g_steal_pointer (&action));
  return TRUE;
}

/* Slots that only the metadata knows. What a copy tells of slots without VF is the original's; only
 * that it wants a VF at each start goes for the copy too. */
static gboolean
plan_promises (VfpAdoptPlanning *planning, GError **error)
{
  for (guint i = 0; i < planning->promises->len; i++)
    {
      const VfpSlotPromise *promise = g_ptr_array_index (planning->promises, i);

      if ((planning->copied && !promise->on_start)
          || vfp_records_find_slot (planning->snapshot->records, planning->guest->uuid,
                                    promise->name)
                 != NULL)
        continue;

      VfpSlot *slot = vfp_adopt_slot_restore (planning, promise, error);
      if (slot == NULL)
        return FALSE;
      VfpAdoptAction *action = g_new0 (VfpAdoptAction, 1);
      action->slot = slot;
      action->kind = planning->copied ? VFP_ADOPT_COPIED : VFP_ADOPT_KEPT;
      g_ptr_array_add (planning->plan->actions, action);
    }
  return TRUE;
}

static gboolean
parse_vf (const VfpAdoptPlanning *planning, VfpAddress *out_address, GError **error)
{
  const char *text = planning->request->vf;

  return strchr (text, '/') != NULL
             ? vfp_snapshot_get_vf (planning->snapshot, text, out_address, error)
             : vfp_address_parse (text, out_address, error);
}

static gboolean
is_wanted (const VfpAdoptRequest *request, const VfpAddress *vf, const VfpGuestDevice *device)
{
  if (device == NULL)
    return FALSE;
  if (request->has_mac)
    return device->has_mac && vfp_mac_equal (&device->mac, &request->mac);
  return request->vf == NULL || vfp_address_equal (&device->source, vf);
}

/* With a slot named: its device, or else the only one that has no slot. */
static gboolean
keep_of_slot (const VfpAdoptPlanning *planning, GArray *found, GError **error)
{
  const char *wanted = planning->request->slot;
  VfpAdoptFound of_slot;
  gboolean is_there = FALSE;

  for (guint i = found->len; i-- > 0;)
    {
      const VfpAdoptFound *at = &g_array_index (found, VfpAdoptFound, i);
      const VfpSlot *slot = vfp_adopt_slot_match (planning, at);

      if (slot == NULL)
        continue;
      if (g_str_equal (slot->name, wanted))
        {
          of_slot = *at;
          is_there = TRUE;
        }
      else if (found->len > 1)
        g_array_remove_index (found, i);
    }
  if (is_there)
    {
      g_array_set_size (found, 0);
      g_array_append_val (found, of_slot);
    }
  return found->len <= 1
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "%s has %u VFs without slot; say with --mac or --vf which is to be %s",
                       planning->guest->name, found->len, wanted);
}

static gboolean
keep_wanted (const VfpAdoptPlanning *planning, GArray *found, GError **error)
{
  const VfpAdoptRequest *request = planning->request;
  VfpAddress vf = { 0 };

  if (request->vf != NULL && !parse_vf (planning, &vf, error))
    return FALSE;
  for (guint i = found->len; i-- > 0;)
    {
      const VfpAdoptFound *at = &g_array_index (found, VfpAdoptFound, i);

      if (!is_wanted (request, &vf, at->live) && !is_wanted (request, &vf, at->config))
        g_array_remove_index (found, i);
    }
  if (found->len == 0 && (request->vf != NULL || request->has_mac))
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF,
                      "%s has no such VF; 'virsh dumpxml %s' shows "
                      "what it has",
                      planning->guest->name, planning->guest->name);
  return request->slot == NULL || keep_of_slot (planning, found, error);
}

/* Two NICs of one configuration cannot end on one VF. */
static gboolean
check_targets (const VfpAdoptPlanning *planning, GError **error)
{
  const VfpDomxml *config = planning->guest->config;
  const GPtrArray *actions = planning->plan->actions;

  for (guint i = 0; i < actions->len; i++)
    {
      const VfpAdoptAction *action = g_ptr_array_index (actions, i);
      char text[VFP_ADDRESS_STRLEN];

      if (action->rewrite && !vfp_address_equal (&action->from, &action->vf->address)
          && vfp_domxml_find_source (config, &action->vf->address) != NULL)
        return vfp_throw (error, VFP_ERROR_DIFFERS,
                          "%s: %s is to have %s again, which another NIC of its configuration "
                          "names; put that right by 'virsh edit %s'",
                          planning->guest->name, action->slot->name,
                          vfp_address_format (&action->vf->address, text), planning->guest->name);
    }
  return TRUE;
}

static gboolean
plan_all (VfpAdoptPlanning *planning, GError **error)
{
  const VfpAdoptRequest *request = planning->request;
  const gboolean is_part = request->vf != NULL || request->has_mac || request->slot != NULL;
  g_autoptr (GArray) found = vfp_adopt_find (planning->snapshot, planning->guest);

  if (!read_metadata (planning, error))
    return FALSE;
  /* Its metadata is the only sign of what a copy is, and becomes its own with the first adoption.
   */
  if (planning->copied && is_part)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "%s is a copy of %s and is adopted as a whole; leave --slot, --mac and --vf "
                      "out",
                      planning->guest->name, planning->plan->copied_from);
  if (!keep_wanted (planning, found, error))
    return FALSE;
  for (guint i = 0; i < found->len; i++)
    if (!plan_found (planning, &g_array_index (found, VfpAdoptFound, i), error))
      return FALSE;
  return (is_part || plan_promises (planning, error)) && check_targets (planning, error);
}

VfpAdoptPlan *
vfp_adopt_plan (const VfpSnapshot *snapshot, const VfpAdoptRequest *request, VfpGuest *guest,
                GError **error)
{
  g_autoptr (VfpAdoptPlan) plan = g_new0 (VfpAdoptPlan, 1);
  VfpAdoptPlanning planning
      = { .snapshot = snapshot, .request = request, .guest = guest, .plan = plan };

  plan->guest = guest;
  plan->actions = g_ptr_array_new_with_free_func ((GDestroyNotify) action_free);
  const gboolean planned = plan_all (&planning, error);
  g_clear_pointer (&planning.promises, g_ptr_array_unref);
  g_free (planning.origin_uuid);
  return planned ? g_steal_pointer (&plan) : NULL;
}
