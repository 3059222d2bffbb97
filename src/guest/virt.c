/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all implementations of VfpVirt share. */
#include "config.h"

#include "guest/virt.h"

#include <string.h>

#include "base/error.h"

void
vfp_virt_free (VfpVirt *virt)
{
  if (virt != NULL)
    virt->free (virt);
}

static gboolean
throw_other_host (const char *uri, GError **error)
{
  return vfp_throw (error, VFP_ERROR_USAGE,
                    "'%s' is another host; vfpool works on the host that it runs on, run it there",
                    uri);
}

static gboolean
is_remote_transport (const char *transport)
{
  static const char *const remote[] = { "ssh", "tls", "tcp", "ext", "libssh", "libssh2" };

  for (unsigned i = 0; i < G_N_ELEMENTS (remote); i++)
    if (g_str_equal (transport, remote[i]))
      return TRUE;
  return FALSE;
}

gboolean
vfp_virt_check_uri (const char *uri, GError **error)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  if (parsed == NULL)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not a libvirt URI; use qemu:///system", uri);

  const char *scheme = g_uri_get_scheme (parsed), *host = g_uri_get_host (parsed);
  const char *plus = strchr (scheme, '+');
  const gboolean is_qemu = g_str_equal (scheme, "qemu") || g_str_equal (scheme, "qemu+unix");

  if ((host != NULL && *host != '\0') || (plus != NULL && is_remote_transport (plus + 1)))
    return throw_other_host (uri, error);
  if (g_str_equal (scheme, "test"))
    return TRUE;
  if (is_qemu && g_str_equal (g_uri_get_path (parsed), "/system"))
    return TRUE;
  if (is_qemu && g_str_equal (g_uri_get_path (parsed), "/session"))
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s': a session has no VFIO; use qemu:///system",
                      uri);
  return vfp_throw (error, VFP_ERROR_USAGE,
                    "'%s' is not the system driver of this host; use qemu:///system", uri);
}

gboolean
vfp_virt_check_destination (const char *uri, GError **error)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  const char *scheme = parsed != NULL ? g_uri_get_scheme (parsed) : "";
  const char *plus = strchr (scheme, '+');
  const char *host = parsed != NULL ? g_uri_get_host (parsed) : NULL;

  if (!g_str_has_prefix (scheme, "qemu") || (scheme[4] != '\0' && scheme[4] != '+')
      || !g_str_equal (g_uri_get_path (parsed), "/system"))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "'%s' is not the URI of another host's system driver; use "
                      "qemu+ssh://HOST/system",
                      uri);
  return (host != NULL && *host != '\0' && (plus == NULL || is_remote_transport (plus + 1)))
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "'%s' is this host; a destination is qemu+ssh://HOST/system", uri);
}
