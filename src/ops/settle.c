/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims whose claimer is dead, or that truth has ended, are brought to what is. */
#include "config.h"

#include "ops/settle.h"

#include "base/error.h"
#include "ops/change.h"
#include "ops/claim-settings.h"
#include "ops/release.h"
#include "ops/reservation.h"
#include "pool/reservation.h"
#include "state/lock.h"

/* A request that is queued in libvirt but does not run yet cannot be seen: its claim is judged when
 * two looks this far apart agree. */
#define SECOND_LOOK_US (5 * G_USEC_PER_SEC)

static gboolean
is_candidate (const VfpWorld *world, const VfpVfView *vf)
{
  if (vf->claim == NULL || vf->slot == NULL || vf->claim->held_for != 0)
    return FALSE;
  /* The guest may be on its way; or it is here, and the hook has not seen it start. */
  if (vfp_claim_is_awaited (vf->claim, world->boot_id))
    return vf->live || vf->arrived;
  return vf->stale
         || (vf->claim->intent != VFP_INTENT_NONE && !vfp_process_is_alive (&vf->claim->claimer));
}

static VfpGuest *
look (VfpWorld *world, const VfpSlot *slot, gboolean *out_known)
{
  g_autoptr (GError) error = NULL;
  VfpGuest *guest = world->virt->get_guest (world->virt, slot->guest_uuid, &error);

  *out_known = guest != NULL || g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST);
  return guest;
}

/* Waits until a request of the dead claimer, if there is one, has run. */
static gboolean
outwait_request (VfpWorld *world, const VfpGuest *guest, const VfpSlot *slot, const VfpClaim *claim)
{
  const gboolean pending = claim->intent != VFP_INTENT_NONE && claim->claimer.pid != 0;

  if (vfp_claim_is_awaited (claim, world->boot_id) && world->root->is_system)
    g_usleep (SECOND_LOOK_US);
  if (!pending || guest == NULL)
    return TRUE;
  if (!world->virt->pass_job_queue (world->virt, slot->guest_uuid, NULL))
    return FALSE;
  if (world->root->is_system)
    g_usleep (SECOND_LOOK_US);
  return world->virt->pass_job_queue (world->virt, slot->guest_uuid, NULL);
}

/* A detach that was asked for is carried to its end where nothing has to be asked of the guest. */
static gboolean
finish_config (VfpWorld *world, const VfpGuest *guest, const VfpClaim *claim, gboolean live,
               gboolean *config, GError **error)
{
  if (claim->intent != VFP_INTENT_DETACHING || !claim->intent_config || !*config || live)
    return TRUE;
  if (!world->virt->detach_config (world->virt, guest->uuid, &claim->address, error))
    return FALSE;
  *config = FALSE;
  return TRUE;
}

/* What a dead claimer had still to set of a VF that its guest has got. */
static gboolean
finish_settings (VfpWorld *world, const VfpVfView *vf, gboolean live, GError **error)
{
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = vf->slot->mac };
  const unsigned which = vfp_slot_governed (vf->slot);
  VfpSettings wanted = vf->slot->settings;

  if (which == 0 || vf->claim->intent != VFP_INTENT_CLAIMING || !vf->claim->intent_live || !live
      || vf->pf == NULL || vf->pf->netdev == NULL || world->netlink == NULL)
    return TRUE;
  vfp_settings_take (&wanted, &mac, VFP_SETTING_MAC);
  return vfp_claim_apply (world, vf->claim, vf->pf->netdev, &wanted, which,
                          vf->slot->asked | VFP_SETTING_MAC, error);
}

static gboolean
is_on_its_way (VfpWorld *world, const VfpSlot *slot, const VfpClaim *claim, const VfpGuest *guest)
{
  g_autoptr (VfpRecords) records
      = vfp_claim_is_awaited (claim, world->boot_id) ? vfp_store_load (world->store, NULL) : NULL;

  return records != NULL && !vfp_view_has_arrived (records, claim, slot, guest);
}

gboolean
vfp_settle_claim (VfpWorld *world, const VfpInventory *inventory, const VfpVfView *vf)
{
  const VfpSlot *slot = vf->slot;
  const VfpClaim *claim = vf->claim;
  g_autoptr (GError) error = NULL;
  gboolean known, live, config;
  g_autoptr (VfpGuest) first = look (world, slot, &known);

  if (!known || is_on_its_way (world, slot, claim, first)
      || !outwait_request (world, first, slot, claim))
    return FALSE;

  g_autoptr (VfpGuest) guest = look (world, slot, &known);
  if (!known || is_on_its_way (world, slot, claim, guest))
    return FALSE;
  vfp_release_look (guest, claim, &live, &config);
  /* Its configuration names a VF of the host that it comes from, which is a finding of its own. */
  config = config || (claim->expires != 0 && vfp_view_is_defined (slot, guest));
  /* The guest still has it: its detach goes on being asked for. */
  if (claim->intent == VFP_INTENT_DETACHING && claim->intent_live && live)
    return FALSE;
  if ((claim->intent != VFP_INTENT_CHANGING
       || vfp_change_settle (world, inventory, vf, guest, &live, &config, &error))
      && finish_config (world, guest, claim, live, &config, &error)
      && finish_settings (world, vf, live, &error)
      && vfp_release_parts (world, inventory, slot, claim, live, config, "settle", &error))
    return TRUE;
  /* Somebody else has just done it. */
  if (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY))
    return TRUE;
  vfp_world_warn (world, "%s: %s cannot be settled: %s", slot->guest_name, slot->name,
                  error->message);
  return FALSE;
}

static gboolean
is_guest (const VfpSlot *slot, const VfpSnapshot *snapshot, const char *name)
{
  const VfpGuest *guest = snapshot->guests != NULL ? vfp_guest_find (snapshot->guests, name) : NULL;

  return guest != NULL ? g_str_equal (guest->uuid, slot->guest_uuid)
                       : g_str_equal (slot->guest_name, name);
}

/* The unit that the hook asks for at a guest's end may be at work on the claim, with its two looks.
 * Two commands that wait for each other's guest both go on after this time. */
#define OTHER_LOCK_TIMEOUT_MS 10000

gboolean
vfp_settle_dead_guests (VfpWorld *world, const VfpSnapshot *snapshot, const char *guest_locked)
{
  const unsigned timeout_ms = world->root->is_system ? OTHER_LOCK_TIMEOUT_MS : 0;
  gboolean changed = FALSE;

  for (guint i = 0; snapshot->view != NULL && i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (!is_candidate (world, vf))
        continue;

      const gboolean own = guest_locked != NULL && is_guest (vf->slot, snapshot, guest_locked);
      g_autoptr (VfpLock) lock
          = own ? NULL : vfp_lock_take (world->state_path, vf->slot->guest_uuid, timeout_ms, NULL);
      if (own || lock != NULL)
        changed |= vfp_settle_claim (world, snapshot->inventory, vf);
    }
  return changed;
}

gboolean
vfp_settle_dead (VfpWorld *world, const VfpSnapshot *snapshot, const char *guest_locked)
{
  const unsigned timeout_ms = world->root->is_system ? OTHER_LOCK_TIMEOUT_MS : 0;
  const gboolean guests = vfp_settle_dead_guests (world, snapshot, guest_locked);

  return vfp_reservations_settle (world, snapshot, timeout_ms) || guests;
}

static gboolean
is_of_guest (const VfpWorld *world, const VfpVfView *vf, const char *uuid, VfpSettleWhich which)
{
  return is_candidate (world, vf) && (uuid == NULL || g_str_equal (vf->slot->guest_uuid, uuid))
         && (which == VFP_SETTLE_ALL || vf->claim->intent == VFP_INTENT_CLAIMING
             || vf->claim->intent == VFP_INTENT_CHANGING);
}

gboolean
vfp_settle_guest (VfpWorld *world, const VfpSnapshot *snapshot, const char *uuid,
                  VfpSettleWhich which)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (is_of_guest (world, vf, uuid, which))
        changed |= vfp_settle_claim (world, snapshot->inventory, vf);
    }
  return changed;
}

/* It is plugged in again where it is out. */
static void
pretend_change (VfpSnapshot *snapshot, const VfpClaim *claim, gboolean *live, gboolean *config)
{
  VfpClaim *held = vfp_records_find_held (snapshot->records, claim->id);

  *live = *live || (claim->live && claim->intent_live);
  *config = *config || (claim->config && claim->intent_config);
  if (held != NULL)
    g_ptr_array_remove (snapshot->records->claims, held);
}

/* What vfp_settle_claim() leaves, where nothing fails. */
static gboolean
pretend_claim (VfpSnapshot *snapshot, const VfpVfView *vf)
{
  VfpClaim *claim = vf->claim;
  const VfpGuest *guest = vfp_guest_find (snapshot->guests, vf->slot->guest_uuid);
  const gboolean detaching = claim->intent == VFP_INTENT_DETACHING;
  gboolean live, config;

  vfp_release_look (guest, claim, &live, &config);
  config = config || (claim->expires != 0 && vfp_view_is_defined (vf->slot, guest));
  if (detaching && claim->intent_live && live)
    return FALSE;
  if (detaching && claim->intent_config && !live)
    config = FALSE;
  if (claim->intent == VFP_INTENT_CHANGING)
    pretend_change (snapshot, claim, &live, &config);
  if (!live && !config)
    return g_ptr_array_remove (snapshot->records->claims, claim);

  claim->intent = VFP_INTENT_NONE;
  claim->intent_live = claim->intent_config = FALSE;
  claim->claimer = (VfpProcess){ 0 };
  claim->expires = 0;
  claim->live = live;
  claim->config = config;
  return TRUE;
}

static gboolean
is_ended_reservation (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf)
{
  if (vf->claim == NULL || !vfp_reservation_is_over (vf->claim, vfp_world_now ()))
    return FALSE;
  g_autofree char *user = vfp_reservation_find_user (world, snapshot, vf);
  return user == NULL;
}

gboolean
vfp_settle_pretend (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid, VfpSettleWhich which)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (is_of_guest (world, vf, uuid, which))
        changed |= pretend_claim (snapshot, vf);
      else if (uuid == NULL && which == VFP_SETTLE_ALL
               && is_ended_reservation (world, snapshot, vf))
        changed |= g_ptr_array_remove (snapshot->records->claims, vf->claim);
    }
  if (changed)
    vfp_snapshot_refresh (world, snapshot);
  return changed;
}
