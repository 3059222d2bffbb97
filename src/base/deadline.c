/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call that may hang for ever, with an end. */
#include "config.h"

#include "base/deadline.h"

#include "base/error.h"

/* How soon a signal is seen. */
#define LOOK_US (100 * 1000)

/* Shared by caller and thread, and freed by the one that leaves last. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  gint references;
  VfpDeadlineFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
  gboolean done;
  gpointer result;
  GError *error;
} Call;

static void
call_unref (Call *call)
{
  if (!g_atomic_int_dec_and_test (&call->references))
    return;
  if (call->result != NULL && call->free_result != NULL)
    call->free_result (call->result);
  g_clear_error (&call->error);
  g_mutex_clear (&call->mutex);
  g_cond_clear (&call->cond);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_unref)

static gpointer
run_call (gpointer data)
{
  g_autoptr (Call) call = data;
  GError *error = NULL;
  gpointer result = call->func (call->data, &error);

  call->free_data (call->data);

  g_mutex_lock (&call->mutex);
  call->result = result;
  call->error = error;
  call->done = TRUE;
  g_cond_signal (&call->cond);
  g_mutex_unlock (&call->mutex);
  return NULL;
}

static gboolean
wait_call (Call *call, gint64 deadline_us, const volatile int *interrupted, const char *what,
           GError **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&call->mutex);

  while (!call->done)
    {
      const gint64 now_us = g_get_monotonic_time ();

      if (interrupted != NULL && *interrupted)
        return vfp_throw (error, VFP_ERROR_INTERRUPTED, "interrupted while waiting for %s", what);
      if (now_us >= deadline_us)
        return vfp_throw (error, VFP_ERROR_LIBVIRT_UNREACHABLE, "%s does not answer", what);
      g_cond_wait_until (&call->cond, &call->mutex, MIN (deadline_us, now_us + LOOK_US));
    }
  return TRUE;
}

gpointer
vfp_deadline_run (VfpDeadlineFunc func, gpointer data, GDestroyNotify free_data,
                  GDestroyNotify free_result, gint64 deadline_us, const volatile int *interrupted,
                  const char *what, GError **error)
{
  g_autoptr (Call) call = g_new0 (Call, 1);

  g_mutex_init (&call->mutex);
  g_cond_init (&call->cond);
  call->references = 2;
  call->func = func;
  call->data = data;
  call->free_data = free_data;
  call->free_result = free_result;
  g_thread_unref (g_thread_new ("deadline", run_call, call));

  if (!wait_call (call, deadline_us, interrupted, what, error))
    return NULL;
  if (call->error != NULL)
    g_propagate_error (error, g_steal_pointer (&call->error));
  return g_steal_pointer (&call->result);
}
