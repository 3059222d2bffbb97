/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The identity of an adopted NIC: what the guest sees of it stays. */
#include "config.h"

#include "base/error.h"
#include "base/parse.h"
#include "ops/adopt-plan-private.h"
#include "ops/slot.h"

/* Another slot of the plan, or somebody on the host. */
static char *
find_mac_user (const VfpAdoptPlanning *planning, const VfpSlot *slot, const VfpMac *mac,
               const VfpAddress *source)
{
  for (guint i = 0; i < planning->plan->actions->len; i++)
    {
      const VfpAdoptAction *other = g_ptr_array_index (planning->plan->actions, i);

      if (vfp_mac_equal (&other->slot->mac, mac))
        return g_strdup_printf ("%s (%s)", planning->guest->name, other->slot->name);
    }
  return vfp_slot_find_mac_user (planning->snapshot, slot, mac, source);
}

/* A plain <hostdev> has the MAC that its PF has for the VF, if that was ever set. */
static const VfpMac *
find_mac (const VfpAdoptFound *found, const VfpSlotPromise *promise, const VfpAdoptAction *action)
{
  const VfpGuestDevice *device = vfp_adopt_device_of (found);
  const VfpVf *vf = action->vf->vf;

  if (device->has_mac)
    return &device->mac;
  if (action->slot->id != 0)
    return &action->slot->mac;
  if (promise != NULL)
    return &promise->mac;
  return (vf->settings.known & VFP_SETTING_MAC) && !vfp_mac_is_zero (&vf->settings.mac)
             ? &vf->settings.mac
             : NULL;
}

static gboolean
throw_no_mac (const VfpAdoptPlanning *planning, const VfpAdoptAction *action, GError **error)
{
  const char *guest = planning->guest->name;
  char text[VFP_ADDRESS_STRLEN];

  return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                    "%s: %s has no MAC in the XML and none on %s, so nobody knows what the guest "
                    "has; with the guest off 'ip link set %s vf %u mac MAC', or make it an "
                    "<interface type='hostdev'> by 'virsh edit %s'",
                    guest, vfp_address_format (&action->vf->address, text), action->vf->pf_name,
                    action->vf->pf_name, action->vf->index, guest);
}

/* A clone that has its original's MAC gets one of its own. */
static gboolean
give_own_mac (VfpAdoptPlanning *planning, const VfpAdoptFound *found, const VfpMac *mac,
              const char *user, VfpAdoptAction *action, GError **error)
{
  const char *guest = planning->guest->name;
  char text[VFP_MAC_STRLEN];

  vfp_mac_format (mac, text);
  if (!planning->copied)
    return vfp_throw (error, VFP_ERROR_MAC_IN_USE,
                      "%s: MAC %s is in use by %s; give one of the two another by 'virsh edit'",
                      guest, text, user);
  if (found->live != NULL)
    return vfp_throw (error, VFP_ERROR_GUEST_RUNNING,
                      "%s is a running copy of %s with the MAC %s of %s; 'virsh shutdown %s', then "
                      "adopt it",
                      guest, planning->plan->copied_from, text, user, guest);
  if (!found->config->is_interface)
    return throw_no_mac (planning, action, error);
  return action->slot->id != 0 || vfp_slot_derive_mac (action->slot, planning->snapshot, error);
}

static gboolean
fill_mac (VfpAdoptPlanning *planning, const VfpAdoptFound *found, const VfpSlotPromise *promise,
          VfpAdoptAction *action, GError **error)
{
  VfpSlot *slot = action->slot;
  const VfpMac *mac = find_mac (found, promise, action);

  /* Where a claim stands, the state file wins over the configuration. */
  if (action->claim != NULL && found->live == NULL)
    return TRUE;
  if (mac == NULL)
    return throw_no_mac (planning, action, error);
  if (slot->id != 0 && vfp_mac_equal (&slot->mac, mac))
    return TRUE;

  g_autofree char *user = find_mac_user (planning, slot, mac, &vfp_adopt_device_of (found)->source);
  if (user != NULL)
    return give_own_mac (planning, found, mac, user, action, error);
  slot->mac = *mac;
  return TRUE;
}

static void
fill_placement (const VfpAdoptFound *found, const VfpSlotPromise *promise, VfpSlot *slot)
{
  const VfpGuestDevice *device = vfp_adopt_device_of (found);

  if (device->has_address)
    {
      slot->guest_address = device->address;
      slot->has_guest_address = TRUE;
      slot->acpi_index = device->acpi_index;
    }
  else if (slot->id == 0 && promise != NULL)
    {
      slot->guest_address = promise->placement.address;
      slot->has_guest_address = promise->placement.has_address;
      slot->acpi_index = device->acpi_index;
    }
}

/* libvirt sets a VLAN id without priority, and none where the XML has none. */
static void
take_xml_vlan (const VfpGuestDevice *device, VfpSettings *settings)
{
  VfpSettings vlan = vfp_settings_default ();

  vlan.vlan = (guint16) device->vlan;
  if (device->is_interface && device->vlan != settings->vlan)
    vfp_settings_take (settings, &vlan, VFP_SETTING_VLAN);
}

/* What the guest has now, or gets at its next start: libvirt sets MAC and VLAN from the XML, and
 * leaves the rest as somebody has set it through the PF. */
static VfpSettings
present_settings (const VfpAdoptFound *found, const VfpAdoptAction *action)
{
  const VfpGuestDevice *device = vfp_adopt_device_of (found);
  VfpSettings settings = vfp_settings_default ();
  const VfpSettings *told = &action->vf->vf->settings;
  const gboolean stays = vfp_address_equal (&device->source, &action->vf->address);

  if (stays)
    vfp_settings_take (&settings, told, told->known & settings.known);
  if (found->live == NULL || !stays || !(told->known & VFP_SETTING_VLAN))
    take_xml_vlan (device, &settings);
  return settings;
}

/* Two slots cannot be a pair with one NIC. */
static gboolean
is_standby_free (const VfpAdoptPlanning *planning, const VfpSlot *slot, const char *alias)
{
  g_autoptr (GPtrArray) slots
      = vfp_records_slots_of (planning->snapshot->records, planning->guest->uuid);

  for (guint i = 0; i < planning->plan->actions->len; i++)
    g_ptr_array_add (slots,
                     ((VfpAdoptAction *) g_ptr_array_index (planning->plan->actions, i))->slot);
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *other = g_ptr_array_index (slots, i);

      if (!g_str_equal (other->name, slot->name) && g_strcmp0 (other->standby, alias) == 0)
        return FALSE;
    }
  return TRUE;
}

/* The port profile, the driver model and the pair are the guest's own word: what it has, or gets at
 * its next start.
 */
static void
fill_network (const VfpAdoptPlanning *planning, const VfpAdoptFound *found, VfpSlot *slot)
{
  const VfpGuestDevice *device = vfp_adopt_device_of (found);

  g_free (slot->profile_id);
  slot->profile_id = g_strdup (device->profile_id);
  g_clear_pointer (&slot->driver_model, g_free);
  if (device->driver_model != NULL && vfp_parse_driver_model (device->driver_model, NULL))
    slot->driver_model = g_strdup (device->driver_model);
  g_clear_pointer (&slot->standby, g_free);
  if (device->standby != NULL && vfp_parse_alias (device->standby, NULL)
      && is_standby_free (planning, slot, device->standby))
    slot->standby = g_strdup (device->standby);
}

static void
fill_settings (const VfpAdoptFound *found, const VfpSlotPromise *promise, VfpAdoptAction *action)
{
  const VfpSettings defaults = vfp_settings_default ();
  VfpSlot *slot = action->slot;

  if (action->claim != NULL)
    return;
  if (slot->id != 0)
    {
      const unsigned before = slot->settings.vlan;

      take_xml_vlan (vfp_adopt_device_of (found), &slot->settings);
      if (slot->settings.vlan != before)
        slot->asked |= VFP_SETTING_VLAN;
      return;
    }
  slot->settings = promise != NULL ? defaults : present_settings (found, action);
  if (promise != NULL)
    {
      vfp_settings_take (&slot->settings, &promise->settings, promise->settings.known);
      take_xml_vlan (vfp_adopt_device_of (found), &slot->settings);
    }
  slot->asked = vfp_settings_differ (&slot->settings, &defaults);
}

static gboolean
is_of_pool (const VfpAdoptPlanning *planning, const char *name, const VfpVfView *vf)
{
  const VfpPoolNames names = vfp_view_names (planning->snapshot->view);
  g_autoptr (VfpPool) pool = name != NULL ? vfp_pool_find (&names, name, NULL) : NULL;

  return pool != NULL && pool->config != NULL && vfp_pool_has_vf (pool, vf->pf, vf->index);
}

/* The pool that is named, or promised, if the VF is in it; else its PF. */
static void
fill_pool (const VfpAdoptPlanning *planning, const VfpSlotPromise *promise, VfpAdoptAction *action)
{
  const char *known[]
      = { planning->request->pool, action->slot->pool, promise != NULL ? promise->pool : NULL };
  const char *pool = action->vf->pf->netdev;

  for (gsize i = G_N_ELEMENTS (known); i-- > 0;)
    if (is_of_pool (planning, known[i], action->vf))
      pool = known[i];
  char *copy = g_strdup (pool);
  g_free (action->slot->pool);
  action->slot->pool = copy;
}

gboolean
vfp_adopt_slot_fill (VfpAdoptPlanning *planning, const VfpAdoptFound *found,
                     const VfpSlotPromise *promise, VfpAdoptAction *action, GError **error)
{
  VfpSlot *slot = action->slot;

  if (slot->id == 0)
    {
      slot->created = vfp_world_now ();
      slot->on_start = promise != NULL && promise->on_start;
      slot->bond = promise != NULL ? g_strdup (promise->bond) : NULL;
      slot->bond_mac = promise != NULL ? promise->bond_mac : VFP_BOND_MAC_ALL;
    }
  /* Before the MAC, which a standby's macvtap has too. */
  if (action->claim == NULL)
    fill_network (planning, found, slot);
  if (!fill_mac (planning, found, promise, action, error))
    return FALSE;
  fill_placement (found, promise, slot);
  fill_settings (found, promise, action);
  g_free (slot->guest_name);
  slot->guest_name = g_strdup (planning->guest->name);
  fill_pool (planning, promise, action);
  return TRUE;
}

VfpSlot *
vfp_adopt_slot_restore (VfpAdoptPlanning *planning, const VfpSlotPromise *promise, GError **error)
{
  const VfpAddress none = { 0 };
  g_autoptr (VfpSlot) slot = vfp_slot_from_promise (planning->guest, promise, "");
  char text[VFP_MAC_STRLEN];
  g_autofree char *user = find_mac_user (planning, slot, &promise->mac, &none);

  if (user != NULL && !planning->copied)
    {
      vfp_throw (error, VFP_ERROR_MAC_IN_USE,
                 "%s: the MAC %s of its slot %s is in use by %s; 'virsh metadata %s "
                 "urn:vfpool:slots:1 --remove' gives the slots up that only the metadata knows",
                 planning->guest->name, vfp_mac_format (&promise->mac, text), promise->name, user,
                 planning->guest->name);
      return NULL;
    }
  if (user != NULL && !vfp_slot_derive_mac (slot, planning->snapshot, error))
    return NULL;
  return g_steal_pointer (&slot);
}
