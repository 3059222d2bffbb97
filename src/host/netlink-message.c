/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the rtnetlink requests. */
#include "config.h"

#include "host/netlink-private.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netlink/attr.h>

static NlMsg *
new_link_message (int type, int flags, const char *netdev, unsigned link_flags)
{
  const struct ifinfomsg header
      = { .ifi_family = AF_UNSPEC, .ifi_flags = link_flags, .ifi_change = link_flags };
  NlMsg *message = nlmsg_alloc_simple (type, flags);

  if (message == NULL)
    return NULL;
  nlmsg_append (message, (void *) &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_string (message, IFLA_IFNAME, netdev);
  return message;
}

NlMsg *
vfp_netlink_build_get_link (const char *netdev)
{
  NlMsg *message = new_link_message (RTM_GETLINK, 0, netdev, 0);

  if (message != NULL)
    nla_put_u32 (message, IFLA_EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
  return message;
}

NlMsg *
vfp_netlink_build_set_up (const char *netdev)
{
  return new_link_message (RTM_SETLINK, NLM_F_ACK, netdev, IFF_UP);
}

NlMsg *
vfp_netlink_build_get_addresses (void)
{
  struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
  NlMsg *message = nlmsg_alloc_simple (RTM_GETADDR, NLM_F_DUMP);

  if (message != NULL)
    nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  return message;
}

NlMsg *
vfp_netlink_build_get_learnt (void)
{
  struct ndmsg header = { .ndm_family = PF_BRIDGE };
  NlMsg *message = nlmsg_alloc_simple (RTM_GETNEIGH, NLM_F_DUMP);

  if (message != NULL)
    nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  return message;
}

NlMsg *
vfp_netlink_build_forget (const VfpMac *mac, const VfpLearnt *learnt)
{
  struct ndmsg header
      = { .ndm_family = PF_BRIDGE, .ndm_ifindex = learnt->port, .ndm_flags = NTF_MASTER };
  NlMsg *message = nlmsg_alloc_simple (RTM_DELNEIGH, NLM_F_ACK);

  if (message == NULL)
    return NULL;
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  nla_put (message, NDA_LLADDR, sizeof mac->octet, mac->octet);
  if (learnt->vlan != 0)
    nla_put_u16 (message, NDA_VLAN, learnt->vlan);
  return message;
}

static void
put_mac (NlMsg *message, unsigned index, const VfpSettings *settings)
{
  struct ifla_vf_mac mac = { .vf = index };

  memcpy (mac.mac, settings->mac.octet, sizeof settings->mac.octet);
  nla_put (message, IFLA_VF_MAC, sizeof mac, &mac);
}

/* Old kernels know 802.1Q alone, and as IFLA_VF_VLAN. Newer ones refuse an IFLA_VF_VLAN_INFO that
 * is shorter than the structure with its padding. */
static void
put_vlan (NlMsg *message, unsigned index, const VfpSettings *settings)
{
  const struct ifla_vf_vlan vlan
      = { .vf = index, .vlan = settings->vlan, .qos = settings->vlan_qos };

  if (settings->vlan == 0 || settings->vlan_proto != VFP_VLAN_PROTO_8021AD)
    {
      nla_put (message, IFLA_VF_VLAN, sizeof vlan, &vlan);
      return;
    }

  struct ifla_vf_vlan_info info;
  memset (&info, 0, sizeof info);
  info.vf = index;
  info.vlan = settings->vlan;
  info.qos = settings->vlan_qos;
  info.vlan_proto = htons (settings->vlan_proto);

  struct nlattr *list = nla_nest_start (message, IFLA_VF_VLAN_LIST);
  nla_put (message, IFLA_VF_VLAN_INFO, sizeof info, &info);
  nla_nest_end (message, list);
}

static void
put_rate (NlMsg *message, unsigned index, const VfpSettings *settings, gboolean legacy_rate)
{
  const struct ifla_vf_tx_rate legacy = { .vf = index, .rate = settings->max_tx_rate };
  const struct ifla_vf_rate rate
      = { .vf = index, .min_tx_rate = settings->min_tx_rate, .max_tx_rate = settings->max_tx_rate };

  if (legacy_rate)
    nla_put (message, IFLA_VF_TX_RATE, sizeof legacy, &legacy);
  else
    nla_put (message, IFLA_VF_RATE, sizeof rate, &rate);
}

static void
put_setting (NlMsg *message, unsigned index, VfpSetting which, const VfpSettings *settings,
             gboolean legacy_rate)
{
  const struct ifla_vf_spoofchk spoofchk = { .vf = index, .setting = settings->spoofchk ? 1 : 0 };
  const struct ifla_vf_trust trust = { .vf = index, .setting = settings->trust ? 1 : 0 };
  const struct ifla_vf_link_state link_state = { .vf = index, .link_state = settings->link_state };

  switch (which)
    {
    case VFP_SETTING_MAC:
      put_mac (message, index, settings);
      break;
    case VFP_SETTING_VLAN:
      put_vlan (message, index, settings);
      break;
    case VFP_SETTING_RATE:
      put_rate (message, index, settings, legacy_rate);
      break;
    case VFP_SETTING_SPOOFCHK:
      nla_put (message, IFLA_VF_SPOOFCHK, sizeof spoofchk, &spoofchk);
      break;
    case VFP_SETTING_TRUST:
      nla_put (message, IFLA_VF_TRUST, sizeof trust, &trust);
      break;
    case VFP_SETTING_LINK_STATE:
      nla_put (message, IFLA_VF_LINK_STATE, sizeof link_state, &link_state);
      break;
    }
}

NlMsg *
vfp_netlink_build_set_vf (const char *netdev, unsigned index, VfpSetting which,
                          const VfpSettings *settings, gboolean legacy_rate)
{
  NlMsg *message = new_link_message (RTM_SETLINK, NLM_F_ACK, netdev, 0);

  if (message == NULL)
    return NULL;

  struct nlattr *list = nla_nest_start (message, IFLA_VFINFO_LIST);
  struct nlattr *info = nla_nest_start (message, IFLA_VF_INFO);
  put_setting (message, index, which, settings, legacy_rate);
  nla_nest_end (message, info);
  nla_nest_end (message, list);
  return message;
}

static VfpErrorCode
code_for_errno (int errnum)
{
  switch (errnum)
    {
    case EOPNOTSUPP:
      return VFP_ERROR_UNSUPPORTED;
    case EPERM:
    case EACCES:
      return VFP_ERROR_NO_PERMISSION;
    case EAGAIN:
    case EBUSY:
      return VFP_ERROR_BUSY;
    default:
      return VFP_ERROR_HOST;
    }
}

static const char *
advice_for_errno (int errnum)
{
  switch (errnum)
    {
    case EOPNOTSUPP:
      return "; the driver of the PF has no such operation, leave it out";
    case EPERM:
    case EACCES:
      return "; run this as root";
    case ENODEV:
      return "; the PF is gone, see 'vfpool list'";
    default:
      return "; see the kernel's log";
    }
}

gboolean
vfp_netlink_throw_set (const char *netdev, unsigned index, VfpSetting which,
                       const VfpSettings *settings, int errnum, const char *text, GError **error)
{
  g_autofree char *value = vfp_setting_value (settings, which);

  return vfp_throw (
      error, code_for_errno (errnum), "%s of VF %u of PF '%s' cannot be set to '%s': %s%s%s%s%s",
      vfp_setting_name (which), index, netdev, value, g_strerror (errnum), text != NULL ? " (" : "",
      text != NULL ? text : "", text != NULL ? ")" : "", advice_for_errno (errnum));
}
