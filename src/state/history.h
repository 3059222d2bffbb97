/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history: what was done, by whom, with what result. Rows are only appended, and removed when
 * they are older than 400 days. */
#pragma once

#include "state/store.h"

/* A row that was read; the strings are its own. */
typedef struct
{
  gint64 time; /* seconds since the epoch, by the clock of then */
  char *by;
  char *via; /* "command", "hook" or "unit" */
  char *what;
  char *guest_uuid; /* NULL, as the next four, where it does not apply */
  char *guest;      /* its name then */
  char *slot;
  char *mac;
  char *vf; /* address */
  char *result;
} VfpHistoryRow;

void vfp_history_row_free (VfpHistoryRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpHistoryRow, vfp_history_row_free)

/* Members that are not set do not restrict. */
typedef struct
{
  const char *guest; /* a name that the guest had, or its UUID */
  const char *slot;
  const char *vf;  /* full address */
  const char *mac; /* lower case */
  gboolean has_since;
  gint64 since;
  gboolean has_at; /* only what began a hold of a VF that lasted at that time */
  gint64 at;
} VfpHistoryFilter;

/* The results of an event that ends one part of a claim, while the other stays. An event that ends
 * all has "done". */
#define VFP_RESULT_LIVE_STAYS "done, live stays"
#define VFP_RESULT_CONFIG_STAYS "done, config stays"
#define VFP_RESULT_BOTH_STAY "done, both stay"

/* The rows (VfpHistoryRow) in the order in which they were written, which is not that of their
 * times where the clock was set. Errors: as vfp_store_load(). */
GPtrArray *vfp_store_read_history (VfpStore *store, const VfpHistoryFilter *filter, GError **error);

/* When the oldest row was written; 0: there is none. */
gboolean vfp_store_history_begin (VfpStore *store, gint64 *out_time, GError **error);

/* Removes rows that are older than 400 days at @now; needs no transaction. A clock that is behind,
 * or was for a while, makes it remove too little and never too much. Errors: as vfp_store_begin().
 */
gboolean vfp_store_trim_history (VfpStore *store, gint64 now, GError **error);
