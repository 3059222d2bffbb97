/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit of reservations: what they ask for against what their VFs have. */
#include "config.h"

#include "base/time.h"
#include "host/vf.h"
#include "pool/audit-private.h"
#include "pool/reservation.h"
#include "pool/reserve-group.h"

/* Who keeps the VF from being changed; NULL: nobody. */
static char *
find_user (const VfpAudit *audit, const VfpVfView *vf)
{
  const VfpGuest *guest = vfp_audit_other_user (audit, &vf->address, "", TRUE);

  if (guest != NULL)
    return g_strdup (guest->name);
  return vf->vf != NULL ? g_strdup (vf->vf->host_use) : NULL;
}

static void G_GNUC_PRINTF (4, 5)
    add (VfpAudit *audit, const VfpVfView *vf, const char *id, const char *format, ...)
{
  g_autofree char *user = find_user (audit, vf);
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  VfpFinding *finding = vfp_audit_add_vf (
      audit, id, vf, NULL, "%s%s%s%s", text, user != NULL ? "; it is in use (" : "",
      user != NULL ? user : "", user != NULL ? ") and stays as it is until that ends" : "");
  if (finding != NULL)
    finding->by_hand = user != NULL;
}

void
vfp_audit_reservation (VfpAudit *audit, const VfpVfView *vf)
{
  const VfpClaim *claim = vf->claim;

  if (audit->uuid != NULL)
    return;
  if (claim->intent != VFP_INTENT_NONE)
    {
      add (audit, vf, "dead-intent", "a command that was %s it for %s has died",
           claim->intent == VFP_INTENT_CLAIMING ? "reserving" : "giving back what was reserved of",
           claim->owner);
      return;
    }
  if (vfp_reservation_is_expired (claim, audit->facts->now))
    {
      g_autofree char *until = vfp_time_to_string (claim->until);

      add (audit, vf, "reservation-expired", "it was reserved for %s until %s", claim->owner,
           until);
      return;
    }

  g_autofree char *difference = vf->vf != NULL ? vfp_reservation_difference (claim, vf->vf) : NULL;
  if (difference != NULL)
    add (audit, vf, "reservation-not-applied", "it is reserved for %s and has %s", claim->owner,
         difference);
}

static void
audit_group (VfpAudit *audit, const VfpConfigReserve *config)
{
  const VfpReserveGroup group = vfp_reserve_group_count (audit->view, config);
  g_autofree char *object = g_strdup_printf ("reserve %s", config->name);

  if (group.made >= group.wanted)
    return;
  VfpFinding *finding = vfp_audit_add (
      audit, "reservation-missing", object, NULL,
      "%u of %u VFs are reserved as the configuration says%s", group.made, group.wanted,
      group.marked == 0 ? ", and no other is free ('vfpool list' shows who has them)" : "");
  if (finding != NULL)
    finding->by_hand = group.marked == 0;
}

void
vfp_audit_reserve_groups (VfpAudit *audit)
{
  const VfpConfig *config = audit->facts->config;

  for (guint i = 0; config != NULL && audit->uuid == NULL && i < config->reserves->len; i++)
    audit_group (audit, g_ptr_array_index (config->reserves, i));
}
