/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest as libvirt shows it. */
#include "config.h"

#include "guest/guest.h"

VfpGuest *
vfp_guest_new (const char *uuid, const char *name, const char *live_xml, const char *config_xml,
               GError **error)
{
  g_autoptr (VfpGuest) guest = g_new0 (VfpGuest, 1);

  g_strlcpy (guest->uuid, uuid, sizeof guest->uuid);
  for (char *at = guest->uuid; *at != '\0'; at++)
    *at = g_ascii_tolower (*at);
  guest->name = g_strdup (name);
  guest->id = -1;
  guest->running = live_xml != NULL;
  guest->persistent = config_xml != NULL;

  if (live_xml != NULL && (guest->live = vfp_domxml_parse (live_xml, error)) == NULL)
    {
      g_prefix_error (error, "guest '%s', running: ", name);
      return NULL;
    }
  if (config_xml != NULL && (guest->config = vfp_domxml_parse (config_xml, error)) == NULL)
    {
      g_prefix_error (error, "guest '%s', configuration: ", name);
      return NULL;
    }
  return g_steal_pointer (&guest);
}

void
vfp_guest_free (VfpGuest *guest)
{
  if (guest == NULL)
    return;
  g_free (guest->name);
  vfp_domxml_free (guest->live);
  vfp_domxml_free (guest->config);
  g_free (guest);
}

static gboolean
has_name (const VfpGuest *guest, const char *name)
{
  return g_str_equal (guest->name, name);
}

/* As virsh does, a UUID is read with and without dashes. */
static gboolean
has_uuid (const VfpGuest *guest, const char *name)
{
  const char *at = guest->uuid;

  for (; *name != '\0' && *at != '\0'; name++)
    {
      if (*name == '-')
        continue;
      at += *at == '-';
      if (g_ascii_tolower (*name) != *at++)
        return FALSE;
    }
  return *name == '\0' && *at == '\0';
}

static gboolean
has_id (const VfpGuest *guest, const char *name)
{
  guint64 id;

  return guest->id >= 0 && g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &id, NULL)
         && (guint64) guest->id == id;
}

static VfpGuest *
find_by (GPtrArray *guests, gboolean (*matches) (const VfpGuest *guest, const char *name),
         const char *name)
{
  for (unsigned i = 0; i < guests->len; i++)
    if (matches (g_ptr_array_index (guests, i), name))
      return g_ptr_array_index (guests, i);
  return NULL;
}

VfpGuest *
vfp_guest_find (GPtrArray *guests, const char *name)
{
  VfpGuest *guest = find_by (guests, has_name, name);

  if (guest == NULL)
    guest = find_by (guests, has_uuid, name);
  if (guest == NULL)
    guest = find_by (guests, has_id, name);
  return guest;
}

static gboolean
has_mac (const VfpDomxml *domxml, const VfpMac *mac)
{
  for (guint i = 0; domxml != NULL && i < domxml->macs->len; i++)
    if (vfp_mac_equal (&g_array_index (domxml->macs, VfpMac, i), mac))
      return TRUE;
  return FALSE;
}

gboolean
vfp_guest_has_mac (const VfpGuest *guest, const VfpMac *mac)
{
  return has_mac (guest->live, mac) || has_mac (guest->config, mac);
}
