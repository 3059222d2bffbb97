/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to libvirt: opened, watched, closed and opened anew; and reading by it. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"
#include "base/deadline.h"

#define CALL_US (30 * G_USEC_PER_SEC)
#define CLOSE_US (1 * G_USEC_PER_SEC)

/* How long a restarting libvirtd is waited for, and how often it is asked. */
#define RECONNECT_US (5 * G_USEC_PER_SEC)
#define RECONNECT_PAUSE_US (200 * 1000)

/* The client sends a keepalive each so many seconds and gives up after so many without answer. */
#define KEEPALIVE_INTERVAL 5
#define KEEPALIVE_COUNT 3

static gpointer
close_connection (gpointer data, GError **error)
{
  virConnectClose (data);
  return NULL;
}

static void
keep_data (gpointer data)
{
}

/* Closing talks to the daemon, which may hang. */
void
vfp_virt_libvirt_close (VfpVirtLibvirt *virt)
{
  virConnect *connection = g_steal_pointer (&virt->connection);

  if (connection != NULL)
    vfp_deadline_run (close_connection, connection, keep_data, keep_data,
                      g_get_monotonic_time () + CLOSE_US, NULL, "libvirt", NULL);
}

typedef struct
{
  char *uri;
  gboolean read_only;
} OpenRequest;

static void
open_request_free (gpointer data)
{
  OpenRequest *request = data;

  g_free (request->uri);
  g_free (request);
}

/* No credentials are asked for: nobody may be there to answer, and polkit needs none. */
static gpointer
open_connection (gpointer data, GError **error)
{
  const OpenRequest *request = data;
  virConnect *connection
      = virConnectOpenAuth (request->uri, NULL, request->read_only ? VIR_CONNECT_RO : 0);

  if (connection == NULL)
    {
      g_autoptr (GError) local = NULL;

      vfp_virt_error_take (&local);
      vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE, "cannot connect to '%s': %s", request->uri,
                 local->message);
    }
  return connection;
}

gboolean
vfp_virt_libvirt_connect (VfpVirtLibvirt *virt, gint64 deadline_us, const volatile int *interrupted,
                          GError **error)
{
  if (virt->connection != NULL && virConnectIsAlive (virt->connection) == 1)
    return TRUE;
  vfp_virt_libvirt_close (virt);

  OpenRequest *request = g_new0 (OpenRequest, 1);
  request->uri = g_strdup (virt->uri);
  request->read_only = virt->read_only;
  virt->connection = vfp_deadline_run (open_connection, request, open_request_free,
                                       (GDestroyNotify) vfp_virt_connection_free, deadline_us,
                                       interrupted, "libvirt", error);
  if (virt->connection == NULL)
    return FALSE;
  /* The test driver has no keepalive. */
  if (!virt->read_only)
    virConnectSetKeepAlive (virt->connection, KEEPALIVE_INTERVAL, KEEPALIVE_COUNT);
  return TRUE;
}

gint64
vfp_virt_libvirt_deadline (const VfpVirtLibvirt *virt)
{
  return virt->deadline_us != 0 ? virt->deadline_us : g_get_monotonic_time () + CALL_US;
}

typedef struct
{
  virConnect *connection;
  char *name; /* or UUID, of the guest that it is about */
} ReadRequest;

static void
read_request_free (gpointer data)
{
  ReadRequest *request = data;

  virConnectClose (request->connection);
  g_free (request->name);
  g_free (request);
}

static gpointer
run_list_guests (gpointer data, GError **error)
{
  return vfp_virt_read_guests (((ReadRequest *) data)->connection, error);
}

static gpointer
run_get_guest (gpointer data, GError **error)
{
  const ReadRequest *request = data;

  return vfp_virt_read_guest (request->connection, request->name, error);
}

static gpointer
run_find_guest (gpointer data, GError **error)
{
  const ReadRequest *request = data;

  return vfp_virt_find_guest (request->connection, request->name, error);
}

static gpointer
run_list_autostart_off (gpointer data, GError **error)
{
  ReadRequest *request = data;

  return vfp_virt_read_autostart_off (request->connection, error);
}

static gpointer
run_list_networks (gpointer data, GError **error)
{
  return vfp_virt_read_networks (((ReadRequest *) data)->connection, error);
}

static gpointer
read_once (VfpVirtLibvirt *virt, VfpDeadlineFunc func, const char *name, GDestroyNotify free_result,
           gint64 deadline_us, GError **error)
{
  /* What changes something undoes it when it is interrupted, and has to read for that. */
  const volatile int *interrupted = virt->read_only ? virt->interrupted : NULL;

  if (!vfp_virt_libvirt_connect (virt, deadline_us, interrupted, error))
    return NULL;

  ReadRequest *request = g_new0 (ReadRequest, 1);
  virConnectRef (virt->connection);
  request->connection = virt->connection;
  request->name = g_strdup (name);
  return vfp_deadline_run (func, request, read_request_free, free_result, deadline_us, interrupted,
                           "libvirt", error);
}

/* Reading is repeated while libvirtd restarts: what it says then decides about what was done
 * before. */
static gpointer
read_repeatedly (VfpVirtLibvirt *virt, VfpDeadlineFunc func, const char *name,
                 GDestroyNotify free_result, GError **error)
{
  const gint64 deadline_us = vfp_virt_libvirt_deadline (virt);
  const gint64 give_up_us = MIN (deadline_us, g_get_monotonic_time () + RECONNECT_US);

  for (;;)
    {
      g_autoptr (GError) local = NULL;
      gpointer result = read_once (virt, func, name, free_result, deadline_us, &local);

      if (result != NULL)
        return result;
      if (!g_error_matches (local, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE)
          || g_get_monotonic_time () + RECONNECT_PAUSE_US >= give_up_us)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      vfp_virt_libvirt_close (virt);
      g_usleep (RECONNECT_PAUSE_US);
    }
}

GPtrArray *
vfp_virt_libvirt_list_guests (VfpVirt *virt, GError **error)
{
  return read_repeatedly ((VfpVirtLibvirt *) virt, run_list_guests, NULL,
                          (GDestroyNotify) g_ptr_array_unref, error);
}

VfpGuest *
vfp_virt_libvirt_get_guest (VfpVirt *virt, const char *uuid, GError **error)
{
  return read_repeatedly ((VfpVirtLibvirt *) virt, run_get_guest, uuid,
                          (GDestroyNotify) vfp_guest_free, error);
}

char *
vfp_virt_libvirt_find_guest (VfpVirt *virt, const char *name, GError **error)
{
  return read_repeatedly ((VfpVirtLibvirt *) virt, run_find_guest, name, g_free, error);
}

GPtrArray *
vfp_virt_libvirt_list_networks (VfpVirt *virt, GError **error)
{
  return read_repeatedly ((VfpVirtLibvirt *) virt, run_list_networks, NULL,
                          (GDestroyNotify) g_ptr_array_unref, error);
}

GPtrArray *
vfp_virt_libvirt_list_autostart_off (VfpVirt *virt, GError **error)
{
  return read_repeatedly ((VfpVirtLibvirt *) virt, run_list_autostart_off, NULL,
                          (GDestroyNotify) g_ptr_array_unref, error);
}
