/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which slots and claims the guests of a host carry. */
#include "config.h"

#include "ops/rebuild-plan.h"

#include "guest/metadata.h"
#include "ops/new-rows.h"
#include "ops/slot.h"

/* A slot that a guest's own metadata names, and the VF that is in it. */
typedef struct
{
  const VfpGuest *guest;
  VfpSlot *slot; /* NULL: another has the same identity */
  char *name;    /* "web1 net0" */
  VfpAddress source;
  gboolean live, config; /* which XML has the device; neither: the slot is without VF */
  VfpVf *vf;
} Candidate;

typedef struct
{
  const VfpWorld *world;
  const VfpSnapshot *snapshot;
  GPtrArray *lost;
  GPtrArray *candidates; /* Candidate */
} Plan;

static void
candidate_free (Candidate *candidate)
{
  vfp_slot_free (candidate->slot);
  g_free (candidate->name);
  g_free (candidate);
}

static void G_GNUC_PRINTF (2, 3) lose (Plan *plan, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (plan->lost, g_strdup_vprintf (format, args));
  va_end (args);
}

/* The promises of one XML if they are the guest's own; NULL else, with @out_why (NULL: it has
 * none). */
static GPtrArray *
read_own (const VfpGuest *guest, const VfpDomxml *domxml, char **out_why)
{
  g_autofree char *uuid = NULL;
  g_autoptr (GError) local = NULL;

  if (domxml == NULL || domxml->metadata == NULL)
    return NULL;
  g_autoptr (GPtrArray) promises = vfp_metadata_parse (domxml->metadata, &uuid, &local);
  if (promises != NULL && g_str_equal (uuid, guest->uuid))
    return g_steal_pointer (&promises);

  g_free (*out_why);
  *out_why = promises != NULL ? g_strdup_printf ("its metadata is a copy of that of guest %s", uuid)
                              : g_strdup (local->message);
  return NULL;
}

/* Where the guest runs with its own metadata, what its configuration says does not count. */
static GPtrArray *
read_promises (Plan *plan, const VfpGuest *guest)
{
  g_autofree char *why = NULL;
  GPtrArray *promises = read_own (guest, guest->live, &why);

  if (promises == NULL)
    promises = read_own (guest, guest->config, &why);
  if (promises == NULL && why != NULL)
    lose (plan, "%s: %s; its slots are not taken", guest->name, why);
  return promises;
}

static void
add_guest (Plan *plan, const VfpGuest *guest)
{
  g_autoptr (GPtrArray) promises = read_promises (plan, guest);

  for (guint i = 0; promises != NULL && i < promises->len; i++)
    {
      Candidate *candidate = g_new0 (Candidate, 1);

      candidate->guest = guest;
      candidate->slot = vfp_slot_from_promise (guest, g_ptr_array_index (promises, i), NULL);
      candidate->name = g_strdup_printf ("%s %s", guest->name, candidate->slot->name);
      g_ptr_array_add (plan->candidates, candidate);
    }
}

/* Takes @key. Returns who had it before; NULL: nobody. */
static Candidate *
take (GHashTable *takers, char *key, Candidate *candidate)
{
  g_autofree char *owned = key;
  Candidate *before = g_hash_table_lookup (takers, owned);

  if (before == NULL)
    g_hash_table_insert (takers, g_steal_pointer (&owned), candidate);
  return before;
}

static Candidate *
find_rival (GHashTable *takers, Candidate *candidate, const char **out_what)
{
  const VfpSlot *slot = candidate->slot;
  Candidate *rival;

  *out_what = "MAC";
  rival = take (takers, vfp_mac_to_string (&slot->mac), candidate);
  if (rival == NULL && slot->has_guest_address)
    {
      g_autofree char *address = vfp_address_to_string (&slot->guest_address);

      *out_what = "guest address";
      rival = take (takers, g_strconcat (slot->guest_uuid, address, NULL), candidate);
    }
  if (rival == NULL && slot->acpi_index != 0)
    {
      *out_what = "ACPI index";
      rival
          = take (takers, g_strdup_printf ("%s %u", slot->guest_uuid, slot->acpi_index), candidate);
    }
  if (rival == NULL && slot->standby != NULL)
    {
      *out_what = "standby";
      rival = take (takers, g_strdup_printf ("%s %s", slot->guest_uuid, slot->standby), candidate);
    }
  return rival;
}

static void
drop_rivals (Plan *plan)
{
  g_autoptr (GHashTable) takers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) dropped = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key;

  for (guint i = 0; i < plan->candidates->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (plan->candidates, i);
      const char *what;
      Candidate *rival = find_rival (takers, candidate, &what);

      if (rival == NULL)
        continue;
      lose (plan, "%s and %s have one %s: neither comes back", rival->name, candidate->name, what);
      g_hash_table_add (dropped, rival);
      g_hash_table_add (dropped, candidate);
    }
  g_hash_table_iter_init (&iter, dropped);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_clear_pointer (&((Candidate *) key)->slot, vfp_slot_free);
}

/* A device with the slot's alias and another MAC is not the slot's. */
static const VfpGuestDevice *
find_device (const VfpDomxml *domxml, const VfpSlot *slot)
{
  const VfpGuestDevice *device
      = domxml != NULL ? vfp_domxml_find_alias (domxml, slot->alias) : NULL;

  if (device != NULL && (!device->has_mac || vfp_mac_equal (&device->mac, &slot->mac)))
    return device;
  for (guint i = 0; domxml != NULL && i < domxml->devices->len; i++)
    {
      device = g_ptr_array_index (domxml->devices, i);
      if (device->has_mac && vfp_mac_equal (&device->mac, &slot->mac))
        return device;
    }
  return NULL;
}

static void
find_vf (Plan *plan, Candidate *candidate)
{
  const VfpGuestDevice *live = find_device (candidate->guest->live, candidate->slot);
  const VfpGuestDevice *config = find_device (candidate->guest->config, candidate->slot);
  char address[VFP_ADDRESS_STRLEN], other[VFP_ADDRESS_STRLEN];

  if (live == NULL && config == NULL)
    return;
  candidate->source = live != NULL ? live->source : config->source;
  candidate->live = live != NULL;
  candidate->config = config != NULL && vfp_address_equal (&config->source, &candidate->source);
  vfp_address_format (&candidate->source, address);
  if (config != NULL && !candidate->config)
    lose (plan, "%s: its configuration names %s, and it runs with %s, which it keeps",
          candidate->name, vfp_address_format (&config->source, other), address);

  candidate->vf = vfp_inventory_find_vf (plan->snapshot->inventory, &candidate->source);
  if (candidate->vf == NULL)
    lose (plan, "%s: VF %s is not on this host; the slot comes back without a VF", candidate->name,
          address);
}

/* The first other guest that runs with the VF. */
static const VfpGuest *
find_runner (const Plan *plan, const Candidate *candidate)
{
  for (guint i = 0; i < plan->snapshot->guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (plan->snapshot->guests, i);

      if (guest != candidate->guest && guest->live != NULL
          && vfp_domxml_find_source (guest->live, &candidate->source) != NULL)
        return guest;
    }
  return NULL;
}

static void
drop_contested (Plan *plan)
{
  g_autoptr (GHashTable) takers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) contested = g_ptr_array_new ();
  char address[VFP_ADDRESS_STRLEN];

  for (guint i = 0; i < plan->candidates->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (plan->candidates, i);

      if (candidate->vf == NULL)
        continue;
      vfp_address_format (&candidate->source, address);
      Candidate *rival = take (takers, g_strdup (address), candidate);
      const VfpGuest *runner = find_runner (plan, candidate);

      if (rival != NULL)
        {
          lose (plan, "%s and %s both have VF %s: both come back without it", rival->name,
                candidate->name, address);
          g_ptr_array_add (contested, rival);
          g_ptr_array_add (contested, candidate);
        }
      else if (runner != NULL)
        {
          lose (plan, "%s: VF %s is in the running guest %s; the slot comes back without a VF",
                candidate->name, address, runner->name);
          g_ptr_array_add (contested, candidate);
        }
    }
  for (guint i = 0; i < contested->len; i++)
    ((Candidate *) g_ptr_array_index (contested, i))->vf = NULL;
}

static gint64
find_or_add_pf (const Plan *plan, VfpRecords *records, const VfpPf *pf)
{
  const VfpPfRecord *known = vfp_records_find_pf (records, &pf->address, &pf->mac);

  if (known != NULL)
    return known->id;

  VfpPfRecord *added = g_new0 (VfpPfRecord, 1);
  added->id = VFP_NEW_ID + records->pfs->len;
  added->address = pf->address;
  added->mac = pf->mac;
  added->serial = vfp_pci_serial (plan->world->root, &pf->address);
  added->netdev = g_strdup (pf->netdev);
  g_ptr_array_add (records->pfs, added);
  return added->id;
}

/* What the VF had before is not known. */
static void
add_claim (const Plan *plan, VfpRecords *records, const Candidate *candidate, gint64 slot_id)
{
  VfpClaim *claim = g_new0 (VfpClaim, 1);

  claim->slot_id = slot_id;
  claim->pf_id = find_or_add_pf (plan, records, candidate->vf->pf);
  claim->vf = candidate->vf->index;
  claim->address = candidate->source;
  claim->live = candidate->live;
  claim->config = candidate->config;
  claim->boot_id = candidate->live ? g_strdup (plan->world->boot_id) : NULL;
  claim->since = vfp_world_now ();
  claim->by = g_strdup (plan->world->by);
  g_ptr_array_add (records->claims, claim);
}

static void
add_rows (const Plan *plan, VfpRecords *records, Candidate *candidate)
{
  VfpSlot *slot = g_steal_pointer (&candidate->slot);

  slot->id = VFP_NEW_ID + records->slots->len;
  g_ptr_array_add (records->slots, slot);
  if (slot->pool == NULL)
    slot->pool = candidate->vf != NULL ? vfp_pf_name (candidate->vf->pf) : g_strdup ("default");
  if (candidate->vf != NULL)
    add_claim (plan, records, candidate, slot->id);
}

VfpRecords *
vfp_rebuild_plan (const VfpWorld *world, const VfpSnapshot *snapshot, GPtrArray *lost)
{
  VfpRecords *records = vfp_records_new ();
  g_autoptr (GPtrArray) candidates
      = g_ptr_array_new_with_free_func ((GDestroyNotify) candidate_free);
  Plan plan = { world, snapshot, lost, candidates };

  for (guint i = 0; i < snapshot->guests->len; i++)
    add_guest (&plan, g_ptr_array_index (snapshot->guests, i));
  drop_rivals (&plan);
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (candidates, i);

      if (candidate->slot != NULL)
        find_vf (&plan, candidate);
    }
  drop_contested (&plan);
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (candidates, i);

      if (candidate->slot != NULL)
        add_rows (&plan, records, candidate);
    }
  return records;
}
