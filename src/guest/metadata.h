/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our element in a guest's <metadata>: every slot of the guest, rendered whole. It names no VF and
 * no host, so that it means the same wherever the guest goes. */
#pragma once

#include <glib.h>

#include "base/arrive.h"
#include "base/bond.h"
#include "base/settings.h"
#include "guest/placement.h"

#define VFP_METADATA_PREFIX "vfpool"
#define VFP_METADATA_URI "urn:vfpool:slots:1"

typedef struct
{
  char *name;
  char *pool;
  char *alias;
  VfpMac mac;
  VfpPlacement placement;
  VfpSettings settings; /* without the MAC */
  char *profile_id;     /* of a virtualport 802.1Qbh; NULL: none */
  char *driver_model;   /* NULL: as the template says */
  gboolean on_start;
  char *bond; /* NULL: none; then the next says nothing */
  VfpBondMac bond_mac;
  VfpArrive arrive;
  char *to_pool; /* the pool of the host that the guest is sent to; NULL: that of the same name.
                    Only in the XML that is sent, never in the state file */
  char *standby; /* NULL: the slot is no half of a pair */
} VfpSlotPromise;

void vfp_slot_promise_free (VfpSlotPromise *promise);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpSlotPromise, vfp_slot_promise_free)

/* <slots version='1' uuid='…'><slot name='net0' mac='…' address='…' index='…' alias='…' pool='…'
 * settings='…' virtualport='802.1Qbh:…' on-start='yes' bond='bond0' bond-mac='all' arrive='both'
 * to-pool='…' standby='ua-…'
 * driver-model='…'/>…</slots>, without namespace, as
 * virDomainSetMetadata() wants it. NULL when @promises (VfpSlotPromise) is empty: the element is to
 * be removed. */
char *vfp_metadata_render (const char *uuid, GPtrArray *promises);

/* The reverse. @out_uuid (may be NULL): the guest that the element was written for; another than
 * the guest's own means a copy. Error: %VFP_ERROR_LIBVIRT. */
GPtrArray *vfp_metadata_parse (const char *xml, char **out_uuid, GError **error);
