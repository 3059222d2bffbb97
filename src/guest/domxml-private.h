/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of domxml share. */
#pragma once

#include "guest/domxml.h"
#include "guest/xml.h"

/* Reads an <address> of PCI fields. An element without any field means "libvirt chooses":
 * @out_present is then FALSE. Error: %VFP_ERROR_LIBVIRT. */
gboolean vfp_domxml_read_address (const xmlNode *node, VfpAddress *out_address,
                                  gboolean *out_present, GError **error);

/* Of an empty <virtualport>. */
void vfp_domxml_write_virtualport (xmlNode *node, const char *profile_id);

/* Writes the fields of an <address type='pci'>. */
void vfp_domxml_write_address (xmlNode *node, const VfpAddress *address);

/* Reads one element of <devices>; NULL without error when it is no host PCI device.
 * Error: %VFP_ERROR_LIBVIRT. */
VfpGuestDevice *vfp_domxml_read_device (const xmlNode *node, GError **error);

/* Index in the <acpi> of a device; 0: none. */
unsigned vfp_domxml_read_acpi_index (const xmlNode *node);

/* Machine type and architecture. */
VfpMachine vfp_domxml_read_machine (const xmlNode *domain, gboolean *out_is_x86);

/* What the guest is bound to: arrays of VfpRange, NULL for nothing. What cannot be read is left
 * out: it decides only what is nearer. */
void vfp_domxml_read_binding (const xmlNode *domain, GArray **out_nodes, GArray **out_cpus);
