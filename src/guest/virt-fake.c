/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests of a captured or generated host. */
#include "config.h"

#include "guest/virt-fake.h"

#include "base/error.h"
#include "guest/virt-fake-private.h"
#include "host/netlink-fake.h"
#include "host/sysfs.h"

#define GUESTS_DIR VFP_FAKE_DIR "/guests"
#define VERSION_FILE VFP_FAKE_DIR "/version"
#define LIBVIRT_VERSION 11003000ul
#define NETWORKS_DIR VFP_FAKE_DIR "/networks"

void
vfp_fake_domain_free (VfpFakeDomain *domain)
{
  if (domain == NULL)
    return;
  g_free (domain->name);
  g_free (domain->uuid);
  g_free (domain->live_xml);
  g_free (domain->config_xml);
  g_free (domain);
}

char *
vfp_fake_domain_path (const VfpVirtFake *fake, const char *name, const char *file)
{
  return g_build_filename (fake->root->path, GUESTS_DIR, name, file, NULL);
}

static char *
read_guest_file (const VfpVirtFake *fake, const char *name, const char *file)
{
  g_autofree char *path = vfp_fake_domain_path (fake, name, file);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* NULL where there is no such guest. */
static VfpFakeDomain *
load_domain (VfpVirtFake *fake, const char *name)
{
  g_autoptr (GKeyFile) conf = g_key_file_new ();
  g_autofree char *path = vfp_fake_domain_path (fake, name, "guest.conf");
  g_autoptr (VfpFakeDomain) domain = g_new0 (VfpFakeDomain, 1);

  if (!g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL)
      || (domain->uuid = g_key_file_get_string (conf, "guest", "uuid", NULL)) == NULL)
    return NULL;

  domain->name = g_strdup (name);
  domain->paused = g_key_file_get_boolean (conf, "guest", "paused", NULL);
  domain->arriving = g_key_file_get_boolean (conf, "guest", "arriving", NULL);
  domain->hung = g_key_file_get_boolean (conf, "guest", "hung", NULL);
  domain->id = MAX (1, g_key_file_get_integer (conf, "guest", "id", NULL));
  if (g_key_file_get_boolean (conf, "guest", "running", NULL))
    domain->live_xml = read_guest_file (fake, name, VFP_FAKE_LIVE_FILE);
  if (g_key_file_get_boolean (conf, "guest", "persistent", NULL))
    domain->config_xml = read_guest_file (fake, name, VFP_FAKE_CONFIG_FILE);
  g_hash_table_replace (fake->names, g_ascii_strdown (domain->uuid, -1), g_strdup (name));
  return g_steal_pointer (&domain);
}

static VfpGuest *
make_guest (const VfpFakeDomain *domain, GError **error)
{
  VfpGuest *guest
      = vfp_guest_new (domain->uuid, domain->name, domain->live_xml, domain->config_xml, error);

  if (guest == NULL || !guest->running)
    return guest;
  guest->id = domain->id;
  guest->paused = domain->paused || domain->arriving;
  guest->arriving = guest->awaited = domain->arriving;
  return guest;
}

static GPtrArray *
list_guests (VfpVirt *virt, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (fake->root->fd, GUESTS_DIR);

  for (unsigned i = 0; i < names->len; i++)
    {
      g_autoptr (VfpFakeDomain) domain = load_domain (fake, g_ptr_array_index (names, i));
      VfpGuest *guest;

      if (domain == NULL || (domain->live_xml == NULL && domain->config_xml == NULL))
        continue;
      if ((guest = make_guest (domain, error)) == NULL)
        return NULL;
      g_ptr_array_add (guests, guest);
    }
  return g_steal_pointer (&guests);
}

static VfpFakeDomain *
load_known (VfpVirtFake *fake, const char *uuid)
{
  const char *name = g_hash_table_lookup (fake->names, uuid);
  g_autoptr (VfpFakeDomain) domain = name != NULL ? load_domain (fake, name) : NULL;

  return domain != NULL && g_ascii_strcasecmp (domain->uuid, uuid) == 0 ? g_steal_pointer (&domain)
                                                                        : NULL;
}

VfpFakeDomain *
vfp_fake_domain_find (VfpVirtFake *fake, const char *uuid, GError **error)
{
  g_autofree char *wanted = g_ascii_strdown (uuid, -1);
  g_autoptr (VfpFakeDomain) domain = load_known (fake, wanted);

  if (domain == NULL)
    {
      g_autoptr (GPtrArray) names = vfp_sysfs_list (fake->root->fd, GUESTS_DIR);

      for (unsigned i = 0; i < names->len; i++)
        vfp_fake_domain_free (load_domain (fake, g_ptr_array_index (names, i)));
      domain = load_known (fake, wanted);
    }
  if (domain == NULL || (domain->live_xml == NULL && domain->config_xml == NULL))
    {
      vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST,
                 "libvirt: Domain not found: no domain with matching uuid '%s'", uuid);
      return NULL;
    }
  return g_steal_pointer (&domain);
}

static VfpGuest *
get_guest (VfpVirt *virt, const char *uuid, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (fake->own_root != NULL && vfp_sysfs_exists (fake->root->fd, VFP_FAKE_DIR "/unreachable"))
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE, "libvirt does not answer");
      return NULL;
    }
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  return domain == NULL ? NULL : make_guest (domain, error);
}

static char *
find_guest (VfpVirt *virt, const char *name, GError **error)
{
  g_autoptr (GPtrArray) guests = list_guests (virt, error);

  if (guests == NULL)
    return NULL;
  const VfpGuest *guest = vfp_guest_find (guests, name);
  if (guest == NULL)
    vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST, "no guest '%s'; 'virsh list --all' shows them",
               name);
  return guest != NULL ? g_strdup (guest->uuid) : NULL;
}

static GPtrArray *
list_networks (VfpVirt *virt, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autoptr (GPtrArray) networks
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_network_free);
  g_autoptr (GPtrArray) names = vfp_sysfs_list (fake->root->fd, NETWORKS_DIR);

  for (unsigned i = 0; i < names->len; i++)
    {
      g_autofree char *path
          = g_build_filename (fake->root->path, NETWORKS_DIR, g_ptr_array_index (names, i), NULL);
      g_autofree char *xml = NULL;
      g_autoptr (GError) local = NULL;

      if (!g_str_has_suffix (path, ".xml") || !g_file_get_contents (path, &xml, NULL, NULL))
        continue;

      VfpNetwork *network = vfp_network_parse (xml, &local);
      if (local != NULL)
        {
          g_propagate_prefixed_error (error, g_steal_pointer (&local), "'%s': ", path);
          return NULL;
        }
      if (network != NULL)
        g_ptr_array_add (networks, network);
    }
  return g_steal_pointer (&networks);
}

/* guest.conf tells it: [guest] autostart = true. */
static GPtrArray *
list_autostart_off (VfpVirt *virt, GError **error)
{
  g_autoptr (GPtrArray) guests = list_guests (virt, error);
  if (guests == NULL)
    return NULL;

  GPtrArray *uuids = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (guests, i);
      g_autofree char *path
          = vfp_fake_domain_path ((VfpVirtFake *) virt, guest->name, "guest.conf");
      g_autoptr (GKeyFile) file = g_key_file_new ();

      if (!guest->running && g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL)
          && g_key_file_get_boolean (file, "guest", "autostart", NULL))
        g_ptr_array_add (uuids, g_strdup (guest->uuid));
    }
  return uuids;
}

static gboolean
get_version (VfpVirt *virt, unsigned long *out_version, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autofree char *path = g_build_filename (fake->root->path, VERSION_FILE, NULL);
  g_autofree char *text = NULL;

  if (!vfp_faults_pass (fake->faults, "get_version", error))
    return FALSE;
  *out_version
      = g_file_get_contents (path, &text, NULL, NULL) ? strtoul (text, NULL, 10) : LIBVIRT_VERSION;
  return TRUE;
}

/* The file "hook" tells it. */
static gboolean
has_hook (VfpVirt *virt, gboolean *out_has, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  if (!vfp_faults_pass (fake->faults, "has_hook", error))
    return FALSE;
  *out_has = vfp_sysfs_exists (fake->root->fd, VFP_FAKE_DIR "/hook");
  return TRUE;
}

/* It waits for nothing here. */
static gboolean
pass_job_queue (VfpVirt *virt, const char *uuid, GError **error)
{
  return TRUE;
}

static void
fake_free (VfpVirt *virt)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;

  g_hash_table_unref (fake->names);
  vfp_root_free (fake->own_root);
  g_free (fake);
}

static const VfpVirt calls = {
  .list_guests = list_guests,
  .find_guest = find_guest,
  .get_guest = get_guest,
  .list_networks = list_networks,
  .attach_device = vfp_fake_attach_device,
  .detach_live = vfp_fake_detach_live,
  .detach_config = vfp_fake_detach_config,
  .change_config = vfp_fake_change_config,
  .detach_nic_live = vfp_fake_detach_nic_live,
  .detach_nic_config = vfp_fake_detach_nic_config,
  .change_nic = vfp_fake_change_nic,
  .set_metadata = vfp_fake_set_metadata,
  .pass_job_queue = pass_job_queue,
  .add_ports = vfp_fake_add_ports,
  .list_autostart_off = list_autostart_off,
  .get_version = get_version,
  .has_hook = has_hook,
  .start_guest = vfp_fake_start_guest,
  .dump_xml = vfp_fake_dump_xml,
  .count_snapshots = vfp_fake_count_snapshots,
  .get_autostart = vfp_fake_get_autostart,
  .set_autostart = vfp_fake_set_autostart,
  .migrate = vfp_fake_migrate,
  .ask_hook = vfp_fake_ask_hook,
  .has_network = vfp_fake_has_network,
  .fits = vfp_fake_fits,
  .free = fake_free,
};

VfpVirt *
vfp_virt_fake_new (const VfpRoot *root, VfpFaults *faults)
{
  if (!vfp_sysfs_exists (root->fd, GUESTS_DIR))
    return NULL;

  VfpVirtFake *fake = g_new0 (VfpVirtFake, 1);
  fake->parent = calls;
  fake->root = root;
  fake->faults = faults;
  fake->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  /* Where it cannot, the first changing call says so. */
  vfp_fake_recover (fake, NULL);
  return &fake->parent;
}
