/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the rtnetlink replies: VFs by libnl-route's getters, the rest from the attributes. */
#include "config.h"

#include "host/netlink-private.h"

#include <string.h>

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/sriov.h>

/* More than any device can have (16-bit NumVFs in its configuration space). */
#define VFS_MAX 65535

static void
parse_vf_mac (struct rtnl_link_vf *vf, VfpSettings *settings)
{
  struct nl_addr *address;

  if (rtnl_link_vf_get_addr (vf, &address) != 0
      || nl_addr_get_len (address) != sizeof settings->mac.octet)
    return;
  memcpy (settings->mac.octet, nl_addr_get_binary_addr (address), sizeof settings->mac.octet);
  settings->known |= VFP_SETTING_MAC;
}

static void
parse_vf_vlan (struct rtnl_link_vf *vf, VfpSettings *settings)
{
  nl_vf_vlans_t *vlans;

  if (rtnl_link_vf_get_vlans (vf, &vlans) != 0)
    return;
  if (vlans->size > 0)
    {
      settings->vlan = (guint16) vlans->vlans[0].vf_vlan;
      settings->vlan_qos = (guint8) vlans->vlans[0].vf_vlan_qos;
      settings->vlan_proto = vlans->vlans[0].vf_vlan_proto == VFP_VLAN_PROTO_8021AD
                                 ? VFP_VLAN_PROTO_8021AD
                                 : VFP_VLAN_PROTO_8021Q;
      settings->known |= VFP_SETTING_VLAN;
    }
  rtnl_link_vf_vlan_put (vlans);
}

/* libnl gives no rate where both are 0, which is "no limit". */
static void
parse_vf_rate (struct rtnl_link_vf *vf, VfpSettings *settings)
{
  struct nl_vf_rate rate = { 0 };

  settings->known |= VFP_SETTING_RATE;
  if (rtnl_link_vf_get_rate (vf, &rate) != 0)
    return;
  settings->min_tx_rate = rate.api == RTNL_LINK_VF_RATE_API_OLD ? 0 : rate.min_tx_rate;
  settings->max_tx_rate = rate.api == RTNL_LINK_VF_RATE_API_OLD ? rate.rate : rate.max_tx_rate;
}

static VfpSettings
parse_vf (struct rtnl_link_vf *vf)
{
  VfpSettings settings = { .vlan_proto = VFP_VLAN_PROTO_8021Q };
  guint32 value;

  parse_vf_mac (vf, &settings);
  parse_vf_vlan (vf, &settings);
  parse_vf_rate (vf, &settings);
  if (rtnl_link_vf_get_spoofchk (vf, &value) == 0)
    {
      settings.spoofchk = value != 0;
      settings.known |= VFP_SETTING_SPOOFCHK;
    }
  if (rtnl_link_vf_get_trust (vf, &value) == 0)
    {
      settings.trust = value != 0;
      settings.known |= VFP_SETTING_TRUST;
    }
  if (rtnl_link_vf_get_linkstate (vf, &value) == 0 && value <= VFP_LINK_STATE_DISABLE)
    {
      settings.link_state = (VfpLinkState) value;
      settings.known |= VFP_SETTING_LINK_STATE;
    }
  return settings;
}

/* rtnl_link_vf_get() crashes on a link without a list of VFs (libnl 3.7). */
static void
on_link_object (struct nl_object *object, void *data)
{
  struct rtnl_link *route_link = (struct rtnl_link *) object;
  GArray *vfs = data;

  if (!rtnl_link_has_vf_list (route_link))
    return;
  for (unsigned i = 0; i < vfs->len; i++)
    {
      struct rtnl_link_vf *vf = rtnl_link_vf_get (route_link, i);

      if (vf == NULL)
        continue;
      g_array_index (vfs, VfpSettings, i) = parse_vf (vf);
      rtnl_link_vf_put (vf);
    }
}

static struct nlattr *
find_attribute (NlMsg *message, int type)
{
  return nlmsg_find_attr (nlmsg_hdr (message), sizeof (struct ifinfomsg), type);
}

static gboolean
parse_mac (NlMsg *message, int type, VfpMac *mac)
{
  struct nlattr *attribute = find_attribute (message, type);

  if (attribute == NULL || nla_len (attribute) != (int) sizeof mac->octet)
    return FALSE;
  memcpy (mac->octet, nla_data (attribute), sizeof mac->octet);
  return TRUE;
}

static GStrv
parse_altnames (NlMsg *message)
{
  struct nlattr *list = find_attribute (message, IFLA_PROP_LIST);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  struct nlattr *attribute;
  int remaining;

  if (list == NULL)
    return NULL;
  nla_for_each_nested (attribute, list, remaining)
  {
    g_autofree char *name = g_strndup (nla_data (attribute), (gsize) MAX (nla_len (attribute), 0));

    if (nla_type (attribute) == IFLA_ALT_IFNAME)
      g_strv_builder_add (names, name);
  }
  return g_strv_builder_end (names);
}

/* A list of more than 64 KiB wraps in its 16-bit length: the entries before the cut are whole, and
 * libnl may refuse what follows, so that its error is not one here. */
static void
parse_vfs (NlMsg *message, GArray *vfs)
{
  struct nlattr *attribute = find_attribute (message, IFLA_NUM_VF);

  if (attribute == NULL || nla_len (attribute) < (int) sizeof (guint32))
    return;
  g_array_set_size (vfs, MIN (nla_get_u32 (attribute), VFS_MAX));
  nlmsg_set_proto (message, NETLINK_ROUTE);
  nl_msg_parse (message, on_link_object, vfs);
}

VfpLink *
vfp_netlink_parse_link (NlMsg *message)
{
  const struct nlmsghdr *header = nlmsg_hdr (message);

  if (header->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr (header, sizeof (struct ifinfomsg)))
    return NULL;

  const struct ifinfomsg *info = nlmsg_data (header);
  struct nlattr *carrier = find_attribute (message, IFLA_CARRIER);
  VfpLink *link = g_new0 (VfpLink, 1);

  link->up = (info->ifi_flags & IFF_UP) != 0;
  link->carrier = carrier != NULL && nla_len (carrier) >= 1 && nla_get_u8 (carrier) != 0;
  if (!parse_mac (message, IFLA_PERM_ADDRESS, &link->mac))
    parse_mac (message, IFLA_ADDRESS, &link->mac);
  link->altnames = parse_altnames (message);
  link->vfs = g_array_new (FALSE, TRUE, sizeof (VfpSettings));
  parse_vfs (message, link->vfs);
  return link;
}

char *
vfp_netlink_parse_address (NlMsg *message, unsigned *out_ifindex)
{
  struct nlmsghdr *header = nlmsg_hdr (message);

  if (header->nlmsg_type != RTM_NEWADDR || !nlmsg_valid_hdr (header, sizeof (struct ifaddrmsg)))
    return NULL;

  const struct ifaddrmsg *info = nlmsg_data (header);
  const int length = info->ifa_family == AF_INET ? 4 : 16;
  struct nlattr *address = nlmsg_find_attr (header, sizeof *info, IFA_LOCAL);
  char text[INET6_ADDRSTRLEN];

  if (address == NULL)
    address = nlmsg_find_attr (header, sizeof *info, IFA_ADDRESS);
  if (info->ifa_scope != RT_SCOPE_UNIVERSE || address == NULL || nla_len (address) != length
      || inet_ntop (info->ifa_family, nla_data (address), text, sizeof text) == NULL)
    return NULL;

  *out_ifindex = info->ifa_index;
  return g_strdup_printf ("%s/%u", text, info->ifa_prefixlen);
}

char *
vfp_netlink_parse_ext_ack (const struct nlmsghdr *header)
{
  const struct nlmsgerr *reply = nlmsg_data (header);
  int offset = sizeof *reply;

  if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
    return NULL;
  if (!(header->nlmsg_flags & NLM_F_CAPPED))
    offset += (int) NLMSG_ALIGN (reply->msg.nlmsg_len) - NLMSG_HDRLEN;

  const struct nlattr *text
      = nlmsg_find_attr ((struct nlmsghdr *) header, offset, NLMSGERR_ATTR_MSG);
  return text != NULL && nla_len (text) > 0 ? g_strndup (nla_data (text), (gsize) nla_len (text))
                                            : NULL;
}

gboolean
vfp_netlink_parse_learnt (NlMsg *message, int bridge, const VfpMac *mac, VfpLearnt *out_learnt)
{
  struct nlmsghdr *header = nlmsg_hdr (message);

  if (header->nlmsg_type != RTM_NEWNEIGH || !nlmsg_valid_hdr (header, sizeof (struct ndmsg)))
    return FALSE;

  const struct ndmsg *info = nlmsg_data (header);
  const struct nlattr *address = nlmsg_find_attr (header, sizeof *info, NDA_LLADDR);
  const struct nlattr *master = nlmsg_find_attr (header, sizeof *info, NDA_MASTER);
  const struct nlattr *vlan = nlmsg_find_attr (header, sizeof *info, NDA_VLAN);

  if (address == NULL || nla_len (address) != sizeof mac->octet
      || memcmp (nla_data (address), mac->octet, sizeof mac->octet) != 0
      || (info->ndm_state & (NUD_PERMANENT | NUD_NOARP)) != 0 || master == NULL
      || nla_len (master) != sizeof (guint32) || (int) nla_get_u32 (master) != bridge)
    return FALSE;
  out_learnt->port = info->ndm_ifindex;
  out_learnt->vlan = vlan != NULL && nla_len (vlan) == sizeof (guint16) ? nla_get_u16 (vlan) : 0;
  return TRUE;
}
