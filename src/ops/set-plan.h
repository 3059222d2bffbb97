/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a set is going to do. For the files of set only. */
#pragma once

#include "ops/change.h"
#include "ops/set.h"

/* As VfpChange.plan; its data is the VfpSetRequest. Pure. */
gboolean vfp_set_plan (VfpChange *change, GError **error);

/* VfpSetting bits that the VF is lacking. */
unsigned vfp_set_plan_lacking (const VfpChange *change);

/* Whether the device in the persistent XML is other than it is to be. */
gboolean vfp_set_plan_config_differs (const VfpChange *change);
