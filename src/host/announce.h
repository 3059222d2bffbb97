/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling bridges and switches where a MAC is: they send what is for it to where they saw it
 * last. */
#pragma once

#include <glib.h>

#include "base/mac.h"

/* Bytes of the longest frame. */
#define VFP_ANNOUNCE_MAX 64

/* Fills in a reverse ARP request from @mac to all, as QEMU sends for a guest that has arrived
 * (announce_self_create() in its net/announce.c); @vlan != 0: with a tag of the protocol @proto
 * (VFP_VLAN_PROTO_*). Returns its length. */
gsize vfp_announce_make (const VfpMac *mac, guint16 vlan, guint16 proto,
                         guint8 frame[VFP_ANNOUNCE_MAX]);

/* Sends it out of the host's @netdev. Errors: %VFP_ERROR_HOST, %VFP_ERROR_NO_PERMISSION (it needs
 * CAP_NET_RAW). */
gboolean vfp_announce_send (const char *netdev, const VfpMac *mac, guint16 vlan, guint16 proto,
                            GError **error);
