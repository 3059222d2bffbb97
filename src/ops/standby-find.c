/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standby of a slot that is half of a failover pair: which NIC it is. */
#include "config.h"

#include "base/error.h"
#include "base/parse.h"
#include "ops/standby-plan-private.h"

/* The first of the parts that the plan is for: a NIC that serves both is in it. */
static const VfpDomxml *
first_xml (const VfpStandbyPlanning *planning)
{
  return planning->affect & VFP_AFFECT_LIVE ? planning->guest->live : planning->guest->config;
}

static gboolean
is_own (const VfpStandbyPlanning *planning, const VfpGuestDevice *device)
{
  const VfpSlot *slot = planning->slot;
  const VfpClaim *claim
      = slot->id != 0 ? vfp_records_find_claim_of_slot (planning->snapshot->records, slot->id)
                      : NULL;

  return g_strcmp0 (device->alias, slot->alias) == 0
         || (claim != NULL && vfp_address_equal (&claim->address, &device->source));
}

static void
add_taken (const VfpStandbyPlanning *planning, const VfpDomxml *domxml, GPtrArray *taken)
{
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (device->standby != NULL && !is_own (planning, device))
        g_ptr_array_add (taken, device->standby);
    }
}

/* Aliases (char *, borrowed) of NICs that are standbys of others already, in one of the parts. */
static GPtrArray *
list_taken (const VfpStandbyPlanning *planning)
{
  g_autoptr (GPtrArray) slots
      = vfp_records_slots_of (planning->snapshot->records, planning->guest->uuid);
  GPtrArray *taken = g_ptr_array_new ();

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *other = g_ptr_array_index (slots, i);

      if (other->id != planning->slot->id && other->standby != NULL)
        g_ptr_array_add (taken, other->standby);
    }
  if (planning->affect & VFP_AFFECT_LIVE)
    add_taken (planning, planning->guest->live, taken);
  if (planning->affect & VFP_AFFECT_CONFIG)
    add_taken (planning, planning->guest->config, taken);
  return taken;
}

static gboolean
check_free (const VfpStandbyPlanning *planning, const VfpGuestNic *nic, const GPtrArray *taken,
            GError **error)
{
  return nic->alias == NULL
         || !g_ptr_array_find_with_equal_func ((GPtrArray *) taken, nic->alias, g_str_equal, NULL)
         || vfp_throw (error, VFP_ERROR_SLOT_IN_USE,
                       "%s: %s is the standby of another VF already; each needs one of its own",
                       planning->guest->name, nic->alias);
}

/* The alias tells who gave it, not who has put the NIC in: one that had none has vfpool's. */
char *
vfp_standby_tell_end (const VfpSlot *slot, const VfpGuestNic *nic)
{
  g_autofree char *own = vfp_standby_alias (slot->name);
  g_autofree char *what = nic != NULL ? vfp_standby_describe (nic) : NULL;
  const char *guest = slot->guest_name;

  if (nic == NULL)
    return g_strdup_printf ("'vfpool detach %s --slot %s --with-standby' ends the pair", guest,
                            slot->name);
  if (!g_str_equal (slot->standby, own))
    return g_strdup_printf ("'vfpool detach %s --slot %s' and 'vfpool forget %s --slot %s' end the "
                            "pair, and leave the NIC %s in the guest",
                            guest, slot->name, guest, slot->name, what);
  return g_strdup_printf (
      "'vfpool detach %s --slot %s --with-standby' ends the pair, and takes the "
      "NIC %s out of the guest too",
      guest, slot->name, what);
}

static gboolean
throw_other_standby (const VfpStandbyPlanning *planning, const VfpGuestNic *nic, GError **error)
{
  const VfpSlot *slot = planning->slot;
  g_autofree char *end = vfp_standby_tell_end (slot, nic);

  return vfp_throw (error, VFP_ERROR_DIFFERS,
                    "%s: %s has the standby %s; leave --standby out, or name another --slot for "
                    "another pair; %s",
                    planning->guest->name, slot->name, slot->standby, end);
}

const VfpGuestNic *
vfp_standby_find_present (const VfpGuest *guest, const VfpSlot *slot)
{
  const VfpDomxml *const xmls[] = { guest->live, guest->config };
  const VfpGuestNic *nic = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (xmls) && nic == NULL; i++)
    nic = xmls[i] != NULL ? vfp_domxml_find_nic (xmls[i], slot->standby) : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (xmls) && nic == NULL; i++)
    nic = xmls[i] != NULL ? vfp_standby_find_mac (xmls[i], &slot->mac) : NULL;
  return nic;
}

/* A slot that was half of a pair keeps its NIC, wherever that is now. */
static gboolean
find_own (const VfpStandbyPlanning *planning, const GPtrArray *taken, const VfpGuestNic **out_nic,
          GError **error)
{
  const VfpGuestNic *nic = vfp_standby_find_present (planning->guest, planning->slot);

  if (planning->wish.kind == VFP_STANDBY_ALIAS
      && !g_str_equal (planning->wish.name, planning->slot->standby))
    return throw_other_standby (planning, nic, error);
  if (nic != NULL
      && ((planning->wish.kind == VFP_STANDBY_NETWORK
           && g_strcmp0 (nic->network, planning->wish.name) != 0)
          || (planning->wish.kind == VFP_STANDBY_BRIDGE
              && g_strcmp0 (vfp_standby_bridge (nic, planning->snapshot->networks),
                            planning->wish.name)
                     != 0)))
    return throw_other_standby (planning, nic, error);
  *out_nic = nic;
  return nic == NULL || check_free (planning, nic, taken, error);
}

gboolean
vfp_standby_find_nic (const VfpStandbyPlanning *planning, const VfpGuestNic **out_nic,
                      GError **error)
{
  g_autoptr (GPtrArray) taken = list_taken (planning);
  g_autoptr (GError) local = NULL;

  if (planning->slot->standby != NULL)
    return find_own (planning, taken, out_nic, error);
  *out_nic = vfp_standby_choose (first_xml (planning), planning->snapshot->networks,
                                 &planning->wish, taken, &local);
  if (local == NULL)
    return *out_nic == NULL || check_free (planning, *out_nic, taken, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

char *
vfp_standby_choose_alias (const VfpStandbyPlanning *planning, const VfpGuestNic *nic)
{
  const VfpDomxml *config = planning->guest->config;
  const VfpGuestNic *other
      = nic != NULL && config != NULL ? vfp_standby_find_mac (config, &nic->mac) : NULL;

  if (planning->slot->standby != NULL)
    return g_strdup (planning->slot->standby);
  if (nic != NULL && nic->alias != NULL && vfp_parse_alias (nic->alias, NULL))
    return g_strdup (nic->alias);
  if (other != NULL && other->alias != NULL && vfp_parse_alias (other->alias, NULL))
    return g_strdup (other->alias);
  return vfp_standby_alias (planning->slot->name);
}
