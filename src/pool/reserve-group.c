/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [reserve NAME] of the configuration, as it stands on this host. */
#include "config.h"

#include "pool/reserve-group.h"

#include "base/error.h"
#include "host/drivers.h"

const char *
vfp_bind_to_driver (VfpBind bind)
{
  switch (bind)
    {
    case VFP_BIND_VFIO:
      return VFP_DRIVER_VFIO;
    case VFP_BIND_HOST:
      return VFP_DRIVER_HOST;
    case VFP_BIND_NONE:
      return VFP_DRIVER_NONE;
    default:
      return NULL;
    }
}

GPtrArray *
vfp_reserve_group_pfs (const VfpPoolNames *names, const VfpConfigReserve *config)
{
  GPtrArray *pfs = g_ptr_array_new ();

  for (char **name = config->vfs.pfs; *name != NULL; name++)
    {
      VfpPf *pf = vfp_pool_find_pf (names, *name);

      if (pf != NULL && !g_ptr_array_find (pfs, pf, NULL))
        g_ptr_array_add (pfs, pf);
    }
  return pfs;
}

static gboolean
has_vf (const VfpConfigReserve *config, const VfpPf *pf, const VfpVfView *vf)
{
  return vf->pf == pf && vfp_ranges_have (config->vfs.ranges, vf->index);
}

static gboolean
is_made (const VfpConfigReserve *config, const VfpVfView *vf)
{
  return vf->claim != NULL && g_strcmp0 (vf->claim->owner, config->name) == 0;
}

static gboolean
is_of (const VfpConfigReserve *config, const GPtrArray *pfs, const VfpVfView *vf)
{
  return vf->pf != NULL && g_ptr_array_find ((GPtrArray *) pfs, vf->pf, NULL)
         && has_vf (config, vf->pf, vf);
}

static VfpReserveGroup
count (const VfpView *view, const VfpConfigReserve *config, const GPtrArray *pfs)
{
  VfpReserveGroup group = { .here = pfs->len > 0 };

  for (guint i = 0; i < view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (view->vfs, i);
      const gboolean of_group = is_of (config, pfs, vf);

      group.there += of_group;
      group.made += is_made (config, vf) && (of_group || vf->pf == NULL);
      group.marked += vf->wanted_by == config;
    }
  if (group.here)
    group.wanted = config->count != 0 ? config->count : group.there;
  return group;
}

VfpReserveGroup
vfp_reserve_group_count (const VfpView *view, const VfpConfigReserve *config)
{
  const VfpPoolNames names = vfp_view_names (view);
  g_autoptr (GPtrArray) pfs = vfp_reserve_group_pfs (&names, config);

  return count (view, config, pfs);
}

/* What only libvirt could tell may be free. */
static gboolean
may_mark (const VfpVfView *vf)
{
  return (vf->state == VFP_VF_FREE || vf->state == VFP_VF_UNKNOWN) && !vf->stale
         && vf->wanted_by == NULL && vf->vf->iommu_conflict == NULL;
}

static void
mark (VfpVfView *vf, const VfpConfigReserve *config)
{
  vf->wanted_by = config;
  if (vf->state != VFP_VF_FREE)
    return;
  vf->state = VFP_VF_RESERVED;
  g_free (vf->used_by);
  vf->used_by = g_strdup (config->name);
}

/* Up to @lacking VFs of @pf; @driver: only those that have it; NULL: any. Returns how many are
 * still lacking. */
static unsigned
mark_of_pf (VfpView *view, const VfpConfigReserve *config, const VfpPf *pf, const char *driver,
            unsigned lacking)
{
  for (guint i = 0; i < view->vfs->len && lacking > 0; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (!has_vf (config, pf, vf) || !may_mark (vf)
          || (driver != NULL && !vfp_drivers_match (vf->vf->driver, driver)))
        continue;
      mark (vf, config);
      lacking--;
    }
  return lacking;
}

static void
mark_group (VfpView *view, const VfpConfigReserve *config)
{
  const VfpPoolNames names = vfp_view_names (view);
  g_autoptr (GPtrArray) pfs = vfp_reserve_group_pfs (&names, config);
  const VfpReserveGroup group = count (view, config, pfs);
  const char *driver = vfp_bind_to_driver (config->bind);
  unsigned lacking = group.wanted - MIN (group.made, group.wanted);

  for (guint i = 0; driver != NULL && i < pfs->len; i++)
    lacking = mark_of_pf (view, config, g_ptr_array_index (pfs, i), driver, lacking);
  for (guint i = 0; i < pfs->len; i++)
    lacking = mark_of_pf (view, config, g_ptr_array_index (pfs, i), NULL, lacking);
}

void
vfp_reserve_groups_mark (VfpView *view)
{
  const VfpConfig *config = view->facts.config;

  for (guint i = 0; config != NULL && i < config->reserves->len; i++)
    mark_group (view, g_ptr_array_index (config->reserves, i));
}

void
vfp_reserve_groups_unmark (VfpView *view, const char *name)
{
  for (guint i = 0; i < view->vfs->len; i++)
    {
      VfpVfView *vf = g_ptr_array_index (view->vfs, i);

      if (vf->wanted_by == NULL || !g_str_equal (vf->wanted_by->name, name))
        continue;
      vf->wanted_by = NULL;
      if (vf->state != VFP_VF_RESERVED)
        continue;
      vf->state = VFP_VF_FREE;
      g_clear_pointer (&vf->used_by, g_free);
    }
}

/* So many of its VFs @pf can ever have. */
static unsigned
count_possible (const VfpConfigReserve *config, const VfpPf *pf)
{
  unsigned possible = 0;

  for (unsigned index = 0; index < pf->total_vfs; index++)
    possible += vfp_ranges_have (config->vfs.ranges, index);
  return possible;
}

static gboolean
check_shared_pf (const VfpConfigReserve *config, const VfpConfigReserve *other, const VfpPf *pf,
                 GError **error)
{
  for (unsigned index = 0; index < pf->total_vfs; index++)
    if (vfp_ranges_have (config->vfs.ranges, index) && vfp_ranges_have (other->vfs.ranges, index))
      {
        g_autofree char *name = vfp_pf_name (pf);

        return vfp_throw (error, VFP_ERROR_CONFIG,
                          "%s: [reserve %s] vfs: VF %u of %s is in [reserve %s] of %s, which takes "
                          "all of its VFs",
                          config->file, config->name, index, name, other->name, other->file);
      }
  return TRUE;
}

static gboolean
check_shared (const VfpPoolNames *names, const VfpConfigReserve *config, const GPtrArray *pfs,
              const VfpConfigReserve *other, GError **error)
{
  g_autoptr (GPtrArray) others = vfp_reserve_group_pfs (names, other);

  for (guint i = 0; i < pfs->len; i++)
    if (g_ptr_array_find (others, g_ptr_array_index (pfs, i), NULL)
        && !check_shared_pf (config, other, g_ptr_array_index (pfs, i), error))
      return FALSE;
  return TRUE;
}

/* Two groups that take all of their VFs cannot share one. */
static gboolean
check_others (const VfpView *view, const VfpConfigReserve *config, const GPtrArray *pfs,
              GError **error)
{
  const VfpPoolNames names = vfp_view_names (view);
  const GPtrArray *groups = view->facts.config->reserves;

  for (guint i = 0; i < groups->len && g_ptr_array_index (groups, i) != config; i++)
    {
      const VfpConfigReserve *other = g_ptr_array_index (groups, i);

      if (config->count == 0 && other->count == 0
          && !check_shared (&names, config, pfs, other, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vfp_reserve_group_check (const VfpView *view, const VfpConfigReserve *config, GError **error)
{
  const VfpPoolNames names = vfp_view_names (view);
  const unsigned last = vfp_ranges_last (config->vfs.ranges);
  g_autoptr (GPtrArray) pfs = vfp_reserve_group_pfs (&names, config);
  g_autofree char *known = g_strjoinv (" ", config->vfs.pfs);
  unsigned possible = 0;

  if (pfs->len == 0)
    return vfp_throw (error, VFP_ERROR_NO_SUCH_PF,
                      "%s: [reserve %s] pf: none of these is an SR-IOV card of this host: %s",
                      config->file, config->name, known);
  for (guint i = 0; i < pfs->len; i++)
    {
      const VfpPf *pf = g_ptr_array_index (pfs, i);
      g_autofree char *name = vfp_pf_name (pf);

      if (last != 0 && last >= pf->total_vfs)
        return vfp_throw (error, VFP_ERROR_CONFIG,
                          "%s: [reserve %s] vfs: VF %u is beyond what %s can have (allowed: 0 to "
                          "%u)",
                          config->file, config->name, last, name,
                          pf->total_vfs > 0 ? pf->total_vfs - 1 : 0);
      possible += count_possible (config, pf);
    }
  if (config->count > possible)
    return vfp_throw (error, VFP_ERROR_CONFIG,
                      "%s: [reserve %s] count: %u is more than there can be of these VFs on this "
                      "host (allowed: 1 to %u)",
                      config->file, config->name, config->count, possible);
  return check_others (view, config, pfs, error);
}
