/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reservations that are over, and those that are to be made so again. */
#include "config.h"

#include "base/error.h"
#include "ops/claim-settings.h"
#include "ops/reservation.h"
#include "pool/reservation.h"

#define BOOT_LOCK_TIMEOUT_MS 10000

static VfpClaim *
read_again (VfpWorld *world, const VfpClaim *claim, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);

  return records != NULL ? vfp_claim_read_again (records, claim, error) : NULL;
}

static gboolean
check_unused (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
              GError **error)
{
  g_autofree char *user = vfp_reservation_find_user (world, snapshot, vf);
  char address[VFP_ADDRESS_STRLEN];

  return user == NULL
         || vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s, reserved for %s, is in use by %s",
                       vfp_address_format (&vf->address, address), vf->claim->owner, user);
}

static gboolean
put (VfpWorld *world, VfpClaim *claim, const char *what, const char *result, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  return transaction != NULL && vfp_store_put_claim (world->store, claim, error)
         && (what == NULL || vfp_world_note (world, what, NULL, claim, result, error))
         && vfp_transaction_commit (transaction, error);
}

static gboolean
drop (VfpWorld *world, const VfpClaim *claim, const char *what, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (world->store, error);

  return transaction != NULL && vfp_store_delete_claim (world->store, claim, error)
         && vfp_world_note (world, what, NULL, claim, NULL, error)
         && vfp_transaction_commit (transaction, error);
}

gboolean
vfp_reservation_end (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
                     const char *what, GError **error)
{
  g_autoptr (VfpClaim) claim = read_again (world, vf->claim, error);

  if (claim == NULL || !check_unused (world, snapshot, vf, error))
    return FALSE;
  claim->intent = VFP_INTENT_DETACHING;
  claim->claimer = vfp_process_self ();
  return put (world, claim, NULL, NULL, error)
         && vfp_reservation_give_back (world, vf->vf != NULL ? vf->pf : NULL, claim, error)
         && drop (world, claim, what, error);
}

/* Without an intent: the reservation stands whatever happens, and who dies here leaves a VF that is
 * found not to be as asked for. */
gboolean
vfp_reservation_renew (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf,
                       const char *what, GError **error)
{
  g_autoptr (VfpClaim) claim = read_again (world, vf->claim, error);
  const gboolean this_boot
      = claim != NULL && claim->has_saved && g_strcmp0 (claim->boot_id, world->boot_id) == 0;

  if (claim == NULL || !check_unused (world, snapshot, vf, error)
      || (!this_boot && !vfp_reservation_save (world, vf->pf, claim, error)))
    return FALSE;
  claim->claimer = vfp_process_self ();
  if (!put (world, claim, NULL, NULL, error))
    return FALSE;

  const gboolean applied = vfp_reservation_apply (world, vf->pf, claim, error);
  claim->claimer = (VfpProcess){ 0 };
  return put (world, claim, applied ? what : NULL, "made so again", applied ? error : NULL)
         && applied;
}

gboolean
vfp_reservations_settle_locked (VfpWorld *world, const VfpSnapshot *snapshot)
{
  const gint64 now = vfp_world_now ();
  gboolean changed = FALSE;

  for (guint i = 0; snapshot->view != NULL && i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);
      g_autoptr (GError) error = NULL;

      if (vf->claim == NULL || !vfp_reservation_is_over (vf->claim, now))
        continue;
      if (vfp_reservation_end (world, snapshot, vf, "settle", &error)
          || g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY))
        changed = TRUE;
      else
        vfp_world_warn (world, "the reservation cannot be ended: %s", error->message);
    }
  return changed;
}

static gboolean
has_candidate (const VfpSnapshot *snapshot)
{
  const gint64 now = vfp_world_now ();

  for (guint i = 0; snapshot->view != NULL && i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (vf->claim != NULL && vfp_reservation_is_over (vf->claim, now))
        return TRUE;
    }
  return FALSE;
}

gboolean
vfp_reservations_settle (VfpWorld *world, const VfpSnapshot *snapshot, unsigned lock_timeout_ms)
{
  g_autoptr (VfpLock) lock
      = has_candidate (snapshot) ? vfp_reservation_lock (world, lock_timeout_ms, NULL) : NULL;

  return lock != NULL && vfp_reservations_settle_locked (world, snapshot);
}

static void
boot_one (VfpWorld *world, const VfpSnapshot *snapshot, const VfpVfView *vf, GPtrArray *texts)
{
  const VfpClaim *claim = vf->claim;
  const gboolean over = vfp_reservation_is_over (claim, vfp_world_now ());
  g_autofree char *difference
      = vf->vf != NULL && !over ? vfp_reservation_difference (claim, vf->vf) : NULL;
  g_autoptr (GError) error = NULL;
  char address[VFP_ADDRESS_STRLEN];

  vfp_address_format (&vf->address, address);
  if (over && vfp_reservation_end (world, snapshot, vf, "boot", &error))
    g_ptr_array_add (texts,
                     g_strdup_printf ("%s: the reservation for %s is over", address, claim->owner));
  else if (!over && vf->vf != NULL
           && (difference != NULL || g_strcmp0 (claim->boot_id, world->boot_id) != 0)
           && vfp_reservation_renew (world, snapshot, vf, "boot", &error))
    {
      if (difference != NULL)
        g_ptr_array_add (texts, g_strdup_printf ("%s: made ready for %s (%s)", address,
                                                 claim->owner, difference));
    }
  if (error != NULL)
    vfp_world_warn (world, "%s is not as reserved for %s: %s", address, claim->owner,
                    error->message);
}

static gboolean
has_reservation (const VfpRecords *records)
{
  for (guint i = 0; i < records->claims->len; i++)
    if (((const VfpClaim *) g_ptr_array_index (records->claims, i))->owner != NULL)
      return TRUE;
  return FALSE;
}

static void
boot_all (VfpWorld *world, const VfpInventory *inventory, const VfpRecords *records,
          GPtrArray *texts)
{
  const VfpFacts facts = {
    .inventory = inventory, .records = records, .boot_id = world->boot_id, .now = vfp_world_now ()
  };
  g_autoptr (VfpView) view = vfp_view_new (&facts);
  const VfpSnapshot snapshot = { .root = world->root, .view = view };

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->claim != NULL && vf->claim->owner != NULL)
        boot_one (world, &snapshot, vf, texts);
    }
}

gboolean
vfp_reservations_boot (VfpWorld *world, const VfpInventory *inventory, GPtrArray *texts,
                       GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);

  if (records == NULL || !has_reservation (records))
    return records != NULL;

  g_autoptr (VfpLock) lock = vfp_reservation_lock (world, BOOT_LOCK_TIMEOUT_MS, error);
  g_autoptr (VfpRecords) now = lock != NULL ? vfp_store_load (world->store, error) : NULL;
  if (now == NULL)
    return FALSE;
  boot_all (world, inventory, now, texts);
  return TRUE;
}
