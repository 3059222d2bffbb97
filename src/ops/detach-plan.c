/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of which slots a detach ends. */
#include "config.h"

#include "ops/detach-plan.h"

#include "base/error.h"
#include "ops/release.h"
#include "ops/slot.h"
#include "ops/standby-act.h"

gboolean
vfp_detach_has_rest (const VfpDetachSlot *detach)
{
  return detach->mark || detach->standby != 0 || detach->ends_pair
         || detach->arrive != detach->slot->arrive;
}

/* What is no unfinished detach any more is somebody's attach meanwhile. */
static void
choose_begun (VfpDetachSlot *detach)
{
  if (detach->claim != NULL && detach->claim->intent != VFP_INTENT_DETACHING)
    detach->claim = NULL;
  detach->live = detach->claim != NULL && detach->claim->intent_live;
  detach->config = detach->claim != NULL && detach->claim->intent_config;
}

static void
choose_standby (const VfpDetachRun *run, VfpDetachSlot *detach, unsigned affect)
{
  const unsigned parts
      = run->guest != NULL ? vfp_standby_parts (run->guest, detach->slot->standby) : 0;

  detach->standby = parts & affect;
  detach->ends_pair = (parts & ~affect) == 0;
}

/* A migration, and whoever finishes a detach that it has begun, leave its own mark alone. */
static VfpArrive
choose_arrive (const VfpDetachRun *run, const VfpDetachSlot *detach)
{
  const VfpArrive arrive = detach->slot->arrive;

  if (!run->ends_arrive || arrive == VFP_ARRIVE_NO)
    return arrive;
  if (detach->live)
    return VFP_ARRIVE_NO;
  return detach->config ? VFP_ARRIVE_LIVE : arrive;
}

/* The parts that the command is for. A live part that the guest's end has ended goes with any
 * detach. */
static gboolean
choose_parts (const VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  const VfpGuest *guest = run->guest;
  const gboolean off = guest == NULL || !guest->running;
  unsigned affect = VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG;

  if (guest != NULL && !vfp_affect_choose (guest, &run->request->affect, &affect, error))
    return FALSE;
  detach->live = (affect & VFP_AFFECT_LIVE) != 0 || off;
  detach->config = (affect & VFP_AFFECT_CONFIG) != 0;
  detach->mark = detach->slot->on_start && run->request->affect.config;
  detach->arrive = choose_arrive (run, detach);
  if (run->request->with_standby && detach->slot->standby != NULL)
    choose_standby (run, detach, affect);
  if (run->request->finish)
    choose_begun (detach);
  return TRUE;
}

/* Leaves only the parts that the claim or an XML has. FALSE: none. */
static gboolean
keep_present_parts (const VfpDetachRun *run, VfpDetachSlot *detach)
{
  gboolean live, config;

  vfp_release_look (run->guest, detach->claim, &live, &config);
  detach->live = detach->live && (live || detach->claim->live);
  detach->config = detach->config && (config || detach->claim->config);
  return detach->live || detach->config;
}

static gboolean
throw_empty (const VfpDetachRun *run, const VfpDetachSlot *detach, GError **error)
{
  const char *where = detach->live && detach->config ? ""
                      : detach->live                 ? " in the running guest"
                                                     : " in the configuration";
  const char *guest = run->request->guest;
  const char *slot = detach->slot->name;

  if (detach->slot->on_start)
    return vfp_throw (error, VFP_ERROR_SLOT_EMPTY,
                      "%s: %s has no VF now and gets one at the guest's next start; 'vfpool detach "
                      "%s --slot %s --config' ends that",
                      guest, slot, guest, slot);
  return vfp_throw (error, VFP_ERROR_SLOT_EMPTY, "%s: %s has no VF%s", guest, slot, where);
}

static gboolean
check_claim (const VfpDetachRun *run, VfpDetachSlot *detach, GError **error)
{
  const VfpClaim *claim = detach->claim;
  const VfpGuest *guest = run->guest;
  VfpDetachSlot empty = *detach; /* as it was asked for, for the message */

  if (claim != NULL && !keep_present_parts (run, detach))
    detach->claim = NULL;
  if (detach->claim == NULL)
    return vfp_detach_has_rest (detach) || run->request->ensure || run->request->all
           || throw_empty (run, &empty, error);
  if (vfp_process_is_alive (&claim->claimer))
    return vfp_throw (error, VFP_ERROR_BUSY,
                      "%s: another vfpool (pid %" G_GINT64_FORMAT ") is at work on %s",
                      run->request->guest, claim->claimer.pid, detach->slot->name);
  /* A guest that is here has not got it yet, and is not to get it. */
  if (claim->expires != 0 && (guest == NULL || !guest->running || guest->arriving))
    return vfp_throw (
        error, VFP_ERROR_BUSY,
        "%s: the guest is about to arrive here, and %s has its VF for that; try again",
        run->request->guest, detach->slot->name);
  /* It was tried to settle it before. */
  if (claim->intent == VFP_INTENT_CLAIMING && claim->expires == 0)
    return vfp_throw (
        error, VFP_ERROR_BUSY,
        "%s: libvirt may still carry out an attach of %s that was cut short; try again",
        run->request->guest, detach->slot->name);
  return TRUE;
}

gboolean
vfp_detach_plan (VfpDetachRun *run, const VfpSnapshot *snapshot, const char *uuid, GArray *out_plan,
                 GError **error)
{
  const VfpDetachRequest *request = run->request;
  const VfpSlotSelection selection = {
    .guest = request->guest,
    .slot = request->slot,
    .all = request->all,
    .ensure = request->ensure,
    .claimed_only = TRUE,
    .marked_too = request->affect.config,
    .paired_too = request->with_standby,
    .arriving_too = run->ends_arrive,
  };
  g_autoptr (GPtrArray) slots = vfp_slot_select (snapshot->records, uuid, &selection, error);
  gboolean any = FALSE;

  for (guint i = 0; slots != NULL && i < slots->len; i++)
    {
      VfpDetachSlot detach = { .slot = g_ptr_array_index (slots, i) };

      detach.claim = vfp_records_find_claim_of_slot (snapshot->records, detach.slot->id);
      if (!choose_parts (run, &detach, error) || !check_claim (run, &detach, error))
        return FALSE;
      any = any || detach.claim != NULL || vfp_detach_has_rest (&detach);
      g_array_append_val (out_plan, detach);
    }
  if (slots != NULL && slots->len > 0 && request->all && !any && !request->ensure)
    return vfp_throw (error, VFP_ERROR_SLOT_EMPTY, "%s has no VF there", request->guest);
  return slots != NULL;
}
