/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A preflight guest: a transient guest without disks whose metadata asks this host what it could
 * give, because the answer of a host that is not ours can only come through its hook. */
#pragma once

#include "guest/domxml.h"

#define VFP_PREFLIGHT_NAME_PREFIX "vfpool-preflight-"

/* A preflight guest that asks for @slots (VfpPreflightSlot; NULL: for none) of the guest
 * @guest_uuid (NULL: of none), as libvirt starts it: small, and paused if nobody refuses it. Owned
 * by the caller. */
char *vfp_preflight_render (const char *uuid, const char *guest_uuid, const GPtrArray *slots);

/* Whether @text, an error of libvirt's, ends with our hook's answer to one. */
gboolean vfp_preflight_is_answer (const char *text);

/* One slot that is asked for. */
typedef struct
{
  char *name;
  char *pool;
  char *to_pool;        /* the other host's; NULL: the one that @pool is there */
  char *bond;           /* that it is a leg of; NULL: none */
  char *standby_bridge; /* that the standby of its pair is on; NULL: none, or it has none */
} VfpPreflightSlot;

void vfp_preflight_slot_free (VfpPreflightSlot *slot);

/* Whether the guest is one: by its name and by its metadata. */
gboolean vfp_preflight_is (const VfpDomxml *domxml);

/* Reads <preflight version='1' guest='UUID'><slot name='net0' pool='…' to-pool='…' bond='…'
 * standby-bridge='…'/>…</preflight>, as VfpPreflightSlot. *@out_guest_uuid: lower case, owned by
 * the caller; NULL: not told. Error: %VFP_ERROR_LIBVIRT. */
GPtrArray *vfp_preflight_parse (const char *xml, char **out_guest_uuid, GError **error);
