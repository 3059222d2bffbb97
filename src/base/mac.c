/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A MAC address as a value, its only parser, and the derivation for a slot. */
#include "config.h"

#include "base/mac.h"

#include <string.h>

#include "base/error.h"

static gboolean
parse_octets (const char *text, VfpMac *out_mac)
{
  VfpMac mac;

  if (strlen (text) != VFP_MAC_STRLEN - 1)
    return FALSE;
  for (unsigned i = 0; i < G_N_ELEMENTS (mac.octet); i++)
    {
      const char *digits = text + 3 * i;

      if (!g_ascii_isxdigit (digits[0]) || !g_ascii_isxdigit (digits[1])
          || (i < 5 && digits[2] != ':'))
        return FALSE;
      mac.octet[i]
          = (guint8) (g_ascii_xdigit_value (digits[0]) << 4 | g_ascii_xdigit_value (digits[1]));
    }
  *out_mac = mac;
  return TRUE;
}

gboolean
vfp_mac_parse (const char *text, VfpMac *out_mac, GError **error)
{
  if (!parse_octets (text, out_mac))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "'%s' is not a MAC address; write it as 56:66:1c:09:aa:01", text);
  return TRUE;
}

gboolean
vfp_mac_parse_unicast (const char *text, VfpMac *out_mac, GError **error)
{
  VfpMac mac;

  if (!vfp_mac_parse (text, &mac, error))
    return FALSE;
  if (mac.octet[0] & 1)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is a multicast address, which no NIC can have",
                      text);
  if (vfp_mac_is_zero (&mac))
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is no address that a NIC can have", text);

  *out_mac = mac;
  return TRUE;
}

const char *
vfp_mac_format (const VfpMac *mac, char buffer[VFP_MAC_STRLEN])
{
  g_snprintf (buffer, VFP_MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac->octet[0], mac->octet[1],
              mac->octet[2], mac->octet[3], mac->octet[4], mac->octet[5]);
  return buffer;
}

char *
vfp_mac_to_string (const VfpMac *mac)
{
  char buffer[VFP_MAC_STRLEN];

  return g_strdup (vfp_mac_format (mac, buffer));
}

gboolean
vfp_mac_equal (const VfpMac *a, const VfpMac *b)
{
  return memcmp (a->octet, b->octet, sizeof a->octet) == 0;
}

gboolean
vfp_mac_is_zero (const VfpMac *mac)
{
  const VfpMac zero = { 0 };

  return vfp_mac_equal (mac, &zero);
}

VfpMacPrefix
vfp_mac_prefix_default (void)
{
  return (VfpMacPrefix){ { 0x56, 0x66 }, 2 };
}

gboolean
vfp_mac_prefix_parse (const char *text, VfpMacPrefix *out_prefix, GError **error)
{
  const size_t length = strlen (text);
  const unsigned octets = (unsigned) (length + 1) / 3;
  g_autofree char *padded = NULL;
  VfpMac mac;

  if (length < 17)
    padded = g_strdup_printf ("%s%s", text, &"00:00:00:00:00:00"[length < 3 ? 2 : length]);
  if (padded == NULL || length % 3 != 2 || !parse_octets (padded, &mac))
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not the beginning of a MAC address", text);
  if ((mac.octet[0] & 3) != 2)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not local and unicast (02, 06, 0a, 0e, …)",
                      text);

  *out_prefix = (VfpMacPrefix){ .length = octets };
  memcpy (out_prefix->octet, mac.octet, octets);
  return TRUE;
}

VfpMac
vfp_mac_derive (const VfpMacPrefix *prefix, const char *uuid, const char *slot, unsigned attempt)
{
  g_autofree char *seed = attempt == 0 ? g_strdup_printf ("%s/%s", uuid, slot)
                                       : g_strdup_printf ("%s/%s/%u", uuid, slot, attempt);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;
  VfpMac mac;

  g_checksum_update (checksum, (const guchar *) seed, -1);
  g_checksum_get_digest (checksum, digest, &length);
  memcpy (mac.octet, prefix->octet, prefix->length);
  memcpy (mac.octet + prefix->length, digest, sizeof mac.octet - prefix->length);
  return mac;
}

VfpMac
vfp_mac_derive_reserved (const VfpMacPrefix *prefix, const char *owner, const VfpMac *pf,
                         unsigned vf, unsigned attempt)
{
  char buffer[VFP_MAC_STRLEN];
  g_autofree char *guest = g_strconcat ("owner:", owner, NULL);
  g_autofree char *slot = g_strdup_printf ("%s/%u", vfp_mac_format (pf, buffer), vf);

  return vfp_mac_derive (prefix, guest, slot, attempt);
}
