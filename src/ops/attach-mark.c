/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that get a VF at each start of their guest: what an attach to one means. */
#include "config.h"

#include "ops/attach-mark.h"

#include "base/error.h"

gboolean
vfp_attach_mark_check (const VfpAttachRequest *request, GError **error)
{
  if (request->on_start && request->affect.config)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--on-start puts nothing into the configuration; leave --config out");
  if (request->on_start && request->vf != NULL)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--on-start takes any VF of the PF at each start; say --pf instead of --vf");
  return TRUE;
}

gboolean
vfp_attach_mark_affect (const VfpGuest *guest, const VfpAttachRequest *request,
                        unsigned *out_affect, GError **error)
{
  const VfpAffectFlags live = { .live = TRUE };

  if (!request->on_start)
    return vfp_affect_choose (guest, &request->affect, out_affect, error);
  if (guest->running)
    return vfp_affect_choose (guest, &live, out_affect, error);
  *out_affect = 0;
  return !request->affect.live
         || vfp_throw (error, VFP_ERROR_GUEST_OFF,
                       "%s is off; leave --live out, and it gets its VF when it starts",
                       guest->name);
}

gboolean
vfp_attach_hook_is_seen (VfpWorld *world)
{
  g_autofree char *seen = NULL;

  return world->has_hook
         || (vfp_store_get_meta (world->store, VFP_META_HOOK_SEEN, &seen, NULL)
             && g_strcmp0 (seen, world->boot_id) == 0);
}

gboolean
vfp_attach_mark_ask (VfpWorld *world, const VfpAttachRequest *request, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!request->on_start || vfp_attach_hook_is_seen (world)
      || world->virt->has_hook (world->virt, &world->has_hook, &local))
    return TRUE;
  if (!world->read_only)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  vfp_world_warn (world, "whether libvirt runs vfpool's hook is not known: %s", local->message);
  world->has_hook = TRUE;
  return TRUE;
}

/* Without the hook nobody asks for the VF at the guest's start, nor gives it back. */
static gboolean
check_hook (VfpWorld *world, const VfpGuest *guest, GError **error)
{
  return vfp_attach_hook_is_seen (world)
         || vfp_throw (error, VFP_ERROR_NO_HOOK,
                       "%s: --on-start needs the libvirt hook, which libvirt does not run; install "
                       "it and 'systemctl reload libvirtd'; see vfpool-hook(8)",
                       guest->name);
}

static gboolean
throw_served (const VfpSlot *slot, GError **error)
{
  return vfp_throw (error, VFP_ERROR_NO_SUCH_SLOT, "%s: %s does not wait for a VF",
                    slot->guest_name, slot->name);
}

/* An attach without --on-start to a slot that is marked: live, as the mark has it. */
static gboolean
keep_mark (VfpAttachPlan *plan, const VfpAttachRequest *request, GError **error)
{
  const VfpSlot *slot = plan->slot;

  if (request->affect.config)
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s: %s gets its VF at each start and is in no configuration; 'vfpool detach "
                      "%s --slot %s --config' ends that",
                      slot->guest_name, slot->name, slot->guest_name, slot->name);
  plan->affect &= ~(unsigned) VFP_AFFECT_CONFIG;
  return TRUE;
}

static gboolean
make_mark (VfpAttachPlan *plan, VfpWorld *world, const VfpSnapshot *snapshot, GError **error)
{
  VfpSlot *slot = plan->slot;

  if (plan->claim != NULL && plan->claim->config)
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s: %s is in the configuration; 'vfpool detach %s --slot %s --config' first",
                      slot->guest_name, slot->name, slot->guest_name, slot->name);
  if (!check_hook (world, plan->guest, error))
    return FALSE;
  slot->on_start = TRUE;
  plan->marks = TRUE;
  if (plan->claim != NULL)
    slot->rests_until = vfp_records_generation (snapshot->records, slot->guest_uuid) + 1;
  return TRUE;
}

gboolean
vfp_attach_mark_plan (VfpAttachPlan *plan, VfpWorld *world, const VfpSnapshot *snapshot,
                      const VfpAttachRequest *request, GError **error)
{
  const VfpSlot *slot = plan->slot;

  if (request->serve
      && (slot->id == 0 || !slot->on_start || vfp_records_slot_rests (snapshot->records, slot)))
    return throw_served (slot, error);
  if (slot->on_start)
    return keep_mark (plan, request, error);
  return !request->on_start || make_mark (plan, world, snapshot, error);
}

/* A guest that is off gets nothing now: what is to be done is in the slot alone. */
gboolean
vfp_attach_mark_only (VfpAttachPlan *plan, const VfpSlot *before, gboolean ensure, GError **error)
{
  const VfpSlot *slot = plan->slot;

  if (before != NULL && before->on_start
      && (vfp_settings_differ (&slot->settings, &before->settings) != 0
          || slot->asked != before->asked || g_strcmp0 (slot->profile_id, before->profile_id) != 0
          || g_strcmp0 (slot->standby, before->standby) != 0
          || g_strcmp0 (slot->driver_model, before->driver_model) != 0
          || !g_str_equal (slot->pool, before->pool)))
    plan->marks = TRUE;
  if (plan->marks || ensure)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                    "%s: %s gets a VF at the guest's next start already; --ensure accepts that",
                    slot->guest_name, slot->name);
}
