/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to a preflight guest: what this host could give, in one line of JSON. */
#include "config.h"

#include "ops/hook-run.h"

#include "base/error.h"
#include "guest/preflight.h"

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

/* What host and state file know: a guest of somebody else that has the VF in its configuration only
 * is not seen here. */
static gboolean
is_free (const VfpVfView *vf)
{
  return vf->state == VFP_VF_UNKNOWN && vf->vf != NULL && vf->vf->iommu_conflict == NULL
         && vf->wanted_by == NULL;
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

static gboolean
has_pf_up (const VfpPool *pool)
{
  for (guint i = 0; i < pool->pfs->len; i++)
    if (((const VfpPf *) g_ptr_array_index (pool->pfs, i))->up)
      return TRUE;
  return FALSE;
}

/* Each slot takes one of its pool away from the next. */
static void
check_slots (GString *reasons, const VfpView *view, GPtrArray *slots)
{
  const VfpPoolNames names = vfp_view_names (view);
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpPreflightSlot *slot = g_ptr_array_index (slots, i);
      g_autoptr (VfpPool) pool = vfp_pool_find (&names, slot->pool, NULL);
      const unsigned before = GPOINTER_TO_UINT (g_hash_table_lookup (taken, slot->pool));

      if (pool == NULL)
        append_reason (reasons, "%s: there is no pool '%s'", slot->name, slot->pool);
      else if (count_free (view, pool) <= before)
        append_reason (reasons, "%s: no VF of pool '%s' is free", slot->name, slot->pool);
      else if (!has_pf_up (pool))
        append_reason (reasons, "%s: pool '%s' is down", slot->name, slot->pool);
      g_hash_table_insert (taken, slot->pool, GUINT_TO_POINTER (before + 1));
    }
}

static gboolean
look (VfpHookRun *run, GString *pools, GString *reasons, GError **error)
{
  g_autoptr (GPtrArray) slots = vfp_preflight_parse (run->domxml->metadata, error);
  g_autoptr (VfpInventory) inventory = NULL;
  g_autoptr (VfpRecords) records = NULL;

  if (slots == NULL || !vfp_hook_read_host (run, &inventory, error)
      || (records = vfp_store_load (run->world->store, error)) == NULL)
    return FALSE;
  g_autoptr (VfpView) view = vfp_hook_view (run, inventory, records);
  append_pools (pools, view);
  check_slots (reasons, view, slots);
  return TRUE;
}

void
vfp_hook_preflight (VfpHookRun *run, const char *trouble)
{
  g_autoptr (GString) pools = g_string_new (NULL);
  g_autoptr (GString) reasons = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (trouble != NULL)
    append_reason (reasons, "%s", trouble);
  else if (!look (run, pools, reasons, &error))
    append_reason (reasons, "%s", error->message);
  run->reply->verdict = VFP_HOOK_REFUSED;
  run->reply->text = g_strdup_printf ("{\"version\":\"%s\",\"pools\":[%s],\"reasons\":[%s]}",
                                      PACKAGE_VERSION, pools->str, reasons->str);
}
