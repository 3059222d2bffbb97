/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF a slot gets. */
#include "config.h"

#include "pool/policy.h"

#include "base/error.h"

/* Another guest with a VF of the same IOMMU group; VFIO lets only one process open a group
 * (Documentation/driver-api/vfio.rst). */
static const char *
group_guest (const VfpView *view, const VfpVfView *vf, const char *guest_uuid)
{
  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *other = g_ptr_array_index (view->vfs, i);

      if (other != vf && other->vf != NULL && other->vf->iommu_group == vf->vf->iommu_group
          && other->guest_uuid != NULL && g_strcmp0 (other->guest_uuid, guest_uuid) != 0)
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
vfp_policy_refusal (const VfpView *view, const VfpVfView *vf, const char *guest_uuid,
                    char **out_detail)
{
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

  const char *other = vf->vf->iommu_group >= 0 ? group_guest (view, vf, guest_uuid) : NULL;
  return other != NULL ? refuse ("iommu-group", other, out_detail) : NULL;
}

typedef struct
{
  const char *reason;
  unsigned count;
  GPtrArray *details; /* each once */
} ReasonGroup;

static void
reason_group_free (ReasonGroup *group)
{
  g_ptr_array_unref (group->details);
  g_free (group);
}

static void
add_reason (GPtrArray *groups, const char *reason, char *detail)
{
  ReasonGroup *group = NULL;

  for (guint i = 0; i < groups->len && group == NULL; i++)
    if (g_str_equal (((ReasonGroup *) g_ptr_array_index (groups, i))->reason, reason))
      group = g_ptr_array_index (groups, i);
  if (group == NULL)
    {
      group = g_new0 (ReasonGroup, 1);
      group->reason = reason;
      group->details = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (groups, group);
    }

  group->count++;
  if (detail != NULL
      && !g_ptr_array_find_with_equal_func (group->details, detail, g_str_equal, NULL))
    g_ptr_array_add (group->details, detail);
  else
    g_free (detail);
}

/* "5 attached (web1, web2), 2 foreign (db1)" */
static char *
format_reasons (GPtrArray *groups)
{
  GString *text = g_string_new (NULL);

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

static gboolean
check_pf (const VfpPf *pf, gboolean live, GError **error)
{
  g_autofree char *name = vfp_pf_name (pf);

  if (pf->num_vfs == 0 || pf->vfs->len == 0)
    return vfp_throw (error, VFP_ERROR_NO_VFS,
                      "%s has no VFs; 'echo %u > /sys/bus/pci/devices/%04x:%02x:%02x.%x/"
                      "sriov_numvfs' makes as many as it can",
                      name, pf->total_vfs, pf->address.domain, pf->address.bus, pf->address.slot,
                      pf->address.function);
  /* libvirt refuses too: "PF is not online" (src/util/virnetdev.c). */
  if (live && pf->netdev != NULL && !pf->up)
    return vfp_throw (error, VFP_ERROR_PF_DOWN, "%s is administratively down; 'ip link set %s up'",
                      name, name);
  return TRUE;
}

static gboolean
check_iommu (const VfpVf *vf, gboolean live, GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN];

  if (!live || vf->iommu_group >= 0)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_IOMMU,
                    "%s has no IOMMU group; switch the IOMMU on in the firmware and boot with "
                    "intel_iommu=on or amd_iommu=on",
                    vfp_address_format (&vf->address, buffer));
}

/* Above some 200 VFs the kernel leaves VFs out of its list without a word (see VfpLink): what such
 * a VF is set to could neither be saved nor checked. */
static gboolean
check_told (const VfpVfView *vf, gboolean live, GError **error)
{
  if (!live || vf->pf->netdev == NULL || vf->vf->settings.known != 0)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_HOST,
                    "the kernel does not tell the settings of %s VF %u; make fewer VFs (200 at "
                    "most)",
                    vf->pf_name, vf->index);
}

static gboolean
better (const VfpVfView *candidate, const VfpVfView *best)
{
  return best == NULL || (best->vf->netdev_up && !candidate->vf->netdev_up);
}

static VfpVfView *
choose_of_pf (const VfpView *view, const VfpPolicyRequest *request, GError **error)
{
  g_autoptr (GPtrArray) groups
      = g_ptr_array_new_with_free_func ((GDestroyNotify) reason_group_free);
  g_autofree char *name = vfp_pf_name (request->pf);
  VfpVfView *best = NULL;

  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);
      char *detail = NULL;

      if (vf->pf != request->pf)
        continue;
      const char *reason = vfp_policy_refusal (view, vf, request->guest_uuid, &detail);
      if (reason == NULL && !check_told (vf, request->live && request->has_netlink, NULL))
        reason = "untold";
      if (reason != NULL)
        add_reason (groups, reason, detail);
      else if (better (vf, best))
        best = vf;
    }

  if (best == NULL)
    {
      g_autofree char *reasons = format_reasons (groups);

      vfp_throw (error, VFP_ERROR_NO_VF_FITS, "%s: none of %u VFs fits: %s", name,
                 request->pf->vfs->len, reasons);
    }
  return best;
}

static gboolean
throw_refused (const VfpVfView *vf, const char *reason, const char *detail, GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN];
  const char *address = vfp_address_format (&vf->address, buffer);

  if (g_str_equal (reason, "iommu-group"))
    return vfp_throw (error, VFP_ERROR_NO_VF_FITS,
                      "%s shares its IOMMU group with %s (iommu-group); only all of a group can go "
                      "to one guest",
                      address, detail);
  if (g_str_equal (reason, "missing"))
    return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s is not on this host now", address);
  if (vf->slot != NULL && vf->guest != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s is in use by %s (%s, %s)", address, vf->guest,
                      vf->slot->name, reason);
  if (vf->guest == NULL && vf->vf->host_use != NULL)
    return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s is in use by the host (%s)", address,
                      vf->vf->host_use);
  return vfp_throw (error, VFP_ERROR_VF_IN_USE, "%s is in use by %s (%s)", address,
                    detail != NULL ? detail : "another", reason);
}

static VfpVfView *
choose_named (const VfpView *view, const VfpPolicyRequest *request, GError **error)
{
  VfpVfView *vf = vfp_view_find (view, request->vf);
  g_autofree char *detail = NULL;
  char buffer[VFP_ADDRESS_STRLEN];

  if (vf == NULL)
    {
      vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "%s is not a VF of this host",
                 vfp_address_format (request->vf, buffer));
      return NULL;
    }

  const char *reason = vfp_policy_refusal (view, vf, request->guest_uuid, &detail);
  if (reason != NULL)
    {
      throw_refused (vf, reason, detail, error);
      return NULL;
    }
  return vf;
}

VfpVfView *
vfp_policy_choose (const VfpView *view, const VfpPolicyRequest *request, GError **error)
{
  if (request->vf == NULL && !check_pf (request->pf, request->live, error))
    return NULL;

  VfpVfView *vf = request->vf != NULL ? choose_named (view, request, error)
                                      : choose_of_pf (view, request, error);
  if (vf == NULL || !check_pf (vf->pf, request->live, error)
      || !check_told (vf, request->live && request->has_netlink, error)
      || !check_iommu (vf->vf, request->live, error))
    return NULL;
  return vf;
}
