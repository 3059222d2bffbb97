/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of an attach between claim and record: settings, device, settings again. */
#include "config.h"

#include "ops/attach-run.h"

#include "base/error.h"
#include "host/vf.h"
#include "ops/release.h"

#define BACK_TIMEOUT_MS 10000

static gboolean
apply_settings (VfpAttachRun *run, const VfpSettings *settings, unsigned which, unsigned asked,
                GError **error)
{
  which &= vfp_slot_governed (run->plan->slot);
  if (run->world->netlink == NULL || run->plan->affect == 0 || !vfp_attach_run_is_live (run)
      || which == 0)
    return TRUE;
  return vfp_vf_apply (run->world->netlink, run->plan->vf->pf->netdev, run->claim->vf, settings,
                       which, asked, NULL, error);
}

gboolean
vfp_attach_settings_act (gpointer data, GError **error)
{
  VfpAttachRun *run = data;

  return apply_settings (run, &run->plan->slot->settings, VFP_ATTACH_SETTINGS_BEFORE,
                         run->plan->slot->asked, error);
}

gboolean
vfp_attach_settings_undo (gpointer data, GError **error)
{
  VfpAttachRun *run = data;

  if (!vfp_attach_run_is_live (run))
    return TRUE;
  return vfp_release_wait (run->world, run->claim, BACK_TIMEOUT_MS, error)
         && (run->world->netlink == NULL
             || vfp_release_restore (run->world, run->plan->vf->pf->netdev, run->claim, error));
}

/* A request outlives its connection: it is waited for before anybody judges. */
static VfpGuest *
look_after (VfpAttachRun *run, GError **error)
{
  VfpVirt *virt = run->world->virt;
  const char *uuid = run->plan->guest->uuid;

  if (run->connection_lost && !virt->pass_job_queue (virt, uuid, error))
    return NULL;
  return virt->get_guest (virt, uuid, error);
}

/* What libvirt answers is a hint, what its XML says is the result: an error may come after the
 * device is in. */
static gboolean
judge_failure (VfpAttachRun *run, GError *failure, GError **error)
{
  g_autoptr (GError) own = failure;

  run->connection_lost = g_error_matches (own, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE);
  g_autoptr (VfpGuest) guest = look_after (run, NULL);
  gboolean live, config;

  vfp_release_look (guest, run->claim, &live, &config);
  if (guest != NULL && (live || !run->claim->intent_live) && (config || !run->claim->intent_config))
    {
      vfp_world_warn (run->world, "%s: libvirt reported '%s', yet the device is in", guest->name,
                      own->message);
      return TRUE;
    }
  g_prefix_error (&own, "%s: ", run->plan->guest->name);
  g_propagate_error (error, g_steal_pointer (&own));
  return FALSE;
}

gboolean
vfp_attach_device_act (gpointer data, GError **error)
{
  VfpAttachRun *run = data;
  const VfpAttachPlan *plan = run->plan;
  VfpVirt *virt = run->world->virt;
  GError *failure = NULL;

  if (plan->affect == 0
      || virt->attach_device (virt, plan->guest->uuid, plan->device_xml, plan->affect, &failure))
    return TRUE;
  return judge_failure (run, failure, error);
}

gboolean
vfp_attach_device_undo (gpointer data, GError **error)
{
  VfpAttachRun *run = data;
  VfpVirt *virt = run->world->virt;
  g_autoptr (GError) local = NULL;
  gboolean live, config;

  if (run->plan->affect == 0)
    return TRUE;
  virt->no_interrupt = TRUE;
  g_autoptr (VfpGuest) guest = look_after (run, &local);
  if (guest == NULL)
    {
      if (g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  vfp_release_look (guest, run->claim, &live, &config);
  if (live && vfp_attach_run_is_live (run)
      && !virt->detach_live (virt, guest->uuid, &run->claim->address, run->request->timeout_ms,
                             error))
    return FALSE;
  return !config || !run->claim->intent_config
         || virt->detach_config (virt, guest->uuid, &run->claim->address, error);
}

/* libvirt sets MAC and VLAN, the latter always with priority 0 and 802.1Q (struct ifla_vf_vlan in
 * virnetdev.c); this puts right what differs and reads everything back. */
gboolean
vfp_attach_verify_act (gpointer data, GError **error)
{
  VfpAttachRun *run = data;
  VfpSettings wanted = run->plan->slot->settings;
  const VfpSettings mac = { .known = VFP_SETTING_MAC, .mac = run->plan->slot->mac };

  vfp_settings_take (&wanted, &mac, VFP_SETTING_MAC);
  return apply_settings (run, &wanted, VFP_SETTING_ALL, run->plan->slot->asked | VFP_SETTING_MAC,
                         error);
}
