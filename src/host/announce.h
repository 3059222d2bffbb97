/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling bridges and switches where a MAC is: they send what is for it to where they saw it
 * last. */
#pragma once

#include <glib.h>

#include "base/mac.h"

/* Broadcasts one frame from @mac out of the host's @netdev: a reverse ARP request, as QEMU does
 * for a guest that has arrived (announce_self_create() in its net/announce.c). Errors:
 * %VFP_ERROR_HOST, %VFP_ERROR_NO_PERMISSION (it needs CAP_NET_RAW). */
gboolean vfp_announce_send (const char *netdev, const VfpMac *mac, GError **error);
