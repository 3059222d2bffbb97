/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The promises of a state file as JSON text, and back (doc/json/state.schema.json). Pure. */
#pragma once

#include <glib.h>

#include "state/records.h"

/* Of the format. A new member or another meaning is a new version. */
#define VFP_DUMP_VERSION 1

/* The largest text that is read: a host with 4,096 VFs needs half of it. */
#define VFP_DUMP_BYTES_MAX ((gsize) 8 * 1024 * 1024)

/* @time: of the state, seconds since the epoch. */
char *vfp_dump_render (const VfpRecords *records, gint64 time);

/* Reads hostile text strictly, in bounded memory: syntax, version, every member of every row, what
 * rows name each other. PFs and slots have the ids 1, 2, …, which claims refer to; rows belong to
 * no file yet. @name is the text's, for errors. Error: %VFP_ERROR_CONFIG with the place. */
VfpRecords *vfp_dump_parse (const char *text, gsize length, const char *name, GError **error);

/* The invariants that the state file has as constraints. An error names both rows:
 * %VFP_ERROR_VF_IN_USE, %VFP_ERROR_SLOT_IN_USE, %VFP_ERROR_MAC_IN_USE,
 * %VFP_ERROR_GUEST_ADDRESS_IN_USE, %VFP_ERROR_ACPI_INDEX_IN_USE, %VFP_ERROR_DIFFERS. */
gboolean vfp_dump_check (const VfpRecords *records, GError **error);

/* "web1 net0", or "the reservation of OWNER". Owned by the caller. */
char *vfp_dump_name_slot (const VfpSlot *slot);
char *vfp_dump_name_claim (const VfpRecords *records, const VfpClaim *claim);
