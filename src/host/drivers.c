/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding PCI functions to drivers through sysfs. */
#include "config.h"

#include "host/drivers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/apart.h"
#include "base/error.h"
#include "host/fd.h"
#include "host/sysfs.h"
#include "host/vf.h"

/* Unbinding vfio-pci waits for whoever has the device open, and a probe for the VF's mailbox. */
#define WRITE_TIMEOUT_MS 10000

void
vfp_drivers_free (VfpDrivers *drivers)
{
  if (drivers != NULL)
    drivers->free (drivers);
}

static gboolean
write_attribute (VfpDrivers *drivers, const char *path, const char *text, GError **error)
{
  g_auto (VfpFd) fd = openat (drivers->root->fd, path, O_WRONLY | O_CLOEXEC);
  g_autoptr (GError) local = NULL;
  const int opened = errno;
  int failure;

  if (fd < 0)
    return vfp_throw_errno (error, opened == EACCES ? VFP_ERROR_NO_PERMISSION : VFP_ERROR_HOST,
                            opened, "'/%s' cannot be written", path);
  if (!vfp_apart_write (fd, text, WRITE_TIMEOUT_MS, &failure, &local))
    return vfp_throw (error, VFP_ERROR_HOST, "'/%s': %s", path, local->message);
  return failure == 0
         || vfp_throw_errno (error, VFP_ERROR_HOST, failure, "'/%s' refuses '%s'", path, text);
}

static char *
attribute_path (const VfpAddress *address, const char *attribute)
{
  char text[VFP_ADDRESS_STRLEN];

  return g_strdup_printf ("sys/bus/pci/devices/%s/%s", vfp_address_format (address, text),
                          attribute);
}

/* An empty write never reaches the kernel; a newline alone clears the override
 * (driver_set_override() in drivers/base/driver.c). */
static gboolean
kernel_set_override (VfpDrivers *drivers, const VfpAddress *address, const char *driver,
                     GError **error)
{
  g_autofree char *path = attribute_path (address, "driver_override");

  return write_attribute (drivers, path, driver != NULL ? driver : "\n", error);
}

static gboolean
kernel_unbind (VfpDrivers *drivers, const VfpAddress *address, GError **error)
{
  g_autofree char *path = attribute_path (address, "driver/unbind");
  char text[VFP_ADDRESS_STRLEN];

  return write_attribute (drivers, path, vfp_address_format (address, text), error);
}

static gboolean
kernel_probe (VfpDrivers *drivers, const VfpAddress *address, GError **error)
{
  char text[VFP_ADDRESS_STRLEN];

  return write_attribute (drivers, "sys/bus/pci/drivers_probe", vfp_address_format (address, text),
                          error);
}

VfpDrivers *
vfp_drivers_kernel_new (const VfpRoot *root)
{
  VfpDrivers *drivers = g_new0 (VfpDrivers, 1);

  drivers->root = root;
  drivers->set_override = kernel_set_override;
  drivers->unbind = kernel_unbind;
  drivers->probe = kernel_probe;
  drivers->free = (void (*) (VfpDrivers *)) g_free;
  return drivers;
}

/* The kernel says "(null)" where there is none. */
char *
vfp_drivers_override (const VfpRoot *root, const VfpAddress *address)
{
  g_autofree char *path = attribute_path (address, "driver_override");
  g_autofree char *text = vfp_sysfs_read_optional (root->fd, path);

  if (text == NULL || *text == '\0' || g_str_equal (text, "(null)"))
    return NULL;
  return g_steal_pointer (&text);
}

gboolean
vfp_drivers_match (const char *now, const char *wanted)
{
  if (g_str_equal (wanted, VFP_DRIVER_NONE))
    return now == NULL;
  if (g_str_equal (wanted, VFP_DRIVER_HOST))
    return now != NULL && !vfp_vf_driver_is_vfio (now);
  return g_strcmp0 (now, wanted) == 0;
}

static gboolean
is_name (const char *wanted)
{
  return !g_str_equal (wanted, VFP_DRIVER_NONE) && !g_str_equal (wanted, VFP_DRIVER_HOST);
}

gboolean
vfp_drivers_check_loaded (const VfpRoot *root, const char *wanted, GError **error)
{
  g_autofree char *path = g_strdup_printf ("sys/bus/pci/drivers/%s", wanted);

  return !is_name (wanted) || vfp_sysfs_exists (root->fd, path)
         || vfp_throw (error, VFP_ERROR_UNSUPPORTED,
                       "the driver %s is not loaded; 'modprobe %s' loads it", wanted, wanted);
}

static gboolean
check_bound (VfpDrivers *drivers, const VfpAddress *address, const char *wanted, GError **error)
{
  g_autofree char *now = vfp_vf_driver (drivers->root, address);
  char text[VFP_ADDRESS_STRLEN];

  if (vfp_drivers_match (now, wanted))
    return TRUE;
  vfp_address_format (address, text);
  if (g_str_equal (wanted, VFP_DRIVER_HOST))
    return vfp_throw (error, VFP_ERROR_HOST,
                      "the kernel has bound no driver of its own to %s; is its module loaded, and "
                      "sriov_drivers_autoprobe of its PF 1?",
                      text);
  return vfp_throw (error, VFP_ERROR_HOST, "%s is on %s and not on %s; see the kernel's log", text,
                    now != NULL ? now : "no driver", is_name (wanted) ? wanted : "none");
}

/* A named driver is bound by its override, which works with sriov_drivers_autoprobe 0 too
 * (pci_device_can_probe() in drivers/pci/pci-driver.c). */
static gboolean
bind_now (VfpDrivers *drivers, const VfpAddress *address, const char *wanted, gboolean bound,
          GError **error)
{
  if (!g_str_equal (wanted, VFP_DRIVER_NONE)
      && !drivers->set_override (drivers, address, is_name (wanted) ? wanted : NULL, error))
    return FALSE;
  if (bound && !drivers->unbind (drivers, address, error))
    return FALSE;
  return g_str_equal (wanted, VFP_DRIVER_NONE) || drivers->probe (drivers, address, error);
}

gboolean
vfp_drivers_bind (VfpDrivers *drivers, const VfpAddress *address, const char *wanted,
                  const char *override, gboolean again, GError **error)
{
  g_autofree char *now = vfp_vf_driver (drivers->root, address);

  if (!vfp_drivers_check_loaded (drivers->root, wanted, error))
    return FALSE;
  if ((again || !vfp_drivers_match (now, wanted))
      && (!bind_now (drivers, address, wanted, now != NULL, error)
          || !check_bound (drivers, address, wanted, error)))
    return FALSE;

  g_autofree char *held = vfp_drivers_override (drivers->root, address);
  return g_strcmp0 (held, override) == 0
         || drivers->set_override (drivers, address, override, error);
}
