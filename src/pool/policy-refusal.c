/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VFs cannot be given at all, and the words for it. */
#include "config.h"

#include "pool/policy-private.h"

#include "base/error.h"

static void
verdict_free (VfpPolicyVerdict *verdict)
{
  g_free (verdict->detail);
  g_free (verdict);
}

GPtrArray *
vfp_policy_verdicts_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) verdict_free);
}

void
vfp_policy_tell (GPtrArray *verdicts, VfpVfView *vf, const char *reason, char *detail)
{
  if (verdicts == NULL)
    {
      g_free (detail);
      return;
    }

  VfpPolicyVerdict *verdict = g_new (VfpPolicyVerdict, 1);
  *verdict = (VfpPolicyVerdict){ vf, reason, detail };
  g_ptr_array_add (verdicts, verdict);
}

GHashTable *
vfp_policy_groups_new (const VfpView *view)
{
  GHashTable *groups = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL,
                                              (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->vf == NULL || vf->vf->iommu_group < 0 || vf->guest_uuid == NULL)
        continue;
      gpointer key = GINT_TO_POINTER (vf->vf->iommu_group);
      GPtrArray *group = g_hash_table_lookup (groups, key);
      if (group == NULL)
        g_hash_table_insert (groups, key, group = g_ptr_array_new ());
      g_ptr_array_add (group, vf);
    }
  return groups;
}

/* Another guest with a VF of the same IOMMU group; VFIO lets only one process open a group
 * (Documentation/driver-api/vfio.rst). */
static const char *
group_guest (GHashTable *groups, const VfpVfView *vf, const char *guest_uuid)
{
  const GPtrArray *group = g_hash_table_lookup (groups, GINT_TO_POINTER (vf->vf->iommu_group));

  for (guint i = 0; group != NULL && i < group->len; i++)
    {
      const VfpVfView *other = g_ptr_array_index (group, i);

      if (other != vf && g_strcmp0 (other->guest_uuid, guest_uuid) != 0)
        return other->guest;
    }
  return NULL;
}

static const char *
refuse (const char *reason, const char *detail, char **out_detail)
{
  if (out_detail != NULL)
    *out_detail = g_strdup (detail);
  return reason;
}

const char *
vfp_policy_refusal_of (GHashTable *groups, const VfpVfView *vf, const char *guest_uuid,
                       char **out_detail)
{
  if (out_detail != NULL)
    *out_detail = NULL;
  if (vf->state != VFP_VF_FREE)
    {
      const gboolean stopped = vf->state == VFP_VF_ATTACHED && !vf->live;
      g_autofree char *detail = g_strdup_printf ("%s%s", vf->used_by != NULL ? vf->used_by : "",
                                                 stopped ? " (off)" : "");

      return refuse (vfp_vf_state_to_string (vf->state), *detail != '\0' ? detail : NULL,
                     out_detail);
    }
  if (vf->stale)
    return refuse ("claimed", vf->slot != NULL ? vf->slot->guest_name : NULL, out_detail);
  if (vf->vf->iommu_conflict != NULL)
    return refuse ("iommu-group", vf->vf->iommu_conflict, out_detail);

  const char *other = vf->vf->iommu_group >= 0 ? group_guest (groups, vf, guest_uuid) : NULL;
  return other != NULL ? refuse ("iommu-group", other, out_detail) : NULL;
}

const char *
vfp_policy_refusal (const VfpView *view, const VfpVfView *vf, const char *guest_uuid,
                    char **out_detail)
{
  g_autoptr (GHashTable) groups = vfp_policy_groups_new (view);

  return vfp_policy_refusal_of (groups, vf, guest_uuid, out_detail);
}

gboolean
vfp_policy_check_told (const VfpVfView *vf, const VfpPolicyRequest *request, GError **error)
{
  if (!request->live || !request->has_netlink || vf->pf->netdev == NULL
      || vf->vf->settings.known != 0)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_HOST,
                    "the kernel does not tell the settings of %s VF %u; make fewer VFs (200 at "
                    "most)",
                    vf->pf_name, vf->index);
}

typedef struct
{
  const char *reason;
  unsigned count;
  GPtrArray *details; /* each once; borrowed */
} ReasonGroup;

static void
reason_group_free (ReasonGroup *group)
{
  g_ptr_array_unref (group->details);
  g_free (group);
}

static void
add_reason (GPtrArray *groups, const VfpPolicyVerdict *verdict)
{
  ReasonGroup *group = NULL;

  for (guint i = 0; i < groups->len && group == NULL; i++)
    if (g_str_equal (((ReasonGroup *) g_ptr_array_index (groups, i))->reason, verdict->reason))
      group = g_ptr_array_index (groups, i);
  if (group == NULL)
    {
      group = g_new0 (ReasonGroup, 1);
      group->reason = verdict->reason;
      group->details = g_ptr_array_new ();
      g_ptr_array_add (groups, group);
    }

  group->count++;
  if (verdict->detail != NULL
      && !g_ptr_array_find_with_equal_func (group->details, verdict->detail, g_str_equal, NULL))
    g_ptr_array_add (group->details, verdict->detail);
}

char *
vfp_policy_format (const GPtrArray *verdicts)
{
  g_autoptr (GPtrArray) groups
      = g_ptr_array_new_with_free_func ((GDestroyNotify) reason_group_free);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < verdicts->len; i++)
    add_reason (groups, g_ptr_array_index (verdicts, i));
  for (guint i = 0; i < groups->len; i++)
    {
      const ReasonGroup *group = g_ptr_array_index (groups, i);

      g_string_append_printf (text, "%s%u %s", i > 0 ? ", " : "", group->count, group->reason);
      for (guint k = 0; k < group->details->len; k++)
        g_string_append_printf (text, "%s%s", k == 0 ? " (" : ", ",
                                (char *) g_ptr_array_index (group->details, k));
      if (group->details->len > 0)
        g_string_append_c (text, ')');
    }
  return g_string_free (text, FALSE);
}
