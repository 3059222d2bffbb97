/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an import is going to do. Pure. */
#pragma once

#include "ops/import.h"

typedef struct
{
  VfpRecords *here; /* the state file */
  VfpRecords *file; /* what is to be imported; rows that are new have ids from VFP_NEW_ID on */
  VfpRecords *rows; /* borrowed rows: what there is to be, old and new */
  VfpImport *import;
  GPtrArray *warnings; /* texts */
} VfpImportPlan;

/* Takes @here and @file. @boot_id: of this boot. Errors: see vfp_import(). */
VfpImportPlan *vfp_import_plan (VfpRecords *here, VfpRecords *file, VfpImportMode mode,
                                const char *name, const char *boot_id, GError **error);
void vfp_import_plan_free (VfpImportPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpImportPlan, vfp_import_plan_free)
