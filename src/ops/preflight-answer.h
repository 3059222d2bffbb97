/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another host's hook has answered to a preflight guest. Pure. */
#pragma once

#include <glib.h>

#include "base/address.h"

/* A pool of the other host. */
typedef struct
{
  char *name;
  unsigned total, free; /* VFs */
} VfpAnswerPool;

/* What a slot that was asked for would get there. */
typedef struct
{
  char *name; /* "net0" */
  char *pool; /* NULL: none; a reason says why */
  VfpAddress vf;
  gboolean has_vf;
} VfpAnswerSlot;

typedef struct
{
  char *version;    /* of the other host's vfpool */
  GPtrArray *pools; /* VfpAnswerPool */
  GPtrArray *slots; /* VfpAnswerSlot, in the order in which they were asked for */
  gboolean tells_missing;
  GPtrArray *missing; /* char *: netdevs that were asked for and are not there */
  GPtrArray *reasons; /* char *: why not; none: it would do */
} VfpAnswer;

/* Reads the answer out of @text, the error of libvirt's that ends with it: whatever stands before
 * and behind is passed over. Members that a newer vfpool may add are, too. Error:
 * %VFP_ERROR_LIBVIRT: there is none, or not what a hook of ours answers. */
VfpAnswer *vfp_answer_parse (const char *text, GError **error);
void vfp_answer_free (VfpAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpAnswer, vfp_answer_free)
