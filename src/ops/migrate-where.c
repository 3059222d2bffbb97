/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which of two hosts a guest is, and what it has there. */
#include "config.h"

#include "ops/migrate-where.h"

#include "base/error.h"

/* How long libvirt of either host may take to come to an end with the guest, or to come back. */
#define SETTLE_WAIT_MS 30000
/* vfpool of the other host plugs the VFs in when the guest has arrived. */
#define ARRIVAL_WAIT_MS 60000
#define POLL_MS 500

typedef enum
{
  GONE,
  RUNS,
  WAITS, /* paused, or on its way */
  SILENT,
} State;

/* Ends at its time, or by a signal that comes while it lasts: the one that has aborted the
 * migration does not end it. */
typedef struct
{
  gint64 end_us;
  const VfpWorld *world;
  gboolean was_interrupted;
} Wait;

static Wait
wait_begin (const VfpWorld *world, unsigned wait_ms)
{
  const gint64 now_us = g_get_monotonic_time ();

  return (Wait){ .end_us = world->root->is_system ? now_us + wait_ms * (gint64) 1000 : now_us,
                 .world = world,
                 .was_interrupted = vfp_world_is_interrupted (world) };
}

static gboolean
wait_is_over (const Wait *wait)
{
  return g_get_monotonic_time () >= wait->end_us
         || (!wait->was_interrupted && vfp_world_is_interrupted (wait->world));
}

static State
look (VfpVirt *virt, const char *uuid)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, uuid, &error);

  if (guest == NULL)
    return g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST) ? GONE : SILENT;
  return !guest->running ? GONE : guest->paused || guest->arriving ? WAITS : RUNS;
}

/* A host that does not answer is not waited for where the other one's answer is enough. */
static gboolean
decide (State here, State there, VfpWhere *out_where)
{
  const gboolean is_here = here == RUNS && (there == GONE || there == SILENT);

  *out_where = is_here                         ? VFP_WHERE_HERE
               : here == GONE && there == RUNS ? VFP_WHERE_THERE
                                               : VFP_WHERE_UNCERTAIN;
  return *out_where != VFP_WHERE_UNCERTAIN;
}

VfpWhere
vfp_migrate_where (VfpWorld *world, VfpVirt *there, const char *uuid, char **out_text)
{
  static const char *const words[] = { [GONE] = "it does not run",
                                       [RUNS] = "it runs",
                                       [WAITS] = "it is paused",
                                       [SILENT] = "libvirt does not answer" };
  const Wait wait = wait_begin (world, SETTLE_WAIT_MS);
  VfpWhere where;

  while (TRUE)
    {
      const State at_home = look (world->virt, uuid);
      const State abroad = look (there, uuid);

      *out_text = NULL;
      if (decide (at_home, abroad, &where))
        {
          if (abroad == SILENT)
            *out_text = g_strdup ("does not answer: see that it does not run there before the "
                                  "line is back");
          return where;
        }
      if (wait_is_over (&wait))
        {
          *out_text = g_strdup_printf ("here %s, there %s", words[at_home], words[abroad]);
          return where;
        }
      g_usleep (POLL_MS * 1000);
    }
}

static const VfpGuestDevice *
find_mac (const VfpGuest *guest, const VfpMac *mac)
{
  for (guint i = 0; guest != NULL && guest->live != NULL && i < guest->live->devices->len; i++)
    {
      const VfpGuestDevice *device = g_ptr_array_index (guest->live->devices, i);

      if (device->has_mac && vfp_mac_equal (&device->mac, mac))
        return device;
    }
  return NULL;
}

static gboolean
take_vfs (const VfpGuest *guest, const GPtrArray *slots)
{
  gboolean all = TRUE;

  for (guint i = 0; i < slots->len; i++)
    {
      VfpMigrateSlot *slot = g_ptr_array_index (slots, i);
      const VfpGuestDevice *device = find_mac (guest, &slot->mac);

      slot->has_to = device != NULL;
      if (device != NULL)
        slot->to = device->source;
      all = all && device != NULL;
    }
  return all;
}

static gboolean
throw_missing (const VfpMigrateResult *result, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < result->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (result->slots, i);

      if (!slot->has_to)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", slot->name);
    }
  return vfp_throw (error, VFP_ERROR_NO_VF_THERE,
                    "%s is at %s now, and has no VF for %s there yet; 'vfpool settle %s' there "
                    "plugs it in, or says why not",
                    result->guest, result->uri, names->str, result->guest);
}

/* Takes @reason. */
static gboolean
throw_silent (const VfpMigrateResult *result, GError *reason, GError **error)
{
  vfp_throw (error, VFP_ERROR_DESTINATION,
             "%s is at %s now; whether it has its VFs there cannot be asked: %s; 'vfpool show %s' "
             "there tells",
             result->guest, result->uri, reason->message, result->guest);
  g_error_free (reason);
  return FALSE;
}

gboolean
vfp_migrate_await_vfs (VfpWorld *world, VfpVirt *there, const VfpMigrateResult *result,
                       GError **error)
{
  const Wait wait = wait_begin (world, ARRIVAL_WAIT_MS);

  while (TRUE)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (VfpGuest) guest = there->get_guest (there, result->uuid, &local);

      if (take_vfs (guest, result->slots))
        return TRUE;
      if (wait_is_over (&wait) || vfp_world_is_interrupted (world))
        return guest == NULL ? throw_silent (result, g_steal_pointer (&local), error)
                             : throw_missing (result, error);
      g_usleep (POLL_MS * 1000);
    }
}
