/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failover pairs in a guest's XML. */
#include "config.h"

#include "guest/pair.h"

/* @alias NULL: @what is the whole of it. */
static const VfpGuestNic *
refuse (char **out_why, const char *alias, const char *what)
{
  if (out_why != NULL)
    *out_why = alias != NULL ? g_strdup_printf ("its standby %s %s", alias, what) : g_strdup (what);
  return NULL;
}

static unsigned
count_users (const VfpDomxml *domxml, const char *alias)
{
  unsigned users = 0;

  for (guint i = 0; i < domxml->devices->len; i++)
    users += g_strcmp0 (((const VfpGuestDevice *) g_ptr_array_index (domxml->devices, i))->standby,
                        alias)
             == 0;
  return users;
}

const VfpGuestNic *
vfp_pair_standby (const VfpDomxml *domxml, const VfpGuestDevice *device, char **out_why)
{
  const char *alias = device->standby;
  const VfpGuestNic *nic;

  if (out_why != NULL)
    *out_why = NULL;
  if (alias == NULL)
    return refuse (out_why, NULL, "it has no standby");
  if ((nic = vfp_domxml_find_nic (domxml, alias)) == NULL)
    return refuse (out_why, alias, "is not there");
  if (!nic->is_virtio || !nic->is_standby)
    return refuse (out_why, alias, "is no virtio NIC with <teaming type='persistent'/>");
  if (!nic->has_mac || !device->has_mac || !vfp_mac_equal (&nic->mac, &device->mac))
    return refuse (out_why, alias, "has another MAC");
  return count_users (domxml, alias) == 1 ? nic : refuse (out_why, alias, "is that of two VFs");
}

const VfpGuestNic *
vfp_pair_of_vf (const VfpDomxml *domxml, const VfpAddress *source, char **out_why)
{
  const VfpGuestDevice *device = vfp_domxml_find_source (domxml, source);

  return device != NULL ? vfp_pair_standby (domxml, device, out_why)
                        : refuse (out_why, NULL, "the guest does not have it");
}

const VfpGuestDevice *
vfp_pair_find_single (const VfpDomxml *domxml, char **out_why)
{
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (vfp_pair_standby (domxml, device, out_why) == NULL)
        return device;
    }
  if (out_why != NULL)
    *out_why = NULL;
  return NULL;
}

const VfpGuestDevice *
vfp_pair_user (const VfpDomxml *domxml, const char *alias)
{
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (g_strcmp0 (device->standby, alias) == 0)
        return device;
    }
  return NULL;
}
