/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of domxml share. */
#pragma once

#include "guest/domxml.h"
#include "guest/xml.h"

/* A domain's XML to be changed, and its <devices>, which is made where there is none. Error:
 * %VFP_ERROR_LIBVIRT. */
xmlDoc *vfp_domxml_open (const char *xml, VfpXmlBlanks blanks, xmlNode **out_devices,
                         GError **error);

/* Reads an <address> of PCI fields. An element without any field means "libvirt chooses":
 * @out_present is then FALSE. Error: %VFP_ERROR_LIBVIRT. */
gboolean vfp_domxml_read_address (const xmlNode *node, VfpAddress *out_address,
                                  gboolean *out_present, GError **error);

/* Of an empty <virtualport>. */
void vfp_domxml_write_virtualport (xmlNode *node, const char *profile_id);

/* Of an empty <teaming>, of the half that may leave the guest. */
void vfp_domxml_write_transient (xmlNode *node, const char *standby);

/* Writes the fields of an <address type='pci'>. */
void vfp_domxml_write_address (xmlNode *node, const VfpAddress *address);

/* Reads one element of <devices>; NULL without error when it is no host PCI device.
 * Error: %VFP_ERROR_LIBVIRT. */
VfpGuestDevice *vfp_domxml_read_device (const xmlNode *node, GError **error);

/* The element of <devices> whose <source> is the VF. Where @alias or @mac is told (else NULL), the
 * one of that alias, else the one of that MAC. Error: %VFP_ERROR_LIBVIRT where it is not there. */
xmlNode *vfp_domxml_find_device (const xmlNode *devices, const VfpAddress *source,
                                 const char *alias, const VfpMac *mac, GError **error);

/* Reads an <interface> that is no host PCI device. Error: %VFP_ERROR_LIBVIRT. */
VfpGuestNic *vfp_domxml_read_nic (const xmlNode *node, GError **error);

/* Index in the <acpi> of a device; 0: none. */
unsigned vfp_domxml_read_acpi_index (const xmlNode *node);

/* Machine type and architecture. */
VfpMachine vfp_domxml_read_machine (const xmlNode *domain, gboolean *out_is_x86);

/* What the guest is bound to: arrays of VfpRange, NULL for nothing. What cannot be read is left
 * out: it decides only what is nearer. */
void vfp_domxml_read_binding (const xmlNode *domain, GArray **out_nodes, GArray **out_cpus);
