/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One finding put right: which repair it takes, and the looking again before. */
#include "config.h"

#include "ops/repair.h"

#include "base/error.h"
#include "ops/repair-private.h"

static const struct
{
  const char *id;
  gboolean (*repair) (VfpRepair *repair, GError **error); /* NULL: not by vfp_repair() */
  gboolean of_host, needs_all;
} repairs[] = {
  { "dead-intent", vfp_repair_dead_intent, FALSE, FALSE },
  { "claim-without-device", vfp_repair_claim_without_device, FALSE, FALSE },
  { "claim-of-gone-guest", vfp_repair_claim_without_device, FALSE, FALSE },
  { "claim-wrong-vf", vfp_repair_claim_wrong_vf, FALSE, TRUE },
  { "device-without-claim", vfp_repair_device_without_claim, FALSE, TRUE },
  { "part-not-recorded", vfp_repair_part_not_recorded, FALSE, FALSE },
  { "metadata-differs", vfp_repair_metadata_differs, FALSE, FALSE },
  { "slot-of-gone-transient", vfp_repair_slot_of_gone_transient, FALSE, FALSE },
  { "hook-blind", vfp_repair_hook_blind, TRUE, FALSE },
  { "vf-left-over", vfp_repair_vf_left_over, TRUE, FALSE },
  { "reservation-missing", vfp_repair_reservation_missing, TRUE, FALSE },
  { "reservation-not-applied", vfp_repair_reservation_not_applied, TRUE, FALSE },
  { "reservation-expired", vfp_repair_reservation_over, TRUE, FALSE },
  { "stale-libvirt-record", vfp_repair_stale_record, TRUE, FALSE },
  { "config-wrong-vf", vfp_repair_config_wrong_vf, FALSE, FALSE },
  { "slot-dropped", vfp_repair_slot_dropped, FALSE, FALSE },
  { "pf-moved", vfp_repair_pf_moved, TRUE, FALSE },
  { "unplugged", vfp_repair_unplugged, FALSE, FALSE },
  { "settings-drifted", vfp_repair_settings_drifted, FALSE, FALSE },
  { "detach-unfinished", NULL, FALSE, FALSE },
  { "waiting-on-start", NULL, FALSE, FALSE },
};

static gsize
find_repair (const VfpFinding *finding)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (repairs) && !g_str_equal (repairs[i].id, finding->kind->id))
    i++;
  return i;
}

static char *
make_key (const VfpFinding *finding)
{
  return g_strdup_printf ("%s %s", finding->kind->id, finding->object);
}

gboolean
vfp_repair_wants (const VfpRepairScope *scope, const VfpFinding *finding)
{
  const char *id = finding->kind->id;

  return (scope->only == NULL || g_strv_contains (scope->only, id))
         && (scope->skip == NULL || !g_strv_contains (scope->skip, id))
         && (scope->guest_uuid == NULL || g_strcmp0 (finding->guest_uuid, scope->guest_uuid) == 0);
}

gboolean
vfp_repair_may (const VfpRepairScope *scope, const VfpFinding *finding)
{
  const VfpFindingKind *kind = finding->kind;
  g_autofree char *key = make_key (finding);
  unsigned class = kind->class;

  if (finding->by_hand || !vfp_repair_wants (scope, finding)
      || (scope->failed != NULL && g_hash_table_contains (scope->failed, key)))
    return FALSE;
  /* What was unplugged is plugged in again, or the state file follows: reality wins. */
  if (g_str_equal (kind->id, "unplugged"))
    class |= VFP_CLASS_BOOK;
  return (scope->classes & class) != 0 || (kind->asked_for && scope->classes != 0);
}

/* A reservation has no guest, and its dead intent is one of the host. */
gboolean
vfp_repair_is_of_host (const VfpFinding *finding)
{
  const gsize i = find_repair (finding);

  return i < G_N_ELEMENTS (repairs)
         && (repairs[i].of_host || (finding->guest_uuid == NULL && finding->claim_id != 0));
}

gboolean
vfp_repair_is_unlocked (const VfpFinding *finding)
{
  const gsize i = find_repair (finding);

  return i < G_N_ELEMENTS (repairs) && repairs[i].repair == NULL;
}

gboolean
vfp_repair_needs_all (const VfpFinding *finding)
{
  const gsize i = find_repair (finding);

  return i < G_N_ELEMENTS (repairs) && repairs[i].needs_all;
}

static void
repair_clear (VfpRepair *repair)
{
  g_clear_pointer (&repair->view, vfp_view_free);
  g_clear_pointer (&repair->guests, g_ptr_array_unref);
  g_clear_pointer (&repair->guest, vfp_guest_free);
  g_clear_pointer (&repair->records, vfp_records_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpRepair, repair_clear)

static gboolean
read_guest (VfpRepair *repair, GError **error)
{
  VfpVirt *virt = repair->world->virt;
  g_autoptr (GError) local = NULL;

  repair->guest = virt->get_guest (virt, repair->finding->guest_uuid, &local);
  if (repair->guest != NULL || g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* The other guests as they were, and this one as it is. */
static void
join_guests (VfpRepair *repair)
{
  const VfpSnapshot *snapshot = repair->snapshot;

  repair->guests = g_ptr_array_new ();
  for (guint i = 0; i < snapshot->guests->len; i++)
    {
      VfpGuest *guest = g_ptr_array_index (snapshot->guests, i);

      if (!g_str_equal (guest->uuid, repair->finding->guest_uuid))
        g_ptr_array_add (repair->guests, guest);
    }
  if (repair->guest != NULL)
    g_ptr_array_add (repair->guests, repair->guest);
}

static VfpClaim *
find_claim (const VfpRecords *records, gint64 id)
{
  for (guint i = 0; i < records->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (records->claims, i);

      if (claim->id == id)
        return claim;
    }
  return NULL;
}

static gboolean
is_still_there (const VfpRepair *repair)
{
  g_autoptr (GPtrArray) findings = vfp_audit (repair->view, repair->finding->guest_uuid);

  for (guint i = 0; i < findings->len; i++)
    if (vfp_finding_equal (g_ptr_array_index (findings, i), repair->finding))
      return TRUE;
  return FALSE;
}

static gboolean
look_again (VfpRepair *repair, GError **error)
{
  const VfpSnapshot *snapshot = repair->snapshot;

  repair->records = vfp_store_load (repair->world->store, error);
  if (repair->records == NULL)
    return FALSE;
  if (vfp_repair_is_of_host (repair->finding))
    return TRUE;
  if (!read_guest (repair, error))
    return FALSE;
  join_guests (repair);

  const VfpFacts facts = {
    .inventory = snapshot->inventory,
    .records = repair->records,
    .guests = repair->guests,
    .networks = snapshot->networks,
    .boot_id = repair->world->boot_id,
    .config = repair->world->config,
    .now = vfp_world_now (),
    .meta = snapshot->meta,
  };
  repair->view = vfp_view_new (&facts);
  repair->skipped = !is_still_there (repair);
  repair->slot = vfp_records_get_slot (repair->records, repair->finding->slot_id);
  repair->claim = find_claim (repair->records, repair->finding->claim_id);
  return TRUE;
}

gboolean
vfp_repair_add_note (VfpRepair *repair, GError **error)
{
  const VfpFinding *finding = repair->finding;
  const VfpClaim vf = { .address = finding->address };
  g_autofree char *result = g_strdup_printf ("done: %s", finding->kind->id);

  return vfp_world_note (repair->world, repair->scope->what, repair->slot,
                         repair->claim != NULL  ? repair->claim
                         : finding->has_address ? &vf
                                                : NULL,
                         result, error);
}

gboolean
vfp_repair_note (VfpRepair *repair, GError **error)
{
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (repair->world->store, error);

  return transaction != NULL && vfp_repair_add_note (repair, error)
         && vfp_transaction_commit (transaction, error);
}

gboolean
vfp_repair_owns_claim (VfpRepair *repair, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (repair->world->store, error);

  if (records == NULL)
    return FALSE;
  const VfpClaim *now = find_claim (records, repair->claim->id);
  repair->skipped = now == NULL || now->revision != repair->claim->revision;
  return !repair->skipped;
}

gboolean
vfp_repair_check_interrupted (const VfpWorld *world, GError **error)
{
  return !vfp_world_is_interrupted (world)
         || vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted; what was repaired stays so");
}

void
vfp_repair_failed (VfpWorld *world, const VfpRepairScope *scope, const VfpFinding *finding,
                   GError *error)
{
  g_autoptr (GError) own = error;

  g_hash_table_add (scope->failed, make_key (finding));
  vfp_world_warn (world, "%s: %s is not repaired: %s", finding->object, finding->kind->id,
                  own->message);
}

gboolean
vfp_repair (VfpWorld *world, VfpSnapshot *snapshot, VfpFinding *finding,
            const VfpRepairScope *scope)
{
  g_auto (VfpRepair) repair
      = { .world = world, .snapshot = snapshot, .finding = finding, .scope = scope };
  const gsize i = find_repair (finding);
  g_autoptr (GError) error = NULL;

  if (i == G_N_ELEMENTS (repairs) || repairs[i].repair == NULL)
    return FALSE;
  if (look_again (&repair, &error) && !repair.skipped && repairs[i].repair (&repair, &error)
      && !repair.skipped)
    finding->fixed = TRUE;
  /* Another vfpool was faster: it knows what it does. */
  else if (error != NULL && !g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY))
    vfp_repair_failed (world, scope, finding, g_steal_pointer (&error));
  else
    g_hash_table_add (scope->failed, make_key (finding));
  return finding->fixed;
}
