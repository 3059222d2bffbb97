/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking over what is in a guest already. */
#include "config.h"

#include "ops/adopt.h"

#include "base/error.h"
#include "ops/release.h"
#include "state/lock.h"

#define LOCK_TIMEOUT_MS 30000

/* What the VF had before is not known: see restore() in release.c. */
static VfpClaim *
make_claim (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
            const VfpVfView *vf)
{
  const VfpGuestRecord *record = vfp_records_find_guest (snapshot->records, guest->uuid);
  VfpClaim *claim = g_new0 (VfpClaim, 1);

  claim->vf = vf->index;
  claim->address = vf->address;
  claim->since = vfp_world_now ();
  claim->by = g_strdup (world->by);
  claim->boot_id = g_strdup (world->boot_id);
  claim->generation = record != NULL ? record->generation : 0;
  vfp_release_look (guest, claim, &claim->live, &claim->config);
  return claim;
}

static gboolean
commit (VfpWorld *world, const VfpPf *pf, VfpSlot *slot, VfpClaim *claim, GError **error)
{
  g_autofree char *serial = vfp_pci_serial (world->root, &pf->address);
  VfpPfRecord record
      = { .address = pf->address, .mac = pf->mac, .serial = serial, .netdev = pf->netdev };
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  if (transaction == NULL || !vfp_store_put_pf (world->store, &record, error)
      || !vfp_store_put_slot (world->store, slot, error))
    return FALSE;
  claim->pf_id = record.id;
  claim->slot_id = slot->id;
  return vfp_store_put_claim (world->store, claim, error)
         && vfp_world_note (world, "adopt", slot, claim, NULL, error)
         && vfp_transaction_commit (transaction, error);
}

gboolean
vfp_adopt_device (VfpWorld *world, const VfpSnapshot *snapshot, const VfpGuest *guest,
                  const VfpAddress *source, VfpSlot *slot, GError **error)
{
  const VfpVfView *vf = vfp_view_find (snapshot->view, source);
  char address[VFP_ADDRESS_STRLEN];

  if (vf == NULL || vf->vf == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s: %s is not a VF of this host", guest->name,
                      vfp_address_format (source, address));

  g_autoptr (VfpClaim) claim = make_claim (world, snapshot, guest, vf);
  g_autoptr (VfpLock) lock = vfp_lock_take (world->state_path, "claim", LOCK_TIMEOUT_MS, error);
  return lock != NULL && commit (world, vf->pf, slot, claim, error);
}
