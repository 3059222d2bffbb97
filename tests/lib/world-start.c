/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole fake host: use cases of any kind, and ends of its guests that no hook sees. */
#include "config.h"

#include "tests/lib/world.h"

#include "guest/virt-fake-private.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"

typedef struct
{
  VfpRoot *root;
  VfpVirt *virt;
  VfpGuest *guest;
} Handle;

static void
handle_clear (Handle *handle)
{
  vfp_guest_free (handle->guest);
  vfp_virt_free (handle->virt);
  vfp_root_free (handle->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Handle, handle_clear)

static Handle
open_guest (World *world, const char *name)
{
  Handle handle = { .root = hosttree_open (world->tree) };
  g_autoptr (GError) error = NULL;

  g_autofree char *uuid = world_uuid (world, name);
  handle.virt = vfp_virt_fake_new (handle.root, NULL);
  handle.guest = handle.virt->get_guest (handle.virt, uuid, &error);
  if (handle.guest == NULL)
    fail_msg ("%s: %s", name, error->message);
  return handle;
}

gboolean
world_act (World *world, WorldAct act, gpointer data, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  const gboolean done = world_open (world, &opened, FALSE, error) && act (&opened, data, error);

  world_keep_warnings (world, &opened);
  return done;
}

void
world_change (World *world, void (*change) (VfpStore *store, gpointer data), gpointer data)
{
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpTransaction) transaction = store != NULL ? vfp_store_begin (store, NULL) : NULL;

  assert_non_null (transaction);
  change (store, data);
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
put_seen (VfpStore *store, gpointer boot_id)
{
  assert_true (vfp_store_put_meta (store, "hook-seen", boot_id, NULL));
}

void
world_see_hook (World *world)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autofree char *boot_id = vfp_root_boot_id (root);

  world_change (world, put_seen, boot_id);
}

void
world_pull_plug (World *world, const char *guest)
{
  g_auto (Handle) handle = open_guest (world, guest);
  g_autofree char *live = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/live.xml", guest);

  assert_non_null (handle.guest->live);
  for (guint i = 0; i < handle.guest->live->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (handle.guest->live->devices, i);

      assert_true (
          vfp_fake_place_vf (handle.root, &device->source, NULL, handle.guest->uuid, NULL));
    }
  world_set_guest (world, guest, "running", FALSE);
  hosttree_remove (world->tree, live);
}
