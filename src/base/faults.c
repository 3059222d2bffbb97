/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failures on demand, for fakes. */
#include "config.h"

#include "base/faults.h"

#include "base/error.h"

gboolean
vfp_faults_pass (VfpFaults *faults, const char *name, GError **error)
{
  if (faults == NULL)
    return TRUE;
  faults->calls++;
  if (faults->on_call != NULL)
    faults->on_call (faults->calls);
  if (faults->calls != faults->fail_at)
    return TRUE;
  faults->failed = name;
  return vfp_throw (error, VFP_ERROR_FAILED, "call %u (%s) failed on demand", faults->calls, name);
}
