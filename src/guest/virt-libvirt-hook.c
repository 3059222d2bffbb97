/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether libvirt runs our hook, which it only tells by running it. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"
#include "guest/preflight.h"

/* A daemon that found no hooks when it started runs none until it is reloaded (virHookInitialize()
 * in libvirt's virhook.c), so that the file on disk says nothing. */
gboolean
vfp_virt_libvirt_has_hook (VfpVirt *virt, gboolean *out_has, GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *xml = vfp_preflight_render (uuid, NULL);
  g_autoptr (GError) local = NULL;

  if (self->read_only)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "it is asked without --dry-run only");
  if (!vfp_virt_libvirt_connect (self, vfp_virt_libvirt_deadline (self), NULL, error))
    return FALSE;

  g_autoptr (virDomain) domain = virDomainCreateXML (
      self->connection, xml, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY);
  if (domain != NULL)
    {
      *out_has = FALSE;
      return virDomainDestroy (domain) == 0 || vfp_virt_error_take (error);
    }
  *out_has = vfp_virt_error_code () == VIR_ERR_HOOK_SCRIPT_FAILED;
  vfp_virt_error_take (&local);
  if (*out_has && vfp_preflight_is_answer (local->message))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
