/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a fake host, for shell tests and benchmarks:
 *
 *   mkhost DIR [--pf NAME@ADDRESS[,vfs=N][,total=N][,driver=igb][,vf-driver=none][,down]
 *                    [,nocarrier][,mac=…][,numa=N][,group=shared|none]]…
 *              [--guest NAME[,machine=q35|pc][,uuid=…][,off][,paused][,hung][,transient]
 *                       [,ports=N][,nic=KIND=NAME[:MODEL][+ALIAS]]…]…
 *              [--network NAME=PF]… [--bridged NAME=BRIDGE]… [--bridge NAME[=NETDEV,…]]…
 *              [--hook STATE-FILE]
 *
 * A nic is virtio on KIND bridge or network, with ALIAS a standby. A PF called "-" has no netdev.
 * With --hook the state file says that libvirt calls the hook. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "state/store.h"
#include "tests/lib/hosttree.h"

#define DEFAULT_PORTS 4

static G_NORETURN void
refuse (const char *text)
{
  fprintf (stderr, "mkhost: '%s' is not understood; see the head of mkhost.c\n", text);
  exit (2);
}

/* The value of "KEY=VALUE", or NULL. */
static const char *
value_of (const char *option, const char *key)
{
  const gsize length = strlen (key);

  return strncmp (option, key, length) == 0 && option[length] == '=' ? option + length + 1 : NULL;
}

static gboolean
take_number (const char *option, const char *key, unsigned *out_number)
{
  const char *value = value_of (option, key);
  guint64 number;

  if (value == NULL)
    return FALSE;
  if (!vfp_parse_uint (value, 10, 0, G_MAXUINT16, key, &number, NULL))
    refuse (option);
  *out_number = (unsigned) number;
  return TRUE;
}

static gboolean
take_text (const char *option, const char *key, const char **out_text)
{
  const char *value = value_of (option, key);

  if (value == NULL)
    return FALSE;
  *out_text = value;
  return TRUE;
}

static gboolean
take_flag (const char *option, const char *key, gboolean *out_flag)
{
  if (!g_str_equal (option, key))
    return FALSE;
  *out_flag = TRUE;
  return TRUE;
}

static void
add_pf (HostTree *tree, const char *text)
{
  g_auto (GStrv) options = g_strsplit (text, ",", -1);
  char *at = strchr (options[0], '@');
  HostPf pf = { 0 };
  unsigned numa_node = 0;

  if (at == NULL)
    refuse (text);
  *at = '\0';
  pf.name = g_str_equal (options[0], "-") ? NULL : options[0];
  pf.address = at + 1;

  for (char **option = options + 1; *option != NULL; option++)
    if (!take_number (*option, "vfs", &pf.vfs) && !take_number (*option, "total", &pf.total)
        && !take_text (*option, "driver", &pf.driver)
        && !take_text (*option, "vf-driver", &pf.vf_driver)
        && !take_flag (*option, "down", &pf.down)
        && !take_flag (*option, "nocarrier", &pf.no_carrier) && !take_text (*option, "mac", &pf.mac)
        && !take_number (*option, "numa", &numa_node)
        && !take_flag (*option, "group=shared", &pf.shared_group)
        && !take_flag (*option, "group=none", &pf.no_iommu))
      refuse (*option);
  pf.numa_node = (int) numa_node;
  hosttree_add_pf (tree, &pf);
}

static gboolean
take_nic (const char *option, HostGuest *guest)
{
  unsigned number = 0;

  while (number < HOST_NICS && guest->nics[number] != NULL)
    number++;
  return number < HOST_NICS && take_text (option, "nic", &guest->nics[number]);
}

static void
add_guest (HostTree *tree, const char *text)
{
  g_auto (GStrv) options = g_strsplit (text, ",", -1);
  HostGuest guest = { .name = options[0], .ports = DEFAULT_PORTS };

  for (char **option = options + 1; *option != NULL; option++)
    if (!take_text (*option, "machine", &guest.machine) && !take_text (*option, "uuid", &guest.uuid)
        && !take_flag (*option, "off", &guest.off) && !take_flag (*option, "paused", &guest.paused)
        && !take_flag (*option, "hung", &guest.hung)
        && !take_flag (*option, "transient", &guest.transient)
        && !take_number (*option, "ports", &guest.ports) && !take_nic (*option, &guest))
      refuse (*option);
  hosttree_add_guest (tree, &guest);
}

static void
add_network (HostTree *tree, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);

  if (g_strv_length (parts) != 2)
    refuse (text);
  hosttree_add_network (tree, parts[0], parts[1]);
}

static void
add_bridged_network (HostTree *tree, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);

  if (g_strv_length (parts) != 2)
    refuse (text);
  hosttree_add_bridged_network (tree, parts[0], parts[1]);
}

static void
add_bridge (HostTree *tree, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);

  hosttree_add_bridge (tree, parts[0], parts[1] != NULL ? parts[1] : "");
}

static void
see_hook (HostTree *tree, const char *state_path)
{
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  g_autofree char *boot_id = vfp_root_boot_id (root);
  g_autoptr (VfpStore) store = vfp_store_open (state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpTransaction) transaction = store != NULL ? vfp_store_begin (store, NULL) : NULL;

  if (transaction == NULL || !vfp_store_put_meta (store, "hook-seen", boot_id, NULL)
      || !vfp_transaction_commit (transaction, NULL))
    refuse (state_path);
}

int
main (int argc, char **argv)
{
  if (argc < 2 || argc % 2 != 0)
    refuse (argc > 1 ? argv[argc - 1] : "");

  g_autoptr (HostTree) tree = hosttree_new (argv[1]);
  g_autofree char *links = g_build_filename (argv[1], "vfpool-fake/links.conf", NULL);
  /* What is added later must not forget the PFs. */
  gboolean has_links = !g_file_test (links, G_FILE_TEST_EXISTS);
  for (int i = 2; i < argc; i += 2)
    {
      if (g_str_equal (argv[i], "--pf"))
        {
          add_pf (tree, argv[i + 1]);
          has_links = TRUE;
        }
      else if (g_str_equal (argv[i], "--guest"))
        add_guest (tree, argv[i + 1]);
      else if (g_str_equal (argv[i], "--network"))
        add_network (tree, argv[i + 1]);
      else if (g_str_equal (argv[i], "--bridged"))
        add_bridged_network (tree, argv[i + 1]);
      else if (g_str_equal (argv[i], "--bridge"))
        add_bridge (tree, argv[i + 1]);
      else if (g_str_equal (argv[i], "--hook"))
        see_hook (tree, argv[i + 1]);
      else
        refuse (argv[i]);
    }
  if (has_links)
    hosttree_save_links (tree);
  return 0;
}
