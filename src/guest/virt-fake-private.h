/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the fake libvirt share. */
#pragma once

#include "guest/virt-fake.h"

typedef struct
{
  VfpVirt parent;
  const VfpRoot *root;
  VfpRoot *own_root; /* of another host, freed with this; NULL: none */
  VfpFaults *faults;
  GHashTable *names; /* UUID → folder name, as last seen */
} VfpVirtFake;

#define VFP_FAKE_LIVE_FILE "live.xml"
#define VFP_FAKE_CONFIG_FILE "config.xml"

/* One guest's files as they are now. */
typedef struct
{
  char *name;
  char *uuid;
  char *live_xml;   /* NULL: off */
  char *config_xml; /* NULL: transient */
  gboolean paused;
  gboolean arriving;
  gboolean hung;
  int id;
} VfpFakeDomain;

void vfp_fake_domain_free (VfpFakeDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpFakeDomain, vfp_fake_domain_free)

/* Error: %VFP_ERROR_NO_SUCH_GUEST. */
VfpFakeDomain *vfp_fake_domain_find (VfpVirtFake *fake, const char *uuid, GError **error);

/* Path of a guest's file. Owned by the caller. */
char *vfp_fake_domain_path (const VfpVirtFake *fake, const char *name, const char *file);

/* The changing calls; see VfpVirt. */
gboolean vfp_fake_attach_device (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect,
                                 GError **error);
gboolean vfp_fake_detach_live (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                               unsigned timeout_ms, GError **error);
gboolean vfp_fake_detach_config (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                                 GError **error);
gboolean vfp_fake_change_config (VfpVirt *virt, const char *uuid, const VfpDeviceChange *change,
                                 GError **error);
gboolean vfp_fake_detach_nic_live (VfpVirt *virt, const char *uuid, const char *alias,
                                   unsigned timeout_ms, GError **error);
gboolean vfp_fake_detach_nic_config (VfpVirt *virt, const char *uuid, const char *alias,
                                     GError **error);
gboolean vfp_fake_change_nic (VfpVirt *virt, const char *uuid, const VfpNicChange *change,
                              GError **error);
gboolean vfp_fake_start_guest (VfpVirt *virt, const char *uuid, GError **error);
gboolean vfp_fake_set_metadata (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect,
                                GError **error);
gboolean vfp_fake_add_ports (VfpVirt *virt, const char *uuid, unsigned count, GError **error);

char *vfp_fake_dump_xml (VfpVirt *virt, const char *uuid, VfpAffect affect, GError **error);
gboolean vfp_fake_count_snapshots (VfpVirt *virt, const char *uuid, unsigned *out_count,
                                   GError **error);
gboolean vfp_fake_get_autostart (VfpVirt *virt, const char *uuid, gboolean *out_autostart,
                                 GError **error);
gboolean vfp_fake_set_autostart (VfpVirt *virt, const char *uuid, GError **error);
gboolean vfp_fake_migrate (VfpVirt *virt, const char *uuid, const VfpMigration *migration,
                           GError **error);
char *vfp_fake_ask_hook (VfpVirt *virt, const VfpPreflight *asked, GError **error);
gboolean vfp_fake_has_network (VfpVirt *virt, const char *name, VfpSays *out_says, GError **error);
gboolean vfp_fake_fits (VfpVirt *virt, const VfpGuestNeeds *needs, VfpSays *out_says,
                        char **out_text, GError **error);

/* The host's call of libvirt's hook: the program and its first arguments are the lines of the file
 * hook-command. *@out_xml (may be NULL): what it has printed; NULL: nothing. Error:
 * %VFP_ERROR_LIBVIRT, in libvirt's words, when it refuses. Without that file nothing is called. No
 * lock is to be held. */
gboolean vfp_fake_call_hook (const VfpVirtFake *fake, const char *name, const char *operation,
                             const char *xml, char **out_xml, GError **error);

/* Finishes what a killed process has left half done. */
gboolean vfp_fake_recover (VfpVirtFake *fake, GError **error);

/* flock() on the folder vfpool-fake, as the fake netlink takes it; -1 with errno otherwise. Closing
 * it ends the lock. */
int vfp_fake_lock (const VfpRoot *root);

/* Path of a file below vfpool-fake. Owned by the caller. */
char *vfp_fake_path (const VfpRoot *root, const char *name);

/* Replaces a file by rename, so that readers without lock see the old or the new one. */
gboolean vfp_fake_write (const char *path, const char *text, GError **error);

/* Puts a VF where the guest's XML says it is: on vfio-pci, open, with MAC and VLAN of @device, or,
 * @device being NULL, back as it was. Does nothing where it is so already. Under the lock. */
gboolean vfp_fake_place_vf (const VfpRoot *root, const VfpAddress *source,
                            const VfpGuestDevice *device, const char *uuid, GError **error);

/* UUID of the guest that the VF was put on vfio-pci for; NULL: none. Owned by the caller. */
char *vfp_fake_vf_user (const VfpRoot *root, const VfpAddress *source);

/* TRUE when a VFIO driver has the VF and somebody has it open. */
gboolean vfp_fake_vf_open (const VfpRoot *root, const VfpAddress *source);

/* Path, relative to the root, of a file of a PCI function in sysfs. Owned by the caller. */
char *vfp_fake_device_path (const VfpAddress *address, const char *name);

/* As vfp_fake_write(). */
gboolean vfp_fake_write_key_file (GKeyFile *file, const char *path, GError **error);

/* Group of links.conf that has the VF's settings: "NETDEV INDEX"; NULL where the PF is no NIC. */
char *vfp_fake_links_group (const VfpRoot *root, const VfpAddress *address);

/* MAC and VLAN of @device into links.conf, and those of the saved settings back. */
gboolean vfp_fake_links_take (const VfpRoot *root, const VfpAddress *address,
                              const VfpGuestDevice *device, GError **error);
gboolean vfp_fake_links_give_back (const VfpRoot *root, const VfpAddress *address,
                                   const char *settings, GError **error);
