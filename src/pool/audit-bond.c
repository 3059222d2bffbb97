/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of bonds: whether they would outlive a card. */
#include "config.h"

#include "pool/audit-private.h"
#include "pool/bond.h"
#include "pool/card.h"

#define LEGS_MIN 2

static gboolean
is_at_work (const VfpAudit *audit, const VfpBond *bond)
{
  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLeg *leg = g_ptr_array_index (bond->legs, i);

      if (vfp_audit_at_work (vfp_records_find_claim_of_slot (audit->facts->records, leg->slot->id)))
        return TRUE;
    }
  return FALSE;
}

/* Legs in the running guest, or else in its configuration. */
static guint
count_present (const VfpBond *bond)
{
  guint present = 0;

  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLeg *leg = g_ptr_array_index (bond->legs, i);

      present += leg->vf != NULL && (bond->running ? leg->vf->live : leg->vf->config);
    }
  return present;
}

/* What gets its VF at the guest's start lacks nothing before. */
static char *
list_absent (const VfpBond *bond)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < bond->legs->len; i++)
    {
      const VfpBondLeg *leg = g_ptr_array_index (bond->legs, i);

      if ((leg->vf == NULL || !leg->vf->config) && !leg->slot->on_start)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", leg->slot->name);
    }
  return g_string_free (names, FALSE);
}

/* A bond that was detached as a whole is not in use, and lacks nothing. */
static void
find_degraded (VfpAudit *audit, const VfpBond *bond, const char *object, const char *uuid)
{
  const guint present = count_present (bond);
  g_autofree char *why = vfp_bond_explain (bond);
  g_autofree char *absent = list_absent (bond);

  if (present == 0)
    return;
  if (bond->legs->len < LEGS_MIN)
    vfp_audit_add (audit, "bond-degraded", object, uuid, "%s is its only leg",
                   ((const VfpBondLeg *) g_ptr_array_index (bond->legs, 0))->slot->name);
  else if (bond->running && bond->up < bond->legs->len)
    vfp_audit_add (audit, "bond-degraded", object, uuid, "%u of %u legs up (%s)", bond->up,
                   bond->legs->len, why);
  else if (!bond->running && *absent != '\0')
    vfp_audit_add (audit, "bond-degraded", object, uuid,
                   "%u of %u legs in the configuration, not %s", present, bond->legs->len, absent);
}

static const VfpPfRecord *
pf_of_leg (const VfpAudit *audit, const VfpBondLeg *leg)
{
  return leg->vf != NULL ? vfp_records_get_pf (audit->facts->records, leg->vf->claim->pf_id) : NULL;
}

static void
find_same_card (VfpAudit *audit, const VfpBond *bond, const char *object, const char *uuid)
{
  for (guint i = 0; i < bond->legs->len; i++)
    for (guint k = 0; k < i; k++)
      {
        const VfpBondLeg *one = g_ptr_array_index (bond->legs, k);
        const VfpBondLeg *other = g_ptr_array_index (bond->legs, i);
        const VfpPfRecord *a = pf_of_leg (audit, one), *b = pf_of_leg (audit, other);

        if (a != NULL && b != NULL
            && vfp_card_is_same (&a->address, a->serial, &b->address, b->serial))
          vfp_audit_add (audit, "bond-same-card", object, uuid,
                         "%s (%s) and %s (%s) are on one card, and fail with it", one->slot->name,
                         one->vf->pf_name, other->slot->name, other->vf->pf_name);
      }
}

static void
audit_guest (VfpAudit *audit, const VfpSlot *slot)
{
  g_autoptr (GPtrArray) bonds = vfp_bonds_of (audit->view, slot->guest_uuid);

  for (guint i = 0; i < bonds->len; i++)
    {
      const VfpBond *bond = g_ptr_array_index (bonds, i);
      g_autofree char *object = g_strdup_printf ("%s %s", slot->guest_name, bond->name);

      if (is_at_work (audit, bond))
        continue;
      find_degraded (audit, bond, object, slot->guest_uuid);
      find_same_card (audit, bond, object, slot->guest_uuid);
    }
}

void
vfp_audit_bonds (VfpAudit *audit)
{
  const VfpRecords *records = audit->facts->records;
  const char *last = NULL;

  /* Slots are in the order of their guests. */
  for (guint i = 0; audit->guests != NULL && i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (slot->bond == NULL || g_strcmp0 (slot->guest_uuid, last) == 0
          || !vfp_audit_wants_guest (audit, slot->guest_uuid)
          || vfp_audit_find_guest (audit, slot->guest_uuid) == NULL)
        continue;
      last = slot->guest_uuid;
      audit_guest (audit, slot);
    }
}
