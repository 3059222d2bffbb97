/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NICs in a guest's XMLs that may be adopted, and whose slots they are. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "ops/adopt-plan-private.h"
#include "ops/slot.h"

#define ALIAS_PREFIX "ua-vfpool-"

static gboolean
is_nic_vf (const VfpSnapshot *snapshot, const VfpGuestDevice *device)
{
  const VfpVf *vf = vfp_inventory_find_vf (snapshot->inventory, &device->source);

  return vf != NULL && vf->pf->netdev != NULL;
}

/* What a plain <hostdev> that is on another host may be cannot be told; an <interface> is a NIC. */
static gboolean
may_be_nic (const VfpSnapshot *snapshot, const VfpGuestDevice *device)
{
  return is_nic_vf (snapshot, device)
         || (device->is_interface
             && vfp_inventory_find_vf (snapshot->inventory, &device->source) == NULL);
}

static gboolean
same_nic (const VfpGuestDevice *a, const VfpGuestDevice *b)
{
  if (a->has_mac && b->has_mac && vfp_mac_equal (&a->mac, &b->mac))
    return TRUE;
  return a->alias != NULL && g_str_has_prefix (a->alias, "ua-")
         && g_strcmp0 (a->alias, b->alias) == 0;
}

/* The live device that @device of the configuration belongs to: of the same VF, or, for the second
 * look, of the same NIC on another one. */
static VfpAdoptFound *
find_live (GArray *found, const VfpGuestDevice *device, gboolean by_vf)
{
  for (guint i = 0; i < found->len; i++)
    {
      VfpAdoptFound *at = &g_array_index (found, VfpAdoptFound, i);

      if (at->live != NULL && at->config == NULL
          && (by_vf ? vfp_address_equal (&at->live->source, &device->source)
                    : same_nic (at->live, device)))
        return at;
    }
  return NULL;
}

static gboolean
is_found (GArray *found, const VfpGuestDevice *device)
{
  for (guint i = 0; i < found->len; i++)
    if (g_array_index (found, VfpAdoptFound, i).config == device)
      return TRUE;
  return FALSE;
}

static void
add_config (const VfpSnapshot *snapshot, GArray *found, const VfpGuestDevice *device)
{
  VfpAdoptFound *of_live = find_live (found, device, FALSE);
  const VfpAdoptFound alone = { .config = device };

  if (of_live != NULL)
    of_live->config = device;
  else if (may_be_nic (snapshot, device))
    g_array_append_val (found, alone);
}

GArray *
vfp_adopt_find (const VfpSnapshot *snapshot, const VfpGuest *guest)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (VfpAdoptFound));

  for (guint i = 0; guest->live != NULL && i < guest->live->devices->len; i++)
    {
      const VfpAdoptFound live = { .live = g_ptr_array_index (guest->live->devices, i) };

      if (is_nic_vf (snapshot, live.live))
        g_array_append_val (found, live);
    }
  for (guint i = 0; guest->config != NULL && i < guest->config->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (guest->config->devices, i);
      VfpAdoptFound *of_live = find_live (found, device, TRUE);

      if (of_live != NULL)
        of_live->config = device;
    }
  for (guint i = 0; guest->config != NULL && i < guest->config->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (guest->config->devices, i);

      if (!is_found (found, device))
        add_config (snapshot, found, device);
    }
  return found;
}

static gboolean
has_alias (const VfpAdoptFound *found, const char *alias)
{
  return (found->live != NULL && g_strcmp0 (found->live->alias, alias) == 0)
         || (found->config != NULL && g_strcmp0 (found->config->alias, alias) == 0);
}

static gboolean
has_mac (const VfpAdoptFound *found, const VfpMac *mac)
{
  const VfpGuestDevice *device = vfp_adopt_device_of (found);

  return device->has_mac && vfp_mac_equal (&device->mac, mac);
}

static gboolean
has_vf_of (const VfpAdoptPlanning *planning, const VfpAdoptFound *found, const VfpSlot *slot)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (planning->snapshot->records, slot->id);

  return claim != NULL && vfp_address_equal (&claim->address, &vfp_adopt_device_of (found)->source);
}

static gboolean
is_planned (const VfpAdoptPlan *plan, const char *name)
{
  for (guint i = 0; i < plan->actions->len; i++)
    if (g_str_equal (((VfpAdoptAction *) g_ptr_array_index (plan->actions, i))->slot->name, name))
      return TRUE;
  return FALSE;
}

typedef enum
{
  BY_MAC, /* the NIC's identity: the VF may have changed behind it */
  BY_VF,
  BY_ALIAS,
} Sign;

static const VfpSlot *
match_by (const VfpAdoptPlanning *planning, const VfpAdoptFound *found, GPtrArray *slots, Sign sign)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (is_planned (planning->plan, slot->name))
        continue;
      if ((sign == BY_MAC && has_mac (found, &slot->mac))
          || (sign == BY_VF && has_vf_of (planning, found, slot))
          || (sign == BY_ALIAS && has_alias (found, slot->alias)))
        return slot;
    }
  return NULL;
}

const VfpSlot *
vfp_adopt_slot_match (const VfpAdoptPlanning *planning, const VfpAdoptFound *found)
{
  g_autoptr (GPtrArray) slots
      = vfp_records_slots_of (planning->snapshot->records, planning->guest->uuid);
  const VfpSlot *slot = NULL;

  for (Sign sign = BY_MAC; slot == NULL && sign <= BY_ALIAS; sign++)
    slot = match_by (planning, found, slots, sign);
  return slot;
}

static VfpSlotPromise *
take_promise (VfpAdoptPlanning *planning, const VfpAdoptFound *found, const char *slot_name)
{
  for (guint i = 0; i < planning->promises->len; i++)
    {
      const VfpSlotPromise *promise = g_ptr_array_index (planning->promises, i);

      if (slot_name != NULL ? g_str_equal (promise->name, slot_name)
                            : has_mac (found, &promise->mac)
                                  || (promise->alias != NULL && has_alias (found, promise->alias)))
        return g_ptr_array_steal_index (planning->promises, i);
    }
  return NULL;
}

/* A slot without VF of the same guest, which an adoption that was cut short has left. */
static const VfpSlot *
find_leftover (const VfpAdoptPlanning *planning, const VfpSlotPromise *promise)
{
  const VfpRecords *records = planning->snapshot->records;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, planning->guest->uuid);

  for (guint i = 0; planning->copied && i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if ((promise == NULL || g_str_equal (promise->name, slot->name))
          && !is_planned (planning->plan, slot->name)
          && vfp_records_find_claim_of_slot (records, slot->id) == NULL)
        return slot;
    }
  return NULL;
}

static gboolean
has_other_alias (const VfpDomxml *domxml, const VfpAdoptFound *found, const char *alias)
{
  const VfpGuestDevice *device = domxml != NULL ? vfp_domxml_find_alias (domxml, alias) : NULL;

  return device != NULL && device != found->live && device != found->config;
}

static gboolean
is_name_free (const VfpAdoptPlanning *planning, const VfpAdoptFound *found, const char *name)
{
  g_autofree char *alias = vfp_slot_alias (name);

  if (is_planned (planning->plan, name)
      || vfp_records_find_slot (planning->snapshot->records, planning->guest->uuid, name) != NULL)
    return FALSE;
  for (guint i = 0; i < planning->promises->len; i++)
    if (g_str_equal (((VfpSlotPromise *) g_ptr_array_index (planning->promises, i))->name, name))
      return FALSE;
  return !has_other_alias (planning->guest->live, found, alias)
         && !has_other_alias (planning->guest->config, found, alias);
}

/* The name in an alias of ours; NULL: it has none. */
static const char *
name_in_alias (const VfpAdoptFound *found)
{
  const char *alias = vfp_adopt_device_of (found)->alias;
  const char *name = alias != NULL && g_str_has_prefix (alias, ALIAS_PREFIX)
                         ? alias + strlen (ALIAS_PREFIX)
                         : NULL;

  return name != NULL && vfp_parse_slot_name (name, NULL, NULL) ? name : NULL;
}

static char *
choose_name (const VfpAdoptPlanning *planning, const VfpAdoptFound *found,
             const VfpSlotPromise *promise)
{
  const char *known[] = { promise != NULL ? promise->name : NULL, name_in_alias (found) };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i] != NULL && is_name_free (planning, found, known[i]))
      return g_strdup (known[i]);
  for (unsigned number = 0;; number++)
    {
      g_autofree char *name = g_strdup_printf ("net%u", number);

      if (is_name_free (planning, found, name))
        return g_steal_pointer (&name);
    }
}

/* The slot that was named: a new one, or one that has no VF. */
static VfpSlot *
choose_named (const VfpAdoptPlanning *planning, const char *name, GError **error)
{
  const VfpRecords *records = planning->snapshot->records;
  const VfpSlot *slot = vfp_records_find_slot (records, planning->guest->uuid, name);

  if (slot == NULL)
    return vfp_slot_new (planning->guest, name);
  if (vfp_records_find_claim_of_slot (records, slot->id) == NULL)
    return vfp_slot_copy (slot);
  vfp_throw (error, VFP_ERROR_SLOT_IN_USE, "%s: %s has another VF; name a slot that has none",
             planning->guest->name, name);
  return NULL;
}

VfpSlot *
vfp_adopt_slot_choose (VfpAdoptPlanning *planning, const VfpAdoptFound *found,
                       VfpSlotPromise **out_promise, GError **error)
{
  const char *wanted = planning->request->slot;
  const VfpSlot *known = vfp_adopt_slot_match (planning, found);

  *out_promise = take_promise (planning, found, known != NULL ? known->name : NULL);
  if (known == NULL && wanted == NULL)
    known = find_leftover (planning, *out_promise);
  if (known != NULL && wanted != NULL && !g_str_equal (known->name, wanted))
    {
      vfp_throw (error, VFP_ERROR_DIFFERS, "%s: the VF belongs to %s already; leave --slot out",
                 planning->guest->name, known->name);
      return NULL;
    }
  if (known != NULL)
    return vfp_slot_copy (known);
  if (wanted != NULL)
    return choose_named (planning, wanted, error);

  g_autofree char *name = choose_name (planning, found, *out_promise);
  return vfp_slot_new (planning->guest, name);
}
