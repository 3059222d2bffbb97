/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another set of settings, or another identity, for a slot that there is. */
#include "config.h"

#include "ops/set.h"

#include "base/error.h"
#include "base/parse.h"
#include "ops/attach-run.h"
#include "ops/guest-lock.h"
#include "ops/set-plan.h"

static gboolean
check_request (const VfpSetRequest *request, GError **error)
{
  const VfpAttachRequest *asked = &request->asked;

  if (asked->settings.known == 0 && !asked->has_mac && !asked->has_guest_address
      && asked->acpi_index < 0 && !asked->has_virtualport && !request->replug)
    return vfp_throw (error, VFP_ERROR_USAGE, "say what to set; see 'vfpool set --help'");
  if (request->replug && (asked->affect.live || asked->affect.config || asked->affect.current))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "--replug changes the running guest and the configuration; leave --live, "
                      "--config and --current out");
  return TRUE;
}

static void
tell_settings (VfpResult *result, const VfpChange *change)
{
  const unsigned differ = vfp_settings_differ (&change->before->settings, &change->after->settings);
  const unsigned again = vfp_set_plan_lacking (change) & ~differ;

  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (differ & which)
      {
        g_autofree char *now = vfp_setting_value (&change->after->settings, (VfpSetting) which);
        g_autofree char *was = vfp_setting_value (&change->before->settings, (VfpSetting) which);

        vfp_result_add (result, "%s %s (was %s)", vfp_setting_name ((VfpSetting) which), now, was);
      }
    else if (again & which)
      vfp_result_add (result, "%s set again", vfp_setting_name ((VfpSetting) which));
}

static void
tell_index (VfpResult *result, unsigned now, unsigned was)
{
  g_autofree char *now_text = now != 0 ? g_strdup_printf ("%u", now) : g_strdup ("none");
  g_autofree char *was_text = was != 0 ? g_strdup_printf ("%u", was) : g_strdup ("none");

  vfp_result_add (result, "ACPI index %s (was %s)", now_text, was_text);
}

static void
tell_identity (VfpResult *result, const VfpChange *change)
{
  const VfpSlot *before = change->before;
  const VfpSlot *after = change->after;
  char was[MAX (VFP_MAC_STRLEN, VFP_ADDRESS_STRLEN)];
  g_autofree char *port = vfp_virtualport_to_string (after->profile_id);

  if (!vfp_mac_equal (&before->mac, &after->mac))
    vfp_result_add (result, "the MAC was %s", vfp_mac_format (&before->mac, was));
  if (before->has_guest_address
      && !vfp_address_equal (&before->guest_address, &after->guest_address))
    vfp_result_add (result, "the guest address was %s",
                    vfp_address_format (&before->guest_address, was));
  if (before->acpi_index != after->acpi_index)
    tell_index (result, after->acpi_index, before->acpi_index);
  if (g_strcmp0 (before->profile_id, after->profile_id) != 0)
    vfp_result_add (result, "virtualport %s", port != NULL ? port : "none");
}

static VfpResult *
make_result (const VfpChange *change)
{
  VfpResult *result = vfp_result_new (change->after, change->from);

  result->changed = change->changes;
  result->live = change->live;
  result->config = change->config;
  if (!change->changes)
    return result;
  vfp_result_add (result, change->replug ? "plugged in anew" : "set");
  tell_settings (result, change);
  tell_identity (result, change);
  if (change->keeps_slot)
    vfp_result_add (result, "until the guest's end");
  else if (change->from != NULL && change->from->live && !change->live)
    vfp_result_add (result, "from the guest's next start on");
  return result;
}

VfpResult *
vfp_set (VfpWorld *world, const VfpSetRequest *request, GError **error)
{
  const VfpAttachRequest *asked = &request->asked;
  g_auto (VfpChange) change = {
    .world = world,
    .what = "set",
    .guest_name = asked->guest,
    .timeout_ms = asked->timeout_ms,
    .plan = vfp_set_plan,
    .data = (gpointer) request,
  };
  g_autofree char *uuid = NULL;
  g_autoptr (VfpLock) lock = NULL;

  if (!check_request (request, error))
    return NULL;
  if (asked->dry_run)
    uuid = vfp_guest_find_uuid (world, asked->guest, error);
  else
    lock = vfp_guest_lock_take (world, asked->guest, asked->timeout_ms, &uuid, error);
  if (uuid == NULL)
    return NULL;
  change.uuid = uuid;
  if (!vfp_change_run (&change, asked->dry_run, error))
    return NULL;
  if (change.changes && change.config)
    vfp_attach_warn_of_start (world, change.after);
  return make_result (&change);
}
