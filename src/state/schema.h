/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema of the state file, in numbered steps. */
#pragma once

/* "vfp1"; file(1) shows it. */
#define VFP_SCHEMA_APPLICATION_ID 0x76667031

/* The number of steps is the newest user_version that this program knows. */
int vfp_schema_version (void);

/* The SQL of step @step (from 1), which takes a file from version @step - 1 to @step. */
const char *vfp_schema_step (int step);
