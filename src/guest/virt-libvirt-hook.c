/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether libvirt runs our hook, which it only tells by running it. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"
#include "guest/preflight.h"

/* Starts a preflight guest that asks for @asked. TRUE: nobody has refused it, and it is gone again;
 * else @error is libvirt's, *@out_refused where it was a hook's. */
static gboolean
start_preflight (VfpVirtLibvirt *self, const VfpPreflight *asked, gboolean *out_refused,
                 GError **error)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *xml = vfp_preflight_render (uuid, asked);

  *out_refused = FALSE;
  if (!vfp_virt_libvirt_connect (self, vfp_virt_libvirt_deadline (self), NULL, error))
    return FALSE;

  g_autoptr (virDomain) domain = virDomainCreateXML (
      self->connection, xml, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY);
  if (domain != NULL)
    return virDomainDestroy (domain) == 0 || vfp_virt_error_take (error);
  *out_refused = vfp_virt_error_code () == VIR_ERR_HOOK_SCRIPT_FAILED;
  return vfp_virt_error_take (error);
}

/* A daemon that found no hooks when it started runs none until it is reloaded (virHookInitialize()
 * in libvirt's virhook.c), so that the file on disk says nothing. */
gboolean
vfp_virt_libvirt_has_hook (VfpVirt *virt, gboolean *out_has, GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;
  g_autoptr (GError) local = NULL;
  gboolean refused;

  if (self->read_only)
    return vfp_throw (error, VFP_ERROR_LIBVIRT, "it is asked without --dry-run only");
  *out_has = FALSE;
  if (start_preflight (self, NULL, &refused, &local))
    return TRUE;
  *out_has = refused && vfp_preflight_is_answer (local->message);
  if (*out_has)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

char *
vfp_virt_libvirt_ask_hook (VfpVirt *virt, const VfpPreflight *asked, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean refused;

  if (start_preflight ((VfpVirtLibvirt *) virt, asked, &refused, &local))
    {
      vfp_throw (error, VFP_ERROR_DESTINATION, "it has not run vfpool's hook");
      return NULL;
    }
  if (refused)
    return g_strdup (local->message);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
