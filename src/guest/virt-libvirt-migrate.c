/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a guest to another host, peer to peer: libvirtd of this host calls that of the other one,
 * and goes on though its client has died. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"

/* The event loop wakes so often to look at the time and at signals, and asks how far it is. */
#define WAKE_MS 250
#define LOOK_MS 1000

typedef char LibvirtText;

static void
libvirt_text_free (LibvirtText *text)
{
  free (text);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtText, libvirt_text_free)

/* An array of libvirt's, with its length. */
typedef struct
{
  virTypedParameter *at;
  int count;
  int space;
} Parameters;

static void
parameters_clear (Parameters *parameters)
{
  virTypedParamsFree (parameters->at, parameters->count);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parameters, parameters_clear)

/* The call that blocks, in its thread. */
typedef struct
{
  virDomain *domain;
  const char *uri;
  Parameters *parameters;
  unsigned flags;
  VfpUnplugWait unplug; /* the caller's */
  gboolean awaited;     /* … so is this, and the next */
  gint64 next_look_us;
  gboolean done;
  GError *error;
  int over; /* atomic */
} Job;

/* What a migration sends shows secrets, which a read-only connection does not get to see
 * (virDomainGetXMLDesc() in libvirt-domain.c). */
char *
vfp_virt_libvirt_dump_xml (VfpVirt *virt, const char *uuid, VfpAffect affect, GError **error)
{
  VfpVirtLibvirt *self = (VfpVirtLibvirt *) virt;
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup (self, uuid, error);
  const unsigned whole = self->read_only ? 0 : VIR_DOMAIN_XML_MIGRATABLE | VIR_DOMAIN_XML_SECURE;
  const unsigned which = affect == VFP_AFFECT_CONFIG ? VIR_DOMAIN_XML_INACTIVE : 0;

  if (domain == NULL)
    return NULL;
  g_autoptr (LibvirtText) xml = virDomainGetXMLDesc (domain, whole | which);
  if (xml == NULL)
    vfp_virt_error_take (error);
  return g_strdup (xml);
}

gboolean
vfp_virt_libvirt_count_snapshots (VfpVirt *virt, const char *uuid, unsigned *out_count,
                                  GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);
  const int count = domain != NULL ? virDomainSnapshotNum (domain, 0) : -1;

  if (domain == NULL)
    return FALSE;
  if (count < 0)
    return vfp_virt_error_take (error);
  *out_count = (unsigned) count;
  return TRUE;
}

gboolean
vfp_virt_libvirt_get_autostart (VfpVirt *virt, const char *uuid, gboolean *out_autostart,
                                GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);
  int autostart = 0;

  if (domain == NULL)
    return FALSE;
  if (virDomainGetAutostart (domain, &autostart) < 0)
    return vfp_virt_error_take (error);
  *out_autostart = autostart != 0;
  return TRUE;
}

gboolean
vfp_virt_libvirt_set_autostart (VfpVirt *virt, const char *uuid, GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);

  return domain != NULL && (virDomainSetAutostart (domain, 1) == 0 || vfp_virt_error_take (error));
}

static gboolean
add_text (Parameters *parameters, const char *name, const char *text)
{
  return text == NULL
         || virTypedParamsAddString (&parameters->at, &parameters->count, &parameters->space, name,
                                     text)
                == 0;
}

static gboolean
make_parameters (const VfpMigration *migration, Parameters *parameters, GError **error)
{
  if (add_text (parameters, VIR_MIGRATE_PARAM_DEST_XML, migration->live_xml)
      && add_text (parameters, VIR_MIGRATE_PARAM_PERSIST_XML, migration->config_xml)
      && (migration->bandwidth_mib == 0
          || virTypedParamsAddULLong (&parameters->at, &parameters->count, &parameters->space,
                                      VIR_MIGRATE_PARAM_BANDWIDTH, migration->bandwidth_mib)
                 == 0))
    return TRUE;
  return vfp_virt_error_take (error);
}

/* Changes of the guest meanwhile are kept off by libvirt itself, peer to peer
 * (VIR_MIGRATE_CHANGE_PROTECTION in libvirt-domain.c). */
static unsigned
flags_of (const VfpMigration *migration)
{
  static const unsigned copy[] = { [VFP_COPY_NONE] = 0,
                                   [VFP_COPY_ALL] = VIR_MIGRATE_NON_SHARED_DISK,
                                   [VFP_COPY_INC] = VIR_MIGRATE_NON_SHARED_INC };

  return VIR_MIGRATE_LIVE | VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_ABORT_ON_ERROR
         | copy[migration->copy] | (migration->persists ? VIR_MIGRATE_PERSIST_DEST : 0u)
         | (migration->undefines ? VIR_MIGRATE_UNDEFINE_SOURCE : 0u);
}

static gpointer
run_job (gpointer data)
{
  Job *job = data;

  job->done = virDomainMigrateToURI3 (job->domain, job->uri, job->parameters->at,
                                      (unsigned) job->parameters->count, job->flags)
              == 0;
  if (!job->done)
    vfp_virt_error_take (&job->error);
  g_atomic_int_set (&job->over, 1);
  return NULL;
}

static gboolean
get_number (const Parameters *parameters, const char *name, guint64 *out_number)
{
  unsigned long long number;

  if (virTypedParamsGetULLong (parameters->at, parameters->count, name, &number) != 1)
    return FALSE;
  *out_number = number;
  return TRUE;
}

/* FALSE: there is none to tell of, as before its beginning and in its last moments. */
static gboolean
get_progress (virDomain *domain, VfpProgress *progress)
{
  g_auto (Parameters) stats = { 0 };
  guint64 page_size;
  int type;

  if (virDomainGetJobStats (domain, &type, &stats.at, &stats.count, 0) < 0
      || type == VIR_DOMAIN_JOB_NONE)
    return FALSE;
  get_number (&stats, VIR_DOMAIN_JOB_TIME_ELAPSED, &progress->elapsed_ms);
  get_number (&stats, VIR_DOMAIN_JOB_DATA_TOTAL, &progress->total);
  get_number (&stats, VIR_DOMAIN_JOB_DATA_PROCESSED, &progress->transferred);
  get_number (&stats, VIR_DOMAIN_JOB_DATA_REMAINING, &progress->remaining);
  get_number (&stats, VIR_DOMAIN_JOB_DISK_REMAINING, &progress->disks_left);
  get_number (&stats, VIR_DOMAIN_JOB_MEMORY_PROCESSED, &progress->memory_sent);
  progress->has_downtime = get_number (&stats, VIR_DOMAIN_JOB_DOWNTIME, &progress->downtime_ms);
  /* In pages a second. */
  progress->has_dirty_rate
      = get_number (&stats, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE, &progress->dirty_rate)
        && get_number (&stats, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, &page_size);
  if (progress->has_dirty_rate)
    progress->dirty_rate *= page_size;
  return TRUE;
}

static void
on_timer (int timer, void *data)
{
}

typedef enum
{
  GOES_ON,
  INTERRUPTED,
  TIMED_OUT,
  KEPT, /* the VFs, by the guest */
} Abort;

/* Asks at times. */
static gboolean
is_awaited (Job *job, const VfpMigration *migration, gint64 now_us)
{
  if (!job->awaited && job->unplug.limit_ms > 0 && now_us >= job->next_look_us)
    {
      job->awaited = migration->is_awaited == NULL || migration->is_awaited (migration->data);
      job->next_look_us = now_us + LOOK_MS * 1000;
    }
  return job->awaited;
}

/* Tells how far it is, and says why it is to be aborted. */
static Abort
look (Job *job, const VfpMigration *migration, gint64 end_us)
{
  const gint64 now_us = g_get_monotonic_time ();
  VfpProgress progress = { 0 };
  gboolean kept = FALSE;

  if (get_progress (job->domain, &progress))
    {
      kept = vfp_unplug_wait_is_over (&job->unplug, &progress, is_awaited (job, migration, now_us),
                                      now_us);
      if (migration->told != NULL)
        migration->told (&progress, migration->data);
    }
  if (migration->interrupted != NULL && *migration->interrupted != 0)
    return INTERRUPTED;
  if (migration->timeout_ms != 0 && now_us >= end_us)
    return TIMED_OUT;
  return kept ? KEPT : GOES_ON;
}

/* Waits for the job's end; aborts it once. */
static Abort
watch (Job *job, const VfpMigration *migration)
{
  const gint64 end_us = g_get_monotonic_time () + (gint64) migration->timeout_ms * 1000;
  Abort aborted = GOES_ON;

  job->unplug = vfp_unplug_wait_new (migration, virDomainGetMaxMemory (job->domain));
  while (!g_atomic_int_get (&job->over))
    {
      if (virEventRunDefaultImpl () < 0)
        g_usleep (WAKE_MS * 1000);

      const Abort wanted = look (job, migration, end_us);
      /* Where there is nothing to abort yet, or no more, it is asked again. */
      if (aborted == GOES_ON && wanted != GOES_ON && virDomainAbortJob (job->domain) == 0)
        aborted = wanted;
    }
  return aborted;
}

static gboolean
throw_failed (Job *job, const VfpMigration *migration, Abort aborted, GError **error)
{
  g_autoptr (GError) failed = g_steal_pointer (&job->error);

  if (aborted == INTERRUPTED)
    return vfp_throw (error, VFP_ERROR_INTERRUPTED, "the migration was aborted");
  if (aborted == TIMED_OUT)
    return vfp_throw (error, VFP_ERROR_GUEST_TIMEOUT,
                      "the migration was aborted, it has not ended within %u s",
                      migration->timeout_ms / 1000);
  if (aborted == KEPT)
    return vfp_unplug_wait_throw (&job->unplug, error);
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
vfp_virt_libvirt_migrate (VfpVirt *virt, const char *uuid, const VfpMigration *migration,
                          GError **error)
{
  g_autoptr (virDomain) domain = vfp_virt_libvirt_lookup ((VfpVirtLibvirt *) virt, uuid, error);
  g_auto (Parameters) parameters = { 0 };
  Job job = { .domain = domain,
              .uri = migration->uri,
              .parameters = &parameters,
              .flags = flags_of (migration) };

  if (domain == NULL || !make_parameters (migration, &parameters, error))
    return FALSE;

  const int timer = virEventAddTimeout (WAKE_MS, on_timer, NULL, NULL);
  if (timer < 0)
    return vfp_virt_error_take (error);
  GThread *thread = g_thread_new ("migrate", run_job, &job);
  const Abort aborted = watch (&job, migration);
  g_thread_join (thread);
  virEventRemoveTimeout (timer);
  return job.done || throw_failed (&job, migration, aborted, error);
}
