/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world with libvirt. The hook must not link this file. */
#include "config.h"

#include "ops/world.h"

#include "base/error.h"
#include "guest/virt-fake.h"

#define READ_TIMEOUT_MS 5000
#define CHANGE_TIMEOUT_MS 30000

static VfpVirt *
open_virt (VfpWorld *world, GError **error)
{
  const unsigned usual_ms = world->read_only ? READ_TIMEOUT_MS : CHANGE_TIMEOUT_MS;
  const unsigned timeout_ms = world->libvirt_timeout_ms != 0 ? world->libvirt_timeout_ms : usual_ms;

  if (world->root->is_system || g_str_has_prefix (world->uri, "test:"))
    return vfp_virt_libvirt_open (world->uri, world->read_only, timeout_ms, world->interrupted,
                                  error);

  VfpVirt *virt = vfp_virt_fake_new (world->root, world->faults);
  if (virt == NULL)
    vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE, "a captured host has no libvirt");
  return virt;
}

gboolean
vfp_world_open (VfpWorld *world, GError **error)
{
  if (!vfp_world_open_local (world, error))
    return FALSE;

  world->virt = open_virt (world, &world->virt_error);
  g_debug ("libvirt %s", world->virt != NULL ? "connected" : "not reached");
  if (world->virt != NULL)
    return TRUE;
  if (world->needs_libvirt)
    {
      g_propagate_error (error, g_steal_pointer (&world->virt_error));
      return FALSE;
    }
  vfp_world_warn (world, "%s; what only libvirt could tell is unknown", world->virt_error->message);
  return TRUE;
}

VfpVirt *
vfp_world_open_destination (VfpWorld *world, const char *uri, GError **error)
{
  if (!vfp_virt_check_destination (uri, error))
    return NULL;
  return world->root->is_system
             ? vfp_virt_libvirt_open (uri, FALSE, CHANGE_TIMEOUT_MS, world->interrupted, error)
             : vfp_virt_fake_open_remote (world->virt, uri, error);
}
