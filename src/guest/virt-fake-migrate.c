/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A migration from one fake host to another, with the hooks of both, in libvirt's order. */
#include "config.h"

#include "guest/virt-fake-private.h"

#include <glib/gstdio.h>

#include "base/error.h"
#include "guest/pair.h"
#include "host/fd.h"
#include "host/netlink-fake.h"
#include "host/sysfs.h"

typedef struct
{
  VfpVirtFake *here, *there;
  VfpFakeDomain *domain; /* as it was here */
  const VfpMigration *migration;
  char *xml; /* as it arrives */
} Move;

static void
move_clear (Move *move)
{
  vfp_fake_domain_free (move->domain);
  vfp_virt_free ((VfpVirt *) move->there);
  g_free (move->xml);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Move, move_clear)

char *
vfp_fake_dump_xml (VfpVirt *virt, const char *uuid, VfpAffect affect, GError **error)
{
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find ((VfpVirtFake *) virt, uuid, error);

  if (domain == NULL)
    return NULL;
  return affect == VFP_AFFECT_LIVE ? g_steal_pointer (&domain->live_xml)
                                   : g_steal_pointer (&domain->config_xml);
}

/* guest.conf tells it: [guest] snapshots = 2. */
gboolean
vfp_fake_count_snapshots (VfpVirt *virt, const char *uuid, unsigned *out_count, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  g_autoptr (GKeyFile) conf = g_key_file_new ();

  if (domain == NULL)
    return FALSE;
  g_autofree char *path = vfp_fake_domain_path (fake, domain->name, "guest.conf");
  g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL);
  *out_count = (unsigned) g_key_file_get_integer (conf, "guest", "snapshots", NULL);
  return TRUE;
}

/* guest.conf tells it: [guest] autostart = true. */
gboolean
vfp_fake_get_autostart (VfpVirt *virt, const char *uuid, gboolean *out_autostart, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  g_autoptr (GKeyFile) conf = g_key_file_new ();

  if (domain == NULL)
    return FALSE;
  g_autofree char *path = vfp_fake_domain_path (fake, domain->name, "guest.conf");
  g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL);
  *out_autostart = g_key_file_get_boolean (conf, "guest", "autostart", NULL);
  return TRUE;
}

gboolean
vfp_fake_set_autostart (VfpVirt *virt, const char *uuid, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_autoptr (VfpFakeDomain) domain = vfp_fake_domain_find (fake, uuid, error);
  g_autoptr (GKeyFile) conf = g_key_file_new ();

  if (domain == NULL || !vfp_faults_pass (fake->faults, "set_autostart", error))
    return FALSE;
  if (domain->config_xml == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT,
                      "libvirt: Requested operation is not valid: cannot set autostart for "
                      "transient domain");
  g_autofree char *path = vfp_fake_domain_path (fake, domain->name, "guest.conf");
  g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL);
  g_key_file_set_boolean (conf, "guest", "autostart", TRUE);
  return vfp_fake_write_key_file (conf, path, error);
}

/* The VFs of @xml to where it says, or back from there. */
static gboolean
place_vfs (const VfpVirtFake *fake, const char *xml, const char *uuid, gboolean there,
           GError **error)
{
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, error);
  g_auto (VfpFd) lock = vfp_fake_lock (fake->root);

  if (domxml == NULL || lock < 0)
    return FALSE;
  for (guint i = 0; i < domxml->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, i);

      if (!vfp_fake_place_vf (fake->root, &device->source, there ? device : NULL, uuid, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_conf (const VfpVirtFake *fake, const VfpFakeDomain *domain, gboolean running,
            gboolean persistent, gboolean arriving, GError **error)
{
  g_autoptr (GKeyFile) conf = g_key_file_new ();
  g_autofree char *path = vfp_fake_domain_path (fake, domain->name, "guest.conf");

  g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL);
  if (!running && !persistent)
    g_key_file_remove_key (conf, "guest", "autostart", NULL);
  g_key_file_set_string (conf, "guest", "uuid", domain->uuid);
  g_key_file_set_integer (conf, "guest", "id", domain->id);
  g_key_file_set_boolean (conf, "guest", "running", running);
  g_key_file_set_boolean (conf, "guest", "persistent", persistent);
  g_key_file_set_boolean (conf, "guest", "arriving", arriving);
  g_key_file_set_boolean (conf, "guest", "hung", domain->hung);
  return vfp_fake_write_key_file (conf, path, error);
}

static gboolean
write_xml (const VfpVirtFake *fake, const VfpFakeDomain *domain, const char *file, const char *xml,
           GError **error)
{
  g_autofree char *path = vfp_fake_domain_path (fake, domain->name, file);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0755);
  return vfp_fake_write (path, xml, error);
}

static gboolean
check_may_leave (const Move *move, GError **error)
{
  if (move->domain->live_xml == NULL)
    return vfp_throw (error, VFP_ERROR_LIBVIRT,
                      "libvirt: Requested operation is not valid: domain is not running");

  g_autoptr (VfpDomxml) live = vfp_domxml_parse (move->domain->live_xml, error);
  if (live == NULL)
    return FALSE;
  return vfp_pair_find_single (live, NULL) == NULL
         || vfp_throw (error, VFP_ERROR_LIBVIRT,
                       "libvirt: Operation not supported: cannot migrate a domain with <interface "
                       "type='hostdev'>");
}

/* Only its own libvirtd knows the guest's end here: the hooks are told of it, and the VFs go back.
 */
static gboolean
end_guest (const VfpVirtFake *fake, const VfpFakeDomain *domain, const char *xml, GError **error)
{
  return place_vfs (fake, xml, domain->uuid, FALSE, error)
         && vfp_fake_call_hook (fake, domain->name, "release", xml, NULL, error);
}

static void
give_up (Move *move)
{
  g_autofree char *path = vfp_fake_domain_path (move->there, move->domain->name, "guest.conf");
  g_autofree char *config
      = vfp_fake_domain_path (move->there, move->domain->name, VFP_FAKE_CONFIG_FILE);

  if (g_file_test (config, G_FILE_TEST_EXISTS))
    write_conf (move->there, move->domain, FALSE, TRUE, FALSE, NULL);
  else
    g_unlink (path);
  end_guest (move->there, move->domain, move->xml, NULL);
}

/* The file "hangs-up": what is told is how the connection ended, and not what was said on it. */
static gboolean
ask_destination (Move *move, const char *sent, GError **error)
{
  g_autoptr (GError) refused = NULL;

  if (vfp_fake_call_hook (move->there, move->domain->name, "migrate", sent, &move->xml, &refused))
    return TRUE;
  if (vfp_sysfs_exists (move->there->root->fd, VFP_FAKE_DIR "/hangs-up"))
    return vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE,
                      "libvirt: End of file while reading data: : Input/output error");
  g_propagate_error (error, g_steal_pointer (&refused));
  return FALSE;
}

/* The destination's hook has its say; then QEMU waits there. */
static gboolean
prepare (Move *move, GError **error)
{
  static const char *const after[] = { "start", "started" };
  const VfpVirtFake *there = move->there;
  const VfpFakeDomain *domain = move->domain;
  const char *sent
      = move->migration->live_xml != NULL ? move->migration->live_xml : domain->live_xml;

  if (!ask_destination (move, sent, error))
    return FALSE;
  if (move->xml == NULL)
    move->xml = g_strdup (sent);
  if (!vfp_fake_call_hook (there, domain->name, "prepare", move->xml, NULL, error)
      || !write_xml (there, domain, VFP_FAKE_LIVE_FILE, move->xml, error)
      || !write_conf (there, domain, TRUE, FALSE, TRUE, error)
      || !place_vfs (there, move->xml, domain->uuid, TRUE, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (after); i++)
    if (!vfp_fake_call_hook (there, domain->name, after[i], move->xml, NULL, error))
      return FALSE;
  return TRUE;
}

static gboolean
transfer (Move *move, GError **error)
{
  const VfpMigration *migration = move->migration;
  VfpProgress progress = { .elapsed_ms = 1000,
                           .total = 1024 * 1024 * 1024,
                           .transferred = 512 * 1024 * 1024,
                           .remaining = 512 * 1024 * 1024,
                           .has_dirty_rate = TRUE,
                           .dirty_rate = 4 * 1024 * 1024,
                           .has_downtime = TRUE,
                           .downtime_ms = 30 };

  if (migration->told != NULL)
    migration->told (&progress, migration->data);
  if (!vfp_faults_pass (move->here->faults, "migrate_transfer", error))
    return FALSE;
  if (move->domain->hung && migration->unplug_timeout_ms > 0)
    {
      const VfpUnplugWait wait = vfp_unplug_wait_new (migration, 0);
      return vfp_unplug_wait_throw (&wait, error);
    }
  if (migration->interrupted != NULL && *migration->interrupted != 0)
    return vfp_throw (error, VFP_ERROR_INTERRUPTED, "the migration was aborted");
  progress.transferred = progress.memory_sent = progress.total;
  progress.remaining = 0;
  if (migration->told != NULL)
    migration->told (&progress, migration->data);
  return TRUE;
}

static gboolean
finish (Move *move, GError **error)
{
  const VfpFakeDomain *domain = move->domain;
  const VfpMigration *migration = move->migration;
  const char *config = migration->config_xml != NULL ? migration->config_xml : domain->config_xml;
  const gboolean persists = migration->persists && config != NULL;
  const gboolean stays = domain->config_xml != NULL && !migration->undefines;
  g_autofree char *live = vfp_fake_domain_path (move->here, domain->name, VFP_FAKE_LIVE_FILE);

  if ((persists && !write_xml (move->there, domain, VFP_FAKE_CONFIG_FILE, config, error))
      || !write_conf (move->there, domain, TRUE, persists, FALSE, error)
      || !write_conf (move->here, domain, FALSE, stays, FALSE, error)
      || !end_guest (move->here, domain, domain->live_xml, error))
    return FALSE;
  g_unlink (live);
  return TRUE;
}

gboolean
vfp_fake_migrate (VfpVirt *virt, const char *uuid, const VfpMigration *migration, GError **error)
{
  VfpVirtFake *fake = (VfpVirtFake *) virt;
  g_auto (Move) move = { .here = fake, .migration = migration };

  if (!vfp_faults_pass (fake->faults, "migrate", error))
    return FALSE;
  move.domain = vfp_fake_domain_find (fake, uuid, error);
  if (move.domain == NULL || !check_may_leave (&move, error))
    return FALSE;
  move.there = (VfpVirtFake *) vfp_virt_fake_open_remote (virt, migration->uri, error);
  if (move.there == NULL)
    return FALSE;
  if (!prepare (&move, error) || !transfer (&move, error))
    {
      if (move.xml != NULL)
        give_up (&move);
      return FALSE;
    }
  if (!finish (&move, error))
    return FALSE;
  /* What has been done need not be known to whom it was done for. */
  return vfp_faults_pass (fake->faults, "migrate_answer", error);
}
