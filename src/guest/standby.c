/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which NIC of a guest becomes the standby of a failover pair. */
#include "config.h"

#include "guest/standby.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"

static const struct
{
  VfpStandbyKind kind;
  const char *prefix;
} kinds[] = {
  { VFP_STANDBY_BRIDGE, "bridge=" },
  { VFP_STANDBY_NETWORK, "network=" },
  { VFP_STANDBY_ALIAS, "alias=" },
};

gboolean
vfp_standby_parse (const char *text, VfpStandbyWish *out_wish, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *name = text + strlen (kinds[i].prefix);

      if (!g_str_has_prefix (text, kinds[i].prefix) || *name == '\0')
        continue;
      if (kinds[i].kind == VFP_STANDBY_ALIAS && !vfp_parse_alias (name, error))
        return FALSE;
      *out_wish = (VfpStandbyWish){ kinds[i].kind, name };
      return TRUE;
    }
  return vfp_throw (error, VFP_ERROR_USAGE,
                    "--standby: '%s' is none of bridge=BR, network=NET and alias=UA", text);
}

const char *
vfp_standby_bridge (const VfpGuestNic *nic, const GPtrArray *networks)
{
  if (nic->bridge != NULL || nic->network == NULL)
    return nic->bridge;
  for (guint i = 0; networks != NULL && i < networks->len; i++)
    {
      const VfpNetwork *network = g_ptr_array_index (networks, i);

      if (g_str_equal (network->name, nic->network))
        return network->bridge;
    }
  return NULL;
}

char *
vfp_standby_describe (const VfpGuestNic *nic)
{
  char mac[VFP_MAC_STRLEN];

  vfp_mac_format (&nic->mac, mac);
  if (nic->network != NULL)
    return g_strdup_printf ("%s (network %s)", mac, nic->network);
  if (nic->bridge != NULL)
    return g_strdup_printf ("%s (bridge %s)", mac, nic->bridge);
  return g_strdup (mac);
}

static gboolean
is_taken (const VfpGuestNic *nic, const GPtrArray *taken)
{
  return nic->alias != NULL
         && g_ptr_array_find_with_equal_func ((GPtrArray *) taken, nic->alias, g_str_equal, NULL);
}

static gboolean
is_meant (const VfpGuestNic *nic, const GPtrArray *networks, const VfpStandbyWish *wish)
{
  switch (wish->kind)
    {
    case VFP_STANDBY_BRIDGE:
      return g_strcmp0 (vfp_standby_bridge (nic, networks), wish->name) == 0;
    case VFP_STANDBY_NETWORK:
      return g_strcmp0 (nic->network, wish->name) == 0;
    case VFP_STANDBY_ALIAS:
      return g_strcmp0 (nic->alias, wish->name) == 0;
    default:
      return TRUE;
    }
}

static GPtrArray *
find_meant (const VfpDomxml *domxml, const GPtrArray *networks, const VfpStandbyWish *wish,
            const GPtrArray *taken)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < domxml->nics->len; i++)
    {
      VfpGuestNic *nic = g_ptr_array_index (domxml->nics, i);

      if (nic->is_virtio && nic->has_mac && is_meant (nic, networks, wish)
          && (wish->kind == VFP_STANDBY_ALIAS || !is_taken (nic, taken)))
        g_ptr_array_add (found, nic);
    }
  return found;
}

static gboolean
throw_several (const VfpDomxml *domxml, const GPtrArray *found, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *name = vfp_standby_describe (g_ptr_array_index (found, i));

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  return vfp_throw (error, VFP_ERROR_USAGE,
                    "%s has several virtio NICs that could stand by: %s; say --standby bridge=BR, "
                    "network=NET, or alias=UA for one with an <alias name='ua-…'/>",
                    domxml->name, names->str);
}

static gboolean
check_none (const VfpDomxml *domxml, const VfpStandbyWish *wish, GError **error)
{
  if (wish->kind == VFP_STANDBY_ALIAS)
    return vfp_throw (error, VFP_ERROR_NO_STANDBY, "%s has no virtio NIC with the alias %s",
                      domxml->name, wish->name);
  return wish->kind != VFP_STANDBY_ONLY
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "%s has no virtio NIC that could stand by; --standby bridge=BR or "
                       "network=NET gives it one",
                       domxml->name);
}

VfpGuestNic *
vfp_standby_choose (const VfpDomxml *domxml, const GPtrArray *networks, const VfpStandbyWish *wish,
                    const GPtrArray *taken, GError **error)
{
  g_autoptr (GPtrArray) found = find_meant (domxml, networks, wish, taken);

  if (found->len > 1)
    throw_several (domxml, found, error);
  else if (found->len == 0)
    (void) check_none (domxml, wish, error);
  return found->len == 1 ? g_ptr_array_index (found, 0) : NULL;
}

VfpGuestNic *
vfp_standby_find_mac (const VfpDomxml *domxml, const VfpMac *mac)
{
  for (guint i = 0; i < domxml->nics->len; i++)
    {
      VfpGuestNic *nic = g_ptr_array_index (domxml->nics, i);

      if (nic->is_virtio && nic->has_mac && vfp_mac_equal (&nic->mac, mac))
        return nic;
    }
  return NULL;
}
