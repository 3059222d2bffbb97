/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt does to a domain's XML, for the fake: text in, text out. All errors are
 * %VFP_ERROR_LIBVIRT. */
#pragma once

#include "guest/domxml.h"

/* One <interface> or <hostdev>. NULL without error when it is no PCI device of the host. */
VfpGuestDevice *vfp_domxml_device_parse (const char *device_xml, GError **error);

/* A device of any kind. Refuses, in libvirt's words, an alias or a guest address that another
 * device has. */
char *vfp_domxml_attach_device (const char *xml, const char *device_xml, GError **error);

char *vfp_domxml_detach_device (const char *xml, const VfpAddress *source, GError **error);

/* The same without, and with a change of, a NIC that is no VF; see VfpVirt. */
char *vfp_domxml_detach_nic (const char *xml, const char *alias, GError **error);
char *vfp_domxml_change_nic (const char *xml, const VfpNicChange *change, GError **error);

/* The same XML with that device changed; see VfpVirt. */
char *vfp_domxml_change_device (const char *xml, const VfpDeviceChange *change, GError **error);

/* The device of the VF @source as XML of its own. */
char *vfp_domxml_extract_device (const char *xml, const VfpAddress *source, GError **error);

/* @element: as virDomainSetMetadata() takes it; NULL removes ours. */
char *vfp_domxml_set_metadata (const char *xml, const char *element, GError **error);

/* Gives index and address to the controllers that have none. */
char *vfp_domxml_number_ports (const char *xml, GError **error);
