/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One changing command at a time per guest. */
#include "config.h"

#include "ops/guest-lock.h"

#include "base/error.h"

/* A guest that libvirt no longer knows may still have slots. */
static char *
find_in_state (VfpWorld *world, const char *name)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, NULL);

  for (guint i = 0; records != NULL && i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);

      if (g_str_equal (slot->guest_name, name) || g_ascii_strcasecmp (slot->guest_uuid, name) == 0)
        return g_strdup (slot->guest_uuid);
    }
  return NULL;
}

char *
vfp_guest_find_uuid (VfpWorld *world, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *uuid = world->virt != NULL ? world->virt->find_guest (world->virt, name, &local)
                                   : find_in_state (world, name);

  if (uuid == NULL && world->virt == NULL)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST, "no guest '%s' has slots", name), NULL;
  if (uuid == NULL && g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    uuid = find_in_state (world, name);
  if (uuid == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return uuid;
}

VfpLock *
vfp_guest_lock_take (VfpWorld *world, const char *name, unsigned timeout_ms, char **out_uuid,
                     GError **error)
{
  g_autofree char *uuid = vfp_guest_find_uuid (world, name, error);

  if (uuid == NULL)
    return NULL;

  VfpLock *lock = vfp_lock_take (world->state_path, uuid, timeout_ms, error);
  if (lock == NULL)
    g_prefix_error (error, "%s: ", name);
  else
    *out_uuid = g_steal_pointer (&uuid);
  return lock;
}
