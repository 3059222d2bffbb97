/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot of the SR-IOV functions of a host: what the kernel says, joined from sysfs and
 * netlink, and not changed afterwards. Who a VF belongs to is not decided here. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/mac.h"
#include "base/range.h"
#include "base/settings.h"
#include "host/netlink.h"
#include "host/root.h"

typedef struct VfpPf VfpPf;

typedef struct
{
  VfpPf *pf; /* owned by the inventory */
  unsigned index;
  VfpAddress address;
  char *driver; /* NULL: none bound */
  char *netdev; /* NULL: none */
  gboolean netdev_up;
  char *host_use;       /* NULL, or how the host itself uses it, for example
                           "enp1s0f0v2 192.0.2.7/24", "enp1s0f0v2 in br0", "driver igb_uio",
                           "enp1s0f0v2 under enp1s0f0v2.42", "vfio device open",
                           "netdev of igbvf in another network namespace" */
  int iommu_group;      /* -1: none */
  char *iommu_conflict; /* NULL, or the member of its IOMMU group that a host driver has,
                           for example "0000:01:00.0 (igb)" */
  VfpSettings settings; /* known == 0: not told */
} VfpVf;

struct VfpPf
{
  VfpAddress address;
  char *netdev;                        /* NULL: not a NIC */
  GStrv altnames;                      /* of the netdev, as netlink tells them; may be NULL */
  char *driver;                        /* NULL: none bound */
  unsigned vendor, device, class_code; /* as in sysfs; the class has 24 bits */
  VfpMac mac;                          /* permanent, or the netdev's present one; zero: not told */
  gboolean up, carrier;                /* TRUE where there is no netdev */
  unsigned total_vfs; /* sriov_totalvfs: the driver's limit may be below the config space's */
  unsigned num_vfs;   /* sriov_numvfs */
  int numa_node;      /* -1: none */
  GPtrArray *vfs;     /* VfpVf, by index; may lack some where a link has vanished */
};

typedef struct
{
  GPtrArray *pfs;         /* VfpPf, by address */
  GHashTable *by_address; /* full address text → VfpVf */
  GHashTable *macs;       /* text of the MACs of all netdevs of the host → netdev name;
                             VF netdevs are left out */
  GPtrArray *node_cpus;   /* by NUMA node: array of VfpRange, its processors; NULL: no such node */
  GPtrArray *warnings;    /* texts; what could not be read and is therefore not told */
} VfpInventory;

/* Reads everything. A PF or VF that vanishes meanwhile is left out. @netlink may be NULL (a
 * captured host): link and settings are then unknown, and a PF counts as up with carrier.
 * Error: %VFP_ERROR_HOST when sysfs cannot be read at all. */
VfpInventory *vfp_inventory_read (const VfpRoot *root, VfpNetlink *netlink, GError **error);
void vfp_inventory_free (VfpInventory *inventory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpInventory, vfp_inventory_free)

/* Lookups; NULL when there is none. @name: netdev name, altname, address or "mac:MAC" of a PF. */
VfpPf *vfp_inventory_find_pf (const VfpInventory *inventory, const char *name);
VfpVf *vfp_inventory_find_vf (const VfpInventory *inventory, const VfpAddress *address);
VfpVf *vfp_pf_find_vf (const VfpPf *pf, unsigned index);

/* The name people know a PF by: its netdev, else its address. Owned by the caller. */
char *vfp_pf_name (const VfpPf *pf);

/* Serial number of the PF's card: the Device Serial Number extended capability (PCI Express Base
 * Specification 7.9.3) as "a0-36-9f-ff-ff-8f-3f-b8"; NULL where there is none or where config
 * space is not readable to its end (needs CAP_SYS_ADMIN). */
char *vfp_pci_serial (const VfpRoot *root, const VfpAddress *address);

/* Vendor and device as people know them, by libpci's names; never NULL. */
char *vfp_pci_device_name (const VfpRoot *root, unsigned vendor, unsigned device);
