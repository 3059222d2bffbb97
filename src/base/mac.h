/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A MAC address as a value, its only parser, and the derivation for a slot. */
#pragma once

#include <glib.h>

#define VFP_MAC_STRLEN 18

typedef struct
{
  guint8 octet[6];
} VfpMac;

/* Reads six octets with colons. Error: %VFP_ERROR_USAGE; @out_mac is then untouched. */
gboolean vfp_mac_parse (const char *text, VfpMac *out_mac, GError **error);

/* As vfp_mac_parse(), and refuses what no NIC can have: multicast and all zero. */
gboolean vfp_mac_parse_unicast (const char *text, VfpMac *out_mac, GError **error);

const char *vfp_mac_format (const VfpMac *mac, char buffer[VFP_MAC_STRLEN]);
char *vfp_mac_to_string (const VfpMac *mac);
gboolean vfp_mac_equal (const VfpMac *a, const VfpMac *b);
gboolean vfp_mac_is_zero (const VfpMac *mac);

/* The octets that derived MACs begin with. */
typedef struct
{
  guint8 octet[5];
  unsigned length; /* 1 to 5 */
} VfpMacPrefix;

/* 56:66. */
VfpMacPrefix vfp_mac_prefix_default (void);

/* Reads 1 to 5 octets with colons, locally administered and unicast (IEEE 802, 8.4). Error:
 * %VFP_ERROR_USAGE; @out_prefix is then untouched. */
gboolean vfp_mac_prefix_parse (const char *text, VfpMacPrefix *out_prefix, GError **error);

/* The MAC of the slot @slot of the guest @uuid: the prefix and a digest of both. The same for ever,
 * so that a lost state file gives it back. @attempt is 0, and counts up where the result is in use.
 */
VfpMac vfp_mac_derive (const VfpMacPrefix *prefix, const char *uuid, const char *slot,
                       unsigned attempt);

/* The same for a VF that is reserved for @owner: of the PF whose permanent MAC is @pf. */
VfpMac vfp_mac_derive_reserved (const VfpMacPrefix *prefix, const char *owner, const VfpMac *pf,
                                unsigned vf, unsigned attempt);
