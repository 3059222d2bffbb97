/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reservation asks for, against what its VF has. */
#include "config.h"

#include "pool/reservation.h"

#include "host/drivers.h"

gboolean
vfp_reservation_is_expired (const VfpClaim *claim, gint64 now)
{
  return claim->owner != NULL && claim->until != 0 && claim->until <= now;
}

gboolean
vfp_reservation_is_over (const VfpClaim *claim, gint64 now)
{
  if (claim->owner == NULL || (claim->claimer.pid != 0 && vfp_process_is_alive (&claim->claimer)))
    return FALSE;
  return claim->intent != VFP_INTENT_NONE || vfp_reservation_is_expired (claim, now);
}

static void G_GNUC_PRINTF (2, 3) append (GString *text, const char *format, ...)
{
  va_list args;

  if (text->len > 0)
    g_string_append (text, ", ");
  va_start (args, format);
  g_string_append_vprintf (text, format, args);
  va_end (args);
}

char *
vfp_reservation_difference (const VfpClaim *claim, const VfpVf *vf)
{
  unsigned differ = vfp_settings_differ (&claim->settings, &vf->settings);
  g_autoptr (GString) text = g_string_new (NULL);

  if (claim->settings.trust)
    differ &= ~(unsigned) VFP_SETTING_MAC;
  if (claim->driver != NULL && !vfp_drivers_match (vf->driver, claim->driver))
    append (text, "driver %s instead of %s", vf->driver != NULL ? vf->driver : VFP_DRIVER_NONE,
            claim->driver);
  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (differ & which)
      {
        g_autofree char *now = vfp_setting_value (&vf->settings, (VfpSetting) which);
        g_autofree char *wanted = vfp_setting_value (&claim->settings, (VfpSetting) which);

        append (text, "%s %s instead of %s", vfp_setting_name ((VfpSetting) which), now, wanted);
      }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
