/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One change under way, for the files of its steps only. */
#pragma once

#include "ops/change.h"

/* Steps and their undos (VfpStep); @data: VfpChange. */
gboolean vfp_change_prepare_act (gpointer data, GError **error);
gboolean vfp_change_prepare_undo (gpointer data, GError **error);
gboolean vfp_change_unplug_act (gpointer data, GError **error);
gboolean vfp_change_unplug_undo (gpointer data, GError **error);
gboolean vfp_change_swap_act (gpointer data, GError **error);
gboolean vfp_change_swap_undo (gpointer data, GError **error);
gboolean vfp_change_plug_act (gpointer data, GError **error);
gboolean vfp_change_plug_undo (gpointer data, GError **error);
gboolean vfp_change_config_act (gpointer data, GError **error);
gboolean vfp_change_config_undo (gpointer data, GError **error);

/* Whether the slot gets another VF. */
gboolean vfp_change_moves (const VfpChange *change);

/* The claim of @vf in memory that keeps it for the slot of @change: no part of anything. Owned by
 * the caller. Errors: %VFP_ERROR_VF_IN_USE (taken meanwhile), those of reading its settings. */
VfpClaim *vfp_change_make_held (const VfpChange *change, const VfpVfView *vf, GError **error);

/* The slot's device on the VF of @claim into the running guest, with all settings of @slot, read
 * back. What libvirt answers is a hint, what its XML says is the result. */
gboolean vfp_change_plug (VfpWorld *world, const VfpSlot *slot, const VfpClaim *claim,
                          const char *netdev, GError **error);

/* Whether vfp_change_write_config() would change anything. */
gboolean vfp_change_config_differs (const VfpSlot *slot, const VfpGuestDevice *now,
                                    const VfpAddress *source);

/* Makes the device @now in the persistent XML what the slot says, on the VF @source. */
gboolean vfp_change_write_config (VfpWorld *world, const VfpSlot *slot, const VfpGuestDevice *now,
                                  const VfpAddress *source, GError **error);
