/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PFs are ports of one card. Pure. */
#pragma once

#include <glib.h>

#include "base/address.h"

/* Whether two PFs fail together: they are functions of one PCI device, or of devices with one
 * serial number. @serial_a and @serial_b: as vfp_pci_serial() tells them; NULL: not told. */
gboolean vfp_card_is_same (const VfpAddress *a, const char *serial_a, const VfpAddress *b,
                           const char *serial_b);
