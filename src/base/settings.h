/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a VF: what its PF holds for it (include/uapi/linux/if_link.h, IFLA_VF_*). */
#pragma once

#include <glib.h>

#include "base/mac.h"

/* One bit for each setting that netlink can carry in a request of its own. */
typedef enum
{
  VFP_SETTING_MAC = 1 << 0,
  VFP_SETTING_VLAN = 1 << 1, /* id, qos and proto: one request */
  VFP_SETTING_RATE = 1 << 2, /* min and max: one request */
  VFP_SETTING_SPOOFCHK = 1 << 3,
  VFP_SETTING_TRUST = 1 << 4,
  VFP_SETTING_LINK_STATE = 1 << 5,
} VfpSetting;

#define VFP_SETTING_LAST VFP_SETTING_LINK_STATE
#define VFP_SETTING_ALL ((VFP_SETTING_LAST << 1) - 1)

/* The values are those of IFLA_VF_LINK_STATE_*. */
typedef enum
{
  VFP_LINK_STATE_AUTO = 0,
  VFP_LINK_STATE_ENABLE = 1,
  VFP_LINK_STATE_DISABLE = 2,
} VfpLinkState;

#define VFP_VLAN_PROTO_8021Q 0x8100
#define VFP_VLAN_PROTO_8021AD 0x88a8

typedef struct
{
  unsigned known; /* VfpSetting bits: the members below that carry a value */
  VfpMac mac;
  guint16 vlan; /* 0: none, else 1 to 4094 */
  guint8 vlan_qos;
  guint16 vlan_proto;  /* VFP_VLAN_PROTO_*, in host byte order */
  guint32 min_tx_rate; /* Mbit/s, 0: no limit */
  guint32 max_tx_rate;
  gboolean spoofchk;
  gboolean trust;
  VfpLinkState link_state;
} VfpSettings;

/* What a VF is handed out with when nothing was asked: no VLAN, no rate, spoofchk on, trust off,
 * link-state auto; all known but the MAC. */
VfpSettings vfp_settings_default (void);

/* Copies the settings named by the bits @which from @from, marking them known. */
void vfp_settings_take (VfpSettings *settings, const VfpSettings *from, unsigned which);

/* Which of the two rates, of a request that names one alone. */
typedef enum
{
  VFP_RATE_MIN = 1 << 0,
  VFP_RATE_MAX = 1 << 1,
} VfpRate;

/* Copies what @asked knows, of the rates only @rates (VfpRate bits; 0: both). Error:
 * %VFP_ERROR_USAGE where the lower limit is above the upper one then, with @settings untouched. */
gboolean vfp_settings_ask (VfpSettings *settings, const VfpSettings *asked, unsigned rates,
                           GError **error);

/* The bits of the settings that both know and that differ. */
unsigned vfp_settings_differ (const VfpSettings *a, const VfpSettings *b);

/* Reads "ID[:QOS[:PROTO]]", ID 0 (none) to 4094, QOS 0 to 7, PROTO 802.1Q or 802.1ad.
 * Error: %VFP_ERROR_USAGE; @settings is then untouched. */
gboolean vfp_settings_parse_vlan (VfpSettings *settings, const char *text, GError **error);

/* Reads "auto", "enable" or "disable". Error: %VFP_ERROR_USAGE. */
gboolean vfp_settings_parse_link_state (VfpSettings *settings, const char *text, GError **error);

/* Names as people write them: "mac", "vlan", "tx-rate", "spoofchk", "trust", "link-state". */
const char *vfp_setting_name (VfpSetting which);

const char *vfp_link_state_to_string (VfpLinkState link_state);

/* "802.1Q" or "802.1ad". */
const char *vfp_vlan_proto_to_string (guint16 proto);

/* The value of one known setting for messages, for example "42:3:802.1ad", "on", "0:1000". */
char *vfp_setting_value (const VfpSettings *settings, VfpSetting which);

/* The known settings as "mac=56:66:… vlan=42:0:802.1Q …": what the state file keeps. */
char *vfp_settings_to_string (const VfpSettings *settings);

/* The reverse of vfp_settings_to_string(). Error: %VFP_ERROR_USAGE. */
gboolean vfp_settings_from_string (const char *text, VfpSettings *out_settings, GError **error);
