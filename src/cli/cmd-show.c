/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfpool show. A changed option moves with doc/vfpool.8.scd and scripts/completion/vfpool.bash. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/show.h"

typedef struct
{
  char *guest, *pf, *vf;
} Selectors;

static void
selectors_clear (Selectors *selectors)
{
  g_free (selectors->guest);
  g_free (selectors->pf);
  g_free (selectors->vf);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Selectors, selectors_clear)

/* The VF of the slot or the host's VF that has the MAC; NULL: none. */
static const VfpVfView *
find_mac (const VfpSnapshot *snapshot, const VfpMac *mac)
{
  for (guint i = 0; i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (vf->slot != NULL && !vf->stale
              ? vfp_mac_equal (&vf->slot->mac, mac)
              : vf->vf != NULL && (vf->vf->settings.known & VFP_SETTING_MAC)
                    && vfp_mac_equal (&vf->vf->settings.mac, mac))
        return vf;
    }
  return NULL;
}

static gboolean
show_mac (VfpCli *cli, const VfpSnapshot *snapshot, const VfpMac *mac, GError **error)
{
  const VfpVfView *vf = find_mac (snapshot, mac);
  char buffer[VFP_MAC_STRLEN];

  if (vf != NULL)
    {
      vfp_show_vf (cli, vf);
      return TRUE;
    }
  for (guint i = 0; i < snapshot->records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (snapshot->records->slots, i);

      if (vfp_mac_equal (&slot->mac, mac))
        return vfp_show_guest (cli, snapshot, slot->guest_uuid, error);
    }
  return vfp_throw (error, VFP_ERROR_NO_SUCH_VF, "no VF and no slot has the MAC %s",
                    vfp_mac_format (mac, buffer));
}

static gboolean
show_vf (VfpCli *cli, const VfpSnapshot *snapshot, const char *name, GError **error)
{
  VfpAddress address;

  if (!vfp_snapshot_get_vf (snapshot, name, &address, error))
    return FALSE;
  vfp_show_vf (cli, vfp_view_find (snapshot->view, &address));
  return TRUE;
}

static gboolean
show_pf (VfpCli *cli, const VfpSnapshot *snapshot, const char *name, GError **error)
{
  const VfpPf *pf = vfp_snapshot_get_pf (snapshot, name, error);

  if (pf != NULL)
    vfp_show_pf (cli, snapshot, pf);
  return pf != NULL;
}

static const VfpVfView *
find_netdev (const VfpSnapshot *snapshot, const char *name)
{
  for (guint i = 0; i < snapshot->view->vfs->len; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);

      if (vf->vf != NULL && g_strcmp0 (vf->vf->netdev, name) == 0)
        return vf;
    }
  return NULL;
}

/* "enp1s0f0/3" */
static gboolean
names_vf_of_pf (const VfpSnapshot *snapshot, const char *name)
{
  const char *slash = strrchr (name, '/');
  g_autofree char *pf = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : NULL;

  return pf != NULL && vfp_inventory_find_pf (snapshot->inventory, pf) != NULL;
}

/* What a name means by its form; a guest comes last, since anything may be a guest's name. */
static gboolean
show_any (VfpCli *cli, const VfpSnapshot *snapshot, const char *name, GError **error)
{
  VfpAddress address;
  VfpMac mac;

  if (vfp_mac_parse (name, &mac, NULL))
    return show_mac (cli, snapshot, &mac, error);
  if (vfp_inventory_find_pf (snapshot->inventory, name) != NULL)
    return show_pf (cli, snapshot, name, error);
  if (vfp_address_parse (name, &address, NULL) || names_vf_of_pf (snapshot, name))
    return show_vf (cli, snapshot, name, error);
  if (find_netdev (snapshot, name) != NULL)
    {
      vfp_show_vf (cli, find_netdev (snapshot, name));
      return TRUE;
    }
  return vfp_show_guest (cli, snapshot, name, error);
}

static gboolean
run (VfpCli *cli, int argc, char **argv, GError **error)
{
  g_auto (Selectors) selectors = { 0 };
  const GOptionEntry entries[] = {
    { "guest", 0, 0, G_OPTION_ARG_FILENAME, &selectors.guest, "Show this guest", "GUEST" },
    { "pf", 0, 0, G_OPTION_ARG_FILENAME, &selectors.pf, "Show this PF", "PF" },
    { "vf", 0, 0, G_OPTION_ARG_FILENAME, &selectors.vf, "Show this VF", "VF" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) local = NULL;

  if (!vfp_cli_parse (cli, &vfp_command_show, entries, &argc, &argv, 0, 1, &local))
    return vfp_cli_end_parse (&local, error);
  if ((argc > 1) + (selectors.guest != NULL) + (selectors.pf != NULL) + (selectors.vf != NULL) != 1)
    return vfp_throw (error, VFP_ERROR_USAGE, "usage: vfpool show %s", vfp_command_show.arguments);
  if (!vfp_cli_open (cli, VFP_NEEDS_READ, error))
    return FALSE;

  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_take (&cli->world, error);
  if (snapshot == NULL)
    return FALSE;
  if (selectors.guest != NULL)
    return vfp_show_guest (cli, snapshot, selectors.guest, error);
  if (selectors.pf != NULL)
    return show_pf (cli, snapshot, selectors.pf, error);
  if (selectors.vf != NULL)
    return show_vf (cli, snapshot, selectors.vf, error);
  return show_any (cli, snapshot, argv[1], error);
}

const VfpCommand vfp_command_show = {
  .name = "show",
  .arguments = "GUEST|PF|ADDRESS|MAC|UUID",
  .summary = "Show all that is known of one thing",
  .run = run,
};
