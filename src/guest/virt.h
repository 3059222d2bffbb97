/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt behind a table of calls: the real one, or the guests of a fake host. */
#pragma once

#include <glib.h>

#include "guest/domxml-needs.h"
#include "guest/guest.h"
#include "guest/migration.h"
#include "guest/preflight.h"

/* Which of a guest's two definitions a call is for. */
typedef enum
{
  VFP_AFFECT_LIVE = 1 << 0,
  VFP_AFFECT_CONFIG = 1 << 1,
} VfpAffect;

typedef struct VfpVirt VfpVirt;

/* The first member of every implementation. Calls that name a guest take its UUID.
 * Common errors: %VFP_ERROR_LIBVIRT_UNREACHABLE (no answer, connection lost),
 * %VFP_ERROR_NO_SUCH_GUEST, %VFP_ERROR_LIBVIRT with libvirt's own text. */
struct VfpVirt
{
  /* All guests, as VfpGuest; those that vanish meanwhile are left out. */
  GPtrArray *(*list_guests) (VfpVirt *virt, GError **error);

  /* The UUID of the guest that has the name, UUID or id @name; owned by the caller. */
  char *(*find_guest) (VfpVirt *virt, const char *name, GError **error);

  /* One guest, read anew. */
  VfpGuest *(*get_guest) (VfpVirt *virt, const char *uuid, GError **error);

  /* Active networks, as VfpNetwork. */
  GPtrArray *(*list_networks) (VfpVirt *virt, GError **error);

  /* virDomainAttachDeviceFlags(). An error does not mean that nothing was done: both XMLs are to
   * be read again. */
  gboolean (*attach_device) (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect,
                             GError **error);

  /* Asks the running guest to let go of the device of the VF @source, and waits for what really
   * happens, whatever the alias is that the device has: TRUE when
   * the device is in the live XML no more (or the guest has ended). Errors:
   * %VFP_ERROR_GUEST_TIMEOUT after @timeout_ms, %VFP_ERROR_GUEST_REFUSED, %VFP_ERROR_INTERRUPTED.
   */
  gboolean (*detach_live) (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                           unsigned timeout_ms, GError **error);

  /* Takes the device out of the persistent XML, if it is there. */
  gboolean (*detach_config) (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                             GError **error);

  /* Changes the device in the persistent XML. Error: %VFP_ERROR_LIBVIRT where it is not there. */
  gboolean (*change_config) (VfpVirt *virt, const char *uuid, const VfpDeviceChange *change,
                             GError **error);

  /* detach_live and detach_config for a NIC that is no VF, by its alias. */
  gboolean (*detach_nic_live) (VfpVirt *virt, const char *uuid, const char *alias,
                               unsigned timeout_ms, GError **error);
  gboolean (*detach_nic_config) (VfpVirt *virt, const char *uuid, const char *alias,
                                 GError **error);

  /* Changes a NIC that is no VF in the persistent XML. The running guest's cannot be changed so:
   * alias and QEMU's failover=on are a matter of plugging it in (qemuDomainChangeNet() in
   * qemu_hotplug.c, virtio-net-failover.rst). Error: %VFP_ERROR_LIBVIRT where it is not there. */
  gboolean (*change_nic) (VfpVirt *virt, const char *uuid, const VfpNicChange *change,
                          GError **error);

  /* Our metadata element; @xml NULL removes it. */
  gboolean (*set_metadata) (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect,
                            GError **error);

  /* Returns when every request that was queued at the guest before has ended (a metadata no-op
   * takes the same job). */
  gboolean (*pass_job_queue) (VfpVirt *virt, const char *uuid, GError **error);

  /* @count more pcie-root-ports in the persistent XML. */
  gboolean (*add_ports) (VfpVirt *virt, const char *uuid, unsigned count, GError **error);

  /* UUIDs (char *) of the guests that are off and that libvirt is to start at boot. */
  GPtrArray *(*list_autostart_off) (VfpVirt *virt, GError **error);

  /* That of libvirt's daemon: major * 1000000 + minor * 1000 + release. */
  gboolean (*get_version) (VfpVirt *virt, unsigned long *out_version, GError **error);

  /* Whether libvirt runs vfpool's hook: it is asked by a preflight guest, which the hook refuses.
   */
  gboolean (*has_hook) (VfpVirt *virt, gboolean *out_has, GError **error);

  /* Starts a guest that is off. One that somebody else has started meanwhile is fine. */
  gboolean (*start_guest) (VfpVirt *virt, const char *uuid, GError **error);

  /* A guest's XML in the form that virDomainMigrateToURI3() takes, of one of its definitions; with
   * its passwords, unless the connection is read-only. */
  char *(*dump_xml) (VfpVirt *virt, const char *uuid, VfpAffect affect, GError **error);

  gboolean (*count_snapshots) (VfpVirt *virt, const char *uuid, unsigned *out_count,
                               GError **error);

  /* Whether libvirt starts the guest with its host; and that it is to do so, which takes a guest
   * with a configuration. A migration does not carry it, and an end of the configuration ends it
   * (virDomainDeleteConfig() in libvirt's domain_conf.c). */
  gboolean (*get_autostart) (VfpVirt *virt, const char *uuid, gboolean *out_autostart,
                             GError **error);
  gboolean (*set_autostart) (VfpVirt *virt, const char *uuid, GError **error);

  /* Sends the running guest to another host. An error does not mean that it is still here: both
   * hosts are to be asked. Errors: %VFP_ERROR_INTERRUPTED and %VFP_ERROR_GUEST_TIMEOUT, when it was
   * aborted for a signal or for its time limit. */
  gboolean (*migrate) (VfpVirt *virt, const char *uuid, const VfpMigration *migration,
                       GError **error);

  /* The next ones are for the host that a guest is to be sent to. */

  /* Asks it by a preflight guest. Returns the text that its hook's answer is in. Error:
   * %VFP_ERROR_DESTINATION: no hook of ours has answered; that guest is gone again. */
  char *(*ask_hook) (VfpVirt *virt, const VfpPreflight *asked, GError **error);

  /* Whether its libvirt has the network, active. */
  gboolean (*has_network) (VfpVirt *virt, const char *name, VfpSays *out_says, GError **error);

  /* Whether it can run a guest that needs @needs; *@out_text (owned by the caller): of no, what it
   * lacks; of unknown, why. */
  gboolean (*fits) (VfpVirt *virt, const VfpGuestNeeds *needs, VfpSays *out_says, char **out_text,
                    GError **error);

  void (*free) (VfpVirt *virt);

  /* An undo is under way: detach_live waits though a signal has come. */
  gboolean no_interrupt;
};

void vfp_virt_free (VfpVirt *virt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpVirt, vfp_virt_free)

/* Checks that @uri is the system driver of this host: qemu:///system, qemu+unix:///system[?…] or
 * test:///…. Error: %VFP_ERROR_USAGE. */
gboolean vfp_virt_check_uri (const char *uri, GError **error);

/* Checks that @uri is the system driver of another host: qemu+ssh://HOST/system and the like.
 * Error: %VFP_ERROR_USAGE. */
gboolean vfp_virt_check_destination (const char *uri, GError **error);

/* Connects, within @timeout_ms. @interrupted: checked while waiting; may be NULL.
 * Error: %VFP_ERROR_LIBVIRT_UNREACHABLE. */
VfpVirt *vfp_virt_libvirt_open (const char *uri, gboolean read_only, unsigned timeout_ms,
                                const volatile int *interrupted, GError **error);
