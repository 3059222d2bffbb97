/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds fake hosts: a tree with sysfs, and the folder vfpool-fake/ that the fakes of netlink and
 * libvirt read. A tree that cannot be written ends the program. */
#pragma once

#include <glib.h>

#include "host/root.h"

typedef struct HostTree HostTree;

typedef struct
{
  const char *name;    /* its netdev; NULL: none */
  const char *address; /* "0000:01:00.0" */
  unsigned vfs;
  unsigned total;        /* sriov_totalvfs; 0: 7, or as many as there are */
  const char *driver;    /* NULL: igb */
  const char *vf_driver; /* NULL: that of the PF's family; "none"; "vfio-pci" */
  gboolean down, no_carrier;
  const char *mac; /* NULL: made of the address */
  int numa_node;
  gboolean shared_group; /* one IOMMU group for its root port and all below it */
  gboolean no_iommu;
} HostPf;

#define HOST_NICS 4

typedef struct
{
  const char *name;
  const char *uuid;    /* NULL: made of the name */
  const char *machine; /* "q35" (NULL) or "pc" */
  unsigned ports;      /* pcie-root-ports of a q35 */
  gboolean off, paused, hung, transient;
  const char *nics[HOST_NICS]; /* "bridge=br0", "network=default": virtio NICs; with "+ua-x" behind
                                  it a standby with that alias, with ":e1000" of that model */
} HostGuest;

/* @path NULL: a temporary directory, which goes with the tree. */
HostTree *hosttree_new (const char *path);
void hosttree_free (HostTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostTree, hosttree_free)

const char *hosttree_path (const HostTree *tree);
VfpRoot *hosttree_open (const HostTree *tree);

/* VF i of a PF is at the PF's routing ID + 128 + 2 i, as on an Intel 82576. */
void hosttree_add_pf (HostTree *tree, const HostPf *pf);
void hosttree_add_guest (HostTree *tree, const HostGuest *guest);

/* An active libvirt network that hands out the VFs of a PF. */
void hosttree_add_network (HostTree *tree, const char *name, const char *pf);

/* An active libvirt network with a bridge. */
void hosttree_add_bridged_network (HostTree *tree, const char *name, const char *bridge);

/* A bridge of the host on netdevs, with commas between them; "": on none. */
void hosttree_add_bridge (HostTree *tree, const char *name, const char *lowers);

/* The content of vfpool-fake/links.conf, written by hosttree_save_links(). */
GKeyFile *hosttree_links (HostTree *tree);
void hosttree_save_links (HostTree *tree);

/* Changes to what stands already. Paths are relative to the tree. */
void hosttree_write (HostTree *tree, const char *path, const char *text);
void hosttree_link (HostTree *tree, const char *path, const char *target);
void hosttree_make_folder (HostTree *tree, const char *path);
void hosttree_remove (HostTree *tree, const char *path);

/* Binds the function at @address to @driver (NULL: to none), without its netdev. */
void hosttree_bind (HostTree *tree, const char *address, const char *driver);
