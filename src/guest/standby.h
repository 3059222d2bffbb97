/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which NIC of a guest becomes the standby of a failover pair. Pure. */
#pragma once

#include "guest/guest.h"

typedef enum
{
  VFP_STANDBY_ONLY,    /* the only virtio NIC that can be one */
  VFP_STANDBY_BRIDGE,  /* the one on that bridge of the host, or a new one */
  VFP_STANDBY_NETWORK, /* the one on that network of libvirt, or a new one */
  VFP_STANDBY_ALIAS,   /* the one with that alias */
} VfpStandbyKind;

typedef struct
{
  VfpStandbyKind kind;
  const char *name; /* NULL for the first kind */
} VfpStandbyWish;

/* Reads "bridge=BR", "network=NET" or "alias=UA"; borrows from @text. Error: %VFP_ERROR_USAGE. */
gboolean vfp_standby_parse (const char *text, VfpStandbyWish *out_wish, GError **error);

/* The bridge that the NIC is on, also by its network; NULL: none. @networks (VfpNetwork) may be
 * NULL. */
const char *vfp_standby_bridge (const VfpGuestNic *nic, const GPtrArray *networks);

/* The NIC for people: "52:54:00:00:00:01 (bridge br0)". Owned by the caller. */
char *vfp_standby_describe (const VfpGuestNic *nic);

/* The NIC of @domxml that @wish means; those whose alias is among @taken (char *) can only be meant
 * by alias. NULL without error: there is none, and a new one is to be made. Errors:
 * %VFP_ERROR_USAGE where several fit, or none without a name; %VFP_ERROR_NO_STANDBY for an alias
 * that no virtio NIC has. */
VfpGuestNic *vfp_standby_choose (const VfpDomxml *domxml, const GPtrArray *networks,
                                 const VfpStandbyWish *wish, const GPtrArray *taken,
                                 GError **error);

/* The virtio NIC with the MAC; NULL: there is none. */
VfpGuestNic *vfp_standby_find_mac (const VfpDomxml *domxml, const VfpMac *mac);
