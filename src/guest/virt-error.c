/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt's errors as ours. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"

/* A lost connection has no code of its own: it is any error of the RPC layer ("client socket is
 * closed" is VIR_ERR_INTERNAL_ERROR there). */
static VfpErrorCode
code_of (const virError *failed)
{
  switch (failed->code)
    {
    case VIR_ERR_NO_DOMAIN:
      return VFP_ERROR_NO_SUCH_GUEST;
    case VIR_ERR_OPERATION_TIMEOUT:
      return VFP_ERROR_BUSY;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_RPC:
      return VFP_ERROR_LIBVIRT_UNREACHABLE;
    default:
      return failed->domain == VIR_FROM_RPC ? VFP_ERROR_LIBVIRT_UNREACHABLE : VFP_ERROR_LIBVIRT;
    }
}

gboolean
vfp_virt_error_take (GError **error)
{
  const virError *failed = virGetLastError ();

  if (failed == NULL || failed->message == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "libvirt failed without saying why");

  const VfpErrorCode code = code_of (failed);
  g_autofree char *text = g_strdelimit (g_strdup (failed->message), "\n\r", ' ');
  if (code == VFP_ERROR_BUSY)
    return vfp_throw (error, code, "another libvirt job of the guest holds it (%s); try again",
                      g_strstrip (text));
  return vfp_throw (error, code, "libvirt: %s", g_strstrip (text));
}

int
vfp_virt_error_code (void)
{
  const virError *failed = virGetLastError ();

  return failed == NULL ? VIR_ERR_OK : failed->code;
}
