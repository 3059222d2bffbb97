/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's XML with other host devices behind the same guest devices, and not a byte else. */
#pragma once

#include "guest/domxml.h"

typedef struct
{
  VfpAddress from;
  VfpAddress to;
} VfpSourceMove;

/* @xml with the host addresses in <source> of the devices @moves (VfpSourceMove) changed: of
 * <interface type='hostdev'> and <hostdev type='pci'>. All else stays byte for byte. Owned by the
 * caller. Error: %VFP_ERROR_LIBVIRT where a device is not there, or twice. */
char *vfp_domxml_move_sources (const char *xml, const GArray *moves, GError **error);
