/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets and reads back every setting of a VF through the kernel's netlink:
 *
 *   netdevsim set NETDEV VF     all that igb cannot do, too
 *   netdevsim count NETDEV      of how many VFs the settings are told
 *
 * For tests/lab/netdevsim.sh; without cmocka, which a lab host does not have. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"
#include "host/netlink.h"

static VfpLink *
must_get (VfpNetlink *netlink, const char *netdev)
{
  g_autoptr (GError) error = NULL;
  VfpLink *link = netlink->get_link (netlink, netdev, &error);

  if (link == NULL)
    {
      fprintf (stderr, "%s: %s\n", netdev, error->message);
      exit (1);
    }
  return link;
}

/* Each setting in a request of its own, and then as it was. */
static gboolean
set_each (VfpNetlink *netlink, const char *netdev, unsigned index, const VfpSettings *wanted)
{
  gboolean good = TRUE;

  for (unsigned which = 1; which <= VFP_SETTING_LAST; which <<= 1)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *value = vfp_setting_value (wanted, (VfpSetting) which);
      const gboolean set
          = netlink->set_vf (netlink, netdev, index, (VfpSetting) which, wanted, &error);
      g_autoptr (VfpLink) link = must_get (netlink, netdev);
      const VfpSettings *now = &g_array_index (link->vfs, VfpSettings, index);
      const gboolean same
          = set && (now->known & which) && !(vfp_settings_differ (now, wanted) & which);

      printf ("%s %s: %s\n", vfp_setting_name ((VfpSetting) which), value,
              same            ? "set and read back"
              : error != NULL ? error->message
                              : "not read back");
      good = good && same;
    }
  return good;
}

static int
set_all (VfpNetlink *netlink, const char *netdev, unsigned index)
{
  const VfpSettings wanted = {
    .known = VFP_SETTING_ALL,
    .mac = { { 0x56, 0x66, 1, 2, 3, 4 } },
    .vlan = 42,
    .vlan_qos = 3,
    .vlan_proto = VFP_VLAN_PROTO_8021AD,
    .min_tx_rate = 100,
    .max_tx_rate = 1000,
    .spoofchk = TRUE,
    .trust = TRUE,
    .link_state = VFP_LINK_STATE_DISABLE,
  };
  g_autoptr (VfpLink) link = must_get (netlink, netdev);

  if (index >= link->vfs->len)
    {
      fprintf (stderr, "%s has %u VFs\n", netdev, link->vfs->len);
      return 1;
    }
  const VfpSettings before = g_array_index (link->vfs, VfpSettings, index);
  return set_each (netlink, netdev, index, &wanted) && set_each (netlink, netdev, index, &before)
             ? 0
             : 1;
}

static int
count_told (VfpNetlink *netlink, const char *netdev)
{
  g_autoptr (VfpLink) link = must_get (netlink, netdev);
  unsigned told = 0;

  for (guint i = 0; i < link->vfs->len; i++)
    told += g_array_index (link->vfs, VfpSettings, i).known != 0;
  printf ("%u\n", told);
  return 0;
}

int
main (int argc, char **argv)
{
  guint64 index = 0;
  const gboolean sets = argc == 4 && g_str_equal (argv[1], "set")
                        && vfp_parse_uint (argv[3], 10, 0, G_MAXUINT16, "VF", &index, NULL);

  if (!sets && !(argc == 3 && g_str_equal (argv[1], "count")))
    return 2;
  g_autoptr (VfpNetlink) netlink = vfp_netlink_kernel_new ();
  return sets ? set_all (netlink, argv[2], (unsigned) index) : count_told (netlink, argv[2]);
}
