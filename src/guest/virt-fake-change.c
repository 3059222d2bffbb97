/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to the guests of a captured or generated host. */
#include "config.h"

#include "guest/virt-fake-private.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "guest/domxml-edit.h"
#include "host/fd.h"
#include "host/netlink-fake.h"

/* A device that moves touches several files. What moves is noted first, so that the next one who
 * takes the lock brings the tree in line with the XML when a process was killed in between. */
static gboolean
write_pending (VfpVirtFake *fake, const char *uuid, const VfpAddress *source, GError **error)
{
  g_autofree char *path = vfp_fake_path (fake->root, "pending");
  g_autofree char *address = vfp_address_to_string (source);
  g_autofree char *text = g_strdup_printf ("%s %s", uuid, address);

  return vfp_fake_write (path, text, error);
}

static gboolean
finish_pending (VfpVirtFake *fake, GError **error)
{
  g_autofree char *path = vfp_fake_path (fake->root, "pending");
  g_autofree char *text = NULL;
  VfpAddress source;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return TRUE;

  g_auto (GStrv) words = g_strsplit (text, " ", 2);
  if (g_strv_length (words) != 2 || !vfp_address_parse (words[1], &source, NULL))
    return vfp_throw (error, VFP_ERROR_FAILED, "fake host: '%s' is damaged", path);

  g_autoptr (VfpGuest) guest = fake->parent.get_guest (&fake->parent, words[0], NULL);
  const VfpGuestDevice *device
      = guest != NULL && guest->live != NULL ? vfp_domxml_find_source (guest->live, &source) : NULL;
  if (!vfp_fake_place_vf (fake->root, &source, device, words[0], error))
    return FALSE;
  g_unlink (path);
  return TRUE;
}

static VfpFd
take_lock (VfpVirtFake *fake, GError **error)
{
  g_auto (VfpFd) lock = vfp_fake_lock (fake->root);

  if (lock < 0)
    {
      vfp_throw_errno (error, VFP_ERROR_FAILED, errno, "fake host: '%s'", VFP_FAKE_DIR);
      return -1;
    }
  if (!finish_pending (fake, error))
    return -1;

  const VfpFd held = lock;
  lock = -1;
  return held;
}

/* Who else has the VF, as libvirt tells it. */
static gboolean
check_unused (VfpVirtFake *fake, const VfpAddress *source, GError **error)
{
  g_autofree char *user = vfp_fake_vf_user (fake->root, source);
  g_autofree char *address = vfp_address_to_string (source);

  if (!vfp_fake_vf_open (fake->root, source))
    return TRUE;

  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);
  g_autoptr (VfpGuest) known
      = user != NULL ? fake->parent.get_guest (&fake->parent, user, NULL) : NULL;
  if (known != NULL)
    g_ptr_array_add (guests, g_steal_pointer (&known));
  else
    {
      g_ptr_array_unref (g_steal_pointer (&guests));
      if ((guests = fake->parent.list_guests (&fake->parent, error)) == NULL)
        return FALSE;
    }
  for (unsigned i = 0; i < guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (guests, i);

      if (guest->live != NULL && vfp_domxml_find_source (guest->live, source) != NULL)
        return vfp_throw (error, VFP_ERROR_LIBVIRT,
                          "libvirt: Requested operation is not valid: PCI device %s is in use by "
                          "driver QEMU, domain %s",
                          address, guest->name);
    }
  return TRUE;
}

static gboolean
check_affect (const VfpFakeDomain *domain, unsigned affect, GError **error)
{
  if ((affect & VFP_AFFECT_LIVE) && domain->live_xml == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT,
                      "libvirt: Requested operation is not valid: domain is not running");
  if ((affect & VFP_AFFECT_CONFIG) && domain->config_xml == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT,
                      "libvirt: Requested operation is not valid: transient domains do not have "
                      "any persistent config");
  return TRUE;
}

static gboolean
write_xml (VfpVirtFake *fake, const VfpFakeDomain *domain, const char *file, const char *xml,
           GError **error)
{
  g_autofree char *path = vfp_fake_domain_path (fake, domain->name, file);

  return vfp_fake_write (path, xml, error);
}

/* The XML of the running guest, and then the VF. */
static gboolean
write_live (VfpVirtFake *fake, const VfpFakeDomain *domain, const char *xml,
            const VfpAddress *source, GError **error)
{
  return write_pending (fake, domain->uuid, source, error)
         && write_xml (fake, domain, VFP_FAKE_LIVE_FILE, xml, error)
         && finish_pending (fake, error);
}

gboolean
vfp_fake_recover (VfpVirtFake *fake, GError **error)
{
  g_autofree char *path = vfp_fake_path (fake->root, "pending");

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  g_auto (VfpFd) lock = take_lock (fake, error);
  return lock >= 0;
}

gboolean
vfp_fake_attach_device (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect,
                        GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autofree char *live = NULL, *config = NULL;

  if (!vfp_faults_pass (fake->faults, "attach_device", error))
    return FALSE;
  g_auto (VfpFd) lock = take_lock (fake, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  if (domain == NULL || !check_affect (domain, affect, error))
    return FALSE;
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuestDevice) device = vfp_domxml_device_parse (xml, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  if ((affect & VFP_AFFECT_LIVE)
      && ((device != NULL && !check_unused (fake, &device->source, error))
          || (live = vfp_domxml_attach_device (domain->live_xml, xml, error)) == NULL))
    return FALSE;
  if ((affect & VFP_AFFECT_CONFIG)
      && (config = vfp_domxml_attach_device (domain->config_xml, xml, error)) == NULL)
    return FALSE;
  if (live != NULL
      && !(device != NULL ? write_live (fake, domain, live, &device->source, error)
                          : write_xml (fake, domain, VFP_FAKE_LIVE_FILE, live, error)))
    return FALSE;
  return config == NULL || write_xml (fake, domain, VFP_FAKE_CONFIG_FILE, config, error);
}

/* A paused guest answers no more than a hung one. */
static gboolean
check_answers (const VfpFakeDomain *domain, const char *alias, unsigned timeout_ms, GError **error)
{
  return (!domain->hung && !domain->paused)
         || vfp_throw (
             error, VFP_ERROR_GUEST_TIMEOUT,
             "the guest has not let go of the device '%s' within %u s; it may still do so", alias,
             timeout_ms / 1000);
}

static gboolean
remove_live (VfpVirtFake *fake, const VfpFakeDomain *domain, const VfpGuestDevice *device,
             unsigned timeout_ms, GError **error)
{
  if (!check_answers (domain, device->alias, timeout_ms, error))
    return FALSE;

  g_autofree char *xml = vfp_domxml_detach_device (domain->live_xml, &device->source, error);
  return xml != NULL && write_live (fake, domain, xml, &device->source, error);
}

gboolean
vfp_fake_detach_live (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                      unsigned timeout_ms, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (!vfp_faults_pass (fake->faults, "detach_live", error))
    return FALSE;
  g_auto (VfpFd) lock = take_lock (fake, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  if (domain == NULL)
    return FALSE;
  if (domain->live_xml == NULL)
    return TRUE;

  g_autoptr (VfpDomxml) live = vfp_domxml_parse (domain->live_xml, error);
  if (live == NULL)
    return FALSE;
  const VfpGuestDevice *device = vfp_domxml_find_source (live, source);
  return device == NULL || remove_live (fake, domain, device, timeout_ms, error);
}

gboolean
vfp_fake_detach_nic_live (VfpVirt *virt, const char *uuid, const char *alias, unsigned timeout_ms,
                          GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (!vfp_faults_pass (fake->faults, "detach_nic_live", error))
    return FALSE;
  g_auto (VfpFd) lock = take_lock (fake, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  if (domain == NULL)
    return FALSE;
  if (domain->live_xml == NULL)
    return TRUE;

  g_autoptr (VfpDomxml) live = vfp_domxml_parse (domain->live_xml, error);
  if (live == NULL)
    return FALSE;
  if (vfp_domxml_find_nic (live, alias) == NULL)
    return TRUE;
  if (!check_answers (domain, alias, timeout_ms, error))
    return FALSE;
  g_autofree char *xml = vfp_domxml_detach_nic (domain->live_xml, alias, error);
  return xml != NULL && write_xml (fake, domain, VFP_FAKE_LIVE_FILE, xml, error);
}

static char *
remove_config (const char *config_xml, gconstpointer source, GError **error)
{
  return vfp_domxml_detach_device (config_xml, source, error);
}

static char *
change_config (const char *config_xml, gconstpointer change, GError **error)
{
  return vfp_domxml_change_device (config_xml, change, error);
}

static char *
remove_nic (const char *config_xml, gconstpointer alias, GError **error)
{
  return vfp_domxml_detach_nic (config_xml, alias, error);
}

static char *
change_nic (const char *config_xml, gconstpointer change, GError **error)
{
  return vfp_domxml_change_nic (config_xml, change, error);
}

static char *
grow_config (const char *config_xml, gconstpointer count, GError **error)
{
  g_autofree char *grown = vfp_domxml_add_ports (config_xml, *(const unsigned *) count, error);

  return grown != NULL ? vfp_domxml_number_ports (grown, error) : NULL;
}

/* What is done to the persistent XML of a guest as a whole. */
static gboolean
edit_config (VfpVirt *virt, const char *uuid, const char *call,
             char *(*edit) (const char *xml, gconstpointer data, GError **error),
             gconstpointer data, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (!vfp_faults_pass (fake->faults, call, error))
    return FALSE;
  g_auto (VfpFd) lock = take_lock (fake, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  if (domain == NULL || !check_affect (domain, VFP_AFFECT_CONFIG, error))
    return FALSE;

  g_autofree char *xml = edit (domain->config_xml, data, error);
  return xml != NULL && write_xml (fake, domain, VFP_FAKE_CONFIG_FILE, xml, error);
}

gboolean
vfp_fake_detach_config (VfpVirt *virt, const char *uuid, const VfpAddress *source, GError **error)
{
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, uuid, error);
  if (guest == NULL)
    return FALSE;
  if (guest->config == NULL || vfp_domxml_find_source (guest->config, source) == NULL)
    return vfp_faults_pass (((VfpVirtFake *) virt)->faults, "detach_config", error);
  return edit_config (virt, uuid, "detach_config", remove_config, source, error);
}

gboolean
vfp_fake_change_config (VfpVirt *virt, const char *uuid, const VfpDeviceChange *change,
                        GError **error)
{
  return edit_config (virt, uuid, "change_config", change_config, change, error);
}

gboolean
vfp_fake_detach_nic_config (VfpVirt *virt, const char *uuid, const char *alias, GError **error)
{
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, uuid, error);

  if (guest == NULL)
    return FALSE;
  if (guest->config == NULL || vfp_domxml_find_nic (guest->config, alias) == NULL)
    return vfp_faults_pass (((VfpVirtFake *) virt)->faults, "detach_nic_config", error);
  return edit_config (virt, uuid, "detach_nic_config", remove_nic, alias, error);
}

gboolean
vfp_fake_change_nic (VfpVirt *virt, const char *uuid, const VfpNicChange *change, GError **error)
{
  return edit_config (virt, uuid, "change_nic", change_nic, change, error);
}

gboolean
vfp_fake_add_ports (VfpVirt *virt, const char *uuid, unsigned count, GError **error)
{
  return edit_config (virt, uuid, "add_ports", grow_config, &count, error);
}

static gboolean
replace_metadata (VfpVirtFake *fake, const VfpFakeDomain *domain, const char *file, const char *old,
                  const char *element, GError **error)
{
  g_autofree char *xml = vfp_domxml_set_metadata (old, element, error);

  return xml != NULL && write_xml (fake, domain, file, xml, error);
}

gboolean
vfp_fake_set_metadata (VfpVirt *virt, const char *uuid, const char *xml, unsigned affect,
                       GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (!vfp_faults_pass (fake->faults, "set_metadata", error))
    return FALSE;
  g_auto (VfpFd) lock = take_lock (fake, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  if (domain == NULL || !check_affect (domain, affect, error))
    return FALSE;

  if ((affect & VFP_AFFECT_LIVE)
      && !replace_metadata (fake, domain, VFP_FAKE_LIVE_FILE, domain->live_xml, xml, error))
    return FALSE;
  return !(affect & VFP_AFFECT_CONFIG)
         || replace_metadata (fake, domain, VFP_FAKE_CONFIG_FILE, domain->config_xml, xml, error);
}

static gboolean
set_running (VfpVirtFake *fake, const char *name, GError **error)
{
  g_autoptr (GKeyFile) conf = g_key_file_new ();
  g_autofree char *path = vfp_fake_domain_path (fake, name, "guest.conf");

  if (!g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL))
    return vfp_throw (error, VFP_ERROR_FAILED, "fake host: '%s' cannot be read", path);
  g_key_file_set_boolean (conf, "guest", "running", TRUE);
  return vfp_fake_write_key_file (conf, path, error);
}

gboolean
vfp_fake_start_guest (VfpVirt *virt, const char *uuid, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (!vfp_faults_pass (fake->faults, "start_guest", error))
    return FALSE;
  g_auto (VfpFd) lock = take_lock (fake, error);
  if (lock < 0)
    return FALSE;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  if (domain == NULL)
    return FALSE;
  if (domain->live_xml != NULL)
    return TRUE;

  g_autoptr (VfpDomxml) config = vfp_domxml_parse (domain->config_xml, error);
  if (config == NULL || !write_xml (fake, domain, VFP_FAKE_LIVE_FILE, domain->config_xml, error))
    return FALSE;
  for (unsigned i = 0; i < config->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (config->devices, i);

      if (!vfp_fake_place_vf (fake->root, &device->source, device, domain->uuid, error))
        return FALSE;
    }
  return set_running (fake, domain->name, error);
}
