/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row of a PF that is to have a claim. */
#pragma once

#include "ops/world.h"

/* Puts the PF into the file where @records do not have it under its present name, within the
 * caller's transaction. Its serial number is read from config space once, when it is new. */
gboolean vfp_pf_record_put (VfpWorld *world, const VfpRecords *records, const VfpPf *pf,
                            gint64 *out_id, GError **error);
