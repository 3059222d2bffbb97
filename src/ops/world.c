/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything outside that a use case touches, opened on demand. */
#include "config.h"

#include "ops/world.h"

#include <pwd.h>
#include <unistd.h>

#include "host/netlink-fake.h"

/* The login uid outlives su and sudo (proc(5), /proc/PID/loginuid; 4294967295: not set). */
static gboolean
find_login_uid (guint64 *out_uid)
{
  g_autofree char *text = NULL;

  return g_file_get_contents ("/proc/self/loginuid", &text, NULL, NULL)
         && g_ascii_string_to_unsigned (g_strchomp (text), 10, 0, G_MAXUINT32 - 1, out_uid, NULL);
}

static char *
find_user (void)
{
  guint64 uid = getuid ();
  const char *sudo_user = g_getenv ("SUDO_USER");

  if (!find_login_uid (&uid) && sudo_user != NULL)
    return g_strdup (sudo_user);

  const struct passwd *user = getpwuid ((uid_t) uid);
  return user != NULL ? g_strdup (user->pw_name) : g_strdup_printf ("%" G_GUINT64_FORMAT, uid);
}

static VfpStore *
open_store (const VfpWorld *world, GError **error)
{
  const VfpStoreMode mode = world->read_only ? VFP_STORE_READ : VFP_STORE_WRITE;

  if (world->rebuild)
    return vfp_store_open_nothing (world->state_path, error);
  return world->state_timeout_ms != 0
             ? vfp_store_open_within (world->state_path, mode, world->state_timeout_ms, error)
             : vfp_store_open (world->state_path, mode, error);
}

gboolean
vfp_world_load_config (VfpWorld *world, GError **error)
{
  g_autofree char *usual
      = g_build_filename (world->sysroot != NULL ? world->sysroot : "/", VFP_CONFIG_FILE, NULL);

  if (world->config == NULL && world->config_path != NULL)
    world->config = vfp_config_load (world->config_path, TRUE, error);
  else if (world->config == NULL)
    world->config = vfp_config_load (usual, FALSE, error);
  return world->config != NULL;
}

gboolean
vfp_world_open_local (VfpWorld *world, GError **error)
{
  world->warnings = g_ptr_array_new_with_free_func (g_free);
  world->by = find_user ();
  if (!vfp_world_load_config (world, error))
    return FALSE;
  world->root = vfp_root_open (world->sysroot, error);
  if (world->root == NULL)
    return FALSE;
  world->boot_id = vfp_root_boot_id (world->root);
  world->netlink = world->root->is_system ? vfp_netlink_kernel_new ()
                                          : vfp_netlink_fake_new (world->root, world->faults);
  world->drivers = world->root->is_system ? vfp_drivers_kernel_new (world->root)
                                          : vfp_drivers_fake_new (world->root, world->faults);

  world->store = open_store (world, error);
  g_debug ("state file opened");
  return world->store != NULL;
}

void
vfp_world_clear (VfpWorld *world)
{
  g_clear_pointer (&world->virt, vfp_virt_free);
  g_clear_pointer (&world->netlink, vfp_netlink_free);
  g_clear_pointer (&world->drivers, vfp_drivers_free);
  g_clear_pointer (&world->store, vfp_store_free);
  g_clear_pointer (&world->root, vfp_root_free);
  g_clear_pointer (&world->config, vfp_config_free);
  g_clear_pointer (&world->boot_id, g_free);
  g_clear_pointer (&world->by, g_free);
  g_clear_pointer (&world->warnings, g_ptr_array_unref);
  g_clear_error (&world->virt_error);
}

gboolean
vfp_world_is_interrupted (const VfpWorld *world)
{
  return world->interrupted != NULL && *world->interrupted != 0;
}

void
vfp_world_warn (VfpWorld *world, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (world->warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

gboolean
vfp_world_note (VfpWorld *world, const char *what, const VfpSlot *slot, const VfpClaim *claim,
                const char *result, GError **error)
{
  g_autofree char *vf = claim != NULL ? vfp_address_to_string (&claim->address) : NULL;
  g_autofree char *owner = claim != NULL && claim->owner != NULL
                               ? g_strconcat (VFP_OWNER_PREFIX, claim->owner, NULL)
                               : NULL;
  char mac[VFP_MAC_STRLEN];
  const VfpEvent event = {
    .time = vfp_world_now (),
    .by = world->by,
    .via = world->via,
    .what = what,
    .guest_uuid = slot != NULL ? slot->guest_uuid : NULL,
    .guest = slot != NULL ? slot->guest_name : owner,
    .slot = slot != NULL ? slot->name : NULL,
    .mac = slot != NULL ? vfp_mac_format (&slot->mac, mac) : NULL,
    .vf = vf,
    .result = result != NULL ? result : "done",
  };

  return vfp_store_add_event (world->store, &event, error);
}

gint64
vfp_world_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}
