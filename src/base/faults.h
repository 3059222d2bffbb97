/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failures on demand: the fakes count their calls here, and the one numbered @fail_at fails. */
#pragma once

#include <glib.h>

typedef struct
{
  unsigned calls;                  /* changing calls made so far, by all fakes that share this */
  unsigned fail_at;                /* 1 for the first; 0: none */
  const char *failed;              /* NAME of the one that has failed; NULL: none yet */
  void (*on_call) (unsigned call); /* told of each call before it is made; may be NULL */
} VfpFaults;

/* Counts one call. FALSE and %VFP_ERROR_FAILED "call N (NAME) failed on demand" when it is its
 * turn. @faults may be NULL. */
gboolean vfp_faults_pass (VfpFaults *faults, const char *name, GError **error);
