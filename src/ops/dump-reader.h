/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict reading of JSON objects from outside: every member is there, of its type and in range, and
 * there is no other one. The first error stays; values are harmless then. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "base/address.h"
#include "base/mac.h"
#include "base/settings.h"

typedef struct
{
  JsonObject *object;
  const char *file; /* for errors */
  char *where;      /* "slots[3]"; "" for the root */
  GPtrArray *keys;  /* that were asked for */
  GError *error;
} VfpDumpReader;

/* Refuses what json-glib would take and JSON does not allow, or what would cost too much memory or
 * stack. Error: %VFP_ERROR_CONFIG. */
gboolean vfp_dump_scan (const char *text, gsize length, const char *file, GError **error);

/* @node: of an object, or else the reader has an error. Takes @where. */
VfpDumpReader vfp_dump_reader (JsonNode *node, const char *file, char *where);
void vfp_dump_reader_clear (VfpDumpReader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpDumpReader, vfp_dump_reader_clear)

/* Sets the reader's error where it has none: "FILE: slots[3]: KEY: …". */
void vfp_dump_complain (VfpDumpReader *reader, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* FALSE with the reader's error, which now also tells of members that nobody has asked for. */
gboolean vfp_dump_reader_end (VfpDumpReader *reader, GError **error);

/* Whether there is a member @key, for those that need not be there. */
gboolean vfp_dump_has (const VfpDumpReader *reader, const char *key);

/* Up to @max bytes, without control characters; "" only with @may_be_empty. */
char *vfp_dump_string (VfpDumpReader *reader, const char *key, gsize max, gboolean may_be_empty);

/* The same, or NULL. */
char *vfp_dump_string_or_null (VfpDumpReader *reader, const char *key, gsize max);

gint64 vfp_dump_int (VfpDumpReader *reader, const char *key, gint64 min, gint64 max);

/* 0 for null. */
gint64 vfp_dump_int_or_null (VfpDumpReader *reader, const char *key, gint64 min, gint64 max);

gboolean vfp_dump_bool (VfpDumpReader *reader, const char *key);

/* Borrowed; NULL with the error. */
JsonArray *vfp_dump_array (VfpDumpReader *reader, const char *key);

/* Values in text form. Those that may be null say whether they are not. */
char *vfp_dump_uuid (VfpDumpReader *reader, const char *key, gboolean may_be_null);
VfpAddress vfp_dump_address (VfpDumpReader *reader, const char *key);
gboolean vfp_dump_address_or_null (VfpDumpReader *reader, const char *key, VfpAddress *out_address);
gboolean vfp_dump_mac (VfpDumpReader *reader, const char *key, gboolean may_be_null,
                       VfpMac *out_mac);
gboolean vfp_dump_settings (VfpDumpReader *reader, const char *key, gboolean may_be_null,
                            VfpSettings *out_settings);
gint64 vfp_dump_time (VfpDumpReader *reader, const char *key);

/* 0 for null. */
gint64 vfp_dump_time_or_null (VfpDumpReader *reader, const char *key);
