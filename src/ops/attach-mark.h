/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots that get a VF at each start of their guest: what an attach to one means. Pure but for the
 * look whether the hook is known. For the files of attach only. */
#pragma once

#include "ops/attach-plan.h"

/* Whether the hook has been called since the host's start: then it is installed, and libvirt knows
 * of it. */
gboolean vfp_attach_hook_is_seen (VfpWorld *world);

/* Where the hook was not seen, asks libvirt; no lock is to be held. A dry run that may not takes it
 * for granted, with a warning. Error: those of libvirt. */
gboolean vfp_attach_mark_ask (VfpWorld *world, const VfpAttachRequest *request, GError **error);

/* What --on-start does not go with. Error: %VFP_ERROR_USAGE. */
gboolean vfp_attach_mark_check (const VfpAttachRequest *request, GError **error);

/* As vfp_affect_choose(); with --on-start the running guest alone, and nothing of one that is
 * off. */
gboolean vfp_attach_mark_affect (const VfpGuest *guest, const VfpAttachRequest *request,
                                 unsigned *out_affect, GError **error);

/* Sets the mark of the plan's slot, where it is asked for, and leaves the configuration of one that
 * has it alone. Errors: %VFP_ERROR_DIFFERS, %VFP_ERROR_NO_HOOK (libvirt has not called the hook in
 * this boot), %VFP_ERROR_NO_SUCH_SLOT (to serve, and it does not wait). */
gboolean vfp_attach_mark_plan (VfpAttachPlan *plan, VfpWorld *world, const VfpSnapshot *snapshot,
                               const VfpAttachRequest *request, GError **error);

/* The plan for a guest that is off: whether the slot, filled by now, differs from what it was in
 * the file (@before; NULL: new). Error: %VFP_ERROR_SLOT_IN_USE when it does not, unless @ensure. */
gboolean vfp_attach_mark_only (VfpAttachPlan *plan, const VfpSlot *before, gboolean ensure,
                               GError **error);
