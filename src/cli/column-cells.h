/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the columns of VF lists show. For columns.c only. */
#pragma once

#include <glib.h>

#include "pool/view.h"

/* A value for both outputs; without text it is null, or "-" in a table. */
typedef struct
{
  enum
  {
    VFP_CELL_NULL,
    VFP_CELL_STRING,
    VFP_CELL_TIME, /* a string: ISO 8601, in UTC */
    VFP_CELL_INT,
    VFP_CELL_BOOL,
  } kind;
  char *text;
  gint64 number;
} VfpCell;

typedef struct
{
  const char *key;    /* of the JSON, where a released one keeps its name and meaning */
  const char *header; /* of the table */
  gboolean right;     /* adjusted */
  VfpCell (*get) (const VfpVfView *vf); /* the text is the caller's */
  const char *help;
} VfpColumn;

/* In the JSON's order. */
extern const VfpColumn vfp_columns[];
extern const gsize vfp_n_columns;
