/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI address as a value, and its only parser. */
#pragma once

#include <glib.h>

/* "dddd:bb:ss.f" and a NUL; the domain has up to eight digits (VMD, see pciutils' lib/pci.h). */
#define VFP_ADDRESS_STRLEN 17

typedef struct
{
  guint32 domain;
  guint8 bus;
  guint8 slot;     /* 0 to 31 */
  guint8 function; /* 0 to 7 */
} VfpAddress;

/* Reads "dddd:bb:ss.f", "bb:ss.f" (domain 0) or libvirt's "pci_dddd_bb_ss_f".
 * Error: %VFP_ERROR_USAGE; @out_address is then untouched. */
gboolean vfp_address_parse (const char *text, VfpAddress *out_address, GError **error);

/* Writes the full form into @buffer and returns it. */
const char *vfp_address_format (const VfpAddress *address, char buffer[VFP_ADDRESS_STRLEN]);

/* The full form as a new string. */
char *vfp_address_to_string (const VfpAddress *address);

gboolean vfp_address_equal (const VfpAddress *a, const VfpAddress *b);

/* Orders by domain, bus, slot, function; a #GCompareFunc for VfpAddress. */
int vfp_address_compare (const VfpAddress *a, const VfpAddress *b);
