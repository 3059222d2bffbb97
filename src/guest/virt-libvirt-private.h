/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the real libvirt share. */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "guest/virt.h"

static inline void
vfp_virt_connection_free (virConnect *connection)
{
  virConnectClose (connection);
}

static inline void
vfp_virt_domain_free (virDomain *domain)
{
  virDomainFree (domain);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virConnect, vfp_virt_connection_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, vfp_virt_domain_free)

typedef struct
{
  VfpVirt parent;
  char *uri;
  gboolean read_only;
  gint64 deadline_us; /* read-only: the end of all calls together; 0: each call has its own */
  const volatile int *interrupted;
  virConnect *connection; /* NULL: lost, the next call opens it anew */
} VfpVirtLibvirt;

/* Turns the last error of this thread into @error: to be called right after the call that failed.
 */
gboolean vfp_virt_error_take (GError **error);

/* The last error's code, 0 when there is none. */
int vfp_virt_error_code (void);

/* Opens the connection where there is none or it was lost. @interrupted may be NULL. */
gboolean vfp_virt_libvirt_connect (VfpVirtLibvirt *virt, gint64 deadline_us,
                                   const volatile int *interrupted, GError **error);
void vfp_virt_libvirt_close (VfpVirtLibvirt *virt);

/* When a call that starts now has to have ended (monotonic time). */
gint64 vfp_virt_libvirt_deadline (const VfpVirtLibvirt *virt);

/* The domain with the UUID @uuid, of an open connection (opened anew where it was lost). */
virDomain *vfp_virt_libvirt_lookup (VfpVirtLibvirt *virt, const char *uuid, GError **error);

/* See VfpVirt. */
GPtrArray *vfp_virt_libvirt_list_guests (VfpVirt *virt, GError **error);
VfpGuest *vfp_virt_libvirt_get_guest (VfpVirt *virt, const char *uuid, GError **error);
char *vfp_virt_libvirt_find_guest (VfpVirt *virt, const char *name, GError **error);
GPtrArray *vfp_virt_libvirt_list_networks (VfpVirt *virt, GError **error);
gboolean vfp_virt_libvirt_detach_config (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                                         GError **error);
gboolean vfp_virt_libvirt_change_config (VfpVirt *virt, const char *uuid,
                                         const VfpDeviceChange *change, GError **error);
gboolean vfp_virt_libvirt_detach_nic_live (VfpVirt *virt, const char *uuid, const char *alias,
                                           unsigned timeout_ms, GError **error);
gboolean vfp_virt_libvirt_detach_nic_config (VfpVirt *virt, const char *uuid, const char *alias,
                                             GError **error);
gboolean vfp_virt_libvirt_change_nic (VfpVirt *virt, const char *uuid, const VfpNicChange *change,
                                      GError **error);
gboolean vfp_virt_libvirt_add_ports (VfpVirt *virt, const char *uuid, unsigned count,
                                     GError **error);
GPtrArray *vfp_virt_libvirt_list_autostart_off (VfpVirt *virt, GError **error);
gboolean vfp_virt_libvirt_has_hook (VfpVirt *virt, gboolean *out_has, GError **error);
gboolean vfp_virt_libvirt_detach_live (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                                       unsigned timeout_ms, GError **error);
char *vfp_virt_libvirt_dump_xml (VfpVirt *virt, const char *uuid, VfpAffect affect, GError **error);
gboolean vfp_virt_libvirt_count_snapshots (VfpVirt *virt, const char *uuid, unsigned *out_count,
                                           GError **error);
gboolean vfp_virt_libvirt_get_autostart (VfpVirt *virt, const char *uuid, gboolean *out_autostart,
                                         GError **error);
gboolean vfp_virt_libvirt_set_autostart (VfpVirt *virt, const char *uuid, GError **error);
gboolean vfp_virt_libvirt_migrate (VfpVirt *virt, const char *uuid, const VfpMigration *migration,
                                   GError **error);
char *vfp_virt_libvirt_ask_hook (VfpVirt *virt, const VfpPreflight *asked, GError **error);
gboolean vfp_virt_libvirt_has_network (VfpVirt *virt, const char *name, VfpSays *out_says,
                                       GError **error);
gboolean vfp_virt_libvirt_fits (VfpVirt *virt, const VfpGuestNeeds *needs, VfpSays *out_says,
                                char **out_text, GError **error);

/* Runs in the thread of vfp_deadline_run(): reads of @connection. */
GPtrArray *vfp_virt_read_guests (virConnect *connection, GError **error);
GPtrArray *vfp_virt_read_autostart_off (virConnect *connection, GError **error);
VfpGuest *vfp_virt_read_guest (virConnect *connection, const char *uuid, GError **error);
char *vfp_virt_find_guest (virConnect *connection, const char *name, GError **error);
GPtrArray *vfp_virt_read_networks (virConnect *connection, GError **error);
