/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for vfp_settle() of ops/settle.h until that is there. */
#pragma once

#include "ops/world.h"
#include "pool/audit.h"

/* See ops/settle.h. Of the repairs there are only dead claims (VFP_CLASS_BOOK) and a persistent XML
 * whose device of a slot is not on the VF that the slot claims (VFP_CLASS_CONFIG); @findings is
 * left as it is. */
gboolean vfp_settle (VfpWorld *world, const char *uuid, unsigned classes, GPtrArray *findings,
                     GError **error);
