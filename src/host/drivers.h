/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding PCI functions to drivers, behind a table of calls: the kernel's, or those of a fake
 * host. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/faults.h"
#include "host/root.h"

typedef struct VfpDrivers VfpDrivers;

/* The first member of every implementation. Errors of all calls: %VFP_ERROR_HOST, also where the
 * kernel does not come back; %VFP_ERROR_NO_PERMISSION. */
struct VfpDrivers
{
  const VfpRoot *root;

  /* From now on only the driver of this name is bound to the function (driver_override in
   * Documentation/ABI/testing/sysfs-bus-pci); NULL: any that matches. Binds and unbinds nothing. */
  gboolean (*set_override) (VfpDrivers *drivers, const VfpAddress *address, const char *driver,
                            GError **error);

  /* Takes the function from its driver. vfio-pci lets go when its last user has closed it. */
  gboolean (*unbind) (VfpDrivers *drivers, const VfpAddress *address, GError **error);

  /* Lets the kernel bind a driver to the function, if it has one. */
  gboolean (*probe) (VfpDrivers *drivers, const VfpAddress *address, GError **error);

  void (*free) (VfpDrivers *drivers);
};

void vfp_drivers_free (VfpDrivers *drivers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpDrivers, vfp_drivers_free)

/* @root is kept by reference and must outlive it. */
VfpDrivers *vfp_drivers_kernel_new (const VfpRoot *root);

/* Those of a captured or generated host: the links "driver" in its tree are changed. @faults may be
 * NULL. */
VfpDrivers *vfp_drivers_fake_new (const VfpRoot *root, VfpFaults *faults);

#define VFP_DRIVER_VFIO "vfio-pci"

/* As people ask for them: what the kernel itself chooses, and none at all. */
#define VFP_DRIVER_HOST "host"
#define VFP_DRIVER_NONE "none"

/* Name in the function's driver_override; NULL: none. */
char *vfp_drivers_override (const VfpRoot *root, const VfpAddress *address);

/* Whether the function's driver @now (NULL: none) is the one @wanted: a name, %VFP_DRIVER_HOST or
 * %VFP_DRIVER_NONE. */
gboolean vfp_drivers_match (const char *now, const char *wanted);

/* Error: %VFP_ERROR_UNSUPPORTED for a driver that is not loaded, naming modprobe. */
gboolean vfp_drivers_check_loaded (const VfpRoot *root, const char *wanted, GError **error);

/* Binds the function to @wanted, as above, where it is not; with @again also where it is, as a
 * driver reads its MAC when it is bound. Nobody may have it open. Its override is @override
 * afterwards (NULL: none). Errors: those above, %VFP_ERROR_HOST where another driver or none is
 * bound afterwards. */
gboolean vfp_drivers_bind (VfpDrivers *drivers, const VfpAddress *address, const char *wanted,
                           const char *override, gboolean again, GError **error);
