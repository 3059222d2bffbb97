/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a VF as a value, and their text forms. */
#include "config.h"

#include "base/settings.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"

#define VLAN_ID_MAX 4094
#define VLAN_QOS_MAX 7

static const char *const link_states[] = {
  [VFP_LINK_STATE_AUTO] = "auto",
  [VFP_LINK_STATE_ENABLE] = "enable",
  [VFP_LINK_STATE_DISABLE] = "disable",
};

VfpSettings
vfp_settings_default (void)
{
  return (VfpSettings){
    .known = VFP_SETTING_ALL & ~VFP_SETTING_MAC,
    .vlan_proto = VFP_VLAN_PROTO_8021Q,
    .spoofchk = TRUE,
    .link_state = VFP_LINK_STATE_AUTO,
  };
}

void
vfp_settings_take (VfpSettings *settings, const VfpSettings *from, unsigned which)
{
  if (which & VFP_SETTING_MAC)
    settings->mac = from->mac;
  if (which & VFP_SETTING_VLAN)
    {
      settings->vlan = from->vlan;
      settings->vlan_qos = from->vlan_qos;
      settings->vlan_proto = from->vlan_proto;
    }
  if (which & VFP_SETTING_RATE)
    {
      settings->min_tx_rate = from->min_tx_rate;
      settings->max_tx_rate = from->max_tx_rate;
    }
  if (which & VFP_SETTING_SPOOFCHK)
    settings->spoofchk = from->spoofchk;
  if (which & VFP_SETTING_TRUST)
    settings->trust = from->trust;
  if (which & VFP_SETTING_LINK_STATE)
    settings->link_state = from->link_state;
  settings->known |= which;
}

gboolean
vfp_settings_ask (VfpSettings *settings, const VfpSettings *asked, unsigned rates, GError **error)
{
  VfpSettings wanted = *settings;

  vfp_settings_take (&wanted, asked, asked->known);
  if (rates == VFP_RATE_MIN)
    wanted.max_tx_rate = settings->max_tx_rate;
  if (rates == VFP_RATE_MAX)
    wanted.min_tx_rate = settings->min_tx_rate;
  if ((asked->known & VFP_SETTING_RATE) && wanted.max_tx_rate != 0
      && wanted.min_tx_rate > wanted.max_tx_rate)
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "the min-tx-rate %u would be above the max-tx-rate %u; say both",
                      wanted.min_tx_rate, wanted.max_tx_rate);
  *settings = wanted;
  return TRUE;
}

static gboolean
equal (const VfpSettings *a, const VfpSettings *b, VfpSetting which)
{
  switch (which)
    {
    case VFP_SETTING_MAC:
      return vfp_mac_equal (&a->mac, &b->mac);
    case VFP_SETTING_VLAN:
      return a->vlan == b->vlan && a->vlan_qos == b->vlan_qos
             && (a->vlan == 0 || a->vlan_proto == b->vlan_proto);
    case VFP_SETTING_RATE:
      return a->min_tx_rate == b->min_tx_rate && a->max_tx_rate == b->max_tx_rate;
    case VFP_SETTING_SPOOFCHK:
      return !a->spoofchk == !b->spoofchk;
    case VFP_SETTING_TRUST:
      return !a->trust == !b->trust;
    case VFP_SETTING_LINK_STATE:
      return a->link_state == b->link_state;
    default:
      g_assert_not_reached ();
    }
}

unsigned
vfp_settings_differ (const VfpSettings *a, const VfpSettings *b)
{
  unsigned differ = 0;

  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if ((a->known & b->known & which) && !equal (a, b, (VfpSetting) which))
      differ |= which;
  return differ;
}

static gboolean
parse_vlan_proto (const char *text, guint16 *out_proto, GError **error)
{
  if (g_ascii_strcasecmp (text, "802.1Q") == 0)
    *out_proto = VFP_VLAN_PROTO_8021Q;
  else if (g_ascii_strcasecmp (text, "802.1ad") == 0)
    *out_proto = VFP_VLAN_PROTO_8021AD;
  else
    return vfp_throw (error, VFP_ERROR_USAGE, "VLAN protocol: '%s' is neither 802.1Q nor 802.1ad",
                      text);
  return TRUE;
}

gboolean
vfp_settings_parse_vlan (VfpSettings *settings, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  const unsigned n_parts = g_strv_length (parts);
  guint64 id, qos = 0;
  guint16 proto = VFP_VLAN_PROTO_8021Q;

  if (n_parts > 3)
    return vfp_throw (error, VFP_ERROR_USAGE, "VLAN: '%s' is not ID[:QOS[:PROTO]]", text);
  if (!vfp_parse_uint (n_parts > 0 ? parts[0] : "", 10, 0, VLAN_ID_MAX, "VLAN id", &id, error))
    return FALSE;
  if (n_parts > 1 && !vfp_parse_uint (parts[1], 10, 0, VLAN_QOS_MAX, "VLAN priority", &qos, error))
    return FALSE;
  if (n_parts > 2 && !parse_vlan_proto (parts[2], &proto, error))
    return FALSE;
  if (id == 0 && n_parts > 1)
    return vfp_throw (error, VFP_ERROR_USAGE, "VLAN: 0 means none and takes no priority");

  settings->vlan = (guint16) id;
  settings->vlan_qos = (guint8) qos;
  settings->vlan_proto = proto;
  settings->known |= VFP_SETTING_VLAN;
  return TRUE;
}

gboolean
vfp_settings_parse_link_state (VfpSettings *settings, const char *text, GError **error)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (link_states); i++)
    if (g_str_equal (text, link_states[i]))
      {
        settings->link_state = (VfpLinkState) i;
        settings->known |= VFP_SETTING_LINK_STATE;
        return TRUE;
      }
  return vfp_throw (error, VFP_ERROR_USAGE, "link-state: '%s' is not auto, enable or disable",
                    text);
}

const char *
vfp_setting_name (VfpSetting which)
{
  switch (which)
    {
    case VFP_SETTING_MAC:
      return "mac";
    case VFP_SETTING_VLAN:
      return "vlan";
    case VFP_SETTING_RATE:
      return "tx-rate";
    case VFP_SETTING_SPOOFCHK:
      return "spoofchk";
    case VFP_SETTING_TRUST:
      return "trust";
    case VFP_SETTING_LINK_STATE:
      return "link-state";
    default:
      g_assert_not_reached ();
    }
}

const char *
vfp_link_state_to_string (VfpLinkState link_state)
{
  return link_states[link_state];
}

const char *
vfp_vlan_proto_to_string (guint16 proto)
{
  return proto == VFP_VLAN_PROTO_8021AD ? "802.1ad" : "802.1Q";
}

char *
vfp_setting_value (const VfpSettings *settings, VfpSetting which)
{
  switch (which)
    {
    case VFP_SETTING_MAC:
      return vfp_mac_to_string (&settings->mac);
    case VFP_SETTING_VLAN:
      return settings->vlan == 0
                 ? g_strdup ("0")
                 : g_strdup_printf ("%u:%u:%s", settings->vlan, settings->vlan_qos,
                                    vfp_vlan_proto_to_string (settings->vlan_proto));
    case VFP_SETTING_RATE:
      return g_strdup_printf ("%u:%u", settings->min_tx_rate, settings->max_tx_rate);
    case VFP_SETTING_SPOOFCHK:
      return g_strdup (settings->spoofchk ? "on" : "off");
    case VFP_SETTING_TRUST:
      return g_strdup (settings->trust ? "on" : "off");
    case VFP_SETTING_LINK_STATE:
      return g_strdup (vfp_link_state_to_string (settings->link_state));
    default:
      g_assert_not_reached ();
    }
}

char *
vfp_settings_to_string (const VfpSettings *settings)
{
  GString *text = g_string_new (NULL);

  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    {
      if (!(settings->known & which))
        continue;
      g_autofree char *value = vfp_setting_value (settings, (VfpSetting) which);
      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "",
                              vfp_setting_name ((VfpSetting) which), value);
    }
  return g_string_free (text, FALSE);
}

static gboolean
parse_rate (VfpSettings *settings, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  guint64 min, max;

  if (g_strv_length (parts) != 2)
    return vfp_throw (error, VFP_ERROR_USAGE, "tx-rate: '%s' is not MIN:MAX", text);
  if (!vfp_parse_uint (parts[0], 10, 0, G_MAXUINT32, "tx-rate", &min, error)
      || !vfp_parse_uint (parts[1], 10, 0, G_MAXUINT32, "tx-rate", &max, error))
    return FALSE;

  settings->min_tx_rate = (guint32) min;
  settings->max_tx_rate = (guint32) max;
  settings->known |= VFP_SETTING_RATE;
  return TRUE;
}

static gboolean
parse_member (VfpSettings *settings, VfpSetting which, const char *value, GError **error)
{
  switch (which)
    {
    case VFP_SETTING_MAC:
      settings->known |= VFP_SETTING_MAC;
      return vfp_mac_parse (value, &settings->mac, error);
    case VFP_SETTING_VLAN:
      return vfp_settings_parse_vlan (settings, value, error);
    case VFP_SETTING_RATE:
      return parse_rate (settings, value, error);
    case VFP_SETTING_SPOOFCHK:
      settings->known |= VFP_SETTING_SPOOFCHK;
      return vfp_parse_on_off (value, "spoofchk", &settings->spoofchk, error);
    case VFP_SETTING_TRUST:
      settings->known |= VFP_SETTING_TRUST;
      return vfp_parse_on_off (value, "trust", &settings->trust, error);
    case VFP_SETTING_LINK_STATE:
      return vfp_settings_parse_link_state (settings, value, error);
    default:
      g_assert_not_reached ();
    }
}

static VfpSetting
setting_by_name (const char *name)
{
  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    if (g_str_equal (name, vfp_setting_name ((VfpSetting) which)))
      return (VfpSetting) which;
  return 0;
}

gboolean
vfp_settings_from_string (const char *text, VfpSettings *out_settings, GError **error)
{
  g_auto (GStrv) members = g_strsplit (text, " ", -1);
  VfpSettings settings = { 0 };

  for (char **member = members; *member != NULL && *text != '\0'; member++)
    {
      char *value = strchr (*member, '=');

      if (value == NULL)
        return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not SETTING=VALUE", *member);
      *value++ = '\0';

      const VfpSetting which = setting_by_name (*member);
      if (which == 0)
        return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not a setting of a VF", *member);
      if (!parse_member (&settings, which, value, error))
        return FALSE;
    }

  *out_settings = settings;
  return TRUE;
}
