/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a slot is to get when its guest has arrived from another host. */
#include "config.h"

#include "base/arrive.h"

#include "base/error.h"

gboolean
vfp_arrive_parse (const char *text, VfpArrive *out_arrive, GError **error)
{
  for (int arrive = VFP_ARRIVE_LIVE; arrive <= VFP_ARRIVE_BOTH; arrive++)
    if (g_str_equal (text, vfp_arrive_to_string ((VfpArrive) arrive)))
      {
        *out_arrive = (VfpArrive) arrive;
        return TRUE;
      }
  return vfp_throw (error, VFP_ERROR_USAGE, "arrive: '%s' is neither live nor both", text);
}

const char *
vfp_arrive_to_string (VfpArrive arrive)
{
  static const char *const strings[] = {
    [VFP_ARRIVE_NO] = NULL,
    [VFP_ARRIVE_LIVE] = "live",
    [VFP_ARRIVE_BOTH] = "both",
  };

  return strings[arrive];
}
