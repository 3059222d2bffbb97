/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reading of host, libvirt and state file, and the finding of things in it. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "guest/metadata.h"
#include "host/sysfs.h"
#include "host/vf.h"
#include "ops/world.h"
#include "state/backup.h"

#define TAKE_TRIES 5

/* libvirt that stops answering in the middle is as one that was never reached. */
static gboolean
read_libvirt (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (world->virt == NULL)
    return TRUE;
  snapshot->guests = world->virt->list_guests (world->virt, &local);
  g_debug ("guests read");
  if (snapshot->guests != NULL)
    snapshot->networks = world->virt->list_networks (world->virt, &local);
  g_debug ("networks read");
  if (snapshot->guests != NULL && snapshot->networks != NULL)
    return TRUE;

  g_clear_pointer (&snapshot->guests, g_ptr_array_unref);
  if (world->needs_libvirt)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  vfp_world_warn (world, "%s; what only libvirt could tell is unknown", local->message);
  return TRUE;
}

typedef struct
{
  VfpWorld *world;
  VfpInventory *inventory;
  GError *error;
} HostRead;

static gpointer
read_host (gpointer data)
{
  HostRead *read = data;

  read->inventory = vfp_inventory_read (read->world->root, read->world->netlink, &read->error);
  g_debug ("host read");
  return NULL;
}

/* Reads the host while @read_guests asks libvirt. Errors of both; libvirt's comes first. */
static gboolean
read_side_by_side (VfpWorld *world, VfpSnapshot *snapshot,
                   gboolean (*read_guests) (VfpWorld *world, VfpSnapshot *snapshot,
                                            const char *uuid, GError **error),
                   const char *uuid, GError **error)
{
  HostRead read = { .world = world };
  GThread *thread = g_thread_new ("host", read_host, &read);
  const gboolean has_guests = read_guests (world, snapshot, uuid, error);

  g_thread_join (thread);
  snapshot->root = world->root;
  snapshot->config = world->config;
  snapshot->inventory = read.inventory;
  if (!has_guests)
    {
      g_clear_error (&read.error);
      return FALSE;
    }
  if (snapshot->inventory == NULL)
    {
      g_propagate_error (error, read.error);
      return FALSE;
    }
  return TRUE;
}

VfpSnapshot *
vfp_snapshot_read (VfpWorld *world, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = g_new0 (VfpSnapshot, 1);

  if (!read_side_by_side (world, snapshot, read_libvirt, NULL, error))
    return NULL;
  for (guint i = 0; i < snapshot->inventory->warnings->len; i++)
    vfp_world_warn (world, "%s", (char *) g_ptr_array_index (snapshot->inventory->warnings, i));
  return g_steal_pointer (&snapshot);
}

static const char *
own_metadata (const VfpGuest *guest)
{
  const char *metadata = NULL;

  if (guest->live != NULL && guest->live->metadata != NULL)
    metadata = guest->live->metadata;
  else if (guest->config != NULL)
    metadata = guest->config->metadata;
  return metadata;
}

/* Guests that carry slots of their own; a copy of another's (a clone) does not count. */
static unsigned
count_guests_with_slots (GPtrArray *guests)
{
  unsigned count = 0;

  for (guint i = 0; guests != NULL && i < guests->len; i++)
    {
      const VfpGuest *guest = g_ptr_array_index (guests, i);
      const char *metadata = own_metadata (guest);
      g_autofree char *uuid = NULL;
      g_autoptr (GPtrArray) promises
          = metadata != NULL ? vfp_metadata_parse (metadata, &uuid, NULL) : NULL;

      if (promises != NULL && promises->len > 0 && g_strcmp0 (uuid, guest->uuid) == 0)
        count++;
    }
  return count;
}

static gboolean
check_missing_file (VfpWorld *world, const VfpSnapshot *snapshot, gboolean changing, GError **error)
{
  if (!vfp_store_is_missing (world->store))
    return TRUE;

  const unsigned count = count_guests_with_slots (snapshot->guests);
  if (count == 0)
    return TRUE;

  const char *path = vfp_store_path (world->store);
  g_autofree char *hint = vfp_backup_hint (path);
  if (changing)
    return vfp_throw (
        error, VFP_ERROR_STATE_MISSING,
        "%s is missing, but %u guest%s vfpool slots; run 'vfpool reconcile --rebuild'%s", path,
        count, count == 1 ? " has" : "s have", hint);
  vfp_world_warn (world, "%s is missing, but %u guest%s vfpool slots", path, count,
                  count == 1 ? " has" : "s have");
  return TRUE;
}

gboolean
vfp_snapshot_check_file (VfpWorld *world, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = NULL;

  if (!vfp_store_is_missing (world->store))
    return TRUE;
  snapshot = vfp_snapshot_read (world, error);
  return snapshot != NULL && check_missing_file (world, snapshot, TRUE, error);
}

static gboolean
read_guest (VfpWorld *world, VfpSnapshot *snapshot, const char *uuid, GError **error)
{
  g_autoptr (GError) local = NULL;
  VfpGuest *guest = world->virt->get_guest (world->virt, uuid, &local);

  snapshot->guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);
  if (guest != NULL)
    g_ptr_array_add (snapshot->guests, guest);
  else if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

VfpSnapshot *
vfp_snapshot_read_guest (VfpWorld *world, const char *uuid, GError **error)
{
  g_autoptr (VfpSnapshot) snapshot = g_new0 (VfpSnapshot, 1);

  if (!vfp_snapshot_check_file (world, error)
      || !read_side_by_side (world, snapshot, read_guest, uuid, error)
      || !vfp_snapshot_join (world, snapshot, TRUE, error))
    return NULL;
  return g_steal_pointer (&snapshot);
}

void
vfp_snapshot_refresh (VfpWorld *world, VfpSnapshot *snapshot)
{
  const VfpFacts facts = {
    .inventory = snapshot->inventory,
    .records = snapshot->records,
    .guests = snapshot->guests,
    .networks = snapshot->networks,
    .boot_id = world->boot_id,
    .config = world->config,
    .now = vfp_world_now (),
    .net_records = snapshot->net_records,
    .meta = snapshot->meta,
  };

  g_clear_pointer (&snapshot->view, vfp_view_free);
  snapshot->view = vfp_view_new (&facts);
}

gboolean
vfp_snapshot_join (VfpWorld *world, VfpSnapshot *snapshot, gboolean changing, GError **error)
{
  g_clear_pointer (&snapshot->view, vfp_view_free);
  g_clear_pointer (&snapshot->records, vfp_records_free);
  if (!check_missing_file (world, snapshot, changing, error))
    return FALSE;
  snapshot->records = vfp_store_load (world->store, error);
  if (snapshot->records == NULL)
    return FALSE;

  vfp_snapshot_refresh (world, snapshot);
  g_debug ("state file read and joined");
  return TRUE;
}

/* A claim that is made between the looks at libvirt and at the file would show a VF that is
 * attached as free or foreign. */
VfpSnapshot *
vfp_snapshot_take (VfpWorld *world, GError **error)
{
  for (unsigned try = 1;; try++)
    {
      const guint n_warnings = world->warnings->len;
      const guint64 before = vfp_store_change_count (world->store);
      g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (world, error);

      if (snapshot == NULL)
        return NULL;
      if (try == TAKE_TRIES || vfp_store_change_count (world->store) == before)
        return vfp_snapshot_join (world, snapshot, FALSE, error) ? g_steal_pointer (&snapshot)
                                                                 : NULL;
      g_ptr_array_set_size (world->warnings, (int) n_warnings);
    }
}

void
vfp_snapshot_free (VfpSnapshot *snapshot)
{
  if (snapshot == NULL)
    return;
  g_clear_pointer (&snapshot->view, vfp_view_free);
  g_clear_pointer (&snapshot->records, vfp_records_free);
  g_clear_pointer (&snapshot->guests, g_ptr_array_unref);
  g_clear_pointer (&snapshot->networks, g_ptr_array_unref);
  g_clear_pointer (&snapshot->inventory, vfp_inventory_free);
  g_clear_pointer (&snapshot->net_records, g_ptr_array_unref);
  g_clear_pointer (&snapshot->meta, g_hash_table_unref);
  g_free (snapshot);
}

VfpGuest *
vfp_snapshot_get_guest (const VfpSnapshot *snapshot, const char *name, GError **error)
{
  VfpGuest *guest = snapshot->guests != NULL ? vfp_guest_find (snapshot->guests, name) : NULL;

  if (snapshot->guests == NULL)
    vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE,
               "libvirt, which knows whether there is a guest '%s', does not answer", name);
  else if (guest == NULL)
    vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST, "no guest '%s'; 'virsh list --all' shows them",
               name);
  return guest;
}

static char *
join_pf_names (const VfpInventory *inventory)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      g_autofree char *name = vfp_pf_name (g_ptr_array_index (inventory->pfs, i));

      g_string_append_printf (names, "%s%s", i > 0 ? " " : "", name);
    }
  return g_string_free (names, FALSE);
}

VfpPf *
vfp_snapshot_get_pf (const VfpSnapshot *snapshot, const char *name, GError **error)
{
  const VfpPoolNames lookup = { snapshot->config, snapshot->inventory, snapshot->records };
  VfpPf *pf = vfp_pool_find_pf (&lookup, name);

  if (pf == NULL)
    {
      g_autofree char *names = join_pf_names (snapshot->inventory);

      vfp_throw (error, VFP_ERROR_NO_SUCH_PF, "'%s' is not an SR-IOV PF of this host (PFs: %s)",
                 name, *names != '\0' ? names : "none");
    }
  return pf;
}

static gboolean
get_vf_of_pf (const VfpSnapshot *snapshot, const char *text, VfpAddress *out_address,
              GError **error)
{
  const char *slash = strrchr (text, '/');
  g_autofree char *name = g_strndup (text, (gsize) (slash - text));
  VfpPf *pf = vfp_snapshot_get_pf (snapshot, name, error);
  guint64 index;

  if (pf == NULL || !vfp_parse_uint (slash + 1, 10, 0, G_MAXUINT16, "VF index", &index, error))
    return FALSE;

  const VfpVf *vf = vfp_pf_find_vf (pf, (unsigned) index);
  if (vf == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s has no VF %s; it has %u", name, slash + 1,
                      pf->vfs->len);
  *out_address = vf->address;
  return TRUE;
}

static gboolean
throw_not_vf (const VfpSnapshot *snapshot, const VfpAddress *address, GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN], first[VFP_ADDRESS_STRLEN], last[VFP_ADDRESS_STRLEN];
  const VfpPf *pf
      = vfp_inventory_find_pf (snapshot->inventory, vfp_address_format (address, buffer));

  if (pf == NULL)
    {
      g_autofree char *path = g_strdup_printf ("sys/bus/pci/devices/%s", buffer);
      g_autofree char *driver = vfp_vf_driver (snapshot->root, address);

      if (!vfp_sysfs_exists (snapshot->root->fd, path))
        return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "this host has no PCI device %s", buffer);
      return vfp_throw (error, VFP_ERROR_NO_SUCH_VF,
                        "%s is not a VF but another PCI device (driver %s)", buffer,
                        driver != NULL ? driver : "none");
    }
  if (pf->vfs->len == 0)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s is a PF, not a VF, and has no VFs now",
                      buffer);

  const VfpVf *first_vf = g_ptr_array_index (pf->vfs, 0);
  const VfpVf *last_vf = g_ptr_array_index (pf->vfs, pf->vfs->len - 1);
  return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s is a PF, not a VF; its VFs are %s … %s",
                    buffer, vfp_address_format (&first_vf->address, first),
                    vfp_address_format (&last_vf->address, last));
}

gboolean
vfp_snapshot_get_vf (const VfpSnapshot *snapshot, const char *text, VfpAddress *out_address,
                     GError **error)
{
  VfpAddress address;

  if (strchr (text, '/') != NULL)
    return get_vf_of_pf (snapshot, text, out_address, error);
  if (!vfp_address_parse (text, &address, error))
    return FALSE;
  /* A claimed VF that is not on this host now is the policy's to refuse. */
  if (vfp_inventory_find_vf (snapshot->inventory, &address) == NULL
      && vfp_view_find (snapshot->view, &address) == NULL)
    return throw_not_vf (snapshot, &address, error);

  *out_address = address;
  return TRUE;
}
