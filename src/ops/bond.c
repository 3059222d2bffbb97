/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond for a guest. Each leg is an attach; they are recorded together. */
#include "config.h"

#include "ops/bond.h"

#include <string.h>

#include "base/error.h"
#include "ops/attach-mark.h"
#include "ops/attach-run.h"
#include "ops/bond-plan.h"
#include "ops/guest-lock.h"
#include "ops/promise.h"
#include "ops/settle.h"

typedef struct
{
  VfpAttachRequest request;
  VfpAttachRun run;
} Leg;

static void
leg_free (Leg *leg)
{
  vfp_attach_run_clear (&leg->run);
  g_free (leg);
}

static VfpAttachRequest
make_request (const VfpBondRequest *request, const VfpBondPlan *plan, const VfpBondLegPlan *leg)
{
  const gboolean trust = plan->mac == VFP_BOND_MAC_ALL;
  const VfpSettings settings = { .known = VFP_SETTING_TRUST, .trust = trust };
  VfpAttachRequest made = request->leg;

  made.pf = leg->pf != NULL ? leg->pf->netdev : NULL;
  made.pool = leg->pool;
  made.slot = leg->slot;
  made.acpi_index = -1;
  made.bond = plan->bond;
  made.bond_mac = plan->mac;
  if (trust)
    vfp_settings_take (&made.settings, &settings, VFP_SETTING_TRUST);
  return made;
}

static void
add_result (GPtrArray *results, VfpResult *result, const VfpBondPlan *plan)
{
  if (result->changed)
    vfp_result_add (result, "leg of %s", plan->bond);
  g_ptr_array_add (results, result);
}

/* What the plans of the next legs must not take, though no file has it. */
static void
pretend_slot (VfpSnapshot *snapshot, const VfpSlot *slot)
{
  VfpSlot *copy;

  if (slot->id != 0)
    return;
  copy = vfp_slot_copy (slot);
  copy->id = -1 - (gint64) snapshot->records->slots->len;
  g_ptr_array_add (snapshot->records->slots, copy);
}

static gboolean
dry_run (VfpWorld *world, const VfpBondRequest *request, GPtrArray *results, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = NULL;

  if (!vfp_attach_mark_ask (world, &request->leg, error)
      || (snapshot = vfp_snapshot_read (world, error)) == NULL
      || !vfp_snapshot_join (world, snapshot, TRUE, error))
    return FALSE;

  const VfpGuest *guest = vfp_snapshot_get_guest (snapshot, request->leg.guest, error);
  if (guest == NULL)
    return FALSE;
  vfp_settle_pretend (world, snapshot, guest->uuid, VFP_SETTLE_ALL);
  g_autoptr (VfpBondPlan) plan = vfp_bond_plan (world, snapshot, guest, request, error);
  for (guint i = 0; plan != NULL && i < plan->legs->len; i++)
    {
      const VfpAttachRequest leg = make_request (request, plan, g_ptr_array_index (plan->legs, i));
      g_autoptr (VfpAttachPlan) planned = vfp_attach_plan_pretend (world, snapshot, &leg, error);

      if (planned == NULL)
        return FALSE;
      add_result (results, vfp_attach_plan_tell (world, planned, &leg), plan);
      pretend_slot (snapshot, planned->slot);
    }
  return plan != NULL;
}

/* What dead commands have left of the guest's slots is settled first, so that a bond that was cut
 * short is known as what it is. */
static VfpBondPlan *
plan_now (VfpWorld *world, const char *uuid, const VfpBondRequest *request,
          VfpSnapshot **out_snapshot, GError **error)
{
  for (gboolean settled = FALSE;; settled = TRUE)
    {
      g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);

      if (snapshot == NULL || !vfp_snapshot_join (world, snapshot, TRUE, error))
        return NULL;
      if (!settled && vfp_settle_guest (world, snapshot, uuid, VFP_SETTLE_ALL))
        continue;
      const VfpGuest *guest = vfp_snapshot_get_guest (snapshot, uuid, error);
      VfpBondPlan *plan
          = guest != NULL ? vfp_bond_plan (world, snapshot, guest, request, error) : NULL;
      *out_snapshot = g_steal_pointer (&snapshot);
      return plan;
    }
}

static void
undo_legs (GPtrArray *legs)
{
  for (guint i = legs->len; i-- > 0;)
    (void) vfp_attach_run_undo (&((Leg *) g_ptr_array_index (legs, i))->run);
}

/* Nobody has said --trust: what to leave out is not told by what the driver lacks. */
static void
explain_trust (const VfpBondRequest *request, const VfpBondPlan *plan, GError **error)
{
  g_autofree char *trust = g_strdup_printf (" %s of ", vfp_setting_name (VFP_SETTING_TRUST));
  char *message;

  if (error == NULL || plan->mac != VFP_BOND_MAC_ALL
      || (request->leg.settings.known & VFP_SETTING_TRUST)
      || !g_error_matches (*error, VFP_ERROR, VFP_ERROR_UNSUPPORTED)
      || strstr ((*error)->message, trust) == NULL)
    return;
  message = g_strdup_printf ("%s; a bond with --bond-mac active needs no trust", (*error)->message);
  g_free ((*error)->message);
  (*error)->message = message;
}

static gboolean
attach_legs (VfpWorld *world, const VfpBondRequest *request, const VfpBondPlan *plan,
             GPtrArray *legs, GError **error)
{
  for (guint i = 0; i < plan->legs->len; i++)
    {
      Leg *leg = g_new0 (Leg, 1);

      leg->request = make_request (request, plan, g_ptr_array_index (plan->legs, i));
      leg->run = (VfpAttachRun){ .world = world, .request = &leg->request };
      if (!vfp_attach_run_act (&leg->run, error))
        {
          leg_free (leg);
          explain_trust (request, plan, error);
          return FALSE;
        }
      g_ptr_array_add (legs, leg);
    }
  return TRUE;
}

/* Only now is any of them attached: until then their claims say that somebody is at work. */
static gboolean
record_legs (VfpWorld *world, GPtrArray *legs, GError **error)
{
  g_autoptr (VfpTransaction) transaction = NULL;

  if (world->interrupted != NULL && *world->interrupted != 0)
    return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted; what was done is undone");
  transaction = vfp_store_begin (world->store, error);
  if (transaction == NULL)
    return FALSE;
  for (guint i = 0; i < legs->len; i++)
    if (!vfp_attach_run_put_record (&((Leg *) g_ptr_array_index (legs, i))->run, error))
      return FALSE;
  if (!vfp_transaction_commit (transaction, error))
    return FALSE;
  for (guint i = 0; i < legs->len; i++)
    vfp_attach_run_committed (&((Leg *) g_ptr_array_index (legs, i))->run);
  return TRUE;
}

static gboolean
end_legs (VfpWorld *world, const VfpBondPlan *plan, GPtrArray *legs, GPtrArray *results,
          GError **error)
{
  for (guint i = 0; i < legs->len; i++)
    {
      VfpResult *result = vfp_attach_run_end (&((Leg *) g_ptr_array_index (legs, i))->run, error);

      if (result == NULL)
        return FALSE;
      add_result (results, result, plan);
    }
  vfp_promise_update (world, ((Leg *) g_ptr_array_index (legs, 0))->run.plan->guest);
  return TRUE;
}

gboolean
vfp_bond_attach (VfpWorld *world, const VfpBondRequest *request, GPtrArray *results, GError **error)
{
  VfpBondRequest by_uuid = *request; /* from the lock on, whatever the guest is called then */
  g_autoptr (VfpSnapshot) snapshot = NULL;
  g_autoptr (GPtrArray) legs = g_ptr_array_new_with_free_func ((GDestroyNotify) leg_free);
  g_autofree char *uuid = NULL;

  if (request->leg.dry_run)
    return dry_run (world, request, results, error);

  g_autoptr (VfpLock) lock
      = vfp_guest_lock_take (world, request->leg.guest, request->leg.timeout_ms, &uuid, error);
  if (lock == NULL || !vfp_attach_mark_ask (world, &request->leg, error))
    return FALSE;
  by_uuid.leg.guest = uuid;
  g_autoptr (VfpBondPlan) plan = plan_now (world, uuid, &by_uuid, &snapshot, error);
  if (plan == NULL)
    return FALSE;
  if (!attach_legs (world, &by_uuid, plan, legs, error) || !record_legs (world, legs, error))
    {
      undo_legs (legs);
      return FALSE;
    }
  return end_legs (world, plan, legs, results, error);
}
