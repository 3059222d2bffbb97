/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that were made in memory, into the state file. */
#pragma once

#include "ops/world.h"

/* PFs and slots that are not in the file yet have ids from here on, by which claims name them. The
 * file's own are far below. */
#define VFP_NEW_ID (G_GINT64_CONSTANT (1) << 40)

/* Writes all guests, the PFs and slots that are new and the claims with id 0, within a transaction;
 * each claim goes into the history as @what. Ids are set. Errors: as vfp_store_put_claim(). */
gboolean vfp_new_rows_write (VfpWorld *world, VfpRecords *rows, const char *what, GError **error);
