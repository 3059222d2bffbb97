/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error codes, their exit statuses and their strings. */
#include "config.h"

#include "base/error.h"

G_DEFINE_QUARK (vfp - error - quark, vfp_error)

static const struct
{
  int status;
  const char *string;
} codes[] = {
  [VFP_ERROR_FAILED] = { 1, "failed" },
  [VFP_ERROR_OUTPUT] = { 1, "output" },
  [VFP_ERROR_USAGE] = { 2, "usage" },
  [VFP_ERROR_CONFIG] = { 2, "config" },
  [VFP_ERROR_PF_NOT_NAMED] = { 2, "pf-not-named" },
  [VFP_ERROR_NO_SUCH_GUEST] = { 3, "no-such-guest" },
  [VFP_ERROR_NO_SUCH_PF] = { 3, "no-such-pf" },
  [VFP_ERROR_NO_SUCH_VF] = { 3, "no-such-vf" },
  [VFP_ERROR_NO_SUCH_POOL] = { 3, "no-such-pool" },
  [VFP_ERROR_NO_SUCH_SLOT] = { 3, "no-such-slot" },
  [VFP_ERROR_SLOT_EMPTY] = { 3, "slot-empty" },
  [VFP_ERROR_NO_STANDBY] = { 3, "no-standby" },
  [VFP_ERROR_NOT_RESERVED] = { 3, "not-reserved" },
  [VFP_ERROR_NO_VF_FITS] = { 4, "no-vf-fits" },
  [VFP_ERROR_NO_VFS] = { 4, "no-vfs" },
  [VFP_ERROR_NO_VF_THERE] = { 4, "no-vf-there" },
  [VFP_ERROR_VF_IN_USE] = { 5, "vf-in-use" },
  [VFP_ERROR_SLOT_IN_USE] = { 5, "slot-in-use" },
  [VFP_ERROR_MAC_IN_USE] = { 5, "mac-in-use" },
  [VFP_ERROR_GUEST_ADDRESS_IN_USE] = { 5, "guest-address-in-use" },
  [VFP_ERROR_ACPI_INDEX_IN_USE] = { 5, "acpi-index-in-use" },
  [VFP_ERROR_DIFFERS] = { 5, "differs" },
  [VFP_ERROR_STATE_NOT_EMPTY] = { 5, "state-not-empty" },
  [VFP_ERROR_BUSY] = { 5, "busy" },
  [VFP_ERROR_GUEST_REFUSED] = { 6, "guest-refused" },
  [VFP_ERROR_GUEST_OFF] = { 6, "guest-off" },
  [VFP_ERROR_GUEST_RUNNING] = { 6, "guest-running" },
  [VFP_ERROR_GUEST_PAUSED] = { 6, "guest-paused" },
  [VFP_ERROR_GUEST_TRANSIENT] = { 6, "guest-transient" },
  [VFP_ERROR_GUEST_TIMEOUT] = { 6, "guest-timeout" },
  [VFP_ERROR_NO_PORT] = { 6, "no-port" },
  [VFP_ERROR_FINDINGS_REMAIN] = { 7, "findings-remain" },
  [VFP_ERROR_STATE] = { 8, "state" },
  [VFP_ERROR_STATE_MISSING] = { 8, "state-missing" },
  [VFP_ERROR_STATE_NEWER] = { 8, "state-newer" },
  [VFP_ERROR_STATE_DAMAGED] = { 8, "state-damaged" },
  [VFP_ERROR_LIBVIRT] = { 9, "libvirt" },
  [VFP_ERROR_LIBVIRT_UNREACHABLE] = { 9, "libvirt-unreachable" },
  [VFP_ERROR_DESTINATION] = { 9, "destination" },
  [VFP_ERROR_HOST] = { 10, "host" },
  [VFP_ERROR_PF_DOWN] = { 10, "pf-down" },
  [VFP_ERROR_IOMMU] = { 10, "iommu" },
  [VFP_ERROR_MEMORY] = { 10, "memory" },
  [VFP_ERROR_UNSUPPORTED] = { 10, "unsupported" },
  [VFP_ERROR_NO_HOOK] = { 10, "no-hook" },
  [VFP_ERROR_NO_PERMISSION] = { 10, "no-permission" },
  [VFP_ERROR_INTERRUPTED] = { 130, "interrupted" },
};

static gboolean
is_ours (const GError *error)
{
  return error->domain == VFP_ERROR && error->code >= 0 && error->code < (int) G_N_ELEMENTS (codes);
}

int
vfp_error_status (const GError *error)
{
  return is_ours (error) ? codes[error->code].status : codes[VFP_ERROR_FAILED].status;
}

const char *
vfp_error_code_string (const GError *error)
{
  return is_ours (error) ? codes[error->code].string : codes[VFP_ERROR_FAILED].string;
}

char *
vfp_error_line (const GError *error)
{
  return g_strchomp (g_strdelimit (g_strdup (error->message), "\n\r", ' '));
}

gboolean
vfp_throw (GError **error, VfpErrorCode code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autoptr (GError) made = g_error_new_valist (VFP_ERROR, code, format, args);
  va_end (args);

  g_propagate_error (error, g_steal_pointer (&made));
  return FALSE;
}

gboolean
vfp_throw_errno (GError **error, VfpErrorCode code, int errnum, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);

  return vfp_throw (error, code, "%s: %s", text, g_strerror (errnum));
}

void
vfp_error_keep_first (GError **first, GError *error, GPtrArray *warnings)
{
  if (*first == NULL)
    {
      *first = error;
      return;
    }
  g_ptr_array_add (warnings, g_strdup (error->message));
  g_error_free (error);
}
