/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reserved VFs are given back as they were. */
#include "config.h"

#include "base/error.h"
#include "ops/reservation.h"
#include "ops/reserve-plan.h"
#include "ops/steps.h"

typedef struct
{
  VfpWorld *world;
  const VfpUnreserveRequest *request;
  VfpSnapshot *snapshot;
  GPtrArray *vfs;     /* VfpVfView, borrowed, of those that are reserved */
  GPtrArray *others;  /* the same, of those that are not; only with ensure */
  GPtrArray *claims;  /* VfpClaim, as they are in the file by now */
  gboolean committed; /* with their intent */
  guint touched;      /* so many of the VFs may have been changed */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->claims, g_ptr_array_unref);
  g_clear_pointer (&run->vfs, g_ptr_array_unref);
  g_clear_pointer (&run->others, g_ptr_array_unref);
  g_clear_pointer (&run->snapshot, vfp_snapshot_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gboolean
throw_not_reserved (const VfpVfView *vf, GError **error)
{
  char address[VFP_ADDRESS_STRLEN];

  vfp_address_format (&vf->address, address);
  if (vf->slot != NULL && !vf->stale)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE,
                      "%s is not reserved, %s has it (%s); 'vfpool detach %s --slot %s' gives it "
                      "back",
                      address, vf->slot->guest_name, vf->slot->name, vf->slot->guest_name,
                      vf->slot->name);
  if (vf->guest != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s is not reserved, the guest %s has it",
                      address, vf->guest);
  if (vf->wanted_by != NULL)
    return vfp_throw (error, VFP_ERROR_NOT_RESERVED,
                      "%s is not reserved by a command: [reserve %s] in %s keeps it", address,
                      vf->wanted_by->name, vf->wanted_by->file);
  return vfp_throw (error, VFP_ERROR_NOT_RESERVED,
                    "%s is not reserved; 'vfpool list' shows who has it", address);
}

static gboolean
check_unused (const Run *run, const VfpVfView *vf, GError **error)
{
  g_autofree char *user = vfp_reservation_find_user (run->world, run->snapshot, vf);
  char address[VFP_ADDRESS_STRLEN];

  return user == NULL
         || vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s, reserved for %s, is in use by %s",
                       vfp_address_format (&vf->address, address), vf->claim->owner, user);
}

static gboolean
add_named (Run *run, const char *text, GError **error)
{
  VfpAddress address;

  if (!vfp_snapshot_get_vf (run->snapshot, text, &address, error))
    return FALSE;
  VfpVfView *vf = vfp_view_find (run->snapshot->view, &address);
  const gboolean reserved = vf->claim != NULL && vf->claim->owner != NULL;

  if (g_ptr_array_find (run->vfs, vf, NULL) || g_ptr_array_find (run->others, vf, NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s is named twice", text);
  if (!reserved && !run->request->ensure)
    return throw_not_reserved (vf, error);
  if (!reserved)
    {
      g_ptr_array_add (run->others, vf);
      return TRUE;
    }
  g_ptr_array_add (run->vfs, vf);
  return check_unused (run, vf, error);
}

static gboolean
add_of_owner (Run *run, GError **error)
{
  const VfpView *view = run->snapshot->view;

  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->claim == NULL || g_strcmp0 (vf->claim->owner, run->request->owner) != 0)
        continue;
      g_ptr_array_add (run->vfs, vf);
      if (!check_unused (run, vf, error))
        return FALSE;
    }
  return run->vfs->len > 0 || run->request->ensure
         || vfp_throw (error, VFP_ERROR_NOT_RESERVED,
                       "nothing is reserved for %s; 'vfpool list' shows what is",
                       run->request->owner);
}

static gboolean
find (Run *run, GError **error)
{
  run->vfs = g_ptr_array_new ();
  run->others = g_ptr_array_new ();
  run->snapshot = vfp_snapshot_read (run->world, error);
  if (run->snapshot == NULL || !vfp_snapshot_join (run->world, run->snapshot, TRUE, error))
    return FALSE;
  if (run->request->vfs == NULL)
    return add_of_owner (run, error);
  for (const char *const *vf = run->request->vfs; *vf != NULL; vf++)
    if (!add_named (run, *vf, error))
      return FALSE;
  return TRUE;
}

static gboolean
intend (gpointer data, GError **error)
{
  Run *run = data;

  if (!find (run, error))
    return FALSE;
  run->claims = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_claim_free);
  if (run->vfs->len == 0)
    return TRUE;

  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  for (guint i = 0; transaction != NULL && i < run->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (run->vfs, i);
      VfpClaim *claim = vfp_claim_copy (vf->claim);

      g_ptr_array_add (run->claims, claim);
      claim->intent = VFP_INTENT_DETACHING;
      claim->claimer = vfp_process_self ();
      if (!vfp_store_put_claim (run->world->store, claim, error))
        return FALSE;
    }
  run->committed = transaction != NULL && vfp_transaction_commit (transaction, error);
  return run->committed;
}

static gboolean
undo_intend (gpointer data, GError **error)
{
  Run *run = data;

  if (!run->committed)
    return TRUE;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  for (guint i = 0; transaction != NULL && i < run->claims->len; i++)
    {
      VfpClaim *claim = g_ptr_array_index (run->claims, i);
      const VfpVfView *vf = g_ptr_array_index (run->vfs, i);

      claim->intent = vf->claim->intent;
      claim->claimer = (VfpProcess){ 0 };
      if (!vfp_store_put_claim (run->world->store, claim, error)
          || !vfp_world_note (run->world, "unreserve", NULL, claim, "failed, undone", error))
        return FALSE;
    }
  return transaction != NULL && vfp_transaction_commit (transaction, error);
}

static VfpPf *
pf_of (const VfpVfView *vf)
{
  return vf->vf != NULL ? vf->pf : NULL;
}

static gboolean
give_back (gpointer data, GError **error)
{
  Run *run = data;

  for (; run->touched < run->vfs->len; run->touched++)
    {
      const VfpVfView *vf = g_ptr_array_index (run->vfs, run->touched);
      const VfpClaim *claim = g_ptr_array_index (run->claims, run->touched);

      if (vfp_world_is_interrupted (run->world))
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted; what was done is undone");
      if (!vfp_reservation_give_back (run->world, pf_of (vf), claim, error))
        return FALSE;
    }
  return TRUE;
}

/* What a command that died had begun is not made ready again. */
static gboolean
undo_give_back (gpointer data, GError **error)
{
  Run *run = data;

  for (guint i = MIN (run->touched + 1, run->vfs->len); i-- > 0;)
    {
      const VfpVfView *vf = g_ptr_array_index (run->vfs, i);
      const VfpClaim *claim = g_ptr_array_index (run->claims, i);

      if (vf->vf != NULL && vf->claim->intent == VFP_INTENT_NONE
          && g_strcmp0 (claim->boot_id, run->world->boot_id) == 0
          && !vfp_reservation_apply (run->world, vf->pf, claim, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
drop (gpointer data, GError **error)
{
  Run *run = data;

  if (run->claims->len == 0)
    return TRUE;
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (run->world->store, error);
  for (guint i = 0; transaction != NULL && i < run->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (run->claims, i);

      if (!vfp_store_delete_claim (run->world->store, claim, error)
          || !vfp_world_note (run->world, "unreserve", NULL, claim, NULL, error))
        return FALSE;
    }
  return transaction != NULL && vfp_transaction_commit (transaction, error);
}

static const VfpStep unreserve_steps[] = {
  { "note what is to end", intend, undo_intend },
  { "give the VFs back", give_back, undo_give_back },
  { "record it", drop, NULL },
};

/* What the configuration says comes again. */
static void
warn_of_groups (const Run *run)
{
  g_autoptr (GHashTable) owners = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < run->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (run->vfs, i);
      const VfpConfigReserve *group
          = vfp_config_find_reserve (run->world->config, vf->claim->owner);

      if (group != NULL && g_hash_table_add (owners, group->name))
        vfp_world_warn (run->world,
                        "[reserve %s] stands in %s: the next boot and 'vfpool reconcile --fix' "
                        "reserve VFs for it again",
                        group->name, group->file);
    }
}

static VfpResult *
make_unreserved (const VfpVfView *vf)
{
  const VfpClaim nothing = { 0 };
  VfpResult *result = vfp_reserve_result (vf, &nothing);

  vfp_result_add (result, "it was not reserved");
  return result;
}

static GPtrArray *
make_results (const Run *run)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);

  for (guint i = 0; i < run->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (run->vfs, i);
      VfpResult *result = vfp_reserve_result (vf, vf->claim);

      result->changed = TRUE;
      vfp_result_add (result, "no longer reserved for %s", vf->claim->owner);
      g_ptr_array_add (results, result);
    }
  for (guint i = 0; i < run->others->len; i++)
    g_ptr_array_add (results, make_unreserved (g_ptr_array_index (run->others, i)));
  return results;
}

GPtrArray *
vfp_unreserve (VfpWorld *world, const VfpUnreserveRequest *request, GError **error)
{
  g_auto (Run) run = { .world = world, .request = request };

  if (request->dry_run)
    return find (&run, error) ? make_results (&run) : NULL;

  g_autoptr (VfpLock) lock = vfp_reservation_lock (world, request->timeout_ms, error);
  if (lock == NULL
      || !vfp_steps_run (unreserve_steps, G_N_ELEMENTS (unreserve_steps), &run, world->interrupted,
                         world->warnings, error))
    return NULL;
  warn_of_groups (&run);
  return make_results (&run);
}
