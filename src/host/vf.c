/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One VF looked at again, and the changing of its settings through its PF. */
#include "config.h"

#include "host/vf.h"

#include "base/error.h"
#include "host/sysfs.h"

#define POLL_MS 10
#define SETTLED_MS 1000

/* A VF that is being reset refuses with EAGAIN or EBUSY for a while (i40e: "VF still in reset. Try
 * again."). */
#define RESET_MS 3000
#define RESET_POLL_MS 50

static char *
attribute_path (const VfpAddress *address, const char *attribute)
{
  char text[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("sys/bus/pci/devices/%s/%s", vfp_address_format (address, text),
                          attribute);
}

char *
vfp_vf_driver (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *path = attribute_path (address, "driver");

  return vfp_sysfs_link_name (root->fd, path);
}

gboolean
vfp_vf_driver_is_vfio (const char *driver)
{
  return driver != NULL
         && (g_str_equal (driver, "vfio-pci") || g_str_has_suffix (driver, "_vfio_pci")
             || g_str_has_suffix (driver, "-vfio-pci"));
}

gboolean
vfp_vf_vfio_open (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *driver = vfp_vf_driver (root, address);
  g_autofree char *path = attribute_path (address, "enable");

  return vfp_vf_driver_is_vfio (driver) && vfp_sysfs_read_int (root->fd, path, 0) != 0;
}

gboolean
vfp_vf_has_interrupts (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *driver = vfp_vf_driver (root, address);
  g_autofree char *path = attribute_path (address, "msi_irqs");
  g_autoptr (GPtrArray) vectors = vfp_sysfs_list (root->fd, path);

  return vfp_vf_driver_is_vfio (driver) && vectors->len > 0;
}

gboolean
vfp_vf_wait_back (const VfpRoot *root, const VfpAddress *address, const char *former,
                  unsigned timeout_ms)
{
  const gint64 start = g_get_monotonic_time ();
  gint64 settled_since = start;
  g_autofree char *last = vfp_vf_driver (root, address);

  while (TRUE)
    {
      g_autofree char *driver = vfp_vf_driver (root, address);
      const gboolean idle = !vfp_vf_vfio_open (root, address);
      const gint64 now = g_get_monotonic_time ();

      if (idle && g_strcmp0 (driver, former) == 0)
        return TRUE;
      if (!idle || g_strcmp0 (driver, last) != 0)
        settled_since = now;
      if (now - settled_since >= SETTLED_MS * 1000)
        return TRUE;
      if (now - start >= timeout_ms * G_GINT64_CONSTANT (1000))
        return FALSE;

      g_free (last);
      last = g_steal_pointer (&driver);
      g_usleep (POLL_MS * 1000);
    }
}

/* What the PF holds for VF @index now. */
static gboolean
read_settings (VfpNetlink *netlink, const char *netdev, unsigned index, VfpSettings *out_settings,
               GError **error)
{
  g_autoptr (VfpLink) link = netlink->get_link (netlink, netdev, error);

  if (link == NULL)
    return FALSE;

  *out_settings
      = index < link->vfs->len ? g_array_index (link->vfs, VfpSettings, index) : (VfpSettings){ 0 };
  if (out_settings->known == 0)
    return vfp_throw (error, VFP_ERROR_HOST,
                      "PF '%s' does not tell the settings of VF %u: the kernel lists %u VFs; "
                      "stay at 200 VFs or below",
                      netdev, index, link->vfs->len);
  return TRUE;
}

static gboolean
check_read_back (VfpNetlink *netlink, const char *netdev, unsigned index,
                 const VfpSettings *settings, unsigned changed, GError **error)
{
  VfpSettings now;

  if (!read_settings (netlink, netdev, index, &now, error))
    return FALSE;

  const unsigned differ = vfp_settings_differ (settings, &now) & changed;
  if (differ == 0)
    return TRUE;

  const VfpSetting first = (VfpSetting) (differ & -differ);
  g_autofree char *wanted = vfp_setting_value (settings, first);
  g_autofree char *held = vfp_setting_value (&now, first);
  return vfp_throw (error, VFP_ERROR_HOST,
                    "VF %u of PF '%s' has %s '%s' after '%s' was set without error; see the "
                    "kernel's log",
                    index, netdev, vfp_setting_name (first), held, wanted);
}

/* Whether a request is needed: the value differs, or it was asked for and cannot be read. */
static gboolean
is_needed (VfpSetting which, const VfpSettings *settings, const VfpSettings *now, unsigned asked)
{
  if (!(settings->known & which))
    return FALSE;
  if (!(now->known & which))
    return (asked & which) != 0;
  return (vfp_settings_differ (settings, now) & which) != 0;
}

static gboolean
set_patiently (VfpNetlink *netlink, const char *netdev, unsigned index, VfpSetting which,
               const VfpSettings *settings, GError **error)
{
  for (unsigned waited_ms = 0;; waited_ms += RESET_POLL_MS)
    {
      g_autoptr (GError) local = NULL;

      if (netlink->set_vf (netlink, netdev, index, which, settings, &local))
        return TRUE;
      if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_BUSY) || waited_ms >= RESET_MS)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_usleep (RESET_POLL_MS * 1000);
    }
}

static gboolean
throw_unsupported (VfpNetlink *netlink, const char *netdev, const GError *refusal, GError **error)
{
  g_autofree char *driver = netlink->get_driver (netlink, netdev);

  return vfp_throw (error, VFP_ERROR_UNSUPPORTED, "driver %s: %s",
                    driver != NULL ? driver : "unknown", refusal->message);
}

/* Sets one setting; *@changed gets its bit unless the driver lacks it and nobody asked. */
static gboolean
set_one (VfpNetlink *netlink, const char *netdev, unsigned index, const VfpSettings *settings,
         VfpSetting which, unsigned asked, unsigned *changed, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (set_patiently (netlink, netdev, index, which, settings, &local))
    {
      *changed |= which;
      return TRUE;
    }
  if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_UNSUPPORTED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return !(asked & which) || throw_unsupported (netlink, netdev, local, error);
}

gboolean
vfp_vf_apply (VfpNetlink *netlink, const char *netdev, unsigned index, const VfpSettings *settings,
              unsigned which, unsigned asked, unsigned *out_changed, GError **error)
{
  unsigned ignored;
  unsigned *changed = out_changed != NULL ? out_changed : &ignored;
  VfpSettings now;

  *changed = 0;
  if (!read_settings (netlink, netdev, index, &now, error))
    return FALSE;

  for (unsigned bit = 1; bit <= VFP_SETTING_LAST; bit <<= 1)
    {
      const VfpSetting setting = (VfpSetting) bit;

      if ((which & bit) && is_needed (setting, settings, &now, asked)
          && !set_one (netlink, netdev, index, settings, setting, asked, changed, error))
        return FALSE;
    }
  return *changed == 0 || check_read_back (netlink, netdev, index, settings, *changed, error);
}
