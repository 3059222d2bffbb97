/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests of the real libvirt: the calls that change them. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"
#include "guest/metadata.h"

static void
be_silent (void *data, virError *error)
{
}

virDomain *
vfp_virt_libvirt_lookup (VfpVirtLibvirt *virt, const char *uuid, GError **error)
{
  if (!vfp_virt_libvirt_connect (virt, vfp_virt_libvirt_deadline (virt), NULL, error))
    return NULL;

  virDomain *domain = virDomainLookupByUUIDString (virt->connection, uuid);
  if (domain == NULL)
    vfp_virt_error_take (error);
  return domain;
}

static unsigned
flags_of (unsigned affect)
{
  return (affect & VFP_AFFECT_LIVE ? VIR_DOMAIN_AFFECT_LIVE : 0u)
         | (affect & VFP_AFFECT_CONFIG ? VIR_DOMAIN_AFFECT_CONFIG : 0u);
}

static gboolean
attach_device (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect, GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);

  if (domain == NULL)
    return FALSE;
  return virDomainAttachDeviceFlags (domain, xml, flags_of (affect)) == 0
         || vfp_virt_error_take (error);
}

static gboolean
write_metadata (virDomain *domain, const char *xml, const char *uri, unsigned flags, GError **error)
{
  return virDomainSetMetadata (domain, VIR_DOMAIN_METADATA_ELEMENT, xml, VFP_METADATA_PREFIX, uri,
                               flags)
             == 0
         || (xml == NULL && vfp_virt_error_code () == VIR_ERR_NO_DOMAIN_METADATA)
         || vfp_virt_error_take (error);
}

static gboolean
set_metadata (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect, GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);

  return domain != NULL && write_metadata (domain, xml, VFP_METADATA_URI, flags_of (affect), error);
}

/* Removing an element that never is there takes the modify job and changes nothing; writing ours
 * back as it is could undo what another vfpool writes meanwhile. */
static gboolean
pass_job_queue (VfpVirt *virt, const char *uuid, GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);

  return domain != NULL
         && write_metadata (domain, NULL, "urn:vfpool:none:1", VIR_DOMAIN_AFFECT_CURRENT, error);
}

static gboolean
get_version (VfpVirt *virt, unsigned long *out_version, GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;

  return vfp_virt_libvirt_connect (self, vfp_virt_libvirt_deadline (self), NULL, error)
         && (virConnectGetLibVersion (self->connection, out_version) == 0
             || vfp_virt_error_take (error));
}

static gboolean
start_guest (VfpVirt *virt, const char *uuid, GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);
  g_autoptr (GError) local = NULL;

  if (domain == NULL)
    return FALSE;
  if (virDomainCreate (domain) == 0)
    return TRUE;
  vfp_virt_error_take (&local);
  if (virDomainIsActive (domain) == 1)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
virt_free (VfpVirt *virt)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;

  vfp_virt_libvirt_close (self);
  g_free (self->uri);
  g_free (self);
}

static const VfpVirt calls = {
  .list_guests = vfp_virt_libvirt_list_guests,
  .find_guest = vfp_virt_libvirt_find_guest,
  .get_guest = vfp_virt_libvirt_get_guest,
  .list_networks = vfp_virt_libvirt_list_networks,
  .attach_device = attach_device,
  .detach_live = vfp_virt_libvirt_detach_live,
  .detach_config = vfp_virt_libvirt_detach_config,
  .change_config = vfp_virt_libvirt_change_config,
  .detach_nic_live = vfp_virt_libvirt_detach_nic_live,
  .detach_nic_config = vfp_virt_libvirt_detach_nic_config,
  .change_nic = vfp_virt_libvirt_change_nic,
  .set_metadata = set_metadata,
  .pass_job_queue = pass_job_queue,
  .add_ports = vfp_virt_libvirt_add_ports,
  .list_autostart_off = vfp_virt_libvirt_list_autostart_off,
  .get_version = get_version,
  .has_hook = vfp_virt_libvirt_has_hook,
  .start_guest = start_guest,
  .dump_xml = vfp_virt_libvirt_dump_xml,
  .count_snapshots = vfp_virt_libvirt_count_snapshots,
  .get_autostart = vfp_virt_libvirt_get_autostart,
  .set_autostart = vfp_virt_libvirt_set_autostart,
  .migrate = vfp_virt_libvirt_migrate,
  .ask_hook = vfp_virt_libvirt_ask_hook,
  .has_network = vfp_virt_libvirt_has_network,
  .fits = vfp_virt_libvirt_fits,
  .free = virt_free,
};

/* Once for the process. The event loop only where events are waited for: a registered one that does
 * not run makes the daemon drop the connection. */
static gboolean
initialize (gboolean read_only, GError **error)
{
  static gboolean has_loop = FALSE;

  virSetErrorFunc (NULL, be_silent);
  if (virInitialize () < 0)
    return vfp_virt_error_take (error);
  if (read_only || has_loop)
    return TRUE;
  if (virEventRegisterDefaultImpl () < 0)
    return vfp_virt_error_take (error);
  has_loop = TRUE;
  return TRUE;
}

VfpVirt *
vfp_virt_libvirt_open (const char *uri, gboolean read_only, unsigned timeout_ms,
                       const volatile int *interrupted, GError **error)
{
  const gint64 deadline_us = g_get_monotonic_time () + (gint64) timeout_ms * 1000;

  if (!initialize (read_only, error))
    return NULL;

  VfpVirtLibvirt *virt = g_new0 (VfpVirtLibvirt, 1);
  g_autoptr (VfpVirt) result = &virt->parent;
  virt->parent = calls;
  virt->uri = g_strdup (uri);
  virt->read_only = read_only;
  virt->deadline_us = read_only ? deadline_us : 0;
  virt->interrupted = interrupted;
  return vfp_virt_libvirt_connect (virt, deadline_us, interrupted, error)
             ? g_steal_pointer (&result)
             : NULL;
}
