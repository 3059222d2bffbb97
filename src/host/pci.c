/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libpci is used for: serial numbers of cards and names of devices. */
#include "config.h"

#include <setjmp.h>

#include <pci/pci.h>

#include "host/inventory.h"

/* libpci ends the program where it meets a device that has just vanished, unless its error hook
 * leaves by a jump; the hook has no argument of its own. */
static _Thread_local jmp_buf give_up;

static G_NORETURN void
on_error (char *format, ...)
{
  longjmp (give_up, 1);
}

static void
on_message (char *format, ...)
{
}

typedef struct
{
  struct pci_access *access;
  struct pci_dev *dev;
  const VfpAddress *address;
  unsigned vendor, device;
  char *result;
} Lookup;

static void
look_up_serial (Lookup *lookup)
{
  const VfpAddress *address = lookup->address;

  lookup->dev = pci_get_dev (lookup->access, (int) address->domain, address->bus, address->slot,
                             address->function);
  const struct pci_cap *cap = pci_find_cap (lookup->dev, PCI_EXT_CAP_ID_DSN, PCI_CAP_EXTENDED);
  if (cap == NULL)
    return;

  const guint32 low = pci_read_long (lookup->dev, (int) cap->addr + 4);
  const guint32 high = pci_read_long (lookup->dev, (int) cap->addr + 8);
  lookup->result = g_strdup_printf ("%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", high >> 24,
                                    high >> 16 & 0xff, high >> 8 & 0xff, high & 0xff, low >> 24,
                                    low >> 16 & 0xff, low >> 8 & 0xff, low & 0xff);
}

static void
look_up_name (Lookup *lookup)
{
  char buffer[256];

  lookup->result = g_strdup (pci_lookup_name (lookup->access, buffer, sizeof buffer,
                                              PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE,
                                              (int) lookup->vendor, (int) lookup->device));
}

static void
clean_up (Lookup *lookup)
{
  if (lookup->dev != NULL)
    pci_free_dev (lookup->dev);
  pci_cleanup (lookup->access);
}

/* Runs @body with libpci below @root; what it had not found when libpci gave up stays unset. */
static void
run (const VfpRoot *root, Lookup *lookup, void (*body) (Lookup *lookup))
{
  g_autofree char *path = g_build_filename (root->path, "sys/bus/pci", NULL);

  lookup->access = pci_alloc ();
  lookup->access->error = on_error;
  lookup->access->warning = on_message;
  lookup->access->debug = on_message;
  lookup->access->method = PCI_ACCESS_SYS_BUS_PCI;
  pci_set_param (lookup->access, (char *) "sysfs.path", path);

  if (setjmp (give_up) == 0)
    {
      pci_init (lookup->access);
      body (lookup);
    }
  if (setjmp (give_up) == 0)
    clean_up (lookup);
}

char *
vfp_pci_serial (const VfpRoot *root, const VfpAddress *address)
{
  Lookup lookup = { .address = address };

  run (root, &lookup, look_up_serial);
  return lookup.result;
}

char *
vfp_pci_device_name (const VfpRoot *root, unsigned vendor, unsigned device)
{
  Lookup lookup = { .vendor = vendor, .device = device };

  run (root, &lookup, look_up_name);
  return lookup.result != NULL ? lookup.result
                               : g_strdup_printf ("Device %04x:%04x", vendor, device);
}
