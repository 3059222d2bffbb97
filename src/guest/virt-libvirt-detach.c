/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detaching from a running guest, and waiting for what really happens. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include <string.h>

#include "base/error.h"

/* The event loop wakes so often to look at the time and at signals; the XML is read so often in
 * case an event was lost. */
#define WAKE_MS 100
#define READ_US (1 * G_USEC_PER_SEC)

/* What the callbacks leave for the waiting loop. */
typedef struct
{
  VfpVirtLibvirt *virt;
  const char *uuid;
  const VfpAddress *source; /* NULL: a NIC that is no VF, known by its alias */
  char *alias;              /* NULL: not known yet */
  gboolean refused;
  gboolean look; /* something happened: read the XML */
} Wait;

/* The callbacks of one wait; freed with their registrations. */
typedef struct
{
  virConnect *connection;
  int callbacks[3];
  int timer;
} Watch;

static void
on_removed (virConnect *connection, virDomain *domain, const char *alias, void *data)
{
  Wait *wait = data;

  wait->look |= g_str_equal (alias, wait->alias);
}

static void
on_refused (virConnect *connection, virDomain *domain, const char *alias, void *data)
{
  Wait *wait = data;

  wait->refused |= g_str_equal (alias, wait->alias);
}

static int
on_lifecycle (virConnect *connection, virDomain *domain, int event, int detail, void *data)
{
  Wait *wait = data;

  wait->look |= event == VIR_DOMAIN_EVENT_STOPPED;
  return 0;
}

static void
on_timer (int timer, void *data)
{
}

static void
watch_free (Watch *watch)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (watch->callbacks); i++)
    if (watch->callbacks[i] >= 0)
      virConnectDomainEventDeregisterAny (watch->connection, watch->callbacks[i]);
  if (watch->timer >= 0)
    virEventRemoveTimeout (watch->timer);
  virConnectClose (watch->connection);
  g_free (watch);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Watch, watch_free)

static Watch *
watch_new (virDomain *domain, Wait *wait, GError **error)
{
  const struct
  {
    int event;
    virConnectDomainEventGenericCallback callback;
  } wanted[] = {
    { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK (on_removed) },
    { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, VIR_DOMAIN_EVENT_CALLBACK (on_refused) },
    { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle) },
  };
  g_autoptr (Watch) watch = g_new0 (Watch, 1);

  watch->connection = virDomainGetConnect (domain);
  virConnectRef (watch->connection);
  memset (watch->callbacks, -1, sizeof watch->callbacks);
  watch->timer = virEventAddTimeout (WAKE_MS, on_timer, NULL, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (wanted) && watch->timer >= 0; i++)
    {
      watch->callbacks[i] = virConnectDomainEventRegisterAny (
          watch->connection, domain, wanted[i].event, wanted[i].callback, wait, NULL);
      if (watch->callbacks[i] < 0)
        {
          vfp_virt_error_take (error);
          return NULL;
        }
    }
  return g_steal_pointer (&watch);
}

/* Every device of a running guest has an alias (qemu_alias.c). */
static gboolean
is_in (Wait *wait, const VfpDomxml *live)
{
  const VfpGuestDevice *device;

  if (wait->source == NULL)
    return vfp_domxml_find_nic (live, wait->alias) != NULL;
  device = vfp_domxml_find_source (live, wait->source);
  if (device != NULL && wait->alias == NULL)
    wait->alias = g_strdup (device->alias);
  return device != NULL;
}

static gboolean
read_gone (Wait *wait, gboolean *out_gone, GError **error)
{
  VfpVirt *virt = &wait->virt->parent;
  g_autoptr (GError) local = NULL;
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, wait->uuid, &local);

  /* A transient guest that has ended is no more. */
  if (guest == NULL && !g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  *out_gone = guest == NULL || guest->live == NULL || !is_in (wait, guest->live);
  return TRUE;
}

static gboolean
throw_refused (const Wait *wait, GError **error)
{
  return vfp_throw (error, VFP_ERROR_GUEST_REFUSED,
                    "the guest refused to let go of the device '%s'", wait->alias);
}

static gboolean
request_detach (Wait *wait, virDomain *domain, GError **error)
{
  if (virDomainDetachDeviceAlias (domain, wait->alias, VIR_DOMAIN_AFFECT_LIVE) == 0)
    return TRUE;

  /* These have no codes of their own (qemu_hotplug.c). */
  const char *text = virGetLastErrorMessage ();
  if (strstr (text, "already in the process of unplug") != NULL)
    return TRUE;
  if (strstr (text, "rejected by the guest") != NULL)
    return throw_refused (wait, error);
  return vfp_virt_error_take (error);
}

/* TRUE when the guest has let go of it; the XML decides, events only say when to look. */
static gboolean
wait_gone (Wait *wait, gint64 deadline_us, gboolean *out_gone, GError **error)
{
  const volatile int *interrupted
      = wait->virt->parent.no_interrupt ? NULL : wait->virt->interrupted;
  gint64 next_read_us = g_get_monotonic_time () + READ_US;

  for (;;)
    {
      const gint64 now_us = g_get_monotonic_time ();
      const gboolean over
          = now_us >= deadline_us || (interrupted != NULL && *interrupted) || wait->refused;

      if (over || wait->look || now_us >= next_read_us)
        {
          wait->look = FALSE;
          next_read_us = now_us + READ_US;
          if (!read_gone (wait, out_gone, error))
            return FALSE;
          if (*out_gone || over)
            return TRUE;
        }
      if (virEventRunDefaultImpl () < 0)
        return vfp_virt_error_take (error);
    }
}

static gboolean
detach_and_wait (Wait *wait, virDomain *domain, unsigned timeout_ms, GError **error)
{
  const gint64 deadline_us = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  const volatile int *interrupted
      = wait->virt->parent.no_interrupt ? NULL : wait->virt->interrupted;
  gboolean gone = FALSE;

  g_autoptr (Watch) watch = watch_new (domain, wait, error);
  if (watch == NULL)
    return FALSE;

  g_autoptr (GError) failed = NULL;
  if (!request_detach (wait, domain, &failed))
    {
      /* It may have gone on its own, or with the connection. */
      if (read_gone (wait, &gone, NULL) && gone)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (!wait_gone (wait, deadline_us, &gone, error))
    return FALSE;

  if (gone)
    return TRUE;
  if (wait->refused)
    return throw_refused (wait, error);
  if (interrupted != NULL && *interrupted)
    return vfp_throw (error, VFP_ERROR_INTERRUPTED,
                      "interrupted while the guest was asked to let go of the device '%s'; it may "
                      "still do so",
                      wait->alias);
  return vfp_throw (error, VFP_ERROR_GUEST_TIMEOUT,
                    "the guest has not let go of the device '%s' within %u s; it may still do so",
                    wait->alias, timeout_ms / 1000);
}

static void
wait_clear (Wait *wait)
{
  g_free (wait->alias);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wait, wait_clear)

static gboolean
detach (Wait *wait, unsigned timeout_ms, GError **error)
{
  gboolean gone;

  if (!read_gone (wait, &gone, error))
    return FALSE;
  if (gone)
    return TRUE;

  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup (wait->virt, wait->uuid, error);
  return domain != NULL && detach_and_wait (wait, domain, timeout_ms, error);
}

gboolean
vfp_virt_libvirt_detach_live (VfpVirt *virt, const char *uuid, const VfpAddress *source,
                              unsigned timeout_ms, GError **error)
{
  g_auto (Wait) wait = { .virt = (VfpVirtLibvirt *) virt, .uuid = uuid, .source = source };

  return detach (&wait, timeout_ms, error);
}

gboolean
vfp_virt_libvirt_detach_nic_live (VfpVirt *virt, const char *uuid, const char *alias,
                                  unsigned timeout_ms, GError **error)
{
  g_auto (Wait) wait = { .virt = (VfpVirtLibvirt *) virt, .uuid = uuid, .alias = g_strdup (alias) };

  return detach (&wait, timeout_ms, error);
}
