/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step of an adoption that touches a guest: its configuration names another VF or MAC. */
#include "config.h"

#include "ops/adopt-run.h"

#include "base/error.h"

/* A request outlives its connection: it is waited for before anybody judges. */
static VfpGuest *
look (VfpAdoptRun *run, GError **error)
{
  VfpVirt *virt = run->world->virt;

  if (run->connection_lost && !virt->pass_job_queue (virt, run->uuid, error))
    return NULL;
  return virt->get_guest (virt, run->uuid, error);
}

static gboolean
is_rewritten (const VfpGuest *guest, const VfpAdoptAction *action)
{
  const VfpGuestDevice *device
      = guest->config != NULL ? vfp_domxml_find_source (guest->config, &action->vf->address) : NULL;

  return device != NULL
         && (!action->new_mac
             || (device->has_mac && vfp_mac_equal (&device->mac, &action->slot->mac)));
}

static gboolean
rewrite (VfpAdoptRun *run, const VfpAdoptAction *action, GError **error)
{
  VfpVirt *virt = run->world->virt;
  const VfpDeviceChange change = { .source = action->from,
                                   .new_source = &action->vf->address,
                                   .new_mac = action->new_mac ? &action->slot->mac : NULL };
  g_autoptr (GError) local = NULL;

  if (virt->change_config (virt, run->uuid, &change, &local))
    return TRUE;

  /* What libvirt answers is a hint, what its XML says is the result. */
  run->connection_lost = g_error_matches (local, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE);
  g_autoptr (VfpGuest) guest = look (run, NULL);
  if (guest != NULL && is_rewritten (guest, action))
    {
      vfp_world_warn (run->world, "%s: libvirt reported '%s', yet the configuration is changed",
                      guest->name, local->message);
      return TRUE;
    }
  g_prefix_error (&local, "%s: %s: ", run->plan->guest->name, action->slot->name);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
vfp_adopt_config_act (gpointer data, GError **error)
{
  VfpAdoptRun *run = data;

  for (guint i = 0; i < run->plan->actions->len; i++)
    {
      const VfpAdoptAction *action = g_ptr_array_index (run->plan->actions, i);

      if (action->rewrite && !rewrite (run, action, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_back (VfpAdoptRun *run, const VfpGuest *guest, const VfpAdoptAction *action, GError **error)
{
  VfpVirt *virt = run->world->virt;
  const VfpDeviceChange change
      = { .source = action->vf->address,
          .new_source = &action->from,
          .new_mac = action->new_mac && action->has_old_mac ? &action->old_mac : NULL };

  return !action->rewrite || !is_rewritten (guest, action)
         || virt->change_config (virt, run->uuid, &change, error);
}

gboolean
vfp_adopt_config_undo (gpointer data, GError **error)
{
  VfpAdoptRun *run = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuest) guest = look (run, &local);

  if (guest == NULL && g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    return TRUE;
  if (guest == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  for (guint i = run->plan->actions->len; i-- > 0;)
    if (!put_back (run, guest, g_ptr_array_index (run->plan->actions, i), error))
      return FALSE;
  return TRUE;
}
