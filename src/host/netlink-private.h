/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rtnetlink messages that vfpool sends and reads, apart from the socket. */
#pragma once

#include <glib.h>

#include <netlink/msg.h>

#include "base/error.h"
#include "host/netlink.h"

typedef struct nl_msg NlMsg;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NlMsg, nlmsg_free)

/* RTM_GETLINK of one netdev, with its VFs and without their statistics. Requests are NULL when
 * there is no memory. */
NlMsg *vfp_netlink_build_get_link (const char *netdev);

/* RTM_SETLINK that carries the one setting @which. @legacy_rate: as IFLA_VF_TX_RATE, which has no
 * minimum. */
NlMsg *vfp_netlink_build_set_vf (const char *netdev, unsigned index, VfpSetting which,
                                 const VfpSettings *settings, gboolean legacy_rate);

/* RTM_SETLINK that sets IFF_UP. */
NlMsg *vfp_netlink_build_set_up (const char *netdev);

/* RTM_GETADDR dump. */
NlMsg *vfp_netlink_build_get_addresses (void);

/* RTM_GETNEIGH dump of what bridges have learnt. */
NlMsg *vfp_netlink_build_get_learnt (void);

/* Where a bridge has learnt that a MAC is. */
typedef struct
{
  int port;
  guint16 vlan; /* 0: none */
} VfpLearnt;

/* RTM_DELNEIGH of one such entry. */
NlMsg *vfp_netlink_build_forget (const VfpMac *mac, const VfpLearnt *learnt);

/* Reads RTM_NEWNEIGH: whether the bridge with ifindex @bridge has learnt that @mac is there, which
 * an entry that the administrator has set is not. */
gboolean vfp_netlink_parse_learnt (NlMsg *message, int bridge, const VfpMac *mac,
                                   VfpLearnt *out_learnt);

/* Reads RTM_NEWLINK. A list of VFs that is cut short is taken as far as it goes; NULL when the
 * message is no link at all. */
VfpLink *vfp_netlink_parse_link (NlMsg *message);

/* Reads RTM_NEWADDR: "192.0.2.7/24"; NULL unless it is of global scope. */
char *vfp_netlink_parse_address (NlMsg *message, unsigned *out_ifindex);

/* The kernel's own words in NLMSG_ERROR (NLMSGERR_ATTR_MSG); NULL: none. */
char *vfp_netlink_parse_ext_ack (const struct nlmsghdr *header);

/* Sets @error for the errno of a refused request. @text may be NULL: the kernel's own words. */
gboolean vfp_netlink_throw_set (const char *netdev, unsigned index, VfpSetting which,
                                const VfpSettings *settings, int errnum, const char *text,
                                GError **error);
