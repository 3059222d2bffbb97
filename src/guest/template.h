/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device XML from a template file. The template says the shape; what vfpool promises is put in
 * whatever the template says. */
#pragma once

#include <glib.h>

#include "guest/placement.h"

typedef struct
{
  VfpAddress source;
  VfpMac mac;
  const char *alias;
  VfpPlacement placement;
  unsigned vlan;            /* 0: no <vlan> */
  const char *profile_id;   /* of a virtualport 802.1Qbh; NULL: no <virtualport> */
  const char *driver_model; /* NULL: as the template says */
  const char *standby;      /* alias of the other half of a failover pair; NULL: no <teaming> */
} VfpDeviceSpec;

/* The virtio NIC that stands by for a VF. */
typedef struct
{
  const char *bridge;  /* of the host; NULL: … */
  const char *network; /* … of libvirt */
  VfpMac mac;
  const char *alias;
  VfpPlacement placement;
} VfpStandbySpec;

/* The path of the template @name ("interface.xml"): the user's in @user_dir if it exists, else the
 * installed one in @system_dir. Owned by the caller. */
char *vfp_template_find (const char *user_dir, const char *system_dir, const char *name);

/* Reads the template at @path and puts in: type='hostdev' and managed='yes', <source> address,
 * <mac>, <alias>, guest <address>, <acpi index>, <vlan> with one tag (an existing one is replaced
 * or removed), <virtualport>, if one is wanted, <teaming> (replaced or removed). Elements that the
 * template adds beyond (driver, rom, …) stay. Returns the XML of one <interface>. Error:
 * %VFP_ERROR_CONFIG with path and line when it is not well-formed or its root is not <interface>.
 */
char *vfp_template_interface (const char *path, const VfpDeviceSpec *spec, GError **error);

/* The same with the template of a standby: type, <source>, <model> of virtio, <mac>,
 * <teaming type='persistent'/>, <alias>, guest <address>. */
char *vfp_template_standby (const char *path, const VfpStandbySpec *spec, GError **error);
