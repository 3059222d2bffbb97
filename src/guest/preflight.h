/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A preflight guest: a transient guest without disks whose metadata asks this host what it could
 * give, because the answer of a host that is not ours can only come through its hook. */
#pragma once

#include "guest/domxml.h"

#define VFP_PREFLIGHT_NAME_PREFIX "vfpool-preflight-"

/* One slot that is asked for. */
typedef struct
{
  char *name;
  char *pool;
  char *to_pool;        /* the other host's; NULL: the one that @pool is there */
  char *bond;           /* that it is a leg of; NULL: none */
  char *standby_bridge; /* that the standby of its pair is on; NULL: none, or it has none */
} VfpPreflightSlot;

/* What is asked, for one guest. */
typedef struct
{
  char *guest_uuid;   /* lower case; NULL: not told */
  GPtrArray *slots;   /* VfpPreflightSlot */
  GPtrArray *netdevs; /* char *: that the guest's other NICs are to be on, once each */
} VfpPreflight;

VfpPreflight *vfp_preflight_new (const char *guest_uuid);
void vfp_preflight_free (VfpPreflight *preflight);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpPreflight, vfp_preflight_free)

/* Adds one, to be filled. */
VfpPreflightSlot *vfp_preflight_add_slot (VfpPreflight *preflight);
void vfp_preflight_add_netdev (VfpPreflight *preflight, const char *netdev);

/* A preflight guest that asks for @asked (NULL: nothing), as libvirt starts it: small, and paused
 * if nobody refuses it. Owned by the caller. */
char *vfp_preflight_render (const char *uuid, const VfpPreflight *asked);

/* Whether @text, an error of libvirt's, ends with our hook's answer to one. */
gboolean vfp_preflight_is_answer (const char *text);

/* Whether the guest is one: by its name and by its metadata. */
gboolean vfp_preflight_is (const VfpDomxml *domxml);

/* Reads <preflight version='1' guest='UUID'><slot name='net0' pool='…' to-pool='…' bond='…'
 * standby-bridge='…'/>…<netdev name='br0'/>…</preflight>. Error: %VFP_ERROR_LIBVIRT. */
VfpPreflight *vfp_preflight_parse (const char *xml, GError **error);
