/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which findings a reconcile is asked for, and what it leaves. */
#include "config.h"

#include "base/error.h"
#include "ops/reconcile.h"

static char *
join_ids (void)
{
  GString *ids = g_string_new (NULL);

  for (const VfpFindingKind *kind = vfp_finding_kinds; kind->id != NULL; kind++)
    g_string_append_printf (ids, "%s%s", ids->len > 0 ? " " : "", kind->id);
  return g_string_free (ids, FALSE);
}

gboolean
vfp_reconcile_check_ids (const char *const *ids, const char *option, GError **error)
{
  for (const char *const *id = ids; id != NULL && *id != NULL; id++)
    if (vfp_finding_kind (*id) == NULL)
      {
        g_autofree char *all = join_ids ();

        return vfp_throw (error, VFP_ERROR_USAGE, "%s: there is no finding '%s'; there are: %s",
                          option, *id, all);
      }
  return TRUE;
}

unsigned
vfp_reconcile_count (GPtrArray *findings)
{
  unsigned count = 0;

  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      count += !finding->fixed && finding->kind->level >= VFP_LEVEL_WARN;
    }
  return count;
}

/* How many of the findings that are left a run with these classes would repair. */
static unsigned
count_for (GPtrArray *findings, unsigned classes)
{
  const VfpRepairScope scope = { .classes = classes };
  unsigned count = 0;

  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      count += !finding->fixed && finding->kind->level >= VFP_LEVEL_WARN
               && vfp_repair_may (&scope, finding);
    }
  return count;
}

gboolean
vfp_reconcile_check (GPtrArray *findings, const VfpReconcileRequest *request, GError **error)
{
  const unsigned left = vfp_reconcile_count (findings);
  const unsigned safe = request->fix ? 0 : count_for (findings, VFP_CLASSES_SAFE);
  const unsigned live = request->fix && request->live ? 0 : count_for (findings, VFP_CLASSES_ALL);
  g_autoptr (GString) cures = g_string_new (NULL);

  if (left == 0)
    return TRUE;
  if (safe > 0)
    g_string_append_printf (cures, "; 'vfpool reconcile --fix' repairs %u", safe);
  if (live > safe)
    g_string_append_printf (cures, "; 'vfpool reconcile --fix --live' repairs %u", live);
  if (cures->len == 0)
    g_string_append (cures, "; what to do stands with each, and in vfpool(8)");
  return vfp_throw (error, VFP_ERROR_FINDINGS_REMAIN, "%u finding%s%s", left,
                    left == 1 ? " remains" : "s remain", cures->str);
}
