/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest is about to arrive, from another host or out of a file: VFs of this host for its slots,
 * and its XML with them. */
#include "config.h"

#include "ops/hook-run.h"

#include "guest/domxml-splice.h"
#include "guest/standby.h"
#include "ops/arrive-rows.h"
#include "ops/standby-port.h"
#include "pool/arrival.h"

typedef struct
{
  VfpHookRun *run;
  GPtrArray *promises; /* VfpSlotPromise */
  GPtrArray *devices;  /* VfpGuestDevice of each of @arrivals; NULL: plugged in on arrival */
  GPtrArray *chosen;   /* VfpSlotPromise of each */
  GPtrArray *idle;     /* VfpSlotPromise of slots that have no VF and need none now */
  GArray *arrivals;
  VfpSnapshot *snapshot;
} Arrive;

static void
arrive_clear (Arrive *arrive)
{
  g_clear_pointer (&arrive->promises, g_ptr_array_unref);
  g_clear_pointer (&arrive->devices, g_ptr_array_unref);
  g_clear_pointer (&arrive->chosen, g_ptr_array_unref);
  g_clear_pointer (&arrive->idle, g_ptr_array_unref);
  g_clear_pointer (&arrive->arrivals, g_array_unref);
  g_clear_pointer (&arrive->snapshot, vfp_snapshot_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arrive, arrive_clear)

/* By the MAC, which is the NIC's identity; a plain <hostdev> shows none, and has the slot's alias.
 * What libvirt gives out of a network of its own is no slot's. */
static const VfpGuestDevice *
find_device (const VfpDomxml *domxml, const VfpSlotPromise *promise)
{
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (device->has_mac ? vfp_mac_equal (&device->mac, &promise->mac)
                          : !device->is_interface && promise->alias != NULL
                                && g_strcmp0 (device->alias, promise->alias) == 0)
        return device;
    }
  return NULL;
}

/* What was saved here is older than the state file; and a guest that runs here, which libvirt is
 * about to say, does not come from elsewhere. */
static gboolean
is_older (const Arrive *arrive, const VfpArrival *arrival)
{
  const VfpClaim *claim = arrival->claim;

  return arrival->known != NULL
         && (arrive->run->from_file
             || (claim != NULL && claim->live && claim->expires == 0
                 && g_strcmp0 (claim->boot_id, arrive->run->world->boot_id) == 0));
}

/* NULL: the slot is half of no pair, or its standby may be anywhere. */
static const VfpPf *
find_port (const Arrive *arrive, const char *standby, const VfpMac *mac)
{
  const VfpDomxml *domxml = arrive->run->domxml;
  const VfpGuestNic *nic = standby != NULL ? vfp_domxml_find_nic (domxml, standby) : NULL;

  if (standby != NULL && nic == NULL)
    nic = vfp_standby_find_mac (domxml, mac);
  return nic != NULL ? vfp_standby_port (arrive->snapshot, nic) : NULL;
}

static gboolean
add_slot (Arrive *arrive, VfpSlotPromise *promise, GError **error)
{
  const VfpRecords *records = arrive->snapshot->records;
  const VfpGuestDevice *device = find_device (arrive->run->domxml, promise);
  VfpArrival arrival = {
    .name = promise->name, .pool = promise->pool, .to_pool = promise->to_pool, .bond = promise->bond
  };

  if (!vfp_arrive_find_known (records, arrive->run->domxml->uuid, &arrival, error))
    return FALSE;
  arrival.older = is_older (arrive, &arrival);
  arrival.standby = find_port (arrive, arrival.older ? arrival.known->standby : promise->standby,
                               &promise->mac);
  if (device == NULL && (arrival.older ? arrival.known->arrive : promise->arrive) == VFP_ARRIVE_NO)
    {
      if (!arrival.older)
        g_ptr_array_add (arrive->idle, promise);
      return TRUE;
    }
  g_array_append_val (arrive->arrivals, arrival);
  g_ptr_array_add (arrive->devices, (gpointer) device);
  g_ptr_array_add (arrive->chosen, promise);
  return TRUE;
}

/* VFs that the guest brings along without vfpool. */
static void
avoid_others (Arrive *arrive)
{
  const GPtrArray *devices = arrive->run->domxml->devices;

  for (guint i = 0; i < devices->len; i++)
    {
      VfpGuestDevice *device = g_ptr_array_index (devices, i);
      VfpVfView *vf = g_ptr_array_find (arrive->devices, device, NULL)
                          ? NULL
                          : vfp_view_find (arrive->snapshot->view, &device->source);

      if (vf != NULL && vf->state == VFP_VF_FREE)
        vf->state = VFP_VF_FOREIGN;
    }
}

static gboolean
choose (Arrive *arrive, GError **error)
{
  const VfpDomxml *domxml = arrive->run->domxml;
  VfpGuest guest = { .name = domxml->name, .live = (VfpDomxml *) domxml };

  g_strlcpy (guest.uuid, domxml->uuid, sizeof guest.uuid);
  arrive->arrivals = vfp_arrivals_new ();
  arrive->devices = g_ptr_array_new ();
  arrive->chosen = g_ptr_array_new ();
  arrive->idle = g_ptr_array_new ();
  for (guint i = 0; i < arrive->promises->len; i++)
    if (!add_slot (arrive, g_ptr_array_index (arrive->promises, i), error))
      return FALSE;
  avoid_others (arrive);
  for (guint i = 0; i < arrive->arrivals->len; i++)
    if (!vfp_arrival_choose (arrive->snapshot->view, &guest, arrive->run->world->netlink != NULL,
                             arrive->arrivals, i, error))
      return FALSE;
  return TRUE;
}

/* *@out_xml: NULL where nothing is to change. */
static gboolean
rewrite (const Arrive *arrive, char **out_xml, GError **error)
{
  g_autoptr (GArray) moves = g_array_new (FALSE, TRUE, sizeof (VfpSourceMove));

  for (guint i = 0; i < arrive->arrivals->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (arrive->devices, i);
      const VfpVfView *vf = g_array_index (arrive->arrivals, VfpArrival, i).vf;

      if (device == NULL || vfp_address_equal (&device->source, &vf->address))
        continue;
      const VfpSourceMove move = { device->source, vf->address };
      g_array_append_val (moves, move);
    }
  *out_xml = moves->len > 0 ? vfp_domxml_move_sources (arrive->run->xml, moves, error) : NULL;
  return moves->len == 0 || *out_xml != NULL;
}

/* Their pool is looked for when they get a VF: one that is not here keeps no guest away. */
static gboolean
put_idle (Arrive *arrive, const VfpSlotPromise *promise, GError **error)
{
  const VfpPoolNames names = vfp_view_names (arrive->snapshot->view);
  g_autoptr (VfpPool) pool = vfp_arrival_find_pool (&names, promise->pool, promise->to_pool, NULL);
  const char *pool_name = pool != NULL ? pool->name : promise->pool;
  const VfpArrival arrival = {
    .name = promise->name,
    .known
    = vfp_records_find_slot (arrive->snapshot->records, arrive->run->domxml->uuid, promise->name),
    .pool_name = (char *) pool_name,
  };

  return pool_name == NULL
         || vfp_arrive_put (arrive->run->world, arrive->snapshot->records, arrive->run->domxml,
                            promise, &arrival, error);
}

static gboolean
put_all (Arrive *arrive, GError **error)
{
  const VfpHookRun *run = arrive->run;

  for (guint i = 0; i < arrive->arrivals->len; i++)
    if (!vfp_arrive_put (run->world, arrive->snapshot->records, run->domxml,
                         g_ptr_array_index (arrive->chosen, i),
                         &g_array_index (arrive->arrivals, VfpArrival, i), error))
      return FALSE;
  for (guint i = 0; i < arrive->idle->len; i++)
    if (!put_idle (arrive, g_ptr_array_index (arrive->idle, i), error))
      return FALSE;
  return TRUE;
}

/* All that is decided is decided on what the file says under its lock: two guests that arrive at
 * once do not get one VF. */
static gboolean
commit (Arrive *arrive, char **out_xml, GError **error)
{
  VfpHookRun *run = arrive->run;
  g_autoptr (VfpTransaction) transaction = vfp_hook_begin (run, error);
  g_autofree char *xml = NULL;

  if (transaction == NULL || !vfp_snapshot_join (run->world, arrive->snapshot, FALSE, error)
      || !vfp_arrive_end_expired (run->world, arrive->snapshot, run->domxml->uuid, error)
      || !choose (arrive, error) || !rewrite (arrive, &xml, error) || !put_all (arrive, error))
    return FALSE;

  VfpGuestRecord guest = vfp_hook_guest (run, arrive->snapshot->records);
  guest.arriving = guest.generation + 1;
  /* After "virsh migrate --offline" libvirt calls the hook no more. */
  guest.wanted += run->from_file ? 0 : 1;
  if (!vfp_store_put_guest (run->world->store, &guest, error) || !vfp_hook_put_seen (run, error)
      || !vfp_transaction_commit (transaction, error))
    return FALSE;
  *out_xml = g_steal_pointer (&xml);
  run->reply->settle = !run->from_file;
  return TRUE;
}

/* A state file that is missing is one with nothing in it, unless a guest of this host has slots. */
gboolean
vfp_hook_arrive (VfpHookRun *run, GError **error)
{
  g_auto (Arrive) arrive = { .run = run };

  arrive.promises = vfp_metadata_parse (run->domxml->metadata, NULL, error);
  if (arrive.promises == NULL)
    return FALSE;
  arrive.snapshot = vfp_snapshot_read_files (run->world, error);
  return arrive.snapshot != NULL && vfp_snapshot_join (run->world, arrive.snapshot, TRUE, error)
         && commit (&arrive, &run->reply->xml, error);
}
