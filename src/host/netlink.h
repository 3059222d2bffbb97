/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rtnetlink tells of PFs and sets for VFs, behind a table of calls: the kernel's, or those
 * of a fake host. */
#pragma once

#include <glib.h>

#include "base/mac.h"
#include "base/settings.h"

/* A PF as one RTM_GETLINK with IFLA_EXT_MASK shows it. */
typedef struct
{
  gboolean up;      /* IFF_UP */
  gboolean carrier; /* IFLA_CARRIER */
  VfpMac mac;       /* permanent address (IFLA_PERM_ADDRESS, Linux 5.6), else the present one */
  GStrv altnames;   /* IFLA_ALT_IFNAME; may be NULL */
  GArray *vfs;      /* VfpSettings by VF index; known == 0 for those that the kernel left out */
} VfpLink;

void vfp_link_free (VfpLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpLink, vfp_link_free)

typedef struct VfpNetlink VfpNetlink;

/* The first member of every implementation. */
struct VfpNetlink
{
  /* Error: %VFP_ERROR_HOST. */
  VfpLink *(*get_link) (VfpNetlink *netlink, const char *netdev, GError **error);

  /* Sets one setting of VF @index through its PF. Errors: %VFP_ERROR_UNSUPPORTED where the driver
   * has no such operation, %VFP_ERROR_NO_PERMISSION, %VFP_ERROR_BUSY (try again: the VF is being
   * reset), %VFP_ERROR_HOST. */
  gboolean (*set_vf) (VfpNetlink *netlink, const char *netdev, unsigned index, VfpSetting which,
                      const VfpSettings *settings, GError **error);

  /* Brings the netdev up (IFF_UP), as 'ip link set up' does. Errors: %VFP_ERROR_HOST,
   * %VFP_ERROR_NO_PERMISSION. */
  gboolean (*set_up) (VfpNetlink *netlink, const char *netdev, GError **error);

  /* Makes the bridge forget at which ports it has seen @mac, so that what is for it goes to all of
   * them until it is seen again. A @bridge that is none of the kernel's has nothing to forget.
   * Errors: %VFP_ERROR_HOST, %VFP_ERROR_NO_PERMISSION. */
  gboolean (*forget_mac) (VfpNetlink *netlink, const char *bridge, const VfpMac *mac,
                          GError **error);

  /* As vfp_announce_send(). */
  gboolean (*announce) (VfpNetlink *netlink, const char *netdev, const VfpMac *mac, guint16 vlan,
                        guint16 proto, GError **error);

  /* Name of the driver of the PF; NULL: not told. Owned by the caller. */
  char *(*get_driver) (VfpNetlink *netlink, const char *netdev);

  /* Netdev name → text of one address of global scope, for example "192.0.2.7/24". */
  GHashTable *(*get_addresses) (VfpNetlink *netlink, GError **error);

  void (*free) (VfpNetlink *netlink);
};

void vfp_netlink_free (VfpNetlink *netlink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpNetlink, vfp_netlink_free)

/* The kernel's. The socket is opened by the first call. */
VfpNetlink *vfp_netlink_kernel_new (void);
