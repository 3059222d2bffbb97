/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which card a PF is of, and where it is now. Pure. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "host/inventory.h"
#include "state/records.h"

/* Whether two PFs fail together: they are functions of one PCI device, or of devices with one
 * serial number. @serial_a and @serial_b: as vfp_pci_serial() tells them; NULL: not told. */
gboolean vfp_card_is_same (const VfpAddress *a, const char *serial_a, const VfpAddress *b,
                           const char *serial_b);

/* The PF of @record as the host has it now, at its address or moved; NULL: not here, not told, or
 * not to be told apart. */
VfpPf *vfp_card_find (const VfpInventory *inventory, const VfpPfRecord *record);
