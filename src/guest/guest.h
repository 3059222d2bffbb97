/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest as libvirt shows it: a snapshot with both XMLs, parsed as far as vfpool needs. */
#pragma once

#include <glib.h>

#include "guest/domxml.h"

#define VFP_UUID_STRLEN 37

typedef struct
{
  char uuid[VFP_UUID_STRLEN]; /* lower case */
  char *name;
  int id;           /* -1 while it is off */
  gboolean running; /* active, paused included */
  gboolean paused;
  gboolean arriving; /* it is on its way here, and may still stay where it was */
  gboolean awaited;  /* … and its QEMU is up, and waits for it */
  gboolean persistent;
  VfpDomxml *live;   /* NULL while it is off */
  VfpDomxml *config; /* NULL for a transient guest */
} VfpGuest;

/* A guest of its XMLs; NULL for the one that it does not have. It counts as running, without id,
 * with a live one, and as persistent with a configuration. Error: %VFP_ERROR_LIBVIRT. */
VfpGuest *vfp_guest_new (const char *uuid, const char *name, const char *live_xml,
                         const char *config_xml, GError **error);
void vfp_guest_free (VfpGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpGuest, vfp_guest_free)

/* By name, UUID or id among @guests (VfpGuest); NULL when there is none. An exact name wins. */
VfpGuest *vfp_guest_find (GPtrArray *guests, const char *name);

/* Whether a NIC in one of its XMLs has the MAC. */
gboolean vfp_guest_has_mac (const VfpGuest *guest, const VfpMac *mac);
