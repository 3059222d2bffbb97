/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PFs that have moved or got another name: a card in another slot, a new riser, a newer kernel. */
#pragma once

#include "ops/world.h"

/* Where a PF of the state file is not where it was, and a PF with its permanent MAC is at exactly
 * one other address, its claims follow: their PF and the address of their VF. A VF whose address
 * has changed under a PF that has not moved is followed too. Slots whose pool was the PF's former
 * name, which no PF and no configured pool has now, get its present one. Claims of this boot's
 * running guests stay, as do those that somebody is at work on. One transaction; nothing is written
 * where nothing has moved. @texts (char *): appended to, what was done. */
gboolean vfp_follow_pfs (VfpWorld *world, const VfpInventory *inventory, GPtrArray *texts,
                         GError **error);
