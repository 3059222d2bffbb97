/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One error domain: a code for each thing that a caller does differently, with the exit
 * status and the stable string that it has for scripts. */
#pragma once

#include <glib.h>

#define VFP_ERROR (vfp_error_quark ())
GQuark vfp_error_quark (void);

/* The order is that of the exit status; the table in error.c carries the strings. */
typedef enum
{
  VFP_ERROR_FAILED,
  VFP_ERROR_OUTPUT,
  VFP_ERROR_USAGE,
  VFP_ERROR_CONFIG,
  VFP_ERROR_PF_NOT_NAMED,
  VFP_ERROR_NO_SUCH_GUEST,
  VFP_ERROR_NO_SUCH_PF,
  VFP_ERROR_NO_SUCH_VF,
  VFP_ERROR_NO_SUCH_POOL,
  VFP_ERROR_NO_SUCH_SLOT,
  VFP_ERROR_SLOT_EMPTY,
  VFP_ERROR_NO_STANDBY,
  VFP_ERROR_NOT_RESERVED,
  VFP_ERROR_NO_VF_FITS,
  VFP_ERROR_NO_VFS,
  VFP_ERROR_NO_VF_THERE,
  VFP_ERROR_VF_IN_USE,
  VFP_ERROR_SLOT_IN_USE,
  VFP_ERROR_MAC_IN_USE,
  VFP_ERROR_GUEST_ADDRESS_IN_USE,
  VFP_ERROR_ACPI_INDEX_IN_USE,
  VFP_ERROR_DIFFERS,
  VFP_ERROR_STATE_NOT_EMPTY,
  VFP_ERROR_BUSY,
  VFP_ERROR_GUEST_REFUSED,
  VFP_ERROR_GUEST_OFF,
  VFP_ERROR_GUEST_RUNNING,
  VFP_ERROR_GUEST_PAUSED,
  VFP_ERROR_GUEST_TRANSIENT,
  VFP_ERROR_GUEST_TIMEOUT,
  VFP_ERROR_NO_PORT,
  VFP_ERROR_FINDINGS_REMAIN,
  VFP_ERROR_STATE,
  VFP_ERROR_STATE_MISSING,
  VFP_ERROR_STATE_NEWER,
  VFP_ERROR_STATE_DAMAGED,
  VFP_ERROR_LIBVIRT,
  VFP_ERROR_LIBVIRT_UNREACHABLE,
  VFP_ERROR_DESTINATION,
  VFP_ERROR_HOST,
  VFP_ERROR_PF_DOWN,
  VFP_ERROR_IOMMU,
  VFP_ERROR_MEMORY,
  VFP_ERROR_UNSUPPORTED,
  VFP_ERROR_NO_HOOK,
  VFP_ERROR_NO_PERMISSION,
  VFP_ERROR_INTERRUPTED,
} VfpErrorCode;

/* Exit status of design: 1 to 10. An error of another domain is 1. Interrupted: 130. */
int vfp_error_status (const GError *error);

/* Stable string for JSON, for example "vf-in-use"; "failed" for other domains. */
const char *vfp_error_code_string (const GError *error);

/* The text in one line, where libvirt's have several. Owned by the caller. */
char *vfp_error_line (const GError *error);

/* Sets @error and returns FALSE, so that a check is one statement. */
gboolean vfp_throw (GError **error, VfpErrorCode code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The same with ": strerror (errnum)" behind it. */
gboolean vfp_throw_errno (GError **error, VfpErrorCode code, int errnum, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* For work on several things, of which one that fails keeps no other from it: keeps @error as
 * @first where that is not set, and appends its text to @warnings (char *) else. Takes @error. */
void vfp_error_keep_first (GError **first, GError *error, GPtrArray *warnings);
