/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's metadata as a copy of its slots. */
#include "config.h"

#include "ops/promise.h"

#include "pool/promise.h"

gboolean
vfp_promise_write (VfpWorld *world, const VfpGuest *guest, GError **error)
{
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);
  g_autofree char *wanted = records != NULL ? vfp_promise_render (records, guest->uuid) : NULL;
  unsigned affect = 0;

  if (records == NULL)
    return FALSE;
  if (guest->live != NULL && !vfp_promise_is_written (guest->live, guest->uuid, wanted))
    affect |= VFP_AFFECT_LIVE;
  if (guest->config != NULL && !vfp_promise_is_written (guest->config, guest->uuid, wanted))
    affect |= VFP_AFFECT_CONFIG;
  g_debug ("metadata %s", affect == 0 ? "says so already" : "to be written");
  return affect == 0 || world->virt->set_metadata (world->virt, guest->uuid, wanted, affect, error);
}

void
vfp_promise_update (VfpWorld *world, const VfpGuest *guest)
{
  g_autoptr (GError) error = NULL;

  if (!vfp_promise_write (world, guest, &error))
    vfp_world_warn (world, "%s: its metadata does not name its slots: %s", guest->name,
                    error->message);
}
