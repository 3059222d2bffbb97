/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a slot is to get when its guest has arrived from another host. */
#pragma once

#include <glib.h>

/* The parts of the guest that are to have the slot's device: whoever sent the guest took it out of
 * them. */
typedef enum
{
  VFP_ARRIVE_NO = 0,
  VFP_ARRIVE_LIVE, /* the running guest */
  VFP_ARRIVE_BOTH, /* its configuration as well, if it has one there */
} VfpArrive;

/* Reads "live" or "both". Error: %VFP_ERROR_USAGE. */
gboolean vfp_arrive_parse (const char *text, VfpArrive *out_arrive, GError **error);

/* NULL for %VFP_ARRIVE_NO. */
const char *vfp_arrive_to_string (VfpArrive arrive);
