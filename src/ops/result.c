/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a changing command has done to one slot. */
#include "config.h"

#include "ops/result.h"

#include "guest/placement.h"

VfpResult *
vfp_result_new (const VfpSlot *slot, const VfpVfView *vf)
{
  VfpResult *result = g_new0 (VfpResult, 1);
  const VfpPlacement placement = { slot->guest_address, slot->has_guest_address, slot->acpi_index };

  result->guest = g_strdup (slot->guest_name);
  result->uuid = g_strdup (slot->guest_uuid);
  result->slot = g_strdup (slot->name);
  result->pool = g_strdup (slot->pool);
  result->mac = slot->mac;
  result->guest_address = slot->guest_address;
  result->has_guest_address = slot->has_guest_address;
  result->guest_ifname = vfp_placement_ifname (&placement);
  result->standby = g_strdup (slot->standby);
  result->vlan = slot->settings.vlan;
  result->on_start = slot->on_start;
  result->changes = g_ptr_array_new_with_free_func (g_free);
  if (vf != NULL)
    {
      result->pf = g_strdup (vf->pf_name);
      result->vf = vf->index;
      result->address = vf->address;
    }
  return result;
}

VfpResult *
vfp_result_new_of_guest (const char *name, const char *uuid)
{
  VfpResult *result = g_new0 (VfpResult, 1);

  result->guest = g_strdup (name);
  result->uuid = g_strdup (uuid);
  result->changes = g_ptr_array_new_with_free_func (g_free);
  return result;
}

void
vfp_result_free (VfpResult *result)
{
  if (result == NULL)
    return;
  g_free (result->guest);
  g_free (result->uuid);
  g_free (result->slot);
  g_free (result->pool);
  g_free (result->pf);
  g_free (result->owner);
  g_free (result->driver);
  g_free (result->guest_ifname);
  g_free (result->standby);
  g_free (result->ended_standby);
  g_ptr_array_unref (result->changes);
  g_clear_pointer (&result->reasons, g_ptr_array_unref);
  g_free (result->summary);
  g_free (result);
}

void
vfp_result_add (VfpResult *result, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (result->changes, g_strdup_vprintf (format, args));
  va_end (args);
}

static void
reason_free (VfpResultReason *reason)
{
  g_free (reason->pf);
  g_free (reason->detail);
  g_free (reason);
}

void
vfp_result_explain (VfpResult *result, const GPtrArray *verdicts)
{
  result->reasons = g_ptr_array_new_with_free_func ((GDestroyNotify) reason_free);
  result->summary = vfp_policy_format (verdicts);
  for (guint i = 0; i < verdicts->len; i++)
    {
      const VfpPolicyVerdict *verdict = g_ptr_array_index (verdicts, i);
      VfpResultReason *reason = g_new (VfpResultReason, 1);

      *reason = (VfpResultReason){
        .pf = g_strdup (verdict->vf->pf_name),
        .vf = verdict->vf->index,
        .address = verdict->vf->address,
        .reason = verdict->reason,
        .detail = g_strdup (verdict->detail),
      };
      g_ptr_array_add (result->reasons, reason);
    }
}
