/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a domain's XML that matter here. Pure: text in, values out. XML comes from outside
 * and is hostile: no network, no entities, no external DTD, bounded. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/mac.h"
#include "base/range.h"

typedef enum
{
  VFP_MACHINE_OTHER, /* no planning of guest addresses */
  VFP_MACHINE_Q35,
  VFP_MACHINE_I440FX,
} VfpMachine;

/* A host PCI device in a guest: <interface type='hostdev'>, <hostdev type='pci'>, or
 * <interface type='network'> whose <actual> is a hostdev. */
typedef struct
{
  gboolean is_interface;
  VfpAddress source; /* on the host */
  gboolean has_mac;
  VfpMac mac;
  char *alias;        /* NULL: none */
  VfpAddress address; /* in the guest; only if has_address */
  gboolean has_address;
  unsigned acpi_index; /* 0: none */
  unsigned vlan;       /* 0: none */
  char *profile_id;    /* of a virtualport 802.1Qbh; NULL: none */
  char *driver_model;  /* NULL: none */
  char *standby;       /* alias in <teaming type='transient'>; NULL: none */
} VfpGuestDevice;

void vfp_guest_device_free (VfpGuestDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpGuestDevice, vfp_guest_device_free)

/* A NIC of the guest that is no VF, as far as the standby of a failover pair goes by it. */
typedef struct
{
  gboolean is_virtio;
  gboolean is_standby; /* <teaming type='persistent'/> */
  gboolean has_mac;
  VfpMac mac;
  char *alias;   /* NULL: none; a configuration shows those of users alone, "ua-…" */
  char *bridge;  /* of the host, that it is on, or that its network has as told by libvirt while the
                    guest runs; NULL: none */
  char *network; /* of libvirt; NULL: none */
  char *lower;   /* netdev of the host that <interface type='direct'> is on; NULL: none */
  char *target;  /* its netdev on the host while the guest runs; NULL: not told */
  VfpAddress address; /* in the guest; only if has_address */
  gboolean has_address;
} VfpGuestNic;

/* The bridge or netdev of the host that the NIC is on; NULL: neither. */
const char *vfp_guest_nic_netdev (const VfpGuestNic *nic);

void vfp_guest_nic_free (VfpGuestNic *nic);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpGuestNic, vfp_guest_nic_free)

/* The largest ACPI index that libvirt takes (formatdomain.rst). */
#define VFP_ACPI_INDEX_MAX 16383

/* A port that a device can be plugged into while the guest runs. */
typedef struct
{
  unsigned bus; /* index of the controller, which is the "bus" of devices on it */
  gboolean in_use;
} VfpGuestPort;

typedef struct VfpDomxml
{
  char *name;
  char *uuid; /* lower case; NULL: not told */
  VfpMachine machine;
  gboolean has_acpi;    /* x86 with <acpi/>: ACPI indexes work */
  guint64 memory_kib;   /* <memory>: what a VF makes the host pin */
  GArray *nodes;        /* VfpRange: host NUMA nodes that its memory is bound to; NULL: to none */
  GArray *cpus;         /* VfpRange: host processors that it is bound to; NULL: to none */
  GPtrArray *devices;   /* VfpGuestDevice */
  GPtrArray *nics;      /* VfpGuestNic: every interface that is no device of the above */
  GArray *addresses;    /* VfpAddress: guest PCI addresses in use by any device or controller */
  GArray *acpi_indexes; /* unsigned: in use by any device */
  GArray *macs;         /* VfpMac: of every interface */
  GPtrArray *netdevs;   /* char *: host netdevs of <interface type='direct'> */
  GArray *ports;        /* VfpGuestPort: pcie-root-port and pcie-switch-downstream-port that allow
                           hot-plug, by bus; empty on machines other than q35 */
  GArray *bridges;      /* unsigned: buses of conventional PCI bridges, each with 31 slots */
  char *metadata;       /* our <metadata> element in the form of vfp_metadata_render(), so that an
                           unchanged one compares equal; NULL: none */
} VfpDomxml;

/* Reads all of @fd, of whoever is at its other end: bounded in size, and in elements and
 * attributes, so that parsing it is bounded too. Owned by the caller. Error: %VFP_ERROR_LIBVIRT. */
char *vfp_domxml_read (int fd, GError **error);

/* Error: %VFP_ERROR_LIBVIRT with what is wrong. */
VfpDomxml *vfp_domxml_parse (const char *xml, GError **error);
void vfp_domxml_free (VfpDomxml *domxml);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpDomxml, vfp_domxml_free)

VfpGuestDevice *vfp_domxml_find_alias (const VfpDomxml *domxml, const char *alias);
VfpGuestDevice *vfp_domxml_find_source (const VfpDomxml *domxml, const VfpAddress *source);

/* The NIC that is no VF and has the user alias @alias; NULL: none. */
VfpGuestNic *vfp_domxml_find_nic (const VfpDomxml *domxml, const char *alias);

/* What is to become of a NIC of a guest: it is the virtio NIC with the MAC, and the only one. */
typedef struct
{
  VfpMac mac;
  gboolean is_standby; /* gets <teaming type='persistent'/>, or loses it */
  const char *alias;   /* NULL: loses its own */
} VfpNicChange;

/* What is to become of a guest's device: members that are NULL stay as they are. */
typedef struct
{
  VfpAddress source; /* which device */
  const char *alias; /* and with this alias, else this MAC: of one VF there may be two devices; both
                        NULL: whatever it has */
  const VfpMac *mac;
  const VfpAddress *new_source;
  const VfpMac *new_mac;
  const char *new_alias;
  const unsigned *new_vlan;       /* 0: none */
  const char *new_profile_id;     /* "": none */
  const char *new_standby;        /* "": none */
  const VfpAddress *new_address;  /* in the guest */
  const unsigned *new_acpi_index; /* 0: none */
} VfpDeviceChange;

/* The same XML with @count more pcie-root-port controllers (q35 only), for define. libvirt gives
 * them index and address. Error: %VFP_ERROR_LIBVIRT. */
char *vfp_domxml_add_ports (const char *xml, unsigned count, GError **error);

/* A network of libvirt: the PFs and VFs that it hands out (<forward mode='hostdev'>), or the bridge
 * that it has. */
typedef struct
{
  char *name;
  GPtrArray *pfs;    /* netdev names (char *) */
  GArray *addresses; /* VfpAddress of single VFs */
  char *bridge;      /* NULL: none */
} VfpNetwork;

/* Error: %VFP_ERROR_LIBVIRT. */
VfpNetwork *vfp_network_parse (const char *xml, GError **error);
void vfp_network_free (VfpNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpNetwork, vfp_network_free)
