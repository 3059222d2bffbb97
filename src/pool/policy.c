/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VF a slot gets. */
#include "config.h"

#include "pool/policy.h"

#include "base/error.h"
#include "pool/policy-private.h"

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

static gboolean
is_far_by_rule (const VfpPolicyRequest *request, const VfpPf *pf)
{
  const VfpConfigPool *config = request->pool != NULL ? request->pool->config : NULL;

  return config != NULL && config->numa == VFP_NUMA_REQUIRE && request->nodes != NULL
         && pf->numa_node >= 0 && !vfp_ranges_have (request->nodes, (unsigned) pf->numa_node);
}

static gboolean
is_avoided (const VfpPolicyRequest *request, const VfpPf *pf)
{
  return request->avoid != NULL && g_ptr_array_find ((GPtrArray *) request->avoid, pf, NULL);
}

/* Why this VF cannot be given to this slot now; NULL: it can. */
static const char *
refusal_here (GHashTable *groups, const VfpPolicyRequest *request, const VfpVfView *vf,
              char **out_detail)
{
  const char *reason = vfp_policy_refusal_of (groups, vf, request->guest_uuid, out_detail);

  if (reason != NULL)
    return reason;
  if (is_avoided (request, vf->pf))
    reason = "bond";
  else if (vf->pf == request->standby)
    reason = "standby";
  else if (request->live && vf->pf->netdev != NULL && !vf->pf->up)
    reason = "pf-down";
  else if (is_far_by_rule (request, vf->pf))
    reason = "numa";
  else if (!vfp_policy_check_told (vf, request, NULL))
    reason = "untold";
  if (reason != NULL)
    *out_detail = g_strdup (vf->pf_name);
  return reason;
}

static gboolean
is_candidate (const VfpPolicyRequest *request, const VfpVfView *vf)
{
  return vf->pf != NULL && (request->pf == NULL || vf->pf == request->pf)
         && (request->pool == NULL || vfp_pool_has_vf (request->pool, vf->pf, vf->index));
}

/* The PF that all candidates are of; NULL: they are of several. */
static const VfpPf *
only_pf (const VfpPolicyRequest *request)
{
  if (request->pf != NULL)
    return request->pf;
  return request->pool->pfs->len == 1 ? g_ptr_array_index (request->pool->pfs, 0) : NULL;
}

static char *
name_source (const VfpPolicyRequest *request)
{
  if (request->pool == NULL || request->pool->config == NULL)
    return vfp_pf_name (only_pf (request));
  return g_strdup_printf ("pool %s", request->pool->name);
}

static gboolean
throw_none_fits (const VfpPolicyRequest *request, const GPtrArray *verdicts, GError **error)
{
  g_autofree char *name = name_source (request);
  g_autofree char *reasons = vfp_policy_format (verdicts);

  if (verdicts->len == 0)
    return vfp_throw (error, VFP_ERROR_NO_VFS, "%s has no VFs now; 'vfpool pools' tells more",
                      name);
  return vfp_throw (error, VFP_ERROR_NO_VF_FITS, "%s: none of %u VFs fits: %s", name, verdicts->len,
                    reasons);
}

static VfpVfView *
choose_one (const VfpView *view, const VfpPolicyRequest *request, GError **error)
{
  g_autoptr (GHashTable) groups = vfp_policy_groups_new (view);
  g_autoptr (GPtrArray) verdicts = request->verdicts != NULL ? g_ptr_array_ref (request->verdicts)
                                                             : vfp_policy_verdicts_new ();
  g_autoptr (GPtrArray) fitting = g_ptr_array_new ();

  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);
      char *detail = NULL;

      if (!is_candidate (request, vf))
        continue;
      const char *reason = refusal_here (groups, request, vf, &detail);
      if (reason != NULL)
        vfp_policy_tell (verdicts, vf, reason, detail);
      else
        g_ptr_array_add (fitting, vf);
    }
  if (fitting->len > 0)
    return vfp_policy_rank (view, request, fitting);
  throw_none_fits (request, verdicts, error);
  return NULL;
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

static gboolean
check_named (const VfpPolicyRequest *request, const VfpVfView *vf, GError **error)
{
  char buffer[VFP_ADDRESS_STRLEN];

  if (is_avoided (request, vf->pf))
    return vfp_throw (error, VFP_ERROR_NO_VF_FITS,
                      "%s is on %s, where another leg of the bond is; name one of another PF",
                      vfp_address_format (&vf->address, buffer), vf->pf_name);
  if (vf->pf == request->standby)
    return vfp_throw (error, VFP_ERROR_NO_VF_FITS,
                      "%s is on %s, which the standby is on too, and both would fail with it; name "
                      "one of another PF",
                      vfp_address_format (&vf->address, buffer), vf->pf_name);
  return check_pf (vf->pf, request->live, error) && vfp_policy_check_told (vf, request, error);
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
  return check_named (request, vf, error) ? vf : NULL;
}

VfpVfView *
vfp_policy_choose (const VfpView *view, const VfpPolicyRequest *request, GError **error)
{
  const VfpPf *only = request->vf == NULL ? only_pf (request) : NULL;

  if (only != NULL && !check_pf (only, request->live, error))
    return NULL;

  VfpVfView *vf = request->vf != NULL ? choose_named (view, request, error)
                                      : choose_one (view, request, error);
  return vf != NULL && check_iommu (vf->vf, request->live, error) ? vf : NULL;
}
