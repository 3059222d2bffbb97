/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PFs that legs of a bond are on. */
#include "config.h"

#include "ops/bond-legs.h"

#include "base/error.h"
#include "ops/standby-plan.h"
#include "pool/bond-choice.h"
#include "pool/card.h"

/* The VF that @other has as a leg of the bond, though what claimed it may be dead; NULL: none. */
static const VfpVfView *
vf_of_leg (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpSlot *other)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, other->id);

  return other->id != slot->id && g_strcmp0 (other->bond, slot->bond) == 0 && claim != NULL
             ? vfp_view_find_claim (snapshot->view, claim)
             : NULL;
}

/* The PFs (VfpPf, borrowed) that other slots of the guest have VFs of as legs of the same bond. */
static GPtrArray *
find_pfs (const VfpSnapshot *snapshot, const VfpSlot *slot)
{
  GPtrArray *pfs = g_ptr_array_new ();
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, slot->guest_uuid);

  for (guint i = 0; slot->bond != NULL && i < slots->len; i++)
    {
      const VfpVfView *vf = vf_of_leg (snapshot, slot, g_ptr_array_index (slots, i));

      if (vf != NULL && vf->pf != NULL)
        g_ptr_array_add (pfs, vf->pf);
    }
  return pfs;
}

/* No two legs of a bond are on one PF: it would end with that. */
static gboolean
check_pf (const VfpSnapshot *snapshot, const VfpSlot *slot, const VfpPf *pf, GError **error)
{
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, slot->guest_uuid);
  g_autofree char *name = vfp_pf_name (pf);

  for (guint i = 0; slot->bond != NULL && i < slots->len; i++)
    {
      const VfpSlot *other = g_ptr_array_index (slots, i);
      const VfpVfView *vf = vf_of_leg (snapshot, slot, other);

      if (vf != NULL && vf->pf == pf)
        return vfp_throw (error, vf->stale ? VFP_ERROR_SLOT_IN_USE : VFP_ERROR_DIFFERS,
                          "%s: another leg of %s is on %s already, and would fail with it; say "
                          "another --pf for %s",
                          slot->guest_name, slot->bond, name, slot->name);
    }
  return TRUE;
}

static VfpPf *
get_nic (const VfpSnapshot *snapshot, const char *name, GError **error)
{
  VfpPf *pf = vfp_snapshot_get_pf (snapshot, name, error);

  if (pf != NULL && pf->netdev == NULL)
    {
      vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "%s is not a network card", name);
      return NULL;
    }
  return pf;
}

GPtrArray *
vfp_bond_legs_named (const VfpSnapshot *snapshot, const char *const *names, GError **error)
{
  g_autoptr (GPtrArray) pfs = g_ptr_array_new ();

  for (; *names != NULL; names++)
    {
      VfpPf *pf = get_nic (snapshot, *names, error);

      if (pf == NULL)
        return NULL;
      if (g_ptr_array_find (pfs, pf, NULL))
        {
          vfp_throw (error, VFP_ERROR_USAGE,
                     "--pf %s: its PF is named twice; a bond needs a "
                     "different one for each leg",
                     *names);
          return NULL;
        }
      g_ptr_array_add (pfs, pf);
    }
  return g_steal_pointer (&pfs);
}

static void
add_port (const VfpWorld *world, VfpPf *pf, GPtrArray *ports)
{
  VfpBondPort *port = g_new0 (VfpBondPort, 1);

  port->pf = pf;
  port->serial = vfp_pci_serial (world->root, &pf->address);
  g_ptr_array_add (ports, port);
}

/* @taken and those of @pool (may be NULL), each once. */
static GPtrArray *
list_ports (const VfpWorld *world, const GPtrArray *taken, const VfpPool *pool)
{
  GPtrArray *ports = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_bond_port_free);

  for (guint i = 0; i < taken->len; i++)
    add_port (world, g_ptr_array_index (taken, i), ports);
  for (guint i = 0; pool != NULL && i < pool->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (pool->pfs, i);

      if (!g_ptr_array_find ((GPtrArray *) taken, pf, NULL))
        add_port (world, pf, ports);
    }
  return ports;
}

VfpVfView *
vfp_bond_legs_choose (const VfpWorld *world, const VfpSnapshot *snapshot, const GPtrArray *taken,
                      const VfpPolicyRequest *request, GError **error)
{
  g_autoptr (GPtrArray) ports = list_ports (world, taken, request->pool);

  return vfp_bond_choose (snapshot->view, ports, taken, request, error);
}

VfpVfView *
vfp_bond_legs_choose_for (const VfpWorld *world, const VfpSnapshot *snapshot, const VfpSlot *slot,
                          const VfpPolicyRequest *request, GError **error)
{
  g_autoptr (GPtrArray) legs = find_pfs (snapshot, slot);
  VfpPolicyRequest wanted = *request;

  wanted.avoid = legs;
  if (wanted.standby == NULL)
    wanted.standby = vfp_standby_pf (snapshot, slot);
  if (wanted.pf != NULL && !check_pf (snapshot, slot, wanted.pf, error))
    return NULL;
  return legs->len > 0 && wanted.pf == NULL
             ? vfp_bond_legs_choose (world, snapshot, legs, &wanted, error)
             : vfp_policy_choose (snapshot->view, &wanted, error);
}

gboolean
vfp_bond_legs_check_settings (VfpBondMac mac, const VfpSettings *asked, GError **error)
{
  if (mac == VFP_BOND_MAC_ALL && (asked->known & VFP_SETTING_TRUST) && !asked->trust)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--trust off: a bond that has one MAC on all legs needs trust, one with "
                      "--bond-mac active does not");
  if ((asked->known & VFP_SETTING_LINK_STATE) && asked->link_state != VFP_LINK_STATE_AUTO)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--link-state %s: a bond sees a dead uplink only with auto",
                      vfp_link_state_to_string (asked->link_state));
  return TRUE;
}

gboolean
vfp_bond_legs_share_card (const VfpWorld *world, const GPtrArray *pfs)
{
  g_autoptr (GPtrArray) ports = list_ports (world, pfs, NULL);

  for (guint i = 0; i < ports->len; i++)
    for (guint k = 0; k < i; k++)
      {
        const VfpBondPort *a = g_ptr_array_index (ports, i), *b = g_ptr_array_index (ports, k);

        if (vfp_card_is_same (&a->pf->address, a->serial, &b->pf->address, b->serial))
          return TRUE;
      }
  return FALSE;
}
