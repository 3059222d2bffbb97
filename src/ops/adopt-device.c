/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A claim for a device that is in a guest already. */
#include "config.h"

#include "base/error.h"
#include "ops/adopt-run.h"
#include "ops/pf-record.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

static gint64
start_of_guest (const VfpSnapshot *snapshot, const VfpGuest *guest)
{
  const VfpGuestRecord *record = vfp_records_find_guest (snapshot->records, guest->uuid);

  return record != NULL ? record->generation : 0;
}

/* What an adopted VF had before nobody knows. */
static void
set_live (VfpClaim *claim, gboolean live, gint64 generation)
{
  claim->live = live;
  claim->generation = live ? generation : 0;
  claim->has_saved = FALSE;
  g_clear_pointer (&claim->saved_driver, g_free);
}

VfpClaim *
vfp_adopt_claim_new (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                     const VfpVfView *vf, const VfpClaim *before, gboolean live, gboolean config)
{
  VfpClaim *claim = before != NULL ? vfp_claim_copy (before) : g_new0 (VfpClaim, 1);
  const gboolean void_live = claim->live && g_strcmp0 (claim->boot_id, world->boot_id) != 0;

  if (before == NULL)
    {
      claim->vf = vf->index;
      claim->since = vfp_world_now ();
      claim->by = g_strdup (world->by);
    }
  claim->address = vf->address;
  if (void_live || !claim->live)
    set_live (claim, live, start_of_guest (snapshot, guest));
  claim->config = claim->config || config;
  g_free (claim->boot_id);
  claim->boot_id = g_strdup (world->boot_id);
  return claim;
}

static gboolean
has_device (const VfpDomxml *domxml, const VfpAddress *source)
{
  return domxml != NULL && vfp_domxml_find_source (domxml, source) != NULL;
}

static gboolean
check_device (const VfpGuest *guest, const VfpAddress *source, const VfpVfView *vf, GError **error)
{
  char text[VFP_ADDRESS_STRLEN];

  vfp_address_format (source, text);
  if (vf == NULL || vf->vf == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s: %s is not a VF of this host", guest->name,
                      text);
  if (!has_device (guest->live, source) && !has_device (guest->config, source))
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s does not have %s", guest->name, text);
  if (vf->claim != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s: %s is claimed for %s already", guest->name,
                      text, vf->slot != NULL ? vf->slot->guest_name : vf->claim->owner);
  return TRUE;
}

gboolean
vfp_adopt_device_put (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                      const VfpAddress *source, VfpSlot *slot, GError **error)
{
  const VfpVfView *vf = vfp_view_find (snapshot->view, source);

  if (!check_device (guest, source, vf, error))
    return FALSE;

  g_autoptr (VfpClaim) claim
      = vfp_adopt_claim_new (world, snapshot, guest, vf, NULL, has_device (guest->live, source),
                             has_device (guest->config, source));
  if (!vfp_pf_record_put (world, snapshot->records, vf->pf, &claim->pf_id, error)
      || (slot->id == 0 && !vfp_store_put_slot (world->store, slot, error)))
    return FALSE;
  claim->slot_id = slot->id;
  return vfp_store_put_claim (world->store, claim, error)
         && vfp_world_note (world, "adopt", slot, claim, NULL, error);
}

gboolean
vfp_adopt_device (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                  const VfpAddress *source, VfpSlot *slot, GError **error)
{
  const gint64 id = slot->id;
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpTransaction) transaction
      = lock != NULL ? vfp_store_begin (world->store, error) : NULL;

  if (transaction != NULL && vfp_adopt_device_put (world, snapshot, guest, source, slot, error)
      && vfp_transaction_commit (transaction, error))
    return TRUE;
  slot->id = id;
  return FALSE;
}
