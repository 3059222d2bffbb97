/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a guest's two definitions a command works on. */
#include "config.h"

#include "ops/affect.h"

#include "base/error.h"
#include "guest/virt.h"

gboolean
vfp_affect_choose (const VfpGuest *guest, const VfpAffectFlags *flags, unsigned *out_affect,
                   GError **error)
{
  unsigned affect = 0;

  if (flags->current && (flags->live || flags->config))
    return vfp_throw (error, VFP_ERROR_USAGE, "--current goes with neither --live nor --config");
  if (flags->live && !guest->running)
    return vfp_throw (error, VFP_ERROR_GUEST_OFF, "%s is off; 'virsh start %s' first, or --config",
                      guest->name, guest->name);
  if (flags->config && !guest->persistent)
    return vfp_throw (error, VFP_ERROR_GUEST_TRANSIENT,
                      "%s is transient and has no configuration; leave --config out", guest->name);

  if (flags->live)
    affect |= VFP_AFFECT_LIVE;
  if (flags->config)
    affect |= VFP_AFFECT_CONFIG;
  if (flags->current)
    affect = guest->running ? VFP_AFFECT_LIVE : VFP_AFFECT_CONFIG;
  if (affect == 0)
    affect = (guest->running ? VFP_AFFECT_LIVE : 0) | (guest->persistent ? VFP_AFFECT_CONFIG : 0);

  if ((affect & VFP_AFFECT_LIVE) && guest->paused)
    return vfp_throw (error, VFP_ERROR_GUEST_PAUSED, "%s is paused; 'virsh resume %s' first",
                      guest->name, guest->name);
  *out_affect = affect;
  return TRUE;
}
