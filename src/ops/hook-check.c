/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a guest may start with what its XML names. */
#include "config.h"

#include "ops/hook-check.h"

#include "guest/metadata.h"

void
vfp_hook_decision_free (VfpHookDecision *decision)
{
  if (decision == NULL)
    return;
  g_free (decision->refused);
  g_ptr_array_unref (decision->devices);
  g_ptr_array_unref (decision->slots);
  g_free (decision);
}

gboolean
vfp_hook_is_worked_on (const VfpClaim *claim)
{
  return claim->claimer.pid != 0 && vfp_process_is_alive (&claim->claimer);
}

static gboolean
holds (const VfpView *view, const VfpClaim *claim)
{
  return claim->owner != NULL || claim->config || vfp_hook_is_worked_on (claim)
         || (claim->live && g_strcmp0 (claim->boot_id, view->facts.boot_id) == 0
             && (claim->expires == 0 || vfp_claim_is_awaited (claim, view->facts.boot_id)));
}

static gboolean
is_own (const VfpVfView *vf, const VfpDomxml *domxml)
{
  return vf->slot != NULL && g_strcmp0 (vf->slot->guest_uuid, domxml->uuid) == 0;
}

/* The metadata of another guest: made by copying that one's XML. */
static gboolean
is_copy (const VfpDomxml *domxml)
{
  g_autofree char *uuid = NULL;
  g_autoptr (GPtrArray) promises
      = domxml->metadata != NULL ? vfp_metadata_parse (domxml->metadata, &uuid, NULL) : NULL;

  return promises != NULL && g_strcmp0 (uuid, domxml->uuid) != 0;
}

static char *
describe (const VfpVfView *vf)
{
  char address[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("%s VF %u (%s)", vf->pf_name, vf->index,
                          vfp_address_format (&vf->address, address));
}

static char *
refuse_reserved (const VfpVfView *vf, const char *guest)
{
  g_autofree char *what = describe (vf);

  return g_strdup_printf ("%s is reserved for %s; take that device out of %s and give it a VF of "
                          "its own ('vfpool attach %s')",
                          what, vf->claim->owner, guest, guest);
}

static char *
refuse_claimed (const VfpVfView *vf, const VfpDomxml *domxml)
{
  g_autofree char *what = describe (vf);
  const char *guest = domxml->name;

  if (is_copy (domxml))
    return g_strdup_printf ("%s is %s of %s, whose XML this guest was copied from; 'vfpool adopt "
                            "%s' gives it a VF and a MAC of its own",
                            what, vf->slot->name, vf->slot->guest_name, guest);
  return g_strdup_printf ("%s is %s of %s; take that device out of %s and give it a VF of its own "
                          "('vfpool attach %s'), or 'vfpool detach %s --slot %s' first",
                          what, vf->slot->name, vf->slot->guest_name, guest, guest,
                          vf->slot->guest_name, vf->slot->name);
}

static char *
refuse_missing (const VfpGuestDevice *device, const VfpSlot *slot, const char *guest)
{
  char address[VFP_ADDRESS_STRLEN];

  vfp_address_format (&device->source, address);
  if (slot != NULL)
    return g_strdup_printf (
        "%s, the VF of %s, is not on this host now; 'vfpool list' shows those "
        "that are: make the VFs again, or 'vfpool reconcile %s --fix' where the "
        "card has moved",
        address, slot->name, guest);
  return g_strdup_printf ("%s is no VF of this host; 'vfpool list' shows those that are: make the "
                          "VFs again, or give the guest another one ('vfpool adopt %s')",
                          address, guest);
}

/* Everybody who has a VF of the PF, once each. */
static char *
refuse_whole_pf (const VfpView *view, const VfpPf *pf, const char *guest)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) owners = g_string_new (NULL);
  g_autofree char *name = vfp_pf_name (pf);

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->pf != pf || vf->claim == NULL || !holds (view, vf->claim))
        continue;
      const char *owner = vf->claim->owner != NULL ? vf->claim->owner : vf->slot->guest_name;
      if (g_hash_table_add (seen, (gpointer) owner))
        g_string_append_printf (owners, "%s%s", owners->len > 0 ? ", " : "", owner);
    }
  if (owners->len == 0)
    return NULL;
  return g_strdup_printf (
      "the whole PF %s would go to the guest, and VFs of it are held by %s; "
      "detach them ('vfpool list --pf %s' shows them), or take the PF out of %s",
      name, owners->str, name, guest);
}

/* Where either MAC is not told, the address has to do. */
static gboolean
is_same_pf (const VfpView *view, const VfpClaim *claim, const VfpPf *pf)
{
  const VfpPfRecord *record = vfp_records_get_pf (view->facts.records, claim->pf_id);

  if (record == NULL)
    return FALSE;
  return vfp_mac_is_zero (&record->mac) || vfp_mac_is_zero (&pf->mac)
             ? vfp_address_equal (&record->address, &pf->address)
             : vfp_mac_equal (&record->mac, &pf->mac);
}

static char *
refuse_other_pf (const VfpView *view, const VfpHookDevice *device, const char *guest)
{
  const VfpVfView *claimed = vfp_view_find_claim (view, device->claim);
  g_autofree char *named = describe (device->vf);
  g_autofree char *held = describe (claimed);

  return g_strdup_printf (
      "its XML names %s for %s, which has %s, of another card; 'vfpool reconcile "
      "%s --fix' corrects the XML",
      named, device->slot->name, held, guest);
}

/* The XML of a guest that came without being started names the VF of another host. */
static char *
refuse_other_pool (const VfpVfView *vf, const VfpSlot *slot, const char *guest)
{
  g_autofree char *named = describe (vf);

  return g_strdup_printf (
      "its XML names %s for %s, which is not in the pool %s; take that device "
      "out of %s and 'vfpool attach %s --slot %s', or 'vfpool adopt %s' where it "
      "is to be that one",
      named, slot->name, slot->pool, guest, guest, slot->name, guest);
}

static gboolean
is_taken (const VfpHookDecision *decision, const VfpSlot *slot)
{
  for (guint i = 0; i < decision->devices->len; i++)
    if (((const VfpHookDevice *) g_ptr_array_index (decision->devices, i))->slot == slot)
      return TRUE;
  return FALSE;
}

/* The guest's slot that the device is of: it carries the slot's alias, else its MAC, else it is the
 * VF that the slot has. */
static VfpSlot *
find_slot (const VfpHookDecision *decision, const VfpGuestDevice *device, const VfpVfView *vf)
{
  VfpSlot *by_mac = NULL, *by_vf = NULL;

  for (guint i = 0; i < decision->slots->len; i++)
    {
      VfpSlot *slot = g_ptr_array_index (decision->slots, i);

      if (is_taken (decision, slot))
        continue;
      if (device->alias != NULL && g_str_equal (device->alias, slot->alias))
        return slot;
      if (device->has_mac && vfp_mac_equal (&device->mac, &slot->mac))
        by_mac = slot;
      if (vf != NULL && vf->slot == slot)
        by_vf = slot;
    }
  return by_mac != NULL ? by_mac : by_vf;
}

/* A change of VFs was cut short: both are the slot's. */
static gboolean
is_held_for (const VfpHookDevice *device)
{
  return device->occupant != NULL && device->occupant->held_for == device->claim->id;
}

/* A VF of the guest's own: what its claim is to become. */
static char *
decide_own (VfpHookDecision *decision, const VfpView *view, const VfpDomxml *domxml,
            const VfpGuestDevice *xml_device, VfpVfView *vf, VfpSlot *slot)
{
  VfpHookDevice *device = g_new0 (VfpHookDevice, 1);

  g_ptr_array_add (decision->devices, device);
  device->device = xml_device;
  device->vf = vf;
  device->slot = slot;
  device->claim = vfp_records_find_claim_of_slot (view->facts.records, slot->id);
  device->moved = device->claim != NULL && vf->claim != device->claim;
  device->occupant = vf->claim != device->claim ? vf->claim : NULL;
  device->busy = (device->claim != NULL && vfp_hook_is_worked_on (device->claim))
                 || (device->occupant != NULL && vfp_hook_is_worked_on (device->occupant));
  const VfpPoolNames names = vfp_view_names (view);
  if (device->claim == NULL && vf->claim == NULL && vfp_pool_lacks_pf (&names, slot->pool, vf->pf))
    return refuse_other_pool (vf, slot, domxml->name);
  return device->moved && !device->busy && !is_held_for (device)
                 && !is_same_pf (view, device->claim, vf->pf)
             ? refuse_other_pf (view, device, domxml->name)
             : NULL;
}

/* NULL: it may be. */
static char *
decide_device (VfpHookDecision *decision, const VfpView *view, const VfpDomxml *domxml,
               const VfpGuestDevice *device)
{
  char address[VFP_ADDRESS_STRLEN];
  const VfpPf *pf = vfp_inventory_find_pf (view->facts.inventory,
                                           vfp_address_format (&device->source, address));
  VfpVfView *vf = vfp_view_find (view, &device->source);
  VfpSlot *slot = find_slot (decision, device, vf);

  if (pf != NULL)
    return refuse_whole_pf (view, pf, domxml->name);
  /* A host device that is no VF is none of our business, nor is one that has the address of a
   * claimed VF which is gone. */
  if (vf == NULL || vf->pf == NULL)
    return slot != NULL || device->is_interface ? refuse_missing (device, slot, domxml->name)
                                                : NULL;
  if (vf->claim != NULL && !is_own (vf, domxml) && holds (view, vf->claim))
    return vf->claim->owner != NULL ? refuse_reserved (vf, domxml->name)
                                    : refuse_claimed (vf, domxml);
  return slot != NULL ? decide_own (decision, view, domxml, device, vf, slot) : NULL;
}

VfpHookDecision *
vfp_hook_decide (const VfpView *view, const VfpDomxml *domxml)
{
  VfpHookDecision *decision = g_new0 (VfpHookDecision, 1);

  decision->devices = g_ptr_array_new_with_free_func (g_free);
  decision->slots = vfp_records_slots_of (view->facts.records, domxml->uuid);
  for (guint i = 0; i < domxml->devices->len && decision->refused == NULL; i++)
    decision->refused
        = decide_device (decision, view, domxml, g_ptr_array_index (domxml->devices, i));
  return decision;
}
