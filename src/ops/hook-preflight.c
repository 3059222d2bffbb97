/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to a preflight guest: what this host could give, in one line of JSON. */
#include "config.h"

#include "ops/hook-run.h"

#include "base/error.h"
#include "guest/preflight.h"
#include "host/lower.h"
#include "ops/arrive-rows.h"
#include "ops/standby-port.h"
#include "pool/arrival.h"

/* How many VFs of a pool are named: the line comes to its reader as a part of libvirt's error. */
#define NAMED_MAX 16

/* Of a string of UTF-8: RFC 8259, 7. */
static void
append_string (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (json, '"');
  for (const char *at = valid; *at != '\0'; at++)
    if (*at == '"' || *at == '\\')
      g_string_append_printf (json, "\\%c", *at);
    else if ((guchar) *at < ' ')
      g_string_append_printf (json, "\\u%04x", (unsigned) (guchar) *at);
    else
      g_string_append_c (json, *at);
  g_string_append_c (json, '"');
}

static gboolean
is_free (const VfpVfView *vf)
{
  return vf->state == VFP_VF_FREE && !vf->stale && vf->vf->iommu_conflict == NULL;
}

static gboolean
is_in (const VfpPool *pool, const VfpVfView *vf)
{
  return vf->pf != NULL && vfp_pool_has_vf (pool, vf->pf, vf->index);
}

static unsigned
count_free (const VfpView *view, const VfpPool *pool)
{
  unsigned count = 0;

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      count += is_in (pool, vf) && is_free (vf);
    }
  return count;
}

static void
append_vfs (GString *json, const VfpView *view, const VfpPool *pool)
{
  unsigned named = 0;

  for (guint i = 0; i < view->vfs->len && named < NAMED_MAX; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);
      char address[VFP_ADDRESS_STRLEN];

      if (is_in (pool, vf) && is_free (vf))
        g_string_append_printf (json, "%s\"%s\"", named++ > 0 ? "," : "",
                                vfp_address_format (&vf->address, address));
    }
}

static unsigned
count_all (const VfpView *view, const VfpPool *pool)
{
  unsigned count = 0;

  for (guint i = 0; i < view->vfs->len; i++)
    count += is_in (pool, g_ptr_array_index (view->vfs, i));
  return count;
}

static void
append_pools (GString *json, const VfpView *view)
{
  const VfpPoolNames names = vfp_view_names (view);
  g_autoptr (GPtrArray) pools = vfp_pool_list (&names);

  for (guint i = 0; i < pools->len; i++)
    {
      const VfpPool *pool = g_ptr_array_index (pools, i);

      g_string_append (json, i > 0 ? ",{\"pool\":" : "{\"pool\":");
      append_string (json, pool->name);
      g_string_append_printf (json, ",\"total\":%u,\"free\":%u,\"vfs\":[", count_all (view, pool),
                              count_free (view, pool));
      append_vfs (json, view, pool);
      g_string_append (json, "]}");
    }
}

static void G_GNUC_PRINTF (2, 3) append_reason (GString *reasons, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  if (reasons->len > 0)
    g_string_append_c (reasons, ',');
  append_string (reasons, text);
}

static void
append_slot (GString *json, const VfpArrival *arrival)
{
  char address[VFP_ADDRESS_STRLEN];

  g_string_append (json, json->len > 0 ? ",{\"slot\":" : "{\"slot\":");
  append_string (json, arrival->name);
  g_string_append (json, ",\"pool\":");
  if (arrival->pool_name != NULL)
    append_string (json, arrival->pool_name);
  else
    g_string_append (json, "null");
  if (arrival->vf != NULL)
    g_string_append_printf (json, ",\"vf\":\"%s\"}",
                            vfp_address_format (&arrival->vf->address, address));
  else
    g_string_append (json, ",\"vf\":null}");
}

static gboolean
choose (const VfpHookRun *run, VfpView *view, const VfpGuest *guest, GArray *arrivals, guint index,
        GError **error)
{
  return vfp_arrive_find_known (view->facts.records, guest->uuid,
                                &g_array_index (arrivals, VfpArrival, index), error)
         && vfp_arrival_choose (view, guest, run->world->netlink != NULL, arrivals, index, error);
}

/* As the slots of a guest that arrives. */
static void
check_slots (VfpHookRun *run, const VfpSnapshot *snapshot, const VfpPreflight *asked, GString *json,
             GString *reasons)
{
  g_autoptr (GArray) arrivals = vfp_arrivals_new ();
  VfpGuest guest = { .name = run->domxml->name, .live = (VfpDomxml *) run->domxml };

  g_strlcpy (guest.uuid, asked->guest_uuid != NULL ? asked->guest_uuid : "", sizeof guest.uuid);
  for (guint i = 0; i < asked->slots->len; i++)
    {
      const VfpPreflightSlot *slot = g_ptr_array_index (asked->slots, i);
      const VfpArrival arrival = {
        .name = slot->name,
        .pool = slot->pool,
        .to_pool = slot->to_pool,
        .bond = slot->bond,
        .standby = slot->standby_bridge != NULL
                       ? vfp_standby_bridge_port (snapshot, slot->standby_bridge)
                       : NULL,
      };

      g_array_append_val (arrivals, arrival);
    }
  for (guint i = 0; i < arrivals->len; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!choose (run, snapshot->view, &guest, arrivals, i, &error))
        append_reason (reasons, "%s", error->message);
      append_slot (json, &g_array_index (arrivals, VfpArrival, i));
    }
}

static void
check_netdevs (const VfpHookRun *run, const VfpPreflight *asked, GString *missing)
{
  for (guint i = 0; i < asked->netdevs->len; i++)
    {
      const char *name = g_ptr_array_index (asked->netdevs, i);

      if (vfp_lower_exists (run->world->root, name))
        continue;
      if (missing->len > 0)
        g_string_append_c (missing, ',');
      append_string (missing, name);
    }
}

typedef struct
{
  GString *pools, *slots, *missing, *reasons;
} Lists;

static gboolean
look (VfpHookRun *run, const Lists *lists, GError **error)
{
  g_autoptr (VfpPreflight) asked = vfp_preflight_parse (run->domxml->metadata, error);
  g_autoptr (VfpSnapshot) snapshot
      = asked != NULL ? vfp_snapshot_read_files (run->world, error) : NULL;

  if (snapshot == NULL || !vfp_snapshot_join (run->world, snapshot, TRUE, error))
    return FALSE;
  append_pools (lists->pools, snapshot->view);
  check_slots (run, snapshot, asked, lists->slots, lists->reasons);
  check_netdevs (run, asked, lists->missing);
  return TRUE;
}

void
vfp_hook_preflight (VfpHookRun *run, const char *trouble)
{
  g_autoptr (GString) pools = g_string_new (NULL);
  g_autoptr (GString) slots = g_string_new (NULL);
  g_autoptr (GString) missing = g_string_new (NULL);
  g_autoptr (GString) reasons = g_string_new (NULL);
  const Lists lists = { pools, slots, missing, reasons };
  g_autoptr (GError) error = NULL;

  if (trouble != NULL)
    append_reason (reasons, "%s", trouble);
  else if (!look (run, &lists, &error))
    append_reason (reasons, "%s", error->message);
  run->reply->verdict = VFP_HOOK_REFUSED;
  run->reply->text
      = g_strdup_printf ("{\"version\":\"%s\",\"pools\":[%s],\"slots\":[%s],"
                         "\"missing\":[%s],\"reasons\":[%s]}",
                         PACKAGE_VERSION, pools->str, slots->str, missing->str, reasons->str);
}
