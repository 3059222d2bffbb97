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
  return vf->state == VFP_VF_UNKNOWN && vf->vf != NULL && vf->vf->iommu_conflict == NULL;
}

static unsigned
count_free (const VfpView *view, const VfpPf *pf)
{
  unsigned count = 0;

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      count += vf->pf == pf && is_free (vf);
    }
  return count;
}

static void
append_vfs (GString *json, const VfpView *view, const VfpPf *pf)
{
  unsigned named = 0;

  for (guint i = 0; i < view->vfs->len && named < NAMED_MAX; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);
      char address[VFP_ADDRESS_STRLEN];

      if (vf->pf == pf && is_free (vf))
        g_string_append_printf (json, "%s\"%s\"", named++ > 0 ? "," : "",
                                vfp_address_format (&vf->address, address));
    }
}

static void
append_pools (GString *json, const VfpView *view)
{
  const GPtrArray *pfs = view->facts.inventory->pfs;
  unsigned count = 0;

  for (guint i = 0; i < pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (pfs, i);

      if (pf->netdev == NULL)
        continue;
      g_string_append (json, count++ > 0 ? ",{\"pool\":" : "{\"pool\":");
      append_string (json, pf->netdev);
      g_string_append_printf (json, ",\"total\":%u,\"free\":%u,\"vfs\":[", pf->vfs->len,
                              count_free (view, pf));
      append_vfs (json, view, pf);
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

/* Each slot takes one of its pool away from the next. */
static void
check_slots (GString *reasons, const VfpView *view, GPtrArray *slots)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (guint i = 0; i < slots->len; i++)
    {
      const VfpPreflightSlot *slot = g_ptr_array_index (slots, i);
      VfpPf *pf = vfp_inventory_find_pf (view->facts.inventory, slot->pool);
      const unsigned before = GPOINTER_TO_UINT (g_hash_table_lookup (taken, pf));

      if (pf == NULL)
        append_reason (reasons, "%s: there is no pool '%s'", slot->name, slot->pool);
      else if (count_free (view, pf) <= before)
        append_reason (reasons, "%s: no VF of pool '%s' is free", slot->name, slot->pool);
      else if (!pf->up)
        append_reason (reasons, "%s: pool '%s' is down", slot->name, slot->pool);
      g_hash_table_insert (taken, pf, GUINT_TO_POINTER (before + 1));
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
