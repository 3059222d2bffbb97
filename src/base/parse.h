/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict parsers of what people and files say: the whole string, in range, or an error. */
#pragma once

#include <glib.h>

/* Reads all of @text as a number of @base (10 or 16, no sign, no prefix, no blanks) between
 * @min and @max. @what names the thing in the error. Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_uint (const char *text, unsigned base, guint64 min, guint64 max,
                         const char *what, guint64 *out_value, GError **error);

/* Reads "on" or "off". Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_on_off (const char *text, const char *what, gboolean *out_value, GError **error);

/* Checks the name of a slot for a NIC: "net" and a number up to 999 without leading zeros.
 * @out_number may be NULL. Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_slot_name (const char *text, unsigned *out_number, GError **error);

/* Checks a user alias of libvirt: "ua-" and letters, digits, '_' and '-'
 * (virDomainDeviceAliasIsUserAlias() and USER_ALIAS_CHARS in domain_conf.c).
 * Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_alias (const char *text, GError **error);

/* Reads a virtualport, "802.1Qbh:PROFILEID" or "none". @out_profile_id: owned by the caller, NULL
 * for none. A profile id has at most 39 bytes (LIBVIRT_IFLA_VF_PORT_PROFILE_MAX). The types that
 * libvirt refuses for a VF (virHostdevNetConfigVirtPortProfile() in virhostdev.c) are told so.
 * Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_virtualport (const char *text, char **out_profile_id, GError **error);

/* The reverse; NULL for NULL. Owned by the caller. */
char *vfp_virtualport_to_string (const char *profile_id);

/* Checks the name of a kernel module, as libvirt's <driver model='…'/> takes it: "mlx5_vfio_pci".
 * Error: %VFP_ERROR_USAGE. */
gboolean vfp_parse_driver_model (const char *text, GError **error);
